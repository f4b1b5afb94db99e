"""Every version of the catalog's tables after the other, with rows in all of them, on each kind of database."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)

from assay.store import versions
from assay.store.schema.learning import learn_documents, learn_runs

_MOMENT = "2027-01-02T03:04:05.000000Z"


def _value(column: Any) -> Any:
    """Something that fits a column; the same in every table, so that what refers to a row finds it."""
    kind = column.type
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Float):
        return 0.5
    if isinstance(kind, LargeBinary):
        return b"x"
    if "JSON" in type(kind).__name__.upper():
        return {}
    length = getattr(kind, "length", None)
    return _MOMENT if length == len(_MOMENT) else "x"


def _fill(connection: Connection, filled: set[str]) -> None:
    """A row in each table that has none yet."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if table.name in filled or table.name == "alembic_version":
            continue
        filled.add(table.name)
        if connection.execute(select(table).limit(1)).first() is None:
            values = {column.name: _value(column) for column in table.columns}
            connection.execute(insert(table).values(values | _allowed(connection, table.name)))


def _allowed(connection: Connection, table: str) -> dict[str, str]:
    """The first of the words that a check allows, by column."""
    found = {}
    for check in inspect(connection).get_check_constraints(table):
        said = re.search(r"(\w+)\W.*?'(\w+)'", check["sqltext"])
        if said is not None:
            found[said[1]] = said[2]
    return found


def test_rows_of_every_version_come_through_to_the_newest(catalog_url: str) -> None:
    engine = create_engine(catalog_url.replace("postgresql://", "postgresql+psycopg://"))
    filled: set[str] = set()
    features = {"invoice": 0.5, "id:SSN": 0.3}
    try:
        for revision in versions.known():
            with engine.begin() as connection:
                versions.upgrade(connection, revision)
                if revision == "0015":
                    # As it was written then.
                    then = Table("learn_documents", MetaData(), autoload_with=connection)
                    said = {"id": "a" * 32, "resource": "file:///a.txt", "features": features, "told": "invoice"}
                    said |= {"confidence": 0.9, "seen_at": _MOMENT, "label": "contract", "labelled_by": "ann"}
                    connection.execute(insert(then).values(**said, labelled_at=_MOMENT))
                _fill(connection, filled)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == versions.known()[-1]
            metadata = MetaData()
            metadata.reflect(connection)
            for name in filled & set(metadata.tables):
                assert connection.execute(select(metadata.tables[name]).limit(1)).first() is not None, name
            kept = connection.execute(select(learn_documents).where(learn_documents.c.id == "a" * 32)).one()
            assert (kept.features, kept.told, kept.label, kept.level) == (features, "invoice", "contract", None)
            assert connection.execute(select(learn_runs.c.kind)).scalar() == "x"
    finally:
        engine.dispose()
    assert {"learn_documents", "learn_runs", "enrichments"} <= filled
