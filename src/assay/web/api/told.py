"""What the calls of the API answer, for their description alone: what is told is made where it is known. Tests hold every answer against it.

Records of detection have more fields than are named here (docs/output.md); all else has these and no others.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assay.model import Level
from assay.model.review import State

Item = TypeVar("Item")
Document = dict[str, Any]


class Told(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", title=None)


class Record(BaseModel):
    """A record of detection."""

    model_config = ConfigDict(extra="allow")


class Problem(Told):
    """What is wrong (RFC 9457). `instance` names the request in the server's log."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: str | None = None


class PageOf(Told, Generic[Item]):
    """Some of what was asked for, and the cursor of what follows; null at the end."""

    items: list[Item]
    next: str | None


class FindingTold(Record):
    """A value that was found, redacted."""

    kind: Literal["finding"]
    resource: str
    identifier: str
    category: str
    level: Level
    confidence: float = Field(ge=0, le=1)
    redacted: str
    fingerprint: str
    location: Document
    evidence: list[Document]


class ColumnTold(Record):
    """What is concluded of a column. `confidence` is from 0 to 100."""

    kind: Literal["column"]
    resource: str
    table: str
    column: str
    level: Level
    categories: list[str]
    detected_type: str | None
    confidence: float = Field(ge=0, le=100)
    need_review: bool


class ClassificationTold(Record):
    """What is concluded of a resource."""

    kind: Literal["classification"]
    resource: str
    level: Level
    categories: list[str]
    identifiers: dict[str, int]
    confidence: float = Field(ge=0, le=1)
    needs_review: bool
    because: str


class ResourceTold(ClassificationTold):
    """A resource, and what is concluded of it."""

    id: str
    changed_at: datetime
    seen_at: datetime


class VersionTold(Told):
    """What was concluded of a resource once; `level` and `record` null: it was gone."""

    version: int
    at: datetime
    level: Level | None
    record: Document | None


class TextTold(Told):
    """What is in a text; `level` null: nothing."""

    level: Level | None
    findings: list[FindingTold]
    test_values_ignored: int


class FileTold(Told):
    """What is in a file."""

    size: int
    resource: str | None
    level: Level
    findings: list[FindingTold]
    columns: list[ColumnTold]
    gaps: list[Document]
    skips: list[Document]
    left_out: dict[str, int]


class FilesTold(Told):
    """What is in files, in the order that they were sent."""

    files: list[FileTold]


class QuestionTold(Told):
    """A question of the review queue."""

    kind: Literal["review"]
    id: str
    state: State
    version: int
    subject: str
    resource: str
    table: str | None
    column: str | None
    identifier: str | None
    level: Level
    categories: list[str]
    confidence: float
    reasons: list[str]
    priority: float
    risk: float
    uncertainty: float
    reach: float
    because: str
    details: Document
    two_step: bool
    queued_at: datetime
    decided_at: datetime | None
    decision: Document | None
    run: str | None


class MoveTold(Told):
    """A move of a question."""

    move: str
    by: str
    at: datetime
    reason: str
    before: State
    after: State
    decision: Document | None


class CommentTold(Told):
    """What somebody said of a question."""

    by: str
    at: datetime
    text: str


class AssignmentTold(Told):
    """Whose a question is, and by when it is due."""

    assignee: str | None
    due: str | None


class NotedTold(Told):
    """What was said of a question, and whose it is."""

    comments: list[CommentTold]
    assignment: AssignmentTold | None


class WholeQuestionTold(QuestionTold, NotedTold):
    """A question with its history."""

    history: list[MoveTold]


class ScanTold(Told):
    """A scan: how far it is, or what became of it."""

    id: str
    targets: list[str]
    options: Document
    asked_by: str
    asked_at: datetime
    status: Literal["waiting", "working", "done", "failed", "cancelled"]
    version: int
    attempts: int
    begun_at: datetime | None
    ended_at: datetime | None
    cancelled_by: str | None
    progress: Document | None
    run_id: str | None
    summary: Document | None
    gaps: list[Document]
    notes: list[str]
    reason: str | None


class RootTold(Told):
    """What may be scanned; of one that is `open`, what lies below it, too."""

    target: str
    open: bool


class TableTold(Told):
    """A table of the configuration: how many rows are in effect, and how many of these are stored here."""

    table: str
    help: str
    rows: int
    own: int


class GovernanceTold(Told):
    """The configuration of detection."""

    version: int
    digest: str
    tables: list[TableTold]


class RowTold(Told):
    """A row, and where it is from."""

    row: Document
    origin: Literal["shipped", "changed", "own"]


class RowsTold(Told):
    """The rows of a table."""

    version: int
    items: list[RowTold]


class RowChangeTold(Told):
    """A change of one row; `before` null: it was not there, `after` null: it is taken away."""

    table: str
    row_id: str
    before: Document | None
    after: Document | None


class ChangeTold(Told):
    """A change of the configuration as it was kept."""

    number: int
    version: int
    at: datetime
    actor: str
    reason: str
    change: RowChangeTold


class KeptTold(Told):
    """A change that is kept, and the version that came of it."""

    version: int
    rows: list[RowChangeTold]


class WouldTold(Told):
    """What a change would do to what is known."""

    columns: int
    changes: list[Document]
    moves: list[Document]
    tables: list[Document]
    contradicted: list[Document]
    agreed: int
    read_again: list[Document]


class TriedTold(KeptTold):
    """A change that was tried, of that version."""

    would: WouldTold


class MatchTold(Told):
    """Where an expression matches: line and column from 1."""

    line: int
    column: int
    length: int
    redacted: str


class MatchesTold(Told):
    """Where an expression matches."""

    matches: list[MatchTold]


class TermTold(Told):
    """A term of the glossary."""

    id: str
    name: str
    definition: str
    owner: str
    links: list[str]
    version: int
    changed_at: datetime
    changed_by: str


class OwnerTold(Told):
    """Whose the resources of a scope are, and what says so."""

    scope: str
    owner: str
    source: Literal["file", "tag", "person"]
    changed_at: datetime
    changed_by: str


class ChangedTold(Told):
    """Whether something is other than it was."""

    changed: bool


class TagsTold(Told):
    """How many scopes have another owner now, how many tags were not taken, of how many resources, and what could not be read."""

    changed: int
    refused: int
    resources: int
    gaps: int
