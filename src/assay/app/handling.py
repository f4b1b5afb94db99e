"""What is done for an event: an object is read, records are judged as they came, a resource is asked to be scanned again.

A handler changes nothing. What it found is in `Handled.effect`, which the worker runs in the transaction that says that the
event is done.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from assay.app.eventkeeping import Beginning, Effect, HeldKeeping, WorkerRuns
from assay.app.keeping import Wanted, version_of
from assay.app.line import Given, scan_in
from assay.app.recipe import recipe_of
from assay.app.settings import Settings
from assay.aws.access import Access
from assay.engines.local import DetectorRecipe
from assay.errors import AssayError
from assay.events.items import DELETED, ObjectItem, RecordsItem, RescanItem, WorkItem
from assay.model import Classification, Gap, Governance, Skip
from assay.model.options import ScanOptions
from assay.ports import Result
from assay.store import levels
from assay.store.engine import Catalog
from assay.store.incoming import Incoming, ask_rescan
from assay.tables.judge import Judges

GONE = "it was deleted"
EMPTY = "it is empty"
TOO_LARGE = "it is too large"
ARCHIVED = "it lies in an archive"
LARGEST = 5 * 1024**3


class RetryError(AssayError):
    """What may well succeed later. `counts` says whether it is the event's own fault, so that it is given up in the end."""

    def __init__(self, reason: str, *, counts: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counts = counts


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


@dataclass(slots=True, kw_only=True)
class Handling:
    """Handles every kind of work item, in several threads. Each thread has a detector of its own."""

    catalog: Catalog
    settings: Settings
    options: ScanOptions
    runs: WorkerRuns
    access: Access
    largest: int = LARGEST
    _made: threading.local = field(default_factory=threading.local)

    def __call__(self, item: WorkItem, event: Incoming) -> Handled:
        """Raises `RetryError`, and `AssayError` for what cannot succeed."""
        if isinstance(item, RescanItem):
            because = item.because
            return Handled(effect=lambda connection: ask_rescan(connection, event, because))
        if isinstance(item, RecordsItem):
            return self._records(item, event)
        if item.type == DELETED:
            return Handled(skipped=GONE)
        if item.size == 0:
            return Handled(skipped=EMPTY)
        if item.size is not None and item.size > self.largest:
            return Handled(skipped=TOO_LARGE)
        return of_object(item, self.scanning(item.resource), (item.resource,))

    def scanning(self, resource: str, *, in_part: bool = False) -> Scanning:
        """What scans for an event in this thread."""
        return Scanning(
            catalog=self.catalog,
            settings=self.settings,
            options=replace(self.options, jobs=1),
            recipe=self._recipe(),
            beginning=Beginning(runs=self.runs, resource=resource, in_part=in_part),
        )

    def _recipe(self) -> DetectorRecipe:
        """The thread's detector, made anew when the configuration has changed."""
        version = version_of(self.catalog)
        if getattr(self._made, "version", None) != version:
            self._made.recipe = recipe_of(self.options, self.settings, catalog=self.catalog)
            self._made.version = version
        recipe: DetectorRecipe = self._made.recipe
        return recipe

    def _records(self, item: RecordsItem, event: Incoming) -> Handled:
        scanning = self.scanning(item.resource, in_part=True)
        payload = item.payload.reveal(why="the detector reads it")
        found = scanning.results(given=Given(item.resource, io.BytesIO(payload)))
        classification = _classification(found, item.resource)
        keeping, governance = scanning.kept()
        if classification is None:
            return Handled(skipped=EMPTY)

        def effect(connection: Connection) -> None:
            # One record says what is in it, never what is not in the rest.
            known = levels.known_of(connection, item.resource)
            if known is None:
                keeping.effect(connection)
                return
            raised = levels.raised(known.classification, classification)
            if raised is not None:
                levels.keep(connection, known, raised, run=keeping.held.run)
                ask_rescan(connection, event, "its records hold more than was known of it")

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
    beginning: Beginning

    def results(self, targets: Sequence[str] = (), given: Given | None = None) -> list[Result]:
        """Everything but findings, which are kept already. Raises `AssayError`."""
        records = scan_in(
            self.catalog,
            targets,
            self.options,
            settings=self.settings,
            wanted=Wanted(),
            given=given,
            recipe=self.recipe,
            begun=self.beginning,
        )
        return [record for record in records if isinstance(record, Classification | Gap | Skip)]

    def kept(self) -> tuple[HeldKeeping, Governance]:
        """What writes the results, and the configuration that they were made under."""
        assert self.beginning.made is not None
        return self.beginning.made, Judges().governance_of(self.recipe.make().rules)


def _classification(found: Sequence[Result], resource: str) -> Classification | None:
    return next(
        (each for each in found if isinstance(each, Classification) and each.resource == resource),
        None,
    )


_TRANSIENT: Mapping[str, bool] = {
    "throttled": False,
    "unreachable": False,
    "credentials expired": False,
    "no credentials": False,
    "region disabled": True,
    "access denied": True,
    "key denied": True,
    "changed": True,
    "refused": True,
}
"""Reasons of gaps after which the same may succeed later, and whether it is the event's own fault."""


def of_object(item: ObjectItem, scanning: Scanning, targets: Sequence[str]) -> Handled:
    """Reads an object by a scan of `targets`, which name it alone."""
    found = scanning.results(targets)
    gaps = [each for each in found if isinstance(each, Gap)]
    for gap in gaps:
        if gap.reason in ("vanished", "not found", "no such object"):
            return Handled(skipped=GONE)
        if gap.reason in _TRANSIENT:
            raise RetryError(gap.reason, counts=_TRANSIENT[gap.reason])
    classification = _classification(found, item.resource)
    if classification is None:
        return Handled(skipped=GONE)
    keeping, governance = scanning.kept()
    left_out = [each.reason for each in found if isinstance(each, Skip)]
    return Handled(
        classification=classification,
        governance=governance,
        is_decided=keeping.is_decided(item.resource),
        reason=(gaps[0].reason if gaps else left_out[0] if left_out else ""),
        effect=keeping.effect,
    )
