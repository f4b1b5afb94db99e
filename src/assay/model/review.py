"""Review: what a person is asked, what they decide, and the lasting overrides that follow (SPEC section 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from assay.model.identifier import Level


class State(StrEnum):
    """Where a queue item stands. `awaiting_second` is a decision that a second person has to confirm; `withdrawn` is a
    question that a later run no longer asks."""

    OPEN = "open"
    AWAITING_SECOND = "awaiting_second"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECLASSIFIED = "reclassified"
    SUPPRESSED = "suppressed"
    WITHDRAWN = "withdrawn"


JUDGED = (State.APPROVED, State.REJECTED, State.RECLASSIFIED)
"""What says whether something was detected rightly."""


class Verdict(StrEnum):
    """What a reviewer says. `reject`: it was detected wrongly. `suppress`: it may be right, and is accepted."""

    APPROVE = "approve"
    REJECT = "reject"
    RECLASSIFY = "reclassify"
    SUPPRESS = "suppress"


class Action(StrEnum):
    """What an override does to a later result."""

    SUPPRESS = "suppress"
    SET_CATEGORIES = "set_categories"
    SET_CONFIDENCE = "set_confidence"
    RECLASSIFY = "reclassify"


class Scope(StrEnum):
    """What an override holds for, the most specific first.

    `finding`: one value in one resource. `value`: one value wherever it is. `column`, `table`: as named. `pattern`: what
    one pattern of an identifier found, in resources that match a glob. `identifier`: one identifier in such resources.
    `resource`: what is concluded of one resource as a whole.
    """

    FINDING = "finding"
    VALUE = "value"
    COLUMN = "column"
    TABLE = "table"
    PATTERN = "pattern"
    IDENTIFIER = "identifier"
    RESOURCE = "resource"


class Phase(StrEnum):
    """Rollout phase of a scope."""

    PILOT = "pilot"
    SUPERVISED = "supervised"
    AUTOMATED = "automated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a question is about: a column, a table, one identifier's findings in a resource, or a whole resource.

    `kind` is `column`, `table`, `finding` or `resource`. With `below` it is about an identifier's candidates: values that
    were not told as findings, because their confidence is below that.
    """

    kind: str
    resource: str
    table: str | None = None
    column: str | None = None
    identifier: str | None = None
    below: float | None = None

    @property
    def is_candidate(self) -> bool:
        """Whether it is about what was not sure enough to be a finding."""
        return self.below is not None

    @property
    def id(self) -> str:
        """Stays the same over all runs. It begins with a letter, so that no spreadsheet takes it for a number."""
        identifier = self.identifier if self.kind == "finding" else None
        kind = "candidate" if self.is_candidate else self.kind
        return "r" + content_id(kind, self.resource, self.table, self.column, identifier)[:11]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that a person should look at. `evidence` is a digest of what made the question: another one asks anew.

    `confidence` is 0–1; `risk`, `uncertainty` and `reach` are 0–1, `priority` their product, and `because` says so in
    words. `details` holds what a reviewer wants to see (scores, patterns, redacted examples); no clear value.
    """

    subject: Subject
    level: Level
    categories: tuple[str, ...]
    confidence: float
    evidence: str
    reasons: tuple[str, ...]
    risk: float
    uncertainty: float
    reach: float
    priority: float
    because: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person said of one question, and why. `level`, `identifier` and `categories` are what RECLASSIFY sets."""

    verdict: Verdict
    by: str
    at: datetime
    reason: str
    scope: Scope | None = None
    level: Level | None = None
    identifier: str | None = None
    categories: tuple[str, ...] = ()
    confidence: float | None = None
    fingerprint: str | None = None
    pattern: str | None = None
    path: str | None = None
    expires: date | None = None

    @property
    def content(self) -> tuple[Any, ...]:
        """What is decided, whoever decides it and whatever words they use."""
        return (
            self.verdict,
            self.scope,
            self.level,
            self.identifier,
            self.categories,
            self.confidence,
            self.fingerprint,
            self.pattern,
            self.path,
            self.expires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """A question in the queue, and how far it is. `version` grows with every move, so that two people cannot both move it.

    `proposal` is the decision that waits for a second person, or the last one taken. `queued_at` is when it was last
    asked, `decided_at` when it was answered.
    """

    question: Question
    state: State
    version: int
    queued_at: datetime
    two_step: bool = False
    proposal: Decision | None = None
    decided_at: datetime | None = None
    run: str | None = None

    @property
    def id(self) -> str:
        """That of its subject."""
        return self.question.subject.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A lasting decision on later results. What is `None` is not asked for.

    `path` is a glob over resource URIs (PATTERN, IDENTIFIER), `pattern` a pattern's id such as `us/ssn#dashed`.
    `identifier`, `seen` and `seen_level` guard it: it holds for results of that identifier, of no category besides `seen`
    (empty: any) and no higher level, so that what appears later is not covered by what somebody looked at.
    `categories`, `confidence` (0–1), `level` and `to_identifier` are what it sets. It holds up to and including `expires`.
    One with `below` is of candidates: it speaks only of what was detected with a confidence below that, and one without it
    does not speak of candidates, unless it is of one value.
    """

    id: str
    action: Action
    scope: Scope
    author: str
    reason: str
    at: datetime
    resource: str | None = None
    table: str | None = None
    column: str | None = None
    identifier: str | None = None
    fingerprint: str | None = None
    pattern: str | None = None
    path: str | None = None
    seen: tuple[str, ...] = ()
    seen_level: Level | None = None
    below: float | None = None
    categories: tuple[str, ...] = ()
    confidence: float | None = None
    level: Level | None = None
    to_identifier: str | None = None
    verdict: Verdict | None = None
    expires: date | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """An override that met a result. `outcome` is `applied`, or `withheld` where applying it would have hidden something
    that nobody looked at. `held` says that a validated critical hit was suppressed: its resource is not harmless.

    `becomes` is the identifier that a finding is of afterwards, `count` how many findings it met; `sentence` says what happened, by whom and why.
    """

    override: str
    action: Action
    scope: Scope
    resource: str
    sentence: str
    table: str | None = None
    column: str | None = None
    identifier: str | None = None
    becomes: str | None = None
    outcome: str = "applied"
    held: bool = False
    count: int = 1
    level_before: Level | None = None
    level_after: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """The rollout phase of the resources that `scope`, a glob over URIs, matches."""

    scope: str
    phase: Phase
    since: datetime
    by: str
    reason: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One question that was answered, as far as precision asks: what was detected, and whether it was right.

    `right` is `None` where the answer says nothing of that (suppressed). `hours` is from question to answer.
    """

    identifier: str
    resource: str
    right: bool | None
    hours: float
    at: datetime


def storable(text: str) -> str:
    r"""A name as every database keeps it: null characters and lone surrogates are written as escapes.

    >>> storable("a\x00b")
    'a\\x00b'
    """
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def content_id(*parts: str | None) -> str:
    """64 hexadecimal digits that depend on the parts alone; `None` and an empty text differ.

    A text that was stored and read again has the same id.
    """
    told = [None if part is None else storable(part) for part in parts]
    text = "".join("-" if part is None else f"{len(part)}:{part}" for part in told)
    return hashlib.sha256(text.encode()).hexdigest()
