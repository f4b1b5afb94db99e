"""What goes to a warehouse: the state of columns and tables, their versions, feedback and the audit log, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select

from assay.store.auditlog import parsed
from assay.store.schema.audit import audit_log
from assay.store.schema.catalog import column_versions, columns, tables
from assay.store.schema.review import sensitive_feedback, sensitive_feedback_log
from assay.store.texts import clean
from assay.store.units import column_ids, table_id

_AT_ONCE = 1_000
_MOST_OF_ONE_NAME = 1_000


class Told(NamedTuple):
    """One version of a column or a table: its record, or with `gone` the one before it was gone.

    `column` is its name, with a number behind it where its table has several of that name. `run` and `at` are when it was
    seen last, of a version when it came about.
    """

    record: dict[str, Any]
    column: str | None
    run: str
    at: str
    version: int
    gone: bool = False


def columns_now(connection: Connection) -> Iterator[Told]:
    """Every column as it is now."""
    asked = (
        select(columns.c.id, columns.c.record, columns.c.version, tables.c.run_id, tables.c.seen_at)
        .join_from(columns, tables, tables.c.id == columns.c.table_id)
        .order_by(columns.c.table_id, columns.c.position)
    )
    for row in _streamed(connection, asked):
        yield Told(row.record, _called(row.id, row.record), row.run_id, row.seen_at, row.version)


def columns_gone(connection: Connection) -> Iterator[Told]:
    """Every column that is there no more, as it last was. One whose last version was purged is not told."""
    last = (
        select(column_versions.c.column_id, func.max(column_versions.c.version).label("version"))
        .group_by(column_versions.c.column_id)
        .subquery()
    )
    before = column_versions.alias("before")
    asked = (
        select(
            column_versions.c.column_id,
            before.c.record,
            column_versions.c.version,
            column_versions.c.run_id,
            column_versions.c.at,
        )
        .join(
            last,
            and_(
                last.c.column_id == column_versions.c.column_id,
                last.c.version == column_versions.c.version,
            ),
        )
        .join(
            before,
            and_(
                before.c.column_id == column_versions.c.column_id,
                before.c.version == column_versions.c.version - 1,
            ),
        )
        .where(column_versions.c.record.is_(None), before.c.record.is_not(None))
    )
    for row in _streamed(connection, asked):
        yield Told(row.record, _called(row.column_id, row.record), row.run_id, row.at, row.version, gone=True)


def column_history(connection: Connection) -> Iterator[Told]:
    """Every version of every column that is kept, those of one column in order."""
    asked = select(column_versions).order_by(column_versions.c.column_id, column_versions.c.version)
    known: tuple[str, dict[str, Any], str] | None = None
    for row in _streamed(connection, asked):
        if row.record is not None:
            known = (row.column_id, row.record, _called(row.column_id, row.record))
            yield Told(row.record, known[2], row.run_id, row.at, row.version)
        elif known is not None and known[0] == row.column_id:
            yield Told(known[1], known[2], row.run_id, row.at, row.version, gone=True)


def tables_now(connection: Connection) -> Iterator[Told]:
    """Every table as it is now."""
    asked = select(tables.c.record, tables.c.version, tables.c.run_id, tables.c.seen_at).order_by(tables.c.id)
    for row in _streamed(connection, asked):
        yield Told(row.record, None, row.run_id, row.seen_at, row.version)


def feedback(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every override, revoked ones included."""
    asked = select(sensitive_feedback).order_by(sensitive_feedback.c.created_at, sensitive_feedback.c.feedback_id)
    yield from (dict(row._mapping) for row in _streamed(connection, asked))


def feedback_log(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every override that was made or revoked, in order."""
    asked = select(sensitive_feedback_log).order_by(sensitive_feedback_log.c.log_id)
    yield from (dict(row._mapping) for row in _streamed(connection, asked))


def audited(connection: Connection, after: int) -> Iterator[dict[str, Any]]:
    """The entries of the audit log after one, in order; details, before and after are objects."""
    asked = select(audit_log).where(audit_log.c.seq > after).order_by(audit_log.c.seq)
    yield from (parsed(row._mapping) for row in _streamed(connection, asked))


def _streamed(connection: Connection, asked: Any) -> Iterator[Any]:
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(asked)


def _called(column_id: str, record: dict[str, Any]) -> str:
    """Of several columns of one name the second is told as `name#2`; its id says that it is the second."""
    name = str(record["column"])
    of_table = table_id(record["resource"], record["table"])
    if column_ids(of_table, [name]) == [column_id]:
        return name
    same = column_ids(of_table, [name] * _MOST_OF_ONE_NAME)
    return f"{clean(name)}#{same.index(column_id) + 1}" if column_id in same else name
