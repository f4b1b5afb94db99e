"""What the desk tells, as types. Fields that are added later are there too, and are not named here."""

from __future__ import annotations

from typing import Any, TypeAlias, TypedDict

Document: TypeAlias = dict[str, Any]
"""Something that is told as JSON."""


class Finding(TypedDict, total=False):
    """A value that was found, redacted."""

    resource: str
    identifier: str
    category: str
    level: str
    confidence: float
    redacted: str
    location: Document


class Column(TypedDict, total=False):
    """What is concluded of a column."""

    resource: str
    table: str
    column: str
    level: str
    confidence: float


class Resource(TypedDict, total=False):
    """What is concluded of a resource."""

    id: str
    resource: str
    level: str
    confidence: float
    needs_review: bool
    identifiers: dict[str, int]
    changed_at: str
    seen_at: str


class Classified(TypedDict):
    """What was found in a text."""

    level: str | None
    findings: list[Finding]
    test_values_ignored: int


class File(TypedDict):
    """What was found in a file."""

    resource: str | None
    size: int
    level: str
    findings: list[Finding]
    columns: list[Column]
    gaps: list[Document]
    skips: list[Document]
    left_out: dict[str, int]


class Files(TypedDict):
    """What was found in files."""

    files: list[File]


class Scan(TypedDict):
    """A scan: how far it is, or what became of it."""

    id: str
    targets: list[str]
    options: Document
    asked_by: str
    asked_at: str
    status: str
    version: int
    progress: Document | None
    run_id: str | None
    summary: Document | None
    gaps: list[Document]
    notes: list[str]
    reason: str


class Question(TypedDict, total=False):
    """A question of the review queue. `etag` says of which version it is."""

    id: str
    state: str
    etag: str


class Governance(TypedDict, total=False):
    """The configuration of detection. `etag` says of which version it is."""

    version: int
    digest: str
    tables: list[Document]
    etag: str


class Term(TypedDict, total=False):
    """A term of the glossary. `etag` says of which version it is."""

    id: str
    name: str
    definition: str
    owner: str
    links: list[str]
    version: int
    etag: str


class Owner(TypedDict, total=False):
    """Whose the resources of a scope are, and who or what says so: a person, a file, a tag."""

    scope: str
    owner: str
    source: str


class Plan(TypedDict, total=False):
    """A plan of protective changes. `digest` says exactly which."""

    id: str
    digest: str
    actions: list[Document]
    approvals: list[Document]
    run: Document | None
