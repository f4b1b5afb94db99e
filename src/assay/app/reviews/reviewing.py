"""Deciding: one item or a whole sheet of them, by one person or two, with the reasons cleared of values before they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.reviews.naming import ITEM_ID, meant, search
from assay.app.reviews.review_sheets import SheetRow, refusal
from assay.errors import ReviewError, UsageError
from assay.model import Level
from assay.model.review import Decision, Override, QueueItem, Reviewed, State
from assay.report.spelling import Named, spelled
from assay.review import precision, workflow
from assay.review.scopes import check_scope
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.reviews import Change, moved_meanwhile

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.app.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The NAMEs of identifiers and the names of categories that something may be reclassified to, and ids of patterns."""

    identifiers: Collection[str]
    categories: Collection[str]
    patterns: Collection[str] = ()


Redactor = Callable[[str], str]
"""What a person wrote, without values that detection knows."""

_NOT_PERMITTED = "this is not yours to decide, or would hold beyond what you are a steward of"
_LONGEST_REASON = 2_000
_LONGEST_NAME = 200
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_NUMBERS = re.compile(r"\d{8,}")
# Lower than what scans show: what somebody types into a reason has no context beside it.
_FLOOR = 0.3


def redactor(settings: Settings) -> Redactor:
    """Masks every value that detection finds in a text, and long numbers."""
    from assay.app.scan.recipe import recipe_of  # compiles or loads all rules
    from assay.model.options import ScanOptions

    detector = recipe_of(ScanOptions(min_confidence=_FLOOR), settings).make()
    return detector.safe_text


def decide(
    catalog: Catalog,
    item_id: str,
    decision: Decision,
    *,
    redact: Redactor,
    known: Known,
    second_from: Level | None = None,
    version: int | None = None,
) -> QueueItem:
    """Decides one item. Returns it as it is now. From the level `second_from` up it takes two people.

    Raises `ReviewError` where it cannot be decided so, `ConflictError` where somebody else moved it meanwhile, or since
    it was of the `version` that was looked at.
    """
    item = looked_at(found(catalog, item_id), version)
    decision = _cleared(decision, item, redact, known)
    change = _decided(_in_steps(item, second_from), decision)
    with catalog.transaction() as connection:
        reviews.make(connection, change)
    return change.item


def confirm(
    catalog: Catalog, item_id: str, *, by: str, reason: str, redact: Redactor, version: int | None = None
) -> QueueItem:
    """Agrees, as the second person, to what the first decided. Raises `ReviewError`."""
    item = looked_at(found(catalog, item_id), version)
    change = _confirmed(item, name_of(by, redact), text_of(reason, redact), datetime.now(UTC))
    with catalog.transaction() as connection:
        reviews.make(connection, change)
    return change.item


def undo(
    catalog: Catalog, item_id: str, *, by: str, reason: str, redact: Redactor, version: int | None = None
) -> QueueItem:
    """Opens an item again and ends the overrides that it made. Raises `ReviewError`."""
    item = looked_at(found(catalog, item_id), version)
    step = workflow.undo(item)
    change = Change(
        was=item,
        item=step.item,
        move="undo",
        by=name_of(by, redact),
        at=datetime.now(UTC),
        reason=text_of(reason, redact),
        revokes=step.revokes,
    )
    with catalog.transaction() as connection:
        reviews.make(connection, change)
    return change.item


def end_override(catalog: Catalog, override_id: str, *, by: str, reason: str, redact: Redactor) -> Override:
    """Takes one override back; the item that made it stays as it is. Raises `ReviewError` for one that is not in effect."""
    author, said = name_of(by, redact), text_of(reason, redact)
    with catalog.transaction() as connection:
        return reviews.revoke_one(connection, override_id.strip().lower(), by=author, at=datetime.now(UTC), reason=said)


