"""What is done for an event: an object is read, records are judged as they came, a resource is asked to be scanned again.

A handler changes nothing. What it found is in `Handled.effect`, which the worker runs in the transaction that says that the
event is done.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection as Database

from assay.app.config.settings import Settings
from assay.app.learning.models import Current
from assay.app.protection.protectasking import ask_for
from assay.app.retry import RetryError
from assay.app.reviews import queueing
from assay.app.scan.keeping import version_of
from assay.app.scan.line import scan_within
from assay.app.scan.recipe import recipe_of
from assay.app.scan.running import Given, Within
from assay.app.work.eventkeeping import Beginning, Effect, HeldKeeping, WorkerRuns
from assay.app.work.rescanning import unreadable
from assay.aws.failures import (
    ACCESS_DENIED,
    CLOCK,
    EXPIRED,
    KEY_DENIED,
    NO_CREDENTIALS,
    NOT_FOUND,
    REFUSED,
    REGION_DISABLED,
    TRANSIENT,
)
from assay.engines.local import DetectorRecipe
from assay.events.items import DELETED, VERSION_DELETED, ObjectItem, RecordsItem, RescanItem, WorkItem
from assay.formats.payload import joined
from assay.model import Classification, Gap, Governance, Skip
from assay.model.options import ScanOptions
from assay.ports import Result
from assay.sources.s3.address import uri_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import ARCHIVED, CHANGED, VANISHED
from assay.sources.s3.single import ObjectSource
from assay.sources.s3.source import S3Source
from assay.store import gone, levels, tasks
from assay.store.engine import Catalog
from assay.store.incoming import Incoming
from assay.store.texts import moment
from assay.tables.judges import Judges

if TYPE_CHECKING:
    from assay.app.learning.learner import Learner

GONE = "it was deleted"
EMPTY = "it is empty"
TOO_LARGE = "it is too large"
IN_ARCHIVE = "it lies in an archive"
LARGEST = 5 * 1024**3
_PASSING = TRANSIENT | {EXPIRED, CLOCK, NO_CREDENTIALS}
_REFUSED = frozenset({ACCESS_DENIED, KEY_DENIED, REFUSED, REGION_DISABLED})
"""Reasons of gaps after which the same may succeed later; these are the event's own, so that it is given up in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What came of an event. `skipped` is why nothing was read, `reason` why not all was, `is_decided` whether a reviewer
    has decided on the resource, `governance` the configuration that counted."""

    classification: Classification | None = None
    governance: Governance | None = None
    is_decided: bool = False
    skipped: str = ""
    reason: str = ""
    effect: Effect | None = None


Handler = Callable[[WorkItem, Incoming], Handled]


class Kit(NamedTuple):
    """What reads one event after the other, in one thread at a time; made under a version of the configuration, with the models
    that were in use."""

    version: int
    recipe: DetectorRecipe
    judges: Judges
    learner: Learner | None


@dataclass(slots=True, kw_only=True)
class Handling:
    """Handles every kind of work item, in several threads, of which each has a kit meanwhile."""

    catalog: Catalog
    settings: Settings
    options: ScanOptions
    runs: WorkerRuns
    connection: Connection
    largest: int = LARGEST
    protects: bool = False
    _free: list[Kit] = field(default_factory=list)
    _current: Current | None = None
    _recipe: tuple[int, DetectorRecipe] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)
    _own: threading.local = field(default_factory=threading.local)

    def __call__(self, item: WorkItem, _event: Incoming) -> Handled:
        """Raises `RetryError`, and `AssayError` for what cannot succeed."""
        with self._kit():
            return self._handled(item)

    def _handled(self, item: WorkItem) -> Handled:
        if isinstance(item, RescanItem):
            return self._asked_for(item)
        if isinstance(item, RecordsItem):
            return self._records(item)
        if item.type in (DELETED, VERSION_DELETED):
            return self._deleted(item)
        if item.size == 0:
            return Handled(skipped=EMPTY)
        if item.size is not None and item.size > self.largest:
            return Handled(skipped=TOO_LARGE)
        return self._object(item)

    def _asked_for(self, item: RescanItem) -> Handled:
        """What has to be looked at as a whole: what is in it, and, where `protects` says so, how it is protected."""
        hopeless = unreadable(item.resource)

        def effect(connection: Database) -> None:
            if hopeless is None:
                _ask_rescan(connection, item, item.because)
            if self.protects:
                ask_for(connection, item)

        return Handled(skipped=hopeless or "", effect=effect)

    def governance(self) -> Governance:
        """The configuration that counts now."""
        with self._kit() as kit:
            return kit.judges.governance_of(kit.recipe.make().rules)

    def asking(self) -> queueing.Filling:
        """What asks people, under the configuration that counts now."""
        with self._kit() as kit:
            rules = kit.recipe.make().rules
            return queueing.begin(
                self.catalog,
                identifiers=rules.identifiers,
                governance=kit.judges.governance_of(rules),
                second_from=self.settings.second_approval,
            )

    def warm(self) -> None:
        """Has all made that an event needs before the first is taken, so that none waits for it."""
        with self._kit() as kit:
            kit.judges.of(kit.recipe.make().rules)

    @contextmanager
    def _kit(self) -> Iterator[Kit]:
        """A kit for this thread, the one that was used last if it is free: a new one takes a second to make. When the
        configuration has changed, others are made."""
        version, learner = version_of(self.catalog), self._models().learner()
        with self._lock:
            self._free = [kit for kit in self._free if kit.version == version and kit.learner is learner]
            kit = self._free.pop() if self._free else None
        if kit is None:
            kit = Kit(version, self._recipe_of(version), Judges(learned=learner), learner)
        self._own.kit = kit
        try:
            yield kit
        finally:
            with self._lock:
                self._free.append(kit)

    def _models(self) -> Current:
        with self._lock:
            if self._current is None:
                self._current = Current(settings=self.settings)
            return self._current

    def _recipe_of(self, version: int) -> DetectorRecipe:
        with self._making:
            if self._recipe is None or self._recipe[0] != version:
                self._recipe = (
                    version,
                    recipe_of(
                        self.options,
                        self.settings,
                        catalog=self.catalog,
                        elsewhere=True,
                        access=self.connection.options.access,
                    ),
                )
            return replace(self._recipe[1], made=None)

    def _scanning(self, resource: str, *, in_part: bool = False) -> Scanning:
        """What scans for an event with this thread's kit."""
        kit: Kit = self._own.kit
        return Scanning(
            catalog=self.catalog,
            settings=self.settings,
            options=replace(self.options, jobs=1),
            recipe=kit.recipe,
            judges=kit.judges,
            learner=kit.learner,
            beginning=Beginning(runs=self.runs, resources=(resource,), in_part=in_part),
        )

    def _object(self, item: ObjectItem) -> Handled:
        found = self._read(item, item.etag)
        # It is another one by now; its own event may be on its way, and finds it read.
        return found if found is not None else self._as_it_is(item)

    def _as_it_is(self, item: ObjectItem) -> Handled:
        return self._read(item, None) or self._gone(item.resource)

    def _deleted(self, item: ObjectItem) -> Handled:
        """What is believed of a deletion. Where it has no place in the order of its key, where another version may be the
        object now, or where the object was read since, the object is looked at."""
        is_version = item.type == VERSION_DELETED
        if not (is_version or item.sequencer is None or self._was_seen_since(item)):
            return self._gone(item.resource)
        found = self._as_it_is(item)
        if not is_version or item.version is None:
            return found
        ended, effect = self._gone(uri_of(item.bucket, item.key, item.version)), found.effect

        def both(connection: Database) -> None:
            for each in (ended.effect, effect):
                if each is not None:
                    each(connection)

        return replace(found, effect=both)

    def _was_seen_since(self, item: ObjectItem) -> bool:
        if item.at is None:
            return True
        with self.catalog.reading() as connection:
            return gone.seen_since(connection, item.resource, moment(item.at))

    def _gone(self, *resources: str) -> Handled:
        """They are not there: what the catalog has of them is not the state now any more, and nobody is asked about them."""
        scanning = self._scanning(resources[0])
        detector = scanning.recipe.make()
        asked = self.runs.asked(
            scanning.options,
            mask=detector.safe_name,
            ruleset=detector.rules.digest,
            governance=scanning.judges.governance_of(detector.rules),
        )
        run = self.runs.of(asked)

        def effect(connection: Database) -> None:
            for resource in resources:
                if gone.end(connection, run, [resource]):
                    queueing.withdraw_all(connection, resource, run=run)

        return Handled(skipped=GONE, effect=effect)

    def _read(self, item: ObjectItem, etag: str | None) -> Handled | None:
        """What an object holds; `None` where it is another one than that of `etag`."""
        scanning = self._scanning(item.resource)
        size = None if etag is None else item.size
        source = ObjectSource(item.bucket, item.key, self.connection, size=size, etag=etag)
        found = scanning.results(source=source)
        gaps = [each for each in found if isinstance(each, Gap)]
        for gap in gaps:
            if gap.reason == CHANGED:
                if etag is not None:
                    return None
                raise RetryError(CHANGED, counts=True)
            if gap.reason in (VANISHED, NOT_FOUND):
                return self._gone(item.resource)
            if gap.reason == ARCHIVED:
                return Handled(skipped=IN_ARCHIVE)
            if gap.reason in _PASSING or gap.reason in _REFUSED:
                raise RetryError(gap.reason, counts=gap.reason in _REFUSED)
        classification = _classification(found, item.resource)
        if classification is None:
            return self._gone(item.resource)
        keeping, governance = scanning.kept()
        left_out = [each.reason for each in found if isinstance(each, Skip)]
        if ARCHIVED in left_out:
            return Handled(skipped=IN_ARCHIVE)
        if left_out and not gaps and not classification.coverage.bytes_read:
            # What is no text is known to be there, and is not read.
            return Handled(classification=classification, skipped=left_out[0], effect=keeping.effect)
        reasons = [*(gap.reason for gap in gaps), *left_out]
        return Handled(
            classification=classification,
            governance=governance,
            is_decided=keeping.is_decided(item.resource),
            reason=reasons[0] if reasons else "",
            effect=keeping.effect,
        )

    def _records(self, item: RecordsItem) -> Handled:
        scanning = self._scanning(item.resource, in_part=True)
        payload = joined(item.payload.reveal(why="the detector reads it"))
        found = scanning.results(given=Given(item.resource, io.BytesIO(payload)))
        classification = _classification(found, item.resource)
        keeping, governance = scanning.kept()
        if classification is None:
            return Handled(skipped=EMPTY)

        def effect(connection: Database) -> None:
            # One record says what is in it, never what is not in the rest.
            known = levels.known_of(connection, item.resource)
            if known is None:
                keeping.effect(connection)
                return
            raised = levels.raised(known.classification, classification)
            if raised is not None:
                levels.keep(connection, known, raised, run=keeping.held.run)
                if unreadable(item.resource) is None:
                    _ask_rescan(connection, item, "its records hold more than was known of it")

        return Handled(
            classification=classification,
            governance=governance,
            is_decided=keeping.is_decided(item.resource),
            effect=effect,
        )


