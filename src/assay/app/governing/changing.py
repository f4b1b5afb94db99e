"""Changes of the configuration as people ask for them: parsed, checked, tried, and kept as one by one version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.app.governing.governance import Configuration, as_of, of_catalog
from assay.errors import ConfigError, ConflictError, UsageError
from assay.tables.configuration import TABLES, Kind, Row, Rows
from assay.tables.expressions import check_expression
from assay.tables.governing import table_called
from assay.tables.rowtexts import row_of_texts

if TYPE_CHECKING:
    from assay.app.governing.replay import Replayed
    from assay.app.reviews.desk import Desk

_LONGEST_TRIED = 10_000
_MOST_MATCHES = 100


def rows_of_changes(changes: Iterable[tuple[str, str, str]]) -> dict[str, list[Row]]:
    """Changes (table, id, `key=value`) as rows; those of one row are one. Raises `UsageError`, `ConfigError`."""
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for table, row_id, value in changes:
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"'{value}' is no change; write KEY=VALUE, e.g. weight=0.5")
        mine = texts.setdefault((table_called(table).name, row_id), {})
        name = key.strip().upper()
        if name in mine:
            raise UsageError(f"{name} of {row_id} is given twice")
        mine[name] = text
    rows: dict[str, list[Row]] = {}
    for (name, row_id), given in texts.items():
        rows.setdefault(name, []).append(row_of(name, row_id, given))
    return rows


def row_of(table: str, row_id: str, given: Mapping[str, str], *, is_new: bool = False) -> Row:
    """The row of these texts. Of a new one, numbers that are not given are as by default. Raises `ConfigError`, `UsageError`."""
    governed = table_called(table)
    if governed.key in given:
        raise UsageError(f"{governed.key} is the ID; it is given once, and never changes")
    kept = {
        name: text
        for name, text in given.items()
        if not (is_new and not text.strip() and name in governed.names and _has_default(governed.name, name))
    }
    return {governed.key: row_id, **row_of_texts(governed, kept)}


def _has_default(table: str, name: str) -> bool:
    column = TABLES[table].column(name)
    return column.kind in (Kind.NUMBER, Kind.WHOLE, Kind.FLAG) or bool(column.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is asked for: rows, stored rows (table, id) that are taken away, or the way back to a version. Just one of them."""

    rows: Rows | None = None
    reset: tuple[tuple[str, str], ...] = ()
    back_to: int | None = None

    def __post_init__(self) -> None:
        if sum((bool(self.rows), bool(self.reset), self.back_to is not None)) != 1:
            raise UsageError("a change is of rows, or takes stored rows away, or goes back to a version; one of these")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A configuration, and the one that would be instead. Neither is kept by being made."""

    before: Configuration
    after: Configuration


def stored(desk: Desk) -> Configuration:
    """What the catalog has. Raises `ConfigError` where the settings name a file instead: nothing is changed here then."""
    if desk.settings.governance is not None:
        raise ConfigError(
            f"the settings name a file of rows ({desk.settings.governance.name}), which counts instead of the catalog's; "
            "import it with 'assay governance import' and take 'governance' out of the settings"
        )
    return of_catalog(desk.catalog, desk.identifiers)


def proposed(desk: Desk, change: Change) -> Proposed:
    """The configuration with a change, which is checked. Raises `ConfigError`, `UsageError`."""
    from assay.app.governing.governance_values import refuse_values

    before = stored(desk)
    if change.back_to is not None:
        return Proposed(before=before, after=as_of(desk.catalog, desk.identifiers, change.back_to))
    after = before
    for table, row_id in change.reset:
        after = after.reset(*known_row(before, table, row_id))
    if change.rows:
        refuse_values(change.rows, desk.redact, before.rows)
        after = before.proposed(change.rows)
    return Proposed(before=before, after=after)


def known_row(configuration: Configuration, table: str, row_id: str) -> tuple[str, str]:
    """Names a stored row. Raises `UsageError` where there is none."""
    governed = table_called(table)
    if not any(row[governed.key] == row_id for row in configuration.stored.get(governed.name, ())):
        raise UsageError(f"{governed.name}: no row '{row_id}' is stored; there is nothing to take back")
    return governed.name, row_id


def tried(desk: Desk, what: Proposed) -> Replayed:
    """What would be judged otherwise. Nothing is written."""
    from assay.app.governing.replay import replay
    from assay.app.learning.models import learner_of

    return replay(
        desk.catalog,
        what.before.governance,
        what.after.governance,
        desk.identifiers,
        learned=learner_of(desk.settings),
    )


def keep(desk: Desk, what: Proposed, *, based_on: int, by: str, reason: str) -> int:
    """Writes what was proposed, and returns the new version. Raises `ConflictError` where the configuration is no longer the version
    that was looked at, `UsageError` for what changes nothing or has no reason."""
    from assay.app.reviews.reviewing import name_of, text_of
    from assay.store import governance

    said = text_of(reason, desk.redact)
    if not said:
        raise UsageError("say why: others read it in the history")
    changes = what.before.changes_to(what.after)
    with desk.catalog.transaction() as connection:
        now = governance.version(connection)
        if now != based_on or what.before.version != based_on:
            raise ConflictError(_since(governance.history(connection), based_on))
        if not changes:
            raise UsageError("nothing would change: the rows are so already")
        return governance.write(connection, changes, actor=name_of(by, desk.redact), based_on=based_on, reason=said)


def _since(history: Sequence[Any], based_on: int) -> str:
    newer = [each for each in history if each.version > based_on]
    if not newer:
        return "the configuration is another one than you looked at; look again"
    rows = ", ".join(dict.fromkeys(f"{each.change.table} {each.change.row_id}" for each in newer[:5]))
    return f"{newer[0].actor} changed the configuration meanwhile ({rows}); look at it again, then repeat the change"


def rows_in_text(text: str) -> dict[str, list[Row]]:
    """Rows as somebody pasted them: YAML or JSON of several tables, or CSV of one. Raises `ConfigError`."""
    from assay.app.governing.governance_files import rows_in

    begin = text.lstrip()
    head = begin.partition("\n")[0]
    keys = {table.key for table in TABLES.values()}
    kind = (
        "json" if begin.startswith("{") else "csv" if keys & set(head.upper().replace('"', "").split(",")) else "yaml"
    )
    return {name: list(rows) for name, rows in rows_in(text, kind, Path("rows")).rows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where an expression matches, 1-based line and column, and what of it may be shown."""

    line: int
    column: int
    length: int
    redacted: str


def matches(regex: str, text: str) -> list[Match]:
    """Where a regular expression would find something in a text, as far as 100 matches. Nothing of it is kept. Raises `ConfigError` for
    an expression that a row could not have."""
    from assay.detect.allow import linear
    from assay.detect.redact import mask

    if not regex.strip():
        raise ConfigError("REGEX must not be empty")
    check_expression(regex)
    try:
        expression = linear(regex)
    except ValueError as error:
        raise ConfigError(f"REGEX is no expression that takes linear time: {error}") from None
    found = []
    for match in expression.finditer(text[:_LONGEST_TRIED]):
        begin, end = match.span()
        before = text[:begin]
        line = before.count("\n") + 1
        found.append(
            Match(
                line=line, column=begin - (before.rfind("\n") + 1) + 1, length=end - begin, redacted=mask(match.group())
            )
        )
        if len(found) == _MOST_MATCHES:
            break
    return found