def import_rows(
    catalog: Catalog,
    rows: Sequence[SheetRow],
    *,
    by: str,
    redact: Redactor,
    known: Known,
    file: Path,
    second_from: Level | None = None,
    sees: Callable[[QueueItem], bool] = lambda _item: True,
    permit: Callable[[QueueItem, Decision | None], bool] = lambda _item, _decision: True,
) -> list[QueueItem]:
    """Decides everything that a sheet says, or nothing. Raises `UsageError` that names every row that cannot be.

    What somebody does not see is not there for them; what they may not decide so, `permit` says.
    """
    now = datetime.now(UTC)
    author = name_of(by, redact)
    problems: list[str] = []
    changes: list[tuple[SheetRow, Change]] = []
    with catalog.transaction() as connection:
        found_items = reviews.by_id(connection, [row.id for row in rows])
        known_items = {name: _in_steps(item, second_from) for name, item in found_items.items() if sees(item)}
        for row in rows:
            try:
                change = _of_row(row, known_items.get(row.id), author, now, redact, known)
                if not permit(change.was, change.decision):
                    raise ReviewError(f"{row.id}: {_NOT_PERMITTED}")
                changes.append((row, change))
            except ReviewError as error:
                problems.append(f"row {row.row}: {error}")
        if not problems:
            for row, change in changes:
                try:
                    reviews.make(connection, change)
                except ReviewError as error:
                    problems.append(f"row {row.row}: {error}")
        if problems:
            # Raised within the transaction, so that none of it is kept.
            raise UsageError(refusal(file, problems))
    return [change.item for _, change in changes]


def looked_at(item: QueueItem, version: int | None) -> QueueItem:
    """The item, if it is of the version that somebody looked at. Raises `ConflictError` that says what became of it."""
    if version is not None and version != item.version:
        raise moved_meanwhile(item)
    return item


def found(catalog: Catalog, given: str) -> QueueItem:
    """The one item whose id is, or begins with, `given`, or that is about the column, table or resource that is named so.
    Raises `ReviewError`."""
    prefix = given.strip().lower()
    with catalog.reading() as connection:
        items = reviews.beginning_with(connection, prefix) if ITEM_ID.fullmatch(prefix) else []
        if not items:
            items = _about(connection, given)
        elif len(items) > 1:
            names = ", ".join(item.id for item in items[:5])
            raise ReviewError(f"'{prefix}' is the beginning of several items: {names}; give more of it")
    if len(items) > 1:
        told = ", ".join(
            f"{item.id} ({item.question.subject.identifier or item.question.subject.kind})" for item in items[:5]
        )
        more = f" and {len(items) - 5} more" if len(items) > 5 else ""
        raise ReviewError(f"{given}: there are several questions about it: {told}{more}; give the id of one")
    return items[0]


def _about(connection: Connection, given: str) -> list[QueueItem]:
    """The items that are about what is named; one of a column or a table as such comes before those of what is in it."""
    if ITEM_ID.fullmatch(given.strip().lower()) and not search(connection, given):
        raise ReviewError(f"no item '{given.strip().lower()}' is in the queue; see 'assay review list --all'")
    try:
        named = meant(connection, given)
    except UsageError as error:
        raise ReviewError(f"{error}; or give an item's id, as in 'assay review list'") from None
    items = of_named(connection, named)
    if not items:
        about = spelled(named[0])
        raise ReviewError(f"{given}: nothing is asked about '{about}'; see 'assay review list --all' for what is")
    return items


def of_named(connection: Connection, named: Sequence[Named], *, states: Iterable[State] = ()) -> list[QueueItem]:
    """The items, in any of these states, about a resource and all in it, about a table with its columns, or about columns."""
    found_items = []
    for item in reviews.items(connection, states=states, resource=named[0].resource):
        subject = item.question.subject
        if any(each.table in (None, subject.table) and each.column in (None, subject.column) for each in named):
            found_items.append(item)
    return found_items


def judged(catalog: Catalog, *, since: datetime | None = None, until: datetime | None = None) -> list[Reviewed]:
    """What reviewers' answers of a period say of precision."""
    with catalog.reading() as connection:
        return judged_in(connection, since, until)


def _decided(item: QueueItem, decision: Decision) -> Change:
    step = workflow.decide(item, decision)
    confirmed = item.proposal is not None
    counts = item.proposal or decision
    return Change(
        was=item,
        item=step.item,
        move=workflow.Move.CONFIRM if confirmed else str(decision.verdict),
        by=decision.by,
        at=decision.at,
        reason=decision.reason,
        decision=counts,
        overrides=_effects(step, counts),
    )


def _confirmed(item: QueueItem, by: str, reason: str, at: datetime) -> Change:
    step = workflow.confirm(item, by=by, at=at)
    return Change(
        was=item,
        item=step.item,
        move=workflow.Move.CONFIRM,
        by=by,
        at=at,
        reason=reason,
        decision=item.proposal,
        overrides=_effects(step, item.proposal),
    )


