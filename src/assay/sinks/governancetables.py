"""Tables of results in Snowflake, under the names that governance teams know, and the statements that write them.

Rows are staged as objects in a temporary table, and each target is then written by one statement over all of them: MERGE
where a table holds the state now, INSERT of what is not there yet where it is a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STAGE = "ASSAY_STAGED_ROWS"
"""The temporary table of the session: which target a row is of, and the row as an object."""

GONE = "IS_GONE"
"""The field of a staged row which says that what its key names is there no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a target. `kind` is its type in Snowflake."""

    name: str
    kind: str = "VARCHAR"
    needed: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A table that results go to. `key` names a row. A log (`log`) is only appended to; of the others a row with an older
    `newest` than the one that is there changes nothing."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    comment: str
    log: bool = False
    newest: str | None = None


_PLACE = (
    Field(
        name="DATABASE_NAME", needed=True, comment="Of this account: its name; else the URI that the schema lies in."
    ),
    Field(name="SCHEMA_NAME", needed=True, comment="Empty for what has no schemas, such as a file."),
    Field(name="TABLE_NAME", needed=True),
)
_COLUMN = (*_PLACE, Field(name="COLUMN_NAME", needed=True))
_VERDICT = (
    Field(name="DETECTED_CATEGORY", comment="Null for a column with nothing sensitive."),
    Field(name="DETECTED_TYPE"),
    Field(name="COMBINED_CONFIDENCE", kind="FLOAT", comment="0 to 100."),
    Field(name="CONFIDENCE_LEVEL"),
    Field(name="METHODS_USED", kind="VARIANT"),
    Field(name="COMPLIANCE_TAGS", kind="VARIANT"),
    Field(name="DETECTION_REASON"),
    Field(name="RULE_SCORE", kind="FLOAT", comment="0 to 1; null where the method had nothing to say."),
    Field(name="PATTERN_SCORE", kind="FLOAT"),
    Field(name="AI_SCORE", kind="FLOAT"),
    Field(name="COMPOSITE_SCORE", kind="FLOAT"),
    Field(name="MATCHED_KEYWORDS", kind="VARIANT"),
    Field(name="MATCHED_PATTERNS", kind="VARIANT"),
    Field(name="CIA_SCORES", comment="C:3/I:2/A:1"),
    Field(name="RECOMMENDED_POLICIES", kind="VARIANT"),
    Field(name="NEED_REVIEW", kind="BOOLEAN"),
)
_RUN = Field(name="RUN_ID", needed=True, comment="The run that saw it last.")
_SCANNED = Field(name="LAST_SCAN_TS", kind="TIMESTAMP_NTZ", needed=True, comment="UTC.")
_CATALOG = Field(name="CATALOG_ID", needed=True)

ASSETS = Target(
    name="AI_ASSISTANT_SENSITIVE_ASSETS",
    fields=(_RUN, *_COLUMN, *_VERDICT, _SCANNED),
    key=tuple(field.name for field in _COLUMN),
    newest="LAST_SCAN_TS",
    comment="Every column that was read, and what is concluded of it now.",
)
HISTORY = Target(
    name="AI_ASSISTANT_SENSITIVE_ASSETS_HISTORY",
    fields=(
        Field(name="RUN_ID", needed=True, comment="The run that changed it."),
        *_COLUMN,
        Field(name="VERSION", kind="NUMBER(38,0)", needed=True, comment="Counts from 1 for each column."),
        Field(name=GONE, kind="BOOLEAN", needed=True, comment="The column was there no more from then on."),
        *_VERDICT,
        Field(name="VALID_FROM", kind="TIMESTAMP_NTZ", needed=True, comment="UTC. It holds until the next version."),
    ),
    key=("RUN_ID", *(field.name for field in _COLUMN), "VERSION"),
    log=True,
    comment="Every version of what was concluded of a column.",
)
TABLES = Target(
    name="AI_ASSISTANT_SENSITIVE_TABLES",
    fields=(
        _RUN,
        *_PLACE,
        Field(
            name="SENSITIVITY_LEVEL", needed=True, comment="restricted, confidential, internal, unclassified, public."
        ),
        Field(name="TABLE_SENSITIVITY_SCORE", kind="FLOAT", comment="0 to 100: the mean of its sensitive columns."),
        Field(name="MAX_COLUMN_SCORE", kind="FLOAT"),
        Field(name="SENSITIVE_SHARE", kind="FLOAT", comment="0 to 1, of its columns."),
        Field(name="DOMINANT_TABLE_CATEGORY"),
        Field(name="TABLE_CATEGORIES", kind="VARIANT"),
        Field(name="SENSITIVE_COLUMNS", kind="VARIANT"),
        Field(name="COMPLIANCE_TAGS", kind="VARIANT"),
        Field(name="RECOMMENDED_POLICIES", kind="VARIANT"),
        Field(name="NEED_REVIEW", kind="BOOLEAN"),
        Field(name="ROWS_READ", kind="NUMBER(38,0)"),
        _SCANNED,
    ),
    key=tuple(field.name for field in _PLACE),
    newest="LAST_SCAN_TS",
    comment="Every table that was read, and what is concluded of it now.",
)
FEEDBACK = Target(
    name="SENSITIVE_FEEDBACK",
    fields=(
        _CATALOG,
        Field(name="FEEDBACK_ID", needed=True),
        Field(name="ACTION", needed=True, comment="suppress, set_categories, set_confidence, reclassify."),
        Field(name="SCOPE", needed=True),
        Field(name="RESOURCE_ID"),
        Field(name="TABLE_NAME"),
        Field(name="COLUMN_NAME"),
        Field(name="IDENTIFIER"),
        Field(name="OVERRIDE_SETS", kind="VARIANT", comment="The whole override."),
        Field(name="AUTHOR", needed=True),
        Field(name="REASON"),
        Field(name="EXPIRES_ON", kind="DATE", comment="The last day on which it holds; null: for ever."),
        Field(name="CREATED_AT", kind="TIMESTAMP_NTZ", needed=True, comment="UTC."),
        Field(name="REVOKED_AT", kind="TIMESTAMP_NTZ"),
        Field(name="REVOKED_BY"),
        Field(name="IS_ACTIVE", kind="BOOLEAN", needed=True),
    ),
    key=("CATALOG_ID", "FEEDBACK_ID"),
    comment="What reviewers decided, which later runs obey.",
)
FEEDBACK_LOG = Target(
    name="SENSITIVE_FEEDBACK_LOG",
    fields=(
        _CATALOG,
        Field(name="LOG_ID", kind="NUMBER(38,0)", needed=True),
        Field(name="FEEDBACK_ID", needed=True),
        Field(name="EVENT", needed=True, comment="created, revoked."),
        Field(name="AUTHOR", needed=True),
        Field(name="OVERRIDE_SETS", kind="VARIANT"),
        Field(name="CREATED_AT", kind="TIMESTAMP_NTZ", needed=True, comment="UTC."),
    ),
    key=("CATALOG_ID", "LOG_ID"),
    log=True,
    comment="Every decision that was made or revoked. Only ever appended to.",
)
AUDIT = Target(
    name="CLASSIFICATION_AUDIT",
    fields=(
        Field(name="RESOURCE_ID", comment="Null for what is about no resource."),
        Field(name="ACTION", needed=True),
        Field(name="DETAILS", kind="VARIANT", needed=True, comment="Catalog, number, hash and fields of the entry."),
        Field(name="CREATED_AT", kind="TIMESTAMP_NTZ", needed=True, comment="UTC."),
    ),
    key=("DETAILS:catalog", "DETAILS:hash"),
    log=True,
    comment="The audit log. Only ever appended to.",
)
# The logs first: a state that is there has its history, too.
TARGETS = (HISTORY, FEEDBACK_LOG, AUDIT, FEEDBACK, TABLES, ASSETS)

STAGE_MADE = f"CREATE OR REPLACE TEMPORARY TABLE {STAGE} (TARGET VARCHAR, ROW_DATA VARIANT)"
STAGED = f"INSERT INTO {STAGE} (TARGET, ROW_DATA) SELECT ?, F.VALUE FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) F"  # noqa: S608  # constants
"""Takes the target's name and a JSON array of rows as bound parameters."""


