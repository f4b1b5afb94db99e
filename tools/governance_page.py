"""The page of the governance configuration: its tables from their definitions, around them what is to be said in words."""

from __future__ import annotations

from collections.abc import Iterator

from assay.tables.configuration import TABLES, Column, GovernedTable, Kind
from assay.tables.rowtexts import text_of

_INTRO = """\
# Governance configuration

How columns are judged is configured by rows of ten tables. What ships works with nothing configured; rows of your own
stand over it. They are kept in the catalog, where every change has a version, an author and a reason and is in the audit
log, or, without a catalog, in a file that `governance` in `assay.toml` (or `ASSAY_GOVERNANCE`) names.

- A row with the id of a shipped one stands in for it; columns that are not given stay as they ship.
- `IS_ACTIVE: false` switches a row off. With a category everything that is of it is switched off.
- A row that is as it ships again is stored no more: a later version's default holds for it again.
- A bad row is refused when it is written, with the reason; of a file nothing is stored where one row is wrong.
- A row that holds what looks like a sensitive value (a keyword `123-45-6789`, a pattern that spells one out) is refused,
  and the refusal does not repeat it: rows are kept, shown and audited as they are. Say what such values look like instead.
- Who changes a version that somebody else has changed meanwhile is refused, and looks again.
- A process that runs long sees a change at its next look, without a restart.

## Commands

```sh
assay governance list                                        # the tables
assay governance list SENSITIVITY_WEIGHTS
assay governance try --set SENSITIVITY_WEIGHTS rule weight=0.5
assay governance set SENSITIVITY_WEIGHTS rule weight=0.5 --reason "names are reliable here"
assay governance set SENSITIVITY_WEIGHTS rule --reset        # as it ships again
assay governance export --output rows.yaml                   # what is not as it ships
assay governance import rows.yaml --reason "from staging"
assay governance history SENSITIVITY_WEIGHTS
```

`try` judges every column of the catalog again by what is stored of it (counts and features, no values), under the
configuration as it is and as it would be, with reviewers' overrides. It shows the columns and tables whose verdict would
change, how many keep it with another confidence (`--all` lists them), the past reviews that would be contradicted, and the columns that have to be read again to know: all, where a
pattern is new; those where an identifier found values, where its patterns change; those that are named so, where its words
change. It writes nothing.

The next scan after `set` or `import` does what `try` showed: columns of database tables that have not changed are judged
again from what is stored, and only those that `try` says have to be read again are read, with the rest of their table. See
[catalog.md](catalog.md#runs-and-what-is-read-again).

## Files

YAML and JSON map names of tables to lists of rows; CSV holds the rows of one table, told by its id column. In CSV and on
the command line lists are separated by commas and the parts of bundles by semicolons. A cell that a spreadsheet would run
as a formula is written with an apostrophe before it, which reading takes away.

```yaml
SENSITIVE_CATEGORIES:
  - {CATEGORY_ID: hr, NAME: HR, CONFIDENTIALITY: 2, INTEGRITY: 2, AVAILABILITY: 1, POLICIES: [ACCESS_CONTROL]}
SENSITIVE_KEYWORDS:
  - {KEYWORD_ID: pay-grade, CATEGORY: HR, KEYWORD: pay grade}          # columns called so are HR
  - {KEYWORD_ID: chart, CATEGORY: PHI, KEYWORD: chart no, IDENTIFIER: MRN}  # one more word of an identifier
  - {KEYWORD_ID: "SSN:soc", IS_ACTIVE: false}                          # one word less
SENSITIVE_PATTERNS:
  - {PATTERN_ID: badge, CATEGORY: PII, NAME: BADGE_NUMBER, REGEX: '\\bBDG-\\d{6}\\b', WEIGHT: 0.8}
  - {PATTERN_ID: chart, CATEGORY: PHI, NAME: chart number, IDENTIFIER: MRN, REGEX: '\\bKB-\\d{4}\\b', WEIGHT: 0.9}
SENSITIVE_BUNDLES:
  - {BUNDLE_ID: badge-name, NAME: BADGE_NAME, CATEGORY: PII, PARTS: [[BADGE_NUMBER], [PERSON_NAME, "name:owner"]]}
```

## Patterns and keywords

The rows of shipped identifiers are made of the identifiers themselves. A pattern's id is that of its evidence
(`us/ssn#dashed`), a keyword's is the identifier's name and the word (`SSN:social-security-number`). Weight and
`IS_ACTIVE` of shipped ones can be changed, their expressions cannot: validators and examples belong to these.

A pattern without `IDENTIFIER` makes an identifier of its own, called `NAME`: its values are found in files, texts and
columns alike. It has the category's frameworks, and its level follows from the category's confidentiality: 3 restricted,
2 confidential, less internal. A category of your own is told as such everywhere.

Expressions are refused that are none, that need look-around or back-references (they run in linear time, by Hyperscan and
RE2), that match nothing at all, and that some text matches in exponentially many ways, such as `(a+)+`: rows are exported
to where engines go back.

## Quasi-identifiers

A column is a quasi-identifier if its type is among the `MEMBERS` of a row of QUASI_IDENTIFIERS, or if its name ends with one
of its words: `name:age` is met by `patient_age`, not by `page` or `age_group`. Where the columns of a table are of two rows
or more, its rows are counted by all of them ([how, and when](databases.md#k-anonymity)). A row of ANONYMITY_POLICIES raises
the table to its level where k is below its `K`, and with it the resource; a level that is higher stays, a sample raises
nothing, and what a reviewer says of the table as a whole holds.

```sh
assay governance set ANONYMITY_POLICIES small-classes k=11 --reason "small cells of health data"
assay governance set ANONYMITY_POLICIES small-classes is_active=false      # told, and nothing is raised
assay governance set QUASI_IDENTIFIERS unit name=UNIT members="name:regiment, name:unit" --reason "armed forces"
```

`try` has what was counted when a table was read. Where the quasi-identifiers themselves change, its rows have to be counted
again, and `try` says so.
"""


def governance_page() -> str:
    """Every table with its columns."""
    lines = [_INTRO, "## Tables", ""]
    for table in TABLES.values():
        lines += _table(table)
    return "\n".join(lines)


def _table(table: GovernedTable) -> Iterator[str]:
    yield f"### {table.name}"
    yield ""
    yield f"{table.help} Only one active row may have the same {' and '.join(f'`{name}`' for name in table.unique)}."
    yield ""
    yield "| column | what it holds | default | |"
    yield "|---|---|---|---|"
    for column in table.columns:
        yield f"| `{column.name}` | {_kind(column)} | {_default(column)} | {_help(column)} |"
    yield ""


def _kind(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return f"{column.kind} from {column.low:g} to {column.high:g}"
    return str(column.refers or column.kind)


def _default(column: Column) -> str:
    if column.optional:
        return "empty"
    return (
        "" if column.default is None else f"`{text_of(column.default)}`" if column.default not in ("", ()) else "empty"
    )


def _help(column: Column) -> str:
    text = column.help.replace("|", "\\|").replace("*", "\\*")
    return f"{text} Fixed in shipped rows." if column.fixed else text
