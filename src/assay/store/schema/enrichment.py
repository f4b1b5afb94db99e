"""What resources are described as. No column holds a clear value: descriptions are cleared of them before they are kept."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from assay.store.schema.base import Digest, Json, Key, Moment, metadata

enrichments = Table(
    "enrichments",
    metadata,
    Column("resource_id", Key, ForeignKey("resources.id"), primary_key=True),
    Column("key", Digest, nullable=False, comment="What was asked, and of whom: the same is not asked twice."),
    Column("source", String(16), nullable=False, comment="model or rules."),
    Column("provider", String(32), nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", String(64), nullable=False),
    Column("description", Json, nullable=False),
    Column("problems", Json, nullable=False),
    Column("suspected", Integer, nullable=False, comment="What it names for people to look at."),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_enrichments_suspected", "suspected"),
    comment="What a language model, or rules, say of a resource besides its classification.",
)