def made(target: Target) -> str:
    """The statement that makes a target where it is not there."""
    lines = [f"    {_declared(field)}" for field in target.fields]
    if not any(":" in name for name in target.key):
        lines.append(f"    PRIMARY KEY ({', '.join(target.key)})")
    body = ",\n".join(lines)
    return f"CREATE TABLE IF NOT EXISTS {target.name} (\n{body}\n) COMMENT = '{target.comment}'"


def written(target: Target) -> str:
    """The statement that moves all staged rows of a target into it."""
    return _appended(target) if target.log else _merged(target)


def last_audited() -> str:
    """The query for the number of a catalog's last audit entry that is there."""
    return f"SELECT MAX(DETAILS:entry::NUMBER(38,0)) FROM {AUDIT.name} WHERE DETAILS:catalog::VARCHAR = ?"  # noqa: S608  # constants


def _declared(field: Field) -> str:
    needed = " NOT NULL" if field.needed else ""
    comment = f" COMMENT '{field.comment}'" if field.comment else ""
    return f"{field.name} {field.kind}{needed}{comment}"


def _merged(target: Target) -> str:
    names = [field.name for field in target.fields]
    same = " AND ".join(f"T.{name} = S.{name}" for name in target.key)
    rest = [field for field in target.fields if field.name not in target.key]
    # Semi-structured values are compared as text, in which keys have one order.
    differs = " OR ".join(
        f"TO_JSON(T.{field.name}) IS DISTINCT FROM TO_JSON(S.{field.name})"
        if field.kind == "VARIANT"
        else f"T.{field.name} IS DISTINCT FROM S.{field.name}"
        for field in rest
    )
    later = f"S.{target.newest} >= T.{target.newest} AND " if target.newest is not None else ""
    changes = ", ".join(f"{field.name} = S.{field.name}" for field in rest)
    return (
        f"MERGE INTO {target.name} T USING ({_source(target)}) S ON {same} "  # noqa: S608  # constants
        f"WHEN MATCHED AND {later}S.{GONE} THEN DELETE "
        f"WHEN MATCHED AND {later}({differs}) THEN UPDATE SET {changes} "
        f"WHEN NOT MATCHED AND NOT S.{GONE} THEN INSERT ({', '.join(names)}) "
        f"VALUES ({', '.join(f'S.{name}' for name in names)})"
    )


