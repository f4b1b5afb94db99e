"""Each change of a level is told once: as an event, and to people where it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from assay.app.telling.telling import Audience, Delivery
from assay.aws.failures import failure_of, refusals
from assay.model import Classification, Level
from assay.notify import sns
from assay.sinks import eventbridge

if TYPE_CHECKING:
    from assay.store.outbox import LevelChange

Told: TypeAlias = "tuple[LevelChange, Classification | None]"

LOW_CONFIDENCE = 0.7
_NOTIFIED = frozenset({Level.CONFIDENTIAL, Level.RESTRICTED})
_TOLD = 100


def tell_events(who: Audience, bus: str) -> Delivery:
    return _changes(who, f"eventbridge:{bus}"[:64], lambda told: _put_events(who, bus, told))


def _put_events(who: Audience, bus: str, told: list[Told]) -> Iterator[bool]:
    events = [
        {
            "at": change.at,
            "resources": [arn] if (arn := who.arn_of(change.resource)) else [],
            "detail": _detail(change, found, arn),
        }
        for change, found in told
    ]
    for code in eventbridge.put(who.client("events"), bus, events):
        yield code is None


def _detail(change: LevelChange, found: Classification | None, arn: str | None) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "event_id": change.id,
        "resource": change.resource,
        "arn": arn,
        "old_level": None if change.old is None else str(change.old),
        "new_level": str(change.new),
        "run": change.run,
        "at": change.at,
    }
    if found is not None:
        detail |= {
            "categories": list(found.categories),
            "identifiers": dict(found.identifiers),
            "frameworks": list(found.frameworks),
            "confidence": found.confidence,
            "needs_review": found.needs_review,
        }
    return detail


def tell_people(who: Audience, topic: str) -> Delivery:
    def send(told: list[Told]) -> Iterator[bool]:
        client = who.client("sns")
        for change, found in told:
            if _is_notified(change, found):
                named = who.arn_of(change.resource) or change.resource
                sns.publish(
                    client,
                    topic,
                    subject=f"assay: {change.new} data in {named}",
                    message=_message(change, found, named),
                    level=str(change.new),
                    resource=change.resource,
                    event=f"{who.catalog.id}-{change.id}",
                )
            yield True

    return _changes(who, f"sns:{topic}"[-64:], send, counts=_is_notified)


def _is_notified(change: LevelChange, found: Classification | None) -> bool:
    """Confidential and restricted, and what was found with little confidence."""
    if change.new in _NOTIFIED:
        return True
    return found is not None and bool(found.identifiers) and found.confidence < LOW_CONFIDENCE


def _message(change: LevelChange, found: Classification | None, named: str) -> str:
    before = "It was not known before." if change.old is None else f"It was {change.old} before."
    lines = [f"{named} is {change.new}. {before}"]
    if found is not None:
        counted = ", ".join(f"{name} ({count:,})" for name, count in found.identifiers.items())
        lines += [
            f"Found: {counted or 'nothing'}",
            f"Frameworks: {', '.join(found.frameworks) or 'none'}",
            f"Confidence: {found.confidence:.2f}{'; a person should look at it' if found.needs_review else ''}",
            f"Why: {found.because}",
        ]
    return "\n".join([*lines, f"Run {change.run}, {change.at}"])


def _everything(_change: LevelChange, _found: Classification | None) -> bool:
    return True


def _changes(
    who: Audience,
    consumer: str,
    send: Callable[[list[Told]], Iterator[bool]],
    *,
    counts: Callable[[LevelChange, Classification | None], bool] = _everything,
) -> Delivery:
    """Sends the changes of levels that a consumer has not been told yet; what was not taken stays to be sent."""
    from assay.store import outbox

    if who.dry_run:
        with who.catalog.reading() as connection:
            waiting = list(outbox.waiting(connection, consumer))
        return Delivery(name="", sent=sum(counts(*each) for each in _with_classification(who, waiting)))
    sent = 0
    while True:
        with who.catalog.transaction() as connection:
            claim = outbox.claim(connection, consumer, _TOLD)
        if not claim.events:
            return Delivery(name="", sent=sent)
        told = _with_classification(who, claim.events)
        taken: list[LevelChange] = []
        error: str | None = None
        try:
            for (change, found), is_taken in zip(told, send(told), strict=False):
                if is_taken:
                    taken.append(change)
                    sent += counts(change, found)
        except refusals() as refused:
            error = failure_of(refused).detail
        finally:
            with who.catalog.transaction() as connection:
                outbox.done(connection, claim, taken)
                outbox.release(connection, claim)
        if len(taken) < len(claim.events):
            # The rest is left to the next run: what is refused now would be refused at once again.
            left = sum(counts(*each) for each in told if each[0] not in taken)
            return Delivery(name="", sent=sent, failed=left, error=error)


def _with_classification(who: Audience, changes: Sequence[LevelChange]) -> list[Told]:
    """What is concluded of each; `None` of what has changed once more since, which has an event of its own."""
    from assay.store import lookups

    told: list[Told] = []
    with who.catalog.reading() as connection:
        for change in changes:
            found = lookups.classification_now(connection, change.resource)
            told.append((change, found if found is not None and found.level == change.new else None))
    return told
