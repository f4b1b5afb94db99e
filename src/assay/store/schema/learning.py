"""What is kept of documents to learn from: features, of which no value can be made, and what people said of them."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from assay.store.schema.base import Json, Key, Moment, metadata

learn_documents = Table(
    "learn_documents",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the URI."),
    Column("resource", Text, nullable=False),
    Column("features", Json, comment="Public words, counts and identifiers; null for one that was not read yet."),
    Column("told", String(64), comment="The type that the model in use told."),
    Column("confidence", Float),
    Column("level", String(16), comment="The level that the model in use took it for."),
    Column("seen_at", Moment),
    Column("label", String(64), comment="The type that a person said it is."),
    Column("labelled_by", Text),
    Column("labelled_at", Moment),
    Index("ix_learn_documents_labelled", "labelled_at"),
    Index("ix_learn_documents_seen", "seen_at"),
    comment="Documents by what is learned of them.",
)

learn_runs = Table(
    "learn_runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(32), nullable=False, comment="document_type, document_level or column_type."),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment, comment="Null while it goes on, and where its process went."),
    Column("decisions", Integer, nullable=False, comment="How many decisions of people there were."),
    Column("outcome", String(16), comment="promoted, proposed, not_better or failed."),
    Column("version", String(32), comment="What was trained."),
    Column("told", Text, comment="How good it is, or why it failed."),
    Column("by", Text, nullable=False),
    Index("ix_learn_runs_kind", "kind", "began_at"),
    comment="What workers trained by themselves.",
)
