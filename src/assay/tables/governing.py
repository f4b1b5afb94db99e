"""Checks rows of a governance configuration before they are stored: what is refused is refused with its reason."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from assay.errors import ConfigError
from assay.model.governance import APPLIES
from assay.tables.configuration import (
    ALL,
    BUNDLES,
    CATEGORIES,
    KEYWORDS,
    MODELS,
    PATTERNS,
    QUASI,
    TABLES,
    THRESHOLDS,
    WEIGHTS,
    Column,
    GovernedTable,
    Kind,
    Refers,
    Row,
    Rows,
)
from assay.tables.expressions import check_expression
from assay.tables.merging import merged
from assay.tables.semantic import MODELS as SEMANTIC_MODELS
from assay.tables.semantic import OFF

_LONGEST_ID = 255
_LONGEST_TEXT = 4_000
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]{1,30}")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,62}")
_FEWEST_PARTS = 2
_NAME_MARK = "name:"
_WORD = re.compile(r"[^\W_]+")
_WORDS = re.compile(r"[^\W_]+(?: [^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row is refused. `number` is its place among those proposed for its table, from 1; 0: the rows together."""

    table: str
    number: int
    row_id: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.table} row {self.number}" if self.number else self.table
        return f"{where} ({self.row_id}): {self.reason}" if self.row_id else f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a row may refer to, and what it may change: names of active categories and of identifiers, own ones among
    them; all rows (table → id → row); the ids of shipped ones."""

    categories: Collection[str]
    identifiers: Collection[str]
    rows: Mapping[str, Mapping[str, Row]]
    shipped: Mapping[str, Collection[str]]
    own: Collection[str] = ()


def known_of(shipped: Rows, stored: Rows, identifiers: Collection[str]) -> Known:
    """What rows may refer to under a configuration; `identifiers` are the names of those that ship or have files."""
    rows = merged(shipped, stored)
    own = {row["NAME"] for row in rows[PATTERNS].values() if row["IDENTIFIER"] is None} - set(identifiers)
    return Known(
        categories={row["NAME"] for row in rows[CATEGORIES].values() if row["IS_ACTIVE"]},
        identifiers={*identifiers, *own},
        rows=rows,
        shipped={name: {row[TABLES[name].key] for row in found} for name, found in shipped.items()},
        own=own,
    )


def table_called(name: str) -> GovernedTable:
    """The table of this name, in any case. Raises `ConfigError` with the nearest one."""
    table = TABLES.get(name.upper())
    if table is None:
        raise ConfigError(f"there is no table '{name}'; {_hint(name.upper(), TABLES)}")
    return table


def check_row(table: str, row: Mapping[str, Any], known: Known) -> Row:
    """The row with every column: those that are not given are as they are now, or by default.

    Raises `ConfigError` that says which column is wrong, and why.
    """
    governed = table_called(table)
    row_id = _id(governed, row)
    now = known.rows[governed.name].get(row_id, {})
    for name in row:
        if name not in governed.names:
            raise ConfigError(f"unknown key '{name}'; {_hint(str(name).upper(), governed.names)}")
    whole: Row = {}
    for column in governed.columns:
        value = row.get(column.name, now.get(column.name, column.default))
        if value is None and column.is_required:
            raise ConfigError(f"{column.name} is missing{_of_new(row_id, known.rows[governed.name])}: {column.help}")
        whole[column.name] = None if value is None else _value(column, value)
    if row_id in known.shipped.get(governed.name, ()):
        _check_fixed(governed, whole, now)
    elif governed.name == PATTERNS:
        _check_pattern(whole, known)
    for column in governed.columns:
        if whole[column.name] is not None:
            _check_reference(column, whole, known)
    if governed.name == BUNDLES:
        _check_parts(whole["PARTS"], known)
    if governed.name == QUASI:
        _check_members(whole["MEMBERS"], known)
    if governed.name == MODELS:
        _check_setting(whole, known)
    if governed.name == KEYWORDS and _WORD.search(whole["KEYWORD"]) is None:
        raise ConfigError("KEYWORD holds no letter or digit, so no column's name can have it")
    return whole


def check_rows(
    proposed: Rows, shipped: Rows, stored: Rows, identifiers: Collection[str]
) -> tuple[dict[str, list[Row]], list[Problem]]:
    """All rows whole, and what is wrong with any of them, or with all together. Rows may refer to one another."""
    before = known_of(shipped, stored, identifiers)
    known = _with_proposed(before, proposed, identifiers)
    whole: dict[str, list[Row]] = {}
    problems: list[Problem] = []
    for name, rows in proposed.items():
        table = table_called(name)
        first: dict[str, int] = {}
        for number, row in enumerate(rows, 1):
            shown = row.get(table.key)
            row_id = shown if isinstance(shown, str) else ""
            try:
                done = check_row(name, row, known)
                if done[table.key] in first:
                    raise ConfigError(f"{table.key} '{row_id}' is used twice: by row {first[row_id]} too")
                first[done[table.key]] = number
                whole.setdefault(table.name, []).append(done)
            except ConfigError as error:
                problems.append(Problem(table=table.name, number=number, row_id=row_id, reason=str(error)))
    if not problems:
        after = merged({name: list(rows.values()) for name, rows in before.rows.items()}, whole)
        problems += _together(after, whole, before.shipped, identifiers)
    return whole, problems


def _with_proposed(before: Known, proposed: Rows, identifiers: Collection[str]) -> Known:
    """What is known once the proposed rows are: a category may come with the keywords that are of it."""
    rows = {name: dict(found) for name, found in before.rows.items()}
    for name in (CATEGORIES, PATTERNS):
        table = TABLES[name]
        for row in proposed.get(name, ()):
            if isinstance(row_id := row.get(table.key), str):
                rows[name][row_id] = {"IDENTIFIER": None, "IS_ACTIVE": True, **rows[name].get(row_id, {}), **row}
    own = {
        row["NAME"]
        for row in rows[PATTERNS].values()
        if row["IDENTIFIER"] is None and isinstance(row.get("NAME"), str) and row["IS_ACTIVE"]
    } - set(identifiers)
    active = {row["NAME"] for row in rows[CATEGORIES].values() if row["IS_ACTIVE"] and isinstance(row.get("NAME"), str)}
    return Known(
        categories=active,
        identifiers={*identifiers, *own},
        rows=before.rows,
        shipped=before.shipped,
        own=own,
    )


def _together(
    rows: Mapping[str, Mapping[str, Row]],
    changed: Rows,
    shipped: Mapping[str, Collection[str]],
    identifiers: Collection[str],
) -> Iterator[Problem]:
    """What no row is wrong in alone."""
    for name, mine in changed.items():
        yield from _doubled(TABLES[name], rows[name], {row[TABLES[name].key] for row in mine}, shipped.get(name, ()))
    if not any(row["IS_ACTIVE"] and row["WEIGHT"] > 0 for row in rows[WEIGHTS].values()):
        yield Problem(table=WEIGHTS, number=0, row_id="", reason="no method would count; leave one a weight above 0")
    held = {(row["CATEGORY"], row["APPLIES_TO"]) for row in rows[THRESHOLDS].values() if row["IS_ACTIVE"]}
    for applies in APPLIES:
        if (ALL, applies) not in held:
            reason = f"the threshold {applies} of category * is for all that have none of their own, and has to stay"
            yield Problem(table=THRESHOLDS, number=0, row_id="", reason=reason)
    yield from _own_identifiers(rows, changed, identifiers)


def _doubled(
    table: GovernedTable, rows: Mapping[str, Row], changed: Collection[str], shipped: Collection[str]
) -> Iterator[Problem]:
    """Changed rows that say what another active one says; shipped ones among themselves differ in what is no row."""
    by_what: dict[tuple[Any, ...], list[str]] = {}
    for row_id, row in rows.items():
        if row["IS_ACTIVE"]:
            by_what.setdefault(tuple(row[column] for column in table.unique), []).append(row_id)
    for ids in by_what.values():
        for row_id in ids[1:] if len(ids) > 1 else ():
            if {row_id, ids[0]} & set(changed) and not {row_id, ids[0]} <= set(shipped):
                mine, other = (row_id, ids[0]) if row_id in changed else (ids[0], row_id)
                reason = f"has the same {', '.join(table.unique)} as '{other}'; change that one, or make it inactive"
                yield Problem(table=table.name, number=0, row_id=mine, reason=reason)


def _own_identifiers(
    rows: Mapping[str, Mapping[str, Row]], changed: Rows, identifiers: Collection[str]
) -> Iterator[Problem]:
    """Own identifiers of two categories, and keywords of those whose patterns are gone."""
    if PATTERNS not in changed:
        return
    own: dict[str, str] = {}
    for row_id, row in rows[PATTERNS].items():
        if row["IS_ACTIVE"] and row["IDENTIFIER"] is None:
            category = own.setdefault(row["NAME"], row["CATEGORY"])
            if category != row["CATEGORY"]:
                reason = f"{row['NAME']} is of category {category} in another row; one identifier has one category"
                yield Problem(table=PATTERNS, number=0, row_id=row_id, reason=reason)
    for row_id, row in rows[KEYWORDS].items():
        if row["IS_ACTIVE"] and row["IDENTIFIER"] is not None and row["IDENTIFIER"] not in {*own, *identifiers}:
            reason = f"no pattern of {row['IDENTIFIER']} would be left; make this keyword inactive too"
            yield Problem(table=KEYWORDS, number=0, row_id=row_id, reason=reason)


def _id(table: GovernedTable, row: Mapping[str, Any]) -> str:
    value = row.get(table.key)
    if value is None:
        raise ConfigError(f"{table.key} is missing: the id of the row")
    if not isinstance(value, str) or not value.strip() or value != value.strip():
        raise ConfigError(f"{table.key} must be text without spaces at its ends; put it in quotes")
    if len(value) > _LONGEST_ID or not value.isprintable():
        raise ConfigError(f"{table.key} must be at most {_LONGEST_ID} characters that can be printed")
    return value


def _value(column: Column, value: Any) -> Any:
    if column.kind is Kind.FLAG:
        if not isinstance(value, bool):
            raise ConfigError(f"{column.name} must be true or false")
        return value
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        return _number(column, value)
    if column.kind is Kind.LIST:
        return _texts(column, value)
    if column.kind is Kind.PARTS:
        if not isinstance(value, list | tuple) or len(value) < _FEWEST_PARTS:
            raise ConfigError(f"{column.name} must be a list of at least {_FEWEST_PARTS} lists of texts")
        return [_texts(column, part, least=1) for part in value]
    return _text(column, value)


def _number(column: Column, value: Any) -> float | int:
    whole = column.kind is Kind.WHOLE
    said = f"{column.name} must be a {'whole ' if whole else ''}number from {column.low:g} to {column.high:g}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(said)
    if (whole and value != int(value)) or not column.low <= value <= column.high:
        raise ConfigError(f"{said}, not {value:g}")
    return int(value) if whole else float(value)


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{column.name} must be text; put it in quotes")
    if column.default is None and not value.strip():
        raise ConfigError(f"{column.name} must not be empty")
    if len(value) > _LONGEST_TEXT:
        raise ConfigError(f"{column.name} must be at most {_LONGEST_TEXT} characters")
    if any(char != "\t" and not char.isprintable() for char in value):
        raise ConfigError(f"{column.name} holds characters that cannot be printed")
    if column.choices and value not in column.choices:
        raise ConfigError(f"{column.name} '{value}' is not one of {', '.join(column.choices)}{_near(value, column)}")
    if column.capitals and not _CAPITALS.fullmatch(value):
        raise ConfigError(f"{column.name} '{value}' must be 2 to 31 capitals, digits and underscores")
    return value


def _texts(column: Column, value: Any, *, least: int = 0) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) < least:
        raise ConfigError(f"{column.name} must be a {column.kind}")
    for item in value:
        if not isinstance(item, str) or not item.strip() or not item.isprintable():
            raise ConfigError(f"{column.name} must be a {column.kind}, none of them empty")
    return list(value)


def _check_reference(column: Column, row: Row, known: Known) -> None:
    value = row[column.name]
    if column.refers in (Refers.CATEGORY, Refers.CATEGORY_OR_ALL):
        if column.refers is Refers.CATEGORY_OR_ALL and (value == ALL or _is_of_identifier(row, known)):
            return
        # What is switched off may be of a category that is.
        if value not in known.categories and row["IS_ACTIVE"]:
            raise ConfigError(
                f"unknown {column.name.lower()} '{value}'; {_hint(value, known.categories)} (SENSITIVE_CATEGORIES)"
            )
    elif column.refers is Refers.IDENTIFIER and value not in known.identifiers and row["IS_ACTIVE"]:
        _unknown_identifier(value, known)


def _is_of_identifier(row: Row, known: Known) -> bool:
    """Whether a threshold is that of one identifier: from which score on a column is said to hold it."""
    return row["CATEGORY"] in known.identifiers and row["APPLIES_TO"] == "DETECTION"


def _check_fixed(table: GovernedTable, row: Row, now: Mapping[str, Any]) -> None:
    for column in table.columns:
        if column.fixed and row[column.name] != now[column.name]:
            raise ConfigError(
                f"{column.name} of a shipped row cannot be changed, for other things depend on it; "
                "make it inactive (IS_ACTIVE: false) and add a row of your own"
            )


def _check_pattern(row: Row, known: Known) -> None:
    name, where = row["NAME"], row["IDENTIFIER"]
    if where is None:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"NAME '{name}' must be capitals, digits and underscores, e.g. EMPLOYEE_NUMBER")
        if name in known.identifiers and name not in known.own:
            raise ConfigError(f"NAME '{name}' is an identifier already; to add a form to it set IDENTIFIER to {name}")
    elif where in known.own:
        raise ConfigError(f"IDENTIFIER '{where}' has rows of your own; leave IDENTIFIER empty and use NAME {where}")
    check_expression(row["REGEX"])


def _check_parts(parts: Sequence[Sequence[str]], known: Known) -> None:
    for part in parts:
        for member in part:
            if member.startswith(_NAME_MARK):
                word = member.removeprefix(_NAME_MARK)
                if _WORD.fullmatch(word) is None or word != word.lower():
                    raise ConfigError(f"PARTS: '{member}' must be {_NAME_MARK} and one word in small letters")
            else:
                _check_type("PARTS", member, known)


def _check_members(members: Sequence[str], known: Known) -> None:
    if not members:
        raise ConfigError("MEMBERS must have one type or word at least")
    for member in members:
        if member.startswith(_NAME_MARK):
            words = member.removeprefix(_NAME_MARK)
            if _WORDS.fullmatch(words) is None or words != words.lower():
                raise ConfigError(f"MEMBERS: '{member}' must be {_NAME_MARK} and words in small letters")
        else:
            _check_type("MEMBERS", member, known)


def _check_type(column: str, member: str, known: Known) -> None:
    if member not in known.identifiers:
        close = difflib.get_close_matches(member, known.identifiers, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}?" if close else f"for a word of names write {_NAME_MARK}word"
        raise ConfigError(f"{column}: no identifier named '{member}'; {hint}")


def _check_setting(row: Row, known: Known) -> None:
    settings = [known.rows[MODELS][row_id]["NAME"] for row_id in known.shipped.get(MODELS, ())]
    if row["NAME"] not in settings:
        raise ConfigError(f"NAME '{row['NAME']}' is no setting; {_hint(row['NAME'], settings)}")
    # Every setting that ships is the name of a model of a method.
    values = (*SEMANTIC_MODELS, OFF)
    if row["VALUE"] not in values:
        raise ConfigError(f"VALUE of {row['NAME']} '{row['VALUE']}' is not one of {', '.join(values)}")


def _unknown_identifier(name: str, known: Known) -> NoReturn:
    close = difflib.get_close_matches(name.upper(), known.identifiers, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "see 'assay identifiers list'"
    raise ConfigError(f"IDENTIFIER: no identifier named '{name}'; {hint}")


def _of_new(row_id: str, rows: Collection[str]) -> str:
    """What is to be said of a row that is new, perhaps because its id is not quite that of another."""
    if row_id in rows:
        return ""
    close = difflib.get_close_matches(row_id, rows, n=1, cutoff=0.8)
    return f" of the new row '{row_id}'" + (f" (or did you mean '{close[0]}'?)" if close else "")


def _near(value: str, column: Column) -> str:
    close = difflib.get_close_matches(value, column.choices, n=1) or [
        choice for choice in column.choices if choice.casefold() == value.casefold()
    ]
    return f"; did you mean '{close[0]}'?" if close else ""


def _hint(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"there are {', '.join(sorted(known))}"
