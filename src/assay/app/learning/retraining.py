"""Training on a schedule: what is due by the settings is trained by one process at a time, promoted by the rule or proposed, and
recorded with what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from assay.app.config.settings import Settings
from assay.app.learning.models import versions_of
from assay.app.learning.training import Measured, decisions, promoted, trained, waiting
from assay.app.learning.versions import Versions
from assay.app.protection.leasing import leased
from assay.app.reviews.desk import Desk
from assay.errors import AssayError, CatalogError
from assay.learn.kinds import KINDS
from assay.store import audit, learnruns
from assay.store.engine import Catalog
from assay.store.learnruns import INTERRUPTED, Trained
from assay.store.leases import Holder
from assay.store.reviews import time_of

LEASE = "learn"
_LASTS = timedelta(minutes=2)
_LOOK_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_AGAIN = timedelta(hours=1)
"""After how long what was interrupted is tried again."""


class Due(NamedTuple):
    """A kind of model that is to be trained, how many decisions there are, and why."""

    kind: str
    decisions: int
    because: str


class Outcome(NamedTuple):
    """What came of one: promoted, proposed, not_better or failed; in words."""

    kind: str
    outcome: str
    version: str | None
    told: str


def wanted(settings: Settings) -> bool:
    """Whether the settings ask for any of this."""
    return settings.learned and (settings.learn_after > 0 or settings.learn_every > 0)


def due(catalog: Catalog, settings: Settings, now: datetime) -> list[Due]:
    """What is to be trained by now. Costs a few counts where nothing new was decided."""
    found = []
    for kind in KINDS if wanted(settings) else ():
        number = decisions(catalog, kind)
        with catalog.reading() as connection:
            last = learnruns.newest(connection, kind)
        if last is not None and last.ended_at is None:
            # It goes on, or its process is gone: who has the lease knows.
            last = last._replace(outcome=INTERRUPTED)
        because = _because(catalog, settings, kind, number, last, now)
        if because is not None:
            found.append(Due(kind, number, because))
    return found


def _because(
    catalog: Catalog, settings: Settings, kind: str, number: int, last: Trained | None, now: datetime
) -> str | None:
    if number == 0:
        return None
    if last is not None and last.outcome == INTERRUPTED:
        return "its training was interrupted" if now - time_of(last.began_at) >= _AGAIN else None
    # What somebody trained by hand counts, too; that is only looked for where it could matter.
    new = number if last is None else number - last.decisions
    if new <= 0:
        return None
    is_late = settings.learn_every > 0 and (
        last is None or now - time_of(last.began_at) >= timedelta(days=settings.learn_every)
    )
    if not is_late and not 0 < settings.learn_after <= new:
        return None
    new = min(new, waiting(catalog, versions_of(settings), kind))
    noun = "decision is" if new == 1 else "decisions are"
    if 0 < settings.learn_after <= new:
        return f"{new:,} {noun} new"
    if is_late and new > 0:
        return f"{new:,} {noun} new, and {settings.learn_every} days are over" if last else f"{new:,} {noun} there"
    return None


def retrain(
    catalog: Catalog, settings: Settings, *, actor: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Outcome] | Holder:
    """Trains what is due, one after the other; or says who is at it. What fails is recorded and ends nothing but itself."""
    with leased(catalog, LEASE, _LASTS, by=actor) as lease:
        if isinstance(lease, Holder):
            return lease
        versions, desk = versions_of(settings), Desk(catalog=catalog, settings=settings)
        found = []
        for each in due(catalog, settings, now()):
            if lease():
                break
            found.append(_one(desk, versions, each, actor, now))
        return found


def _one(desk: Desk, versions: Versions, due: Due, actor: str, now: Callable[[], datetime]) -> Outcome:
    catalog = desk.catalog
    with catalog.transaction() as connection:
        key = learnruns.begin(connection, due.kind, due.decisions, by=actor, at=now())
    try:
        found = trained(desk, versions, due.kind, note=f"trained by itself: {due.because}")
        outcome = _promoted(desk, versions, found, actor)
    except CatalogError:
        # It is not there to record anything in; the next one records that this was interrupted.
        raise
    except AssayError as error:
        outcome = Outcome(due.kind, "failed", None, str(error))
    except Exception as error:  # noqa: BLE001  # what a message says may quote content; the worker goes on
        outcome = Outcome(due.kind, "failed", None, f"unexpected {type(error).__name__}")
    with catalog.transaction() as connection:
        learnruns.end(connection, key, outcome.outcome, version=outcome.version, told=outcome.told, at=now())
        audit.append(
            connection,
            actor=actor,
            action="MODEL_TRAINED",
            details={
                "model": due.kind,
                "because": due.because,
                "outcome": outcome.outcome,
                "version": outcome.version,
                "told": outcome.told,
            },
        )
    return outcome


def _promoted(desk: Desk, versions: Versions, found: Measured, actor: str) -> Outcome:
    if not found.compared.better:
        return Outcome(found.kind, "not_better", found.version, found.advice)
    if not desk.settings.learn_promote:
        return Outcome(found.kind, "proposed", found.version, found.advice)
    promoted(desk, versions, found.kind, found.version, actor=actor, force=False, canary=None)
    said = f"{found.version} is used from now on; it is {found.compared.difference:+.3f} in macro-F1"
    return Outcome(found.kind, "promoted", found.version, said)


@dataclass(slots=True, kw_only=True)
class Beside:
    """Looks now and then, beside a worker's work, whether something is due, and has it trained by a process of its own: what it
    takes in time and memory is nothing to the work. `catalog_url` is told by a variable: it may have a password."""

    catalog: Catalog
    settings: Settings
    catalog_url: str
    tell: Callable[[str], None] = lambda _text: None
    seconds: float = _LOOK_SECONDS
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Until it is stopped; what trains then is ended, and tried again by the next one."""
        while not stop.is_set():
            self.once(stop)
            stop.wait(self.seconds)

    def once(self, stop: threading.Event) -> None:
        """Has trained what is due now, and waits for that."""
        try:
            found = due(self.catalog, self.settings, datetime.now(UTC))
        except AssayError as error:
            # A changed file of a model ends scans with a message; the next look may find it mended.
            self.tell(f"models cannot be trained: {error}")
            return
        if not found or stop.is_set():
            return
        for each in found:
            self.tell(f"training {each.kind}: {each.because}")
        given = () if self.settings.file is None else ("--config", str(self.settings.file))
        process = subprocess.Popen(  # noqa: S603  # this program itself
            [sys.executable, "-m", "assay.cli.__main__", "learn", "retrain", *given],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "ASSAY_CATALOG": self.catalog_url, **self.variables},
            start_new_session=True,
        )
        with _ended(process, stop):
            told = process.communicate()[0].decode("utf-8", "replace")
        for line in told.splitlines():
            self.tell(line.removeprefix("assay: "))


@contextmanager
def _ended(process: subprocess.Popen[bytes], stop: threading.Event) -> Iterator[None]:
    """Ends a process where this one is to end."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if stop.wait(0.2):
                process.terminate()
                if not over.wait(_GRACE_SECONDS):
                    process.kill()
                return

    watcher = threading.Thread(target=watch, name="assay-learn-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextmanager
def beside(one: Beside, stop: threading.Event, *, once: bool) -> Iterator[None]:
    """While a worker works: looks all the time, or with `once` one time when its work is done. Nothing where the settings ask for none."""
    if not wanted(one.settings):
        yield
        return
    if once:
        yield
        one.once(stop)
        return
    ended = threading.Event()

    thread = threading.Thread(target=one.run, args=(ended,), name="assay-learning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
