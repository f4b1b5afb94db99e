"""One message: what it asks for is taken, done, decided and kept, each once, however often the message comes.

An event's effect in the catalog, what became of it, and its audit entry are one transaction. What has to follow outside of
the catalog follows after it, and is made up for when the message comes again.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from assay.app.retry import RetryError
from assay.app.reviews.ruling import ruling_of
from assay.app.work.handling import Handled, Handler
from assay.errors import AssayError, CatalogError
from assay.events.items import Ignored, ObjectItem, Refused, WorkItem, is_older
from assay.events.parse import parse
from assay.model import Classification
from assay.model.action import Gate
from assay.ports import Message
from assay.review.phases import Ruling
from assay.store import incoming, levels, phases, tasks
from assay.store.claims import LostClaimError
from assay.store.engine import Catalog
from assay.store.incoming import Busy, Incoming, Known, Status, Taken
from assay.store.texts import moment

_LOG = logging.getLogger("assay.worker")
_BUSY_SECONDS = 2.0
_KEY_SECONDS = 10.0
_FIRST_SECONDS = 2.0
_LONGEST_SECONDS = 900.0
_PASSING_SECONDS = 5.0
QUIET = timedelta(seconds=15)
"""For so long what changes in a bucket or a table is gathered before its tags are looked at."""
ENDED = "ended the worker each time"
CHANGED = "what is known of what lies in it changed"


class Delete(NamedTuple):
    """The message is done."""


class Release(NamedTuple):
    """The message is to come again after `seconds`. `because` is told; `slow` says that all work should slow down."""

    seconds: float
    because: str
    slow: bool = False


class Bury(NamedTuple):
    """The message goes to the dead-letter queue. `then` says so in the catalog once it lies there."""

    reason: str
    then: tuple[Callable[[], None], ...] = ()


Fate: TypeAlias = Delete | Release | Bury

Apply: TypeAlias = Callable[[WorkItem, Handled], None]
"""What follows outside of the catalog where the phase allows it. Done again it changes nothing. Raises `RetryError`."""


class Keys:
    """Keys that are worked on in this process: one event of each at a time."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, key: str, seconds: float = _KEY_SECONDS) -> Iterator[bool]:
        """Holds a key. Whether it came free in time."""
        with self._freed:
            got = self._freed.wait_for(lambda: key not in self._busy, timeout=seconds)
            if got:
                self._busy.add(key)
        try:
            yield got
        finally:
            if got:
                with self._freed:
                    self._busy.discard(key)
                    self._freed.notify_all()


