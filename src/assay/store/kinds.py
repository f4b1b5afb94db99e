"""The tables whose rows are sealed, and how a row is told in SQL, for statements that go without SQLAlchemy.

A test holds them to the schema. Not among them: the audit log, which is its own proof; findings and omissions, of which
the digest of their reading tells; claims, which say who works at something now; the queue of the desk's scans and executions that
wait for a person, of which the audit log tells, and answers that are kept for a day; and sessions, one-time links and failed sign-ins, of which nobody can
make one without the key, or which only keep people out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

DIGEST = "assay_digest"
"""The function of SQL that triggers and queries call in SQLite (`digest_of`). Without it nobody writes to these tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A table: its key, and all its columns. `is_numbered` says that the key is a number."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    is_numbered: bool

    def query(self, wanted: int, *, is_sqlite: bool) -> str:
        """Keys, as texts, and digests of the rows by as many keys as are `wanted`; of all with 0."""
        char = "char(31)" if is_sqlite else "chr(31)"
        joined = f" || {char} || ".join(map(_quoted, self.key))
        digest = self.digest() if is_sqlite else "encode(sha256(convert_to(t::text, 'UTF8')), 'hex')"
        of = f"SELECT CAST({joined} AS TEXT), {digest} FROM {_quoted(self.name)} AS t"  # noqa: S608  # constants
        return f"{of} WHERE {joined} IN ({', '.join('?' * wanted)})" if wanted else of

    def digest(self, row: str = "") -> str:
        """The digest of a row in SQLite; in a trigger `row` is OLD."""
        before = f"{row}." if row else ""
        return f"{DIGEST}('{self.name}', {', '.join(before + _quoted(column) for column in self.columns)})"

    def given(self, keys: Sequence[str]) -> list[str | int]:
        """Keys as the parameters of a query."""
        return [int(key) if self.is_numbered else key for key in keys]


def digest_of(*values: Any) -> str:
    """The digest of a row in SQLite: of its table's name and its columns, as they are stored."""
    return hashlib.sha256(orjson.dumps(values, default=repr)).hexdigest()


def _quoted(name: str) -> str:
    return f'"{name}"'


def _kind(name: str, key: str, columns: str, *, is_numbered: bool = False) -> Kind:
    return Kind(name=name, key=tuple(key.split()), columns=tuple(columns.split()), is_numbered=is_numbered)


_ALL = (
    _kind(
        "actions",
        "plan_id id",
        "plan_id id position resource control gate because record",
    ),
    _kind(
        "api_tokens",
        "id",
        "id user_id name code grants made_at expires_at revoked_at",
    ),
    _kind(
        "catalog_info",
        "name",
        "name value",
    ),
    _kind(
        "classification_versions",
        "id",
        "id classification_id resource_id version run_id at level record",
        is_numbered=True,
    ),
    _kind(
        "classifications",
        "resource_id",
        "resource_id level confidence needs_review record digest version change made_with "
        "reading_id run_id changed_at seen_at",
    ),
    _kind(
        "column_versions",
        "id",
        "id column_id resource_id version run_id at level record",
        is_numbered=True,
    ),
    _kind(
        "columns",
        "id",
        "id table_id resource_id position name level dominant_category detected_type confidence "
        "confidence_level need_review record digest sketch version run_id changed_at",
    ),
    _kind(
        "event_order",
        "subject",
        "subject sequencer",
    ),
    _kind(
        "events",
        "identity",
        "identity resource subject sequencer source type status gate reason attempts deliveries claim "
        "host process until event_at received_at hour finished_at",
    ),
    _kind(
        "governance_rows",
        "table_name row_id",
        "table_name row_id row version changed_at changed_by",
    ),
    _kind(
        "governance_state",
        "id",
        "id version",
        is_numbered=True,
    ),
    _kind(
        "governance_versions",
        "id",
        "id version table_name row_id at actor reason before after",
        is_numbered=True,
    ),
    _kind(
        "macie_findings",
        "id",
        "id account region resource subject bucket etag version severity job archived sample more detections"
        " created_at updated_at imported_at",
    ),
    _kind(
        "outbox",
        "id",
        "id resource_id old_level new_level run_id at",
        is_numbered=True,
    ),
    _kind(
        "plan_approvals",
        "plan_id approved_by",
        "plan_id approved_by digest approved_at reason",
    ),
    _kind(
        "plan_refusals",
        "plan_id position",
        "plan_id position resource control reason detail",
    ),
    _kind(
        "plans",
        "id",
        "id digest command targets made_at made_by looked_at notes",
    ),
    _kind(
        "readings",
        "id",
        "id run_id resource_id table_name state same_as findings gaps digest classification at",
    ),
    _kind(
        "receipts",
        "id",
        "id plan_id action_id outcome before after undo reason detail watched at by",
        is_numbered=True,
    ),
    _kind(
        "resources",
        "id",
        "id uri source first_seen_at seen_at run_id",
    ),
    _kind(
        "review_assignments",
        "item_id",
        "item_id assignee due by at",
    ),
    _kind(
        "review_comments",
        "id",
        "id item_id by at text",
        is_numbered=True,
    ),
    _kind(
        "review_decisions",
        "id",
        "id item_id move by at reason state_before state_after version queued_at identifier resource decision",
        is_numbered=True,
    ),
    _kind(
        "review_items",
        "id",
        "id kind resource table_name column_name identifier level confidence priority evidence "
        "question state version two_step proposal expires queued_at decided_at run_id",
    ),
    _kind(
        "rollout_phases",
        "scope",
        "scope phase since by reason version",
    ),
    _kind(
        "runs",
        "id",
        "id targets asked status started_at beat_at finished_at ruleset governance sampling "
        "options host process summary recipe",
    ),
    _kind(
        "sensitive_feedback",
        "feedback_id",
        "feedback_id action scope resource identifier override author reason expires item_id "
        "created_at revoked_at revoked_by is_active",
    ),
    _kind(
        "sensitive_feedback_log",
        "log_id",
        "log_id feedback_id event by at override",
        is_numbered=True,
    ),
    _kind(
        "table_versions",
        "id",
        "id table_id resource_id version run_id at level record",
        is_numbered=True,
    ),
    _kind(
        "tables",
        "id",
        "id resource_id name level score need_review record extent digest version change "
        "made_with reading_id run_id changed_at seen_at",
    ),
    _kind(
        "tasks",
        "id",
        "id kind resource account region because status asked begun attempts due_at reason claim host process"
        " until asked_at finished_at",
    ),
    _kind(
        "users",
        "id",
        "id name called password grants status version made_at made_by",
    ),
    _kind(
        "glossary_terms",
        "id",
        "id name called definition owner links version changed_at changed_by",
    ),
    _kind("resource_owners", "scope", "scope owner source changed_at changed_by"),
    _kind("user_logins", "id", "id issuer user_id made_at"),
    _kind(
        "notices",
        "id",
        "id channel message status attempts reason made_at due_at finished_at claim until",
    ),
)

KINDS = {kind.name: kind for kind in _ALL}
"""By name."""
