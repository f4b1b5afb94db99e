"""The catalog's first tables, and the triggers that keep the audit log as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SQLITE = (
    """
    CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    # REPLACE deletes without a DELETE trigger.
    """
    CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
    WHEN EXISTS (SELECT 1 FROM audit_log WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()
    """,
    """
    CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
    """,
)


def upgrade() -> None:
    """Makes everything."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        comment="The last entry of the log, signed; without the key nobody can write another end.",
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
    )
    op.create_table(
        "catalog_info",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_catalog_info")),
        comment="What the catalog knows of itself: its id, when it was made, the id of the fingerprint key.",
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("targets", sa.JSON(none_as_null=True), nullable=False),
        sa.Column(
            "asked",
            sa.String(length=64),
            nullable=False,
            comment="Digest of targets, rules, governance, sampling and options.",
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("beat_at", sa.String(length=27), nullable=False, comment="When its process last wrote."),
        sa.Column("finished_at", sa.String(length=27), nullable=True),
        sa.Column("ruleset", sa.String(length=64), nullable=False),
        sa.Column("governance", sa.String(length=64), nullable=False),
        sa.Column("sampling", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'finished', 'interrupted', 'abandoned')", name=op.f("ck_runs_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_asked", "runs", ["asked", "started_at"], unique=False)
    op.create_table(
        "resources",
        sa.Column("id", sa.String(length=32), nullable=False, comment="Derived from the URI."),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.String(length=32),
            nullable=False,
            comment="Derived from what it is read of: a database, a folder.",
        ),
        sa.Column("first_seen_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False, comment="The run that saw it last."),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_resources_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )
    op.create_index("ix_resources_source", "resources", ["source"], unique=False)
    op.create_table(
        "classification_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("classification_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_classification_versions_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_classification_versions_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_versions")),
        sa.UniqueConstraint(
            "classification_id", "version", name=op.f("uq_classification_versions_classification_id_version")
        ),
    )
    op.create_index("ix_classification_versions_at", "classification_versions", ["at"], unique=False)
    op.create_index("ix_classification_versions_resource", "classification_versions", ["resource_id"], unique=False)
    op.create_table(
        "column_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("column_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_column_versions_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_column_versions_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_versions")),
        sa.UniqueConstraint("column_id", "version", name=op.f("uq_column_versions_column_id_version")),
    )
    op.create_index("ix_column_versions_at", "column_versions", ["at"], unique=False)
    op.create_index("ix_column_versions_resource", "column_versions", ["resource_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("old_level", sa.String(length=16), nullable=True, comment="Null for a resource that had none."),
        sa.Column("new_level", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_outbox_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_outbox_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        comment="One row for each level that changed, written with the change.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_resource", "outbox", ["resource_id", "id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=True, comment="Null for a resource that is no table."),
        sa.Column("state", sa.String(length=8), nullable=False, comment="open: being written, counts for nothing yet."),
        sa.Column(
            "same_as",
            sa.String(length=32),
            nullable=True,
            comment="The reading whose findings are those of this one, too.",
        ),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column(
            "digest",
            sa.String(length=32),
            nullable=True,
            comment="Of its findings and omissions: the same text again is the same reading.",
        ),
        sa.Column(
            "classification",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="What was concluded of this table alone; null for what is no table.",
        ),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'same')", name=op.f("ck_readings_state")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_readings_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_readings_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        comment="One reading of one resource, or of one table of it, in one run. Findings hang on it.",
    )
    op.create_index("ix_readings_resource", "readings", ["resource_id", "at"], unique=False)
    op.create_index("ix_readings_run", "readings", ["run_id"], unique=False)
    op.create_table(
        "table_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("table_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_table_versions_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_table_versions_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_versions")),
        sa.UniqueConstraint("table_id", "version", name=op.f("uq_table_versions_table_id_version")),
    )
    op.create_index("ix_table_versions_at", "table_versions", ["at"], unique=False)
    op.create_index("ix_table_versions_resource", "table_versions", ["resource_id"], unique=False)
    op.create_table(
        "classifications",
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="Of the record."),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=True, comment="The source's token of the state that was read."),
        sa.Column(
            "made_with", sa.String(length=64), nullable=False, comment="Digest of rules, governance and sampling."
        ),
        sa.Column("reading_id", sa.String(length=32), nullable=False, comment="The reading that found this."),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint(
            "level IN ('restricted', 'confidential', 'internal', 'unclassified', 'public')",
            name=op.f("ck_classifications_level"),
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_classifications_reading_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_classifications_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_classifications_run_id")),
        sa.PrimaryKeyConstraint("resource_id", name=op.f("pk_classifications")),
    )
    op.create_index("ix_classifications_level", "classifications", ["level"], unique=False)
    op.create_index("ix_classifications_reading", "classifications", ["reading_id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reading_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("sensitivity", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("redacted", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("location", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("ruleset", sa.String(length=64), nullable=False),
        sa.Column("test_value", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "level IN ('restricted', 'confidential', 'internal', 'unclassified', 'public')",
            name=op.f("ck_findings_level"),
        ),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.id"], name=op.f("fk_findings_reading_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_findings_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_fingerprint", "findings", ["fingerprint"], unique=False)
    op.create_index("ix_findings_reading", "findings", ["reading_id"], unique=False)
    op.create_index("ix_findings_resource", "findings", ["resource_id"], unique=False)
    op.create_table(
        "omissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("reading_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('gap', 'skip')", name=op.f("ck_omissions_kind")),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.id"], name=op.f("fk_omissions_reading_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_omissions_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_omissions_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_omissions")),
        comment="What should have been read and was not (gap), and what policy left out (skip).",
    )
    op.create_index("ix_omissions_reading", "omissions", ["reading_id"], unique=False)
    op.create_index("ix_omissions_run", "omissions", ["run_id"], unique=False)
    op.create_table(
        "outbox_claims",
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "claim", sa.String(length=32), nullable=False, comment="Who has it: only that one may say that it is done."
        ),
        sa.Column("until", sa.String(length=27), nullable=False, comment="When another may take it."),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.id"], name=op.f("fk_outbox_claims_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_outbox_claims")),
        comment="Which consumer has taken, or is done with, which event.",
    )
    op.create_table(
        "tables",
        sa.Column(
            "id", sa.String(length=32), nullable=False, comment="Derived from the resource's URI and the table's name."
        ),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("need_review", sa.Boolean(), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="Of the record."),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=True, comment="The source's token of the state that was read."),
        sa.Column(
            "made_with", sa.String(length=64), nullable=False, comment="Digest of rules, governance and sampling."
        ),
        sa.Column("reading_id", sa.String(length=32), nullable=False, comment="The reading that found this."),
        sa.Column("run_id", sa.String(length=32), nullable=False, comment="The run that saw it last."),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint(
            "level IN ('restricted', 'confidential', 'internal', 'unclassified', 'public')",
            name=op.f("ck_tables_level"),
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_tables_reading_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_tables_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_tables_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tables")),
    )
    op.create_index("ix_tables_reading", "tables", ["reading_id"], unique=False)
    op.create_index("ix_tables_resource", "tables", ["resource_id"], unique=False)
    op.create_table(
        "columns",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="Derived from the table's id, the name, and which of that name it is.",
        ),
        sa.Column("table_id", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("dominant_category", sa.String(length=32), nullable=True),
        sa.Column("detected_type", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False, comment="0 to 100."),
        sa.Column("confidence_level", sa.String(length=16), nullable=False),
        sa.Column("need_review", sa.Boolean(), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="Of the record."),
        sa.Column(
            "sketch",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="A ColumnSketch without the hashes of its values.",
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False, comment="The run that changed it last."),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint(
            "level IN ('restricted', 'confidential', 'internal', 'unclassified', 'public')",
            name=op.f("ck_columns_level"),
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_columns_resource_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_columns_run_id")),
        sa.ForeignKeyConstraint(["table_id"], ["tables.id"], name=op.f("fk_columns_table_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_columns")),
    )
    op.create_index("ix_columns_detected_type", "columns", ["detected_type"], unique=False)
    op.create_index("ix_columns_table", "columns", ["table_id", "position"], unique=False)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement))