@dataclass(slots=True, kw_only=True)
class Processing:
    """Processes messages, in several threads. `attempts` is after how many failures an event is given up, `container_of` what
    is to be tagged again, a while later, where something else is concluded of an item; with `describes` the item itself is
    described then."""

    catalog: Catalog
    handle: Handler
    actor: str
    queue: str
    lease: timedelta
    apply: Apply | None = None
    container_of: Callable[[WorkItem], str | None] = lambda _item: None
    describes: bool = False
    attempts: int = 5
    counts: Counter[str] = field(default_factory=Counter)
    held: dict[str, Taken] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)

    def message(self, message: Message) -> Fate:
        """What is to become of a message after all that it asks for was done as far as can be."""
        refused: list[str] = []
        fates: list[Fate] = []
        for number, each in enumerate(parse(message.body.reveal(why="it says what there is to do"))):
            if isinstance(each, Ignored | Refused):
                self._note(message, number, each)
                if isinstance(each, Refused):
                    refused.append(f"{each.where} {each.reason}".strip())
            else:
                fates.append(self._item(each))
        late = [fate for fate in fates if isinstance(fate, Release)]
        if late:
            # What is done is known, so that only the rest is done when it comes again.
            return max(late, key=lambda fate: fate.seconds)
        buried = [fate for fate in fates if isinstance(fate, Bury)]
        if refused or buried:
            reasons = [*refused, *(fate.reason for fate in buried)]
            return Bury("; ".join(dict.fromkeys(reasons)), tuple(then for fate in buried for then in fate.then))
        return Delete()

    def renew(self) -> None:
        """Keeps everything that is being worked on from other workers for longer."""
        taken = list(self.held.values())
        if taken:
            with self.catalog.transaction() as connection:
                incoming.renew(connection, taken, self.lease)

    def _note(self, message: Message, number: int, each: Ignored | Refused) -> None:
        status = Status.REFUSED if isinstance(each, Refused) else Status.IGNORED
        reason = f"{each.where} {each.reason}".strip() if isinstance(each, Refused) else each.reason
        with self.catalog.transaction() as connection:
            incoming.note(connection, (self.queue, message.id, str(number)), status=status, reason=reason)
        self.counts[status.value] += 1

    def _item(self, item: WorkItem) -> Fate:
        event = event_of(item)
        with self.keys.hold(event.ordered or event.identity) as is_free:
            if not is_free:
                return Release(_BUSY_SECONDS, "it, or another event of its key, is worked on")
            with self.catalog.transaction() as connection:
                taken = incoming.claim(connection, event, self.lease)
                if (
                    isinstance(taken, Taken)
                    and not taken.applying
                    and incoming.is_overtaken(connection, event, is_older)
                ):
                    self._finish_stale(connection, taken, event)
                    return Delete()
            if isinstance(taken, Known):
                self.counts["repeated"] += 1
                return Delete()
            if isinstance(taken, Busy):
                return Release(_BUSY_SECONDS, "another worker has it")
            if taken.attempts > self.attempts:
                return self._bury(taken, event, ENDED)
            self.held[event.identity] = taken
            try:
                return self._taken(item, event, taken)
            finally:
                self.held.pop(event.identity, None)

    def _taken(self, item: WorkItem, event: Incoming, taken: Taken) -> Fate:
        try:
            self._done(item, event, taken)
        except LostClaimError:
            return Release(_BUSY_SECONDS, "another worker has it")
        except RetryError as error:
            return self._later(taken, event, error.reason, counts=error.counts)
        except CatalogError as error:
            if not error.transient:
                raise
            return self._later(taken, event, "the catalog gave up", counts=False)
        except AssayError as error:
            return self._later(taken, event, type(error).__name__, counts=True)
        except Exception as error:  # noqa: BLE001  # one message must not end the work on all others; what it says may quote content
            _LOG.warning("event failed", extra={"event": event.identity, "error": type(error).__name__})
            return self._later(taken, event, f"unexpected {type(error).__name__}", counts=True)
        return Delete()

    def _done(self, item: WorkItem, event: Incoming, taken: Taken) -> None:
        handled = self.handle(item, event)
        ruling = self._ruling(handled)
        follows = self.apply is not None and ruling is not None and ruling.gate is not Gate.REVIEW
        if not taken.applying:
            status = Status.SKIPPED if handled.skipped else Status.APPLYING if follows else Status.DONE
            with self.catalog.transaction() as connection:
                # The key before the event, as when it was claimed.
                is_stale = incoming.is_overtaken(connection, event, is_older)
                incoming.hold(connection, taken)
                if is_stale:
                    self._finish_stale(connection, taken, event)
                    return
                began = moment()
                if handled.effect is not None:
                    handled.effect(connection)
                self._ask_more(connection, item, handled, began)
                incoming.finish(
                    connection,
                    taken,
                    event,
                    status,
                    actor=self.actor,
                    reason=handled.skipped or handled.reason,
                    gate=None if ruling is None else str(ruling.gate),
                    details=_details(handled.classification, ruling),
                )
            self.counts[(Status.DONE if follows else status).value] += 1
            if ruling is not None:
                self.counts[f"gate {ruling.gate}"] += 1
        if self.apply is not None and follows:
            self.apply(item, handled)
        if taken.applying or follows:
            with self.catalog.transaction() as connection:
                incoming.applied(connection, taken)

    def _ask_more(self, connection: Connection, item: WorkItem, handled: Handled, began: str) -> None:
        container = None if handled.classification is None else self.container_of(item)
        if container is not None and levels.changed_since(connection, item.resource, began):
            tasks.ask(connection, tasks.Kind.TAGS, container, because=CHANGED, after=QUIET)
        concluded = handled.classification
        if self.describes and concluded is not None and not handled.skipped:
            tasks.ask(connection, tasks.Kind.ENRICH, concluded.resource, because=CHANGED)

    def _finish_stale(self, connection: Connection, taken: Taken, event: Incoming) -> None:
        because = "a later event of its key was done before"
        incoming.finish(connection, taken, event, Status.STALE, actor=self.actor, reason=because)
        self.counts[Status.STALE.value] += 1

    def _ruling(self, handled: Handled) -> Ruling | None:
        found = handled.classification
        if found is None or handled.skipped:
            return None
        with self.catalog.reading() as connection:
            rows = phases.phases(connection)
        return ruling_of(found, rows, handled.governance, is_decided=handled.is_decided)

    def _later(self, taken: Taken, event: Incoming, reason: str, *, counts: bool) -> Fate:
        if counts and taken.attempts >= self.attempts:
            return self._bury(taken, event, reason)
        with self.catalog.transaction() as connection:
            incoming.give_back(connection, taken, reason, counts=counts)
        self.counts["retried"] += 1
        seconds = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**taken.attempts) if counts else _PASSING_SECONDS
        return Release(seconds, reason, slow=not counts)

    def _bury(self, taken: Taken, event: Incoming, reason: str) -> Bury:
        def then() -> None:
            with self.catalog.transaction() as connection:
                incoming.bury(connection, taken, event, reason, actor=self.actor)
            self.counts[Status.DEAD.value] += 1

        return Bury(reason, (then,))


def event_of(item: WorkItem) -> Incoming:
    """A work item as it is kept. Events of one object have an order."""
    is_object = isinstance(item, ObjectItem)
    return Incoming(
        identity=item.identity,
        resource=item.resource,
        source=item.source,
        type=item.type,
        ordered=item.resource if is_object else None,
        sequencer=item.sequencer if isinstance(item, ObjectItem) else None,
        at=item.at,
    )


def _details(found: Classification | None, ruling: Ruling | None) -> dict[str, object]:
    if found is None or ruling is None:
        return {}
    return {
        "level": str(found.level),
        "confidence": round(found.confidence, 4),
        "identifiers": dict(found.identifiers),
        "because": ruling.because,
    }
