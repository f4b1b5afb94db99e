"""What Macie told of objects. It holds no values: types, counts and places only."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from assay.store.schema.base import Json, Key, Moment, metadata

macie_findings = Table(
    "macie_findings",
    metadata,
    Column("id", String(64), primary_key=True, comment="Macie's own."),
    Column("account", String(16), nullable=False),
    Column("region", String(32), nullable=False),
    Column("resource", Text, nullable=False),
    Column("subject", Key, nullable=False, comment="Derived from the resource."),
    Column("bucket", String(64), nullable=False),
    Column("etag", Text, nullable=False, comment="Of the object that Macie looked at."),
    Column("version", Text, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("job", String(64), nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False, comment="Made up by Macie itself."),
    Column("more", Boolean, nullable=False, comment="It has more occurrences than it tells places of."),
    Column("detections", Json, nullable=False),
    Column("created_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Index("ix_macie_findings_subject", "subject"),
    Index("ix_macie_findings_bucket", "bucket"),
    comment="Sensitive data findings of Macie, as they were told last.",
)