@dataclass(slots=True, kw_only=True)
class Scanning:
    """One scan for one event, whose results are held back."""

    catalog: Catalog
    settings: Settings
    options: ScanOptions
    recipe: DetectorRecipe
    judges: Judges
    beginning: Beginning
    learner: Learner | None = None

    def results(self, *, source: S3Source | None = None, given: Given | None = None) -> list[Result]:
        """Everything but findings, which are kept already. Raises `AssayError`."""
        within = Within(recipe=self.recipe, judges=self.judges, begun=self.beginning, learner=self.learner)
        records = scan_within(within, self.catalog, self.options, settings=self.settings, source=source, given=given)
        return [record for record in records if isinstance(record, Classification | Gap | Skip)]

    def kept(self) -> tuple[HeldKeeping, Governance]:
        """What writes the results, and the configuration that they were made under."""
        assert self.beginning.made is not None
        return self.beginning.made, self.judges.governance_of(self.recipe.make().rules)


def _ask_rescan(connection: Database, item: WorkItem, because: str) -> None:
    tasks.ask(connection, tasks.Kind.RESCAN, item.resource, because=because, account=item.account, region=item.region)


def _classification(found: Sequence[Result], resource: str) -> Classification | None:
    return next(
        (each for each in found if isinstance(each, Classification) and each.resource == resource),
        None,
    )
