"""Runs, resources, what was found in them, and what is concluded of them: the state now, and every version before.

No column of these tables holds a clear value. `record` is a noun of `assay.model` as Json, under its own field names;
the columns beside it are those of its fields that are asked for.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy import UniqueConstraint as Unique

from assay.store.schema.base import Digest, Json, Key, Moment, Serial, metadata

LEVELS = ("restricted", "confidential", "internal", "unclassified", "public")
_LEVELS = ", ".join(f"'{level}'" for level in LEVELS)

catalog_info = Table(
    "catalog_info",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="What the catalog knows of itself: its id, when it was made, the id of the fingerprint key.",
)

runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("targets", Json, nullable=False),
    Column("asked", Digest, nullable=False, comment="Digest of targets, rules, governance, sampling and options."),
    Column("status", String(16), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False, comment="When its process last wrote."),
    Column("finished_at", Moment),
    Column("ruleset", Digest, nullable=False),
    Column("governance", Digest, nullable=False),
    Column("sampling", Text, nullable=False),
    Column("options", Json, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("summary", Json),
    Column("recipe", Digest, comment="Digest of all that its results depend on but the data."),
    CheckConstraint("status IN ('running', 'finished', 'interrupted', 'abandoned')", name="status"),
    Index("ix_runs_asked", "asked", "started_at"),
    Index("ix_runs_recipe", "recipe", "started_at"),
)

resources = Table(
    "resources",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the URI."),
    Column("uri", Text, nullable=False),
    Column("source", Key, nullable=False, comment="Derived from what it is read of: a database, a folder."),
    Column("first_seen_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False, comment="The run that saw it last."),
    Index("ix_resources_source", "source"),
    Index("ix_resources_uri", "uri"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("table_name", Text, comment="Null for a resource that is no table."),
    Column("state", String(8), nullable=False, comment="open: being written, counts for nothing yet."),
    Column("same_as", Key, comment="The reading whose findings are those of this one, too."),
    Column("findings", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("digest", Key, comment="Of its findings and omissions: the same text again is the same reading."),
    Column("classification", Json, comment="What was concluded of this table alone; null for what is no table."),
    Column("at", Moment, nullable=False),
    CheckConstraint("state IN ('open', 'done', 'same')", name="state"),
    Index("ix_readings_run", "run_id"),
    Index("ix_readings_resource", "resource_id", "at"),
    comment="One reading of one resource, or of one table of it, in one run. Findings hang on it.",
)

findings = Table(
    "findings",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("reading_id", Key, ForeignKey("readings.id", ondelete="CASCADE"), nullable=False),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("identifier", Text, nullable=False),
    Column("category", String(32), nullable=False),
    Column("sensitivity", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("redacted", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("location", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("ruleset", Digest, nullable=False),
    Column("test_value", Boolean, nullable=False),
    CheckConstraint(f"level IN ({_LEVELS})", name="level"),
    Index("ix_findings_reading", "reading_id"),
    Index("ix_findings_resource", "resource_id"),
    Index("ix_findings_fingerprint", "fingerprint"),
)

omissions = Table(
    "omissions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("reading_id", Key, ForeignKey("readings.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    CheckConstraint("kind IN ('gap', 'skip')", name="kind"),
    Index("ix_omissions_run", "run_id"),
    Index("ix_omissions_reading", "reading_id"),
    comment="What should have been read and was not (gap), and what policy left out (skip).",
)

classifications = Table(
    "classifications",
    metadata,
    Column("resource_id", Key, ForeignKey("resources.id"), primary_key=True),
    Column("level", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("record", Json, nullable=False),
    Column("digest", Key, nullable=False, comment="Of the record."),
    Column("version", Integer, nullable=False),
    Column("change", Text, comment="The source's token of the state that was read."),
    Column("made_with", Digest, nullable=False, comment="Digest of rules, governance and sampling."),
    Column("reading_id", Key, ForeignKey("readings.id"), nullable=False, comment="The reading that found this."),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    CheckConstraint(f"level IN ({_LEVELS})", name="level"),
    Index("ix_classifications_level", "level", "resource_id"),
    Index("ix_classifications_changed", "changed_at", "resource_id"),
    Index(
        "ix_classifications_review",
        "level",
        "resource_id",
        sqlite_where=text("needs_review = 1"),
        postgresql_where=text("needs_review"),
    ),
    Index("ix_classifications_reading", "reading_id"),
)

tables = Table(
    "tables",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the resource's URI and the table's name."),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("level", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("need_review", Boolean, nullable=False),
    Column("record", Json, nullable=False),
    Column("extent", Json, comment="How much of it was read, and how."),
    Column("digest", Key, nullable=False, comment="Of the record."),
    Column("version", Integer, nullable=False),
    Column("change", Text, comment="The source's token of the state that was read."),
    Column("made_with", Digest, nullable=False, comment="Digest of rules, governance and sampling."),
    Column("reading_id", Key, ForeignKey("readings.id"), nullable=False, comment="The reading that found this."),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False, comment="The run that saw it last."),
    Column("changed_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    CheckConstraint(f"level IN ({_LEVELS})", name="level"),
    Index("ix_tables_resource", "resource_id"),
    Index("ix_tables_reading", "reading_id"),
)

columns = Table(
    "columns",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the table's id, the name, and which of that name it is."),
    Column("table_id", Key, ForeignKey("tables.id", ondelete="CASCADE"), nullable=False),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", String(16), nullable=False),
    Column("dominant_category", String(32)),
    Column("detected_type", Text),
    Column("confidence", Float, nullable=False, comment="0 to 100."),
    Column("confidence_level", String(16), nullable=False),
    Column("need_review", Boolean, nullable=False),
    Column("record", Json, nullable=False),
    Column("digest", Key, nullable=False, comment="Of the record."),
    Column("sketch", Json, comment="A ColumnSketch without the hashes of its values."),
    Column("version", Integer, nullable=False),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False, comment="The run that changed it last."),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint(f"level IN ({_LEVELS})", name="level"),
    Index("ix_columns_table", "table_id", "position"),
    Index("ix_columns_detected_type", "detected_type"),
    Index("ix_columns_resource", "resource_id", "id"),
)


def _versions(of: str, key: str) -> Table:
    """Every version of `of`. A version holds from its own time to that of the next; `record` null: it was gone."""
    return Table(
        f"{of}_versions",
        metadata,
        Column("id", Serial, primary_key=True),
        Column(key, Key, nullable=False),
        Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
        Column("version", Integer, nullable=False),
        Column("run_id", Key, ForeignKey("runs.id"), nullable=False),
        Column("at", Moment, nullable=False),
        Column("level", String(16)),
        Column("record", Json),
        Unique(key, "version"),
        Index(f"ix_{of}_versions_at", "at"),
        Index(f"ix_{of}_versions_resource", "resource_id"),
    )


classification_versions = _versions("classification", "classification_id")
table_versions = _versions("table", "table_id")
column_versions = _versions("column", "column_id")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("resource_id", Key, ForeignKey("resources.id"), nullable=False),
    Column("old_level", String(16), comment="Null for a resource that had none."),
    Column("new_level", String(16), nullable=False),
    Column("run_id", Key, ForeignKey("runs.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_outbox_resource", "resource_id", "id"),
    sqlite_autoincrement=True,
    comment="One row for each level that changed, written with the change.",
)

outbox_claims = Table(
    "outbox_claims",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("event_id", Serial, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("claim", Key, nullable=False, comment="Who has it: only that one may say that it is done."),
    Column("until", Moment, nullable=False, comment="When another may take it."),
    Column("done_at", Moment),
    comment="Which consumer has taken, or is done with, which event.",
)
