"""Governance rows, their history, and what a change would do, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.app.governing.governance import Configuration
from assay.cli.when import shown
from assay.report.printable import counted, pad, printable, shorten, width, wrapped
from assay.report.spelling import Named, spelled
from assay.tables.configuration import TABLES, GovernedTable, Row
from assay.tables.rowtexts import text_of

if TYPE_CHECKING:
    from assay.app.governing.replay import ColumnChange, Replayed
    from assay.model import ColumnRecord, TableRecord
    from assay.store.governance import Changed

_LEAST = 7
_GAP = 2


def overview(configuration: Configuration, columns: int) -> Iterator[str]:
    """The tables, with how many rows of each count, and how many of them are not as they ship."""
    rows = configuration.rows
    cells = [
        (
            name,
            str(sum(row["IS_ACTIVE"] for row in rows[name].values())),
            str(len(configuration.stored.get(name, ()))),
            table.help,
        )
        for name, table in TABLES.items()
    ]
    yield from _grid(("TABLE", "ROWS", "YOURS", "WHAT IT IS"), cells, columns)


def as_table(configuration: Configuration, table: GovernedTable, rows: Sequence[Row], columns: int) -> Iterator[str]:
    """One line a row, at most `columns` wide."""
    stored = {row[table.key] for row in configuration.stored.get(table.name, ())}
    ships = {row[table.key] for row in configuration.shipped.get(table.name, ())}
    names = [name for name in table.names if name not in ("DESCRIPTION", "IS_ACTIVE")]
    cells = []
    for row in rows:
        row_id = row[table.key]
        state = ("changed" if row_id in ships else "own") if row_id in stored else "shipped"
        state += "" if row["IS_ACTIVE"] else ", off"
        cells.append((*(text_of(row[name]) for name in names), state))
    yield from _grid((*names, "ORIGIN"), cells, columns)
    yield ""
    yield f"{counted(len(rows), 'row')}."


def history_lines(entries: Sequence[Changed], columns: int) -> Iterator[str]:
    """A line for each change, and below it what it changed."""
    if not entries:
        yield "No row was ever changed."
    for entry in entries:
        change = entry.change
        yield f"{entry.version}  {shown(entry.at)} UTC  {printable(entry.actor)}  {change.table} {printable(change.row_id)}"
        if entry.reason:
            yield from wrapped(f"because: {printable(entry.reason)}", columns, first="   ", indent="   ")
        yield from _difference(change.before, change.after, columns)


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, columns: int) -> list[str]:
    """What a change of a row changes, column by column."""
    return list(_difference(before, after, columns))


def _difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, columns: int) -> Iterator[str]:
    if after is None:
        yield "   the stored row was taken away: what ships holds again"
        return
    for name, value in after.items():
        old = None if before is None else before.get(name)
        if before is not None and old == value:
            continue
        if before is None and value in (None, "", []):
            continue
        was = "" if before is None else f"{text_of(old) or 'empty'} -> "
        yield shorten(printable(f"   {name}: {was}{text_of(value) or 'empty'}"), columns)


def replayed_lines(found: Replayed, columns: int, *, everything: bool = False) -> Iterator[str]:
    """What a change would do, in words; with `everything` also how far each confidence moves that changes no verdict."""
    if found.columns:
        yield f"{counted(len(found.columns), 'column')} of {found.looked_at:,} would be judged otherwise:"
        for change in found.columns:
            yield from _change_lines(change, columns)
    elif not found.looked_at:
        yield "The catalog holds no columns to try it on; scan some tables with it first."
    else:
        yield f"No column of {found.looked_at:,} would be judged otherwise."
    yield from _moved_lines(found, columns, everything=everything)
    if found.tables:
        yield ""
        yield f"{counted(len(found.tables), 'table')}:"
        for whole in found.tables:
            old, new = whole.before, whole.after
            where = spelled(Named(old.resource, old.table_name))
            sure = "" if whole.certain else " (its rows to be counted again to be sure)"
            yield from wrapped(
                f"{where}: {_table_said(old)} -> {_table_said(new)}{sure}", columns, first="  ", indent="    "
            )
    if found.contradicted:
        yield ""
        yield f"{counted(len(found.contradicted), 'past review')} would be contradicted:"
        for item in found.contradicted:
            where = spelled(Named(item.resource, item.table, item.column))
            yield from wrapped(
                f"{where}: {item.said}; it would be {item.after or 'not sensitive'} [{item.item}]", columns, first="  "
            )
    if found.agreed:
        yield f"{counted(found.agreed, 'past review')} would be agreed with that {'is' if found.agreed == 1 else 'are'} not now."
    if found.reread:
        yield ""
        count = sum(len(item.columns) for item in found.reread)
        yield f"{counted(count, 'column')} would have to be read again to know:"
        for again in found.reread:
            where = spelled(Named(again.resource, again.table))
            told = ", ".join(map(printable, again.columns[:5]))
            more = f" and {len(again.columns) - 5} more" if len(again.columns) > 5 else ""
            yield from wrapped(f"{where}: {told}{more}, for {again.because}", columns, first="  ", indent="    ")


def _moved_lines(found: Replayed, columns: int, *, everything: bool) -> Iterator[str]:
    keep = found.looked_at - len(found.columns)
    if not keep:
        return
    if not found.moved:
        yield from wrapped(f"{counted(keep, 'column')} would keep verdict and confidence.", columns)
        return
    most = max(abs(change.after.confidence - change.before.confidence) for change in found.moved)
    told = "" if everything else "; --all lists them"
    moves = f"confidence moves on {len(found.moved):,}, by {most:.1f} of 100 at most{told}"
    yield from wrapped(f"{counted(keep, 'column')} would keep the verdict; {moves}.", columns)
    for change in found.moved if everything else ():
        old, new = change.before, change.after
        yield f"  {spelled(Named(old.resource, old.table, old.column))}"
        yield shorten(f"    {_said(old)} -> {new.confidence:.1f}", columns)


def _change_lines(change: ColumnChange, columns: int) -> Iterator[str]:
    old, new = change.before, change.after
    yield f"  {spelled(Named(old.resource, old.table, old.column))}"
    yield shorten(f"    {_said(old)}", columns)
    yield shorten(f"    -> {_said(new)}{'' if change.certain else ' (to be read again to be sure)'}", columns)


def _said(record: ColumnRecord) -> str:
    if record.detected_type is None:
        review = ", to be reviewed" if record.need_review else ""
        return f"not sensitive, confidence {record.confidence:.1f}{review}"
    categories = ", ".join(record.categories)
    review = ", to be reviewed" if record.need_review else ""
    return (
        f"{record.detected_type} ({categories}), {record.level}, confidence {record.confidence_level} "
        f"{record.confidence:.1f}{review}"
    )


def _table_said(record: TableRecord) -> str:
    review = ", to be reviewed" if record.need_review else ""
    return f"{record.level}, {counted(len(record.sensitive_columns), 'sensitive column')}{review}"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> Iterator[str]:
    """Rows under their heads. The widest columns are cut until all fit, the first, by which a row is named, last."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(width(row[at]) for row in (heads, *shown)) for at in range(len(heads))]
    while (over := sum(widths) + _GAP * (len(widths) - 1) - columns) > 0:
        at = max(range(1, len(widths)), key=widths.__getitem__)
        at = at if widths[at] > _LEAST else 0
        if widths[at] <= _LEAST:
            break
        widths[at] -= min(over, max(1, widths[at] - _LEAST) if at == 0 else 1)
    for row in (heads, *shown):
        cells = (pad(shorten(cell, room), room) for cell, room in zip(row, widths, strict=True))
        yield (" " * _GAP).join(cells).rstrip()
