"""What all tables of the catalog share: the metadata, names of constraints, and types that are the same everywhere."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Integer, MetaData, String

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

metadata = MetaData(naming_convention=NAMING)

Moment = String(27)
"""A time in UTC as `2024-05-01T12:00:00.000000Z`: the same text in every engine, in order as text."""

Digest = String(64)
"""SHA-256 in hexadecimal, or a shorter digest."""

Key = String(32)
"""An id that is derived from content: the first half of a SHA-256 in hexadecimal (`assay.store.texts.derived`)."""

Json = JSON(none_as_null=True)
"""Objects and lists; `None` is no value. The order of keys stays."""

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up. Only an INTEGER key does so in SQLite."""
