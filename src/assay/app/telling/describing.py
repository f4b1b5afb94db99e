"""Tables and columns as the catalog has them, for catalogs of others and for views that hide what is sensitive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from assay.model import Level
from assay.report.metadata import Described
from assay.report.safeviews import Columns, columns_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


def described(connection: Connection) -> Iterator[Described]:
    """Every table with its columns."""
    from assay.store import warehousing as held  # loads SQLAlchemy: only what has a catalog pays for it

    columns: dict[tuple[str, str], list[tuple[str, Level, str | None]]] = {}
    for told in held.columns_now(connection):
        record = told.record
        key = (str(record["resource"]), str(record["table"]))
        columns.setdefault(key, []).append((str(record["column"]), Level(record["level"]), record.get("detected_type")))
    for told in held.tables_now(connection):
        resource, table = str(told.record["resource"]), str(told.record["table_name"])
        of = tuple(columns.get((resource, table), ()))
        kinds = sorted({kind for _, level, kind in of if kind is not None and level.rank >= Level.INTERNAL.rank})
        yield Described(
            resource=resource, table=table, level=Level(told.record["level"]), kinds=tuple(kinds), columns=of
        )


def in_glue(connection: Connection, least: Level) -> Iterator[Columns]:
    """Those of the Glue data catalog, as `assay scan glue://DATABASE` knows them."""
    for each in described(connection):
        parts = urlsplit(each.resource)
        table = unquote(parts.path.strip("/"))
        if parts.scheme == "glue" and table:
            levels = [(column, level) for column, level, _ in each.columns]
            yield columns_of(unquote(parts.netloc), table, levels, least)