def _appended(target: Target) -> str:
    names = ", ".join(field.name for field in target.fields)
    same = " AND ".join(f"{_keyed('T', name)} = {_keyed('S', name)}" for name in target.key)
    return (
        f"INSERT INTO {target.name} ({names}) SELECT {names} FROM ({_source(target)}) S "  # noqa: S608  # constants
        f"WHERE NOT EXISTS (SELECT 1 FROM {target.name} T WHERE {same})"
    )


def _keyed(of: str, name: str) -> str:
    return f"{of}.{name}::VARCHAR" if ":" in name else f"{of}.{name}"


def _source(target: Target) -> str:
    """The staged rows of a target, one for each key."""
    gone = f"COALESCE(ROW_DATA:{GONE}::BOOLEAN, FALSE)"
    order = f"ROW_DATA:{target.newest}::VARCHAR DESC, {gone}" if target.newest is not None else "1"
    chosen: Sequence[str] = [f"{_typed(field)} AS {field.name}" for field in target.fields]
    if not target.log:
        chosen = [*chosen, f"{gone} AS {GONE}"]
    key = ", ".join(f"ROW_DATA:{name.replace(':', '.')}::VARCHAR" for name in target.key)
    return (
        f"SELECT {', '.join(chosen)} FROM {STAGE} WHERE TARGET = '{target.name}' "  # noqa: S608  # constants
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) = 1"
    )


def _typed(field: Field) -> str:
    path = f"ROW_DATA:{field.name}"
    if field.kind == "VARIANT":
        return path
    if field.kind in ("TIMESTAMP_NTZ", "DATE"):
        return f"{path}::VARCHAR::{field.kind}"
    return f"{path}::{field.kind}"