def _effects(step: workflow.Step, decision: Decision | None) -> tuple[Override, ...]:
    return workflow.overrides_of(step.item, decision) if step.takes_effect and decision is not None else ()


def _of_row(row: SheetRow, item: QueueItem | None, by: str, now: datetime, redact: Redactor, known: Known) -> Change:
    if item is None:
        raise ReviewError(f"{row.id}: is not in the queue")
    if item.version != row.version:
        state = item.state.replace("_", " ")
        raise ReviewError(f"{row.id}: has changed since the export (it is {state} now); export it again")
    if row.verdict is None:
        return _confirmed(item, by, text_of(row.reason, redact), now)
    decision = Decision(
        verdict=row.verdict,
        by=by,
        at=now,
        reason=row.reason,
        scope=row.scope,
        level=row.level,
        identifier=row.identifier,
        categories=row.categories,
        path=row.path,
        pattern=row.pattern,
        expires=row.expires,
    )
    return _decided(item, _cleared(decision, item, redact, known))


def _in_steps(item: QueueItem, second_from: Level | None) -> QueueItem:
    """The item as it is to be decided now, whatever held when it was asked."""
    two = second_from is not None and item.question.level.rank >= second_from.rank
    return replace(item, two_step=True) if two else item


def _cleared(decision: Decision, item: QueueItem, redact: Redactor, known: Known) -> Decision:
    """The decision as it may be kept. Raises `ReviewError` for an identifier, a pattern or a scope that is none."""
    if decision.fingerprint is not None and not _FINGERPRINT.fullmatch(decision.fingerprint):
        raise ReviewError("a fingerprint has 64 digits from 0 to f; 'assay review show' tells those of an item")
    own = item.question.details.get("patterns", ())
    if decision.pattern is not None and decision.pattern not in known.patterns and decision.pattern not in own:
        raise ReviewError(
            f"no pattern has that id; {_hint(decision.pattern, [*own, *known.patterns], 'it is as in us/ssn#dashed')}"
        )
    name = decision.identifier
    if name is not None and name not in known.identifiers:
        hint = _hint(name, known.identifiers, "see 'assay identifiers list'")
        raise ReviewError(f"no identifier is named '{redact(name)}'; {hint}")
    for category in decision.categories:
        if category not in known.categories:
            hint = _hint(category, known.categories, f"there are {', '.join(sorted(known.categories))}")
            raise ReviewError(f"no category is named '{redact(category)}'; {hint}")
    return replace(
        decision,
        by=name_of(decision.by, redact),
        reason=text_of(decision.reason, redact),
        path=None if decision.path is None else glob_of(decision.path, redact),
    )


def glob_of(scope: str, redact: Redactor) -> str:
    """A glob as it may be kept: one with a value in it is refused, since masking it would widen it."""
    text = check_scope(scope)
    # Folders are named by dates and numbers, and so are resources.
    plain = _NUMBERS.sub("0", text)
    if redact(plain) != plain:
        raise ReviewError("the glob holds what looks like a sensitive value; write * in its place")
    return text


def _hint(name: str, known: Collection[str], otherwise: str) -> str:
    import difflib  # only errors need it

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise


def text_of(text: str, redact: Redactor) -> str:
    """What somebody wrote: its lines joined, and without values."""
    if len(text) > _LONGEST_REASON:
        raise ReviewError(f"a reason has at most {_LONGEST_REASON:,} characters")
    return redact(" ".join(text.split()))


def name_of(by: str, redact: Redactor) -> str:
    """Who decides. It may be an e-mail address, and nothing else that detection knows."""
    name = " ".join(by.split())
    if not name:
        raise ReviewError("who decides is not said; give --by NAME")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise ReviewError(f"a name has at most {_LONGEST_NAME} characters, all of them printable")
    user, at, host = name.partition("@")
    return f"{redact(user)}@{redact(host)}" if at else redact(name)


def judged_in(connection: Connection, since: datetime | None, until: datetime | None) -> list[Reviewed]:
    """The same within a transaction."""
    answers: Iterable[tuple[str | None, str, Decision, datetime]] = reviews.answers(
        connection, since=since, until=until
    )
    return [
        precision.reviewed(identifier, resource, decision, queued_at)
        for identifier, resource, decision, queued_at in answers
        if identifier is not None
    ]


def today() -> date:
    """The day it is, as overrides expire: in UTC, so that all hosts agree."""
    return datetime.now(UTC).date()
