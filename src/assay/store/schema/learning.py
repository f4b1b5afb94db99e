"""What is kept of documents to learn from: features, of which no value can be made, and what people said of them."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table, Text

from assay.store.schema.base import Json, Key, Moment, metadata

learn_documents = Table(
    "learn_documents",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the URI."),
    Column("resource", Text, nullable=False),
    Column("features", Json, comment="Public words, counts and identifiers; null for one that was not read yet."),
    Column("told", String(64), comment="The type that the model in use told."),
    Column("confidence", Float),
    Column("seen_at", Moment),
    Column("label", String(64), comment="The type that a person said it is."),
    Column("labelled_by", Text),
    Column("labelled_at", Moment),
    Index("ix_learn_documents_labelled", "labelled_at"),
    comment="Documents by what is learned of them.",
)
