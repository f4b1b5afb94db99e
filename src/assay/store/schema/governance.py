"""The governance configuration: rows that stand in for shipped ones or add to them, and every change of them."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from assay.store.schema.base import Moment, Serial, metadata

governance_state = Table(
    "governance_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False, comment="Counts the changes; one change may be of many rows."),
    CheckConstraint("id = 1", name="one_row"),
)

governance_rows = Table(
    "governance_rows",
    metadata,
    Column("table_name", String(32), primary_key=True, comment="SENSITIVITY_WEIGHTS, SENSITIVE_KEYWORDS …"),
    Column("row_id", String(255), primary_key=True),
    Column("row", JSON, nullable=False, comment="All columns of the row."),
    Column("version", Integer, nullable=False, comment="The change that wrote it."),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
)

governance_versions = Table(
    "governance_versions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("table_name", String(32), nullable=False),
    Column("row_id", String(255), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", JSON(none_as_null=True), comment="The row in effect before; null where there was none."),
    Column("after", JSON(none_as_null=True), comment="Null where the stored row was taken away."),
    Unique("version", "table_name", "row_id"),
    Index("ix_governance_versions_row", "table_name", "row_id", "version"),
)
