"""Puts together what watches folders: their sources, what the system tells of them, and the catalog."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from assay.app.config.settings import Settings
from assay.app.scan.keeping import files_of
from assay.app.scan.looking import Looking
from assay.app.scan.recipe import cores
from assay.app.scan.sources import sources_of
from assay.app.watch.settling import Settling
from assay.app.watch.watching import Told, Watching
from assay.app.watch.watchrounds import Rounds
from assay.app.work.eventkeeping import WorkerRuns
from assay.errors import UsageError
from assay.model.options import ScanOptions
from assay.sources.file import FileSource, Identity, identities
from assay.sources.inotify import Notifications, file_system, is_remote
from assay.store.engine import Catalog
from assay.store.here import actor

SETTLE_SECONDS = 2.0
POLL_SECONDS = 10.0


def roots_of(targets: Sequence[str]) -> tuple[str, ...]:
    """The absolute paths of folders to watch. Raises `UsageError` for one that is none, and for one within another."""
    roots: dict[str, str] = {}
    for target in targets:
        if not os.path.isdir(target):
            raise UsageError(f"{target}: is no folder; name the folder that it lies in")
        roots.setdefault(os.path.abspath(target), target)
    for root, target in roots.items():
        for other, its in roots.items():
            if root != other and root.startswith(other.rstrip("/") + "/"):
                raise UsageError(f"{target}: lies in {its}, which is watched as a whole; name one of them")
    return tuple(roots)


@contextmanager
def watching(
    targets: Sequence[str],
    options: ScanOptions,
    settings: Settings,
    catalog: Catalog | None,
    *,
    told: Told,
    own: frozenset[Identity] = frozenset(),
    settle: float = SETTLE_SECONDS,
    poll: float | None = None,
    until_idle: bool = False,
) -> Iterator[Watching]:
    """What watches the folders `targets`. The run that its results are kept in ends with it; `own` are files written by us.

    With `poll` everything is looked at every so many seconds, which is done without, too, where the system does not tell of
    changes. Raises `UsageError` for what cannot be watched, and `AssayError` for rules and settings that cannot be used.
    """
    roots = roots_of(targets)

    def source_of(root: str, entering: Callable[[str], None] | None) -> FileSource:
        # A catalog makes and removes files beside itself all the time.
        kept = files_of(catalog) if catalog is not None else []
        cache = [settings.cache_dir] if os.path.isdir(settings.cache_dir) else []
        mine = {"own output": own, "own cache": identities(cache), "own catalog": identities(kept)}
        (made,) = sources_of([root], options, mine)
        assert isinstance(made, FileSource)
        return replace(made, entering=entering)

    runs = WorkerRuns(catalog=catalog, settings=settings, target=" ".join(roots), actor=actor()) if catalog else None
    rounds = Rounds(targets=roots, settings=settings, options=options, catalog=catalog, runs=runs)
    rounds.warm()
    notifications = None if poll is not None else _notifications(roots, told)
    try:
        yield Watching(
            roots=roots,
            rounds=rounds,
            told=told,
            looking=Looking(roots=roots, source_of=source_of, catalog=catalog, notifications=notifications),
            settling=Settling(seconds=settle),
            jobs=options.jobs or settings.jobs or cores(),
            notifications=notifications,
            poll=POLL_SECONDS if poll is None else poll,
            until_idle=until_idle,
            stop=threading.Event(),
        )
    finally:
        if notifications is not None:
            notifications.close()
        if runs is not None:
            runs.end()


def _notifications(roots: Sequence[str], told: Told) -> Notifications | None:
    """What the system tells; `None` where it does not, which is said."""
    if not sys.platform.startswith("linux"):
        told.note(f"this system tells nothing of changes; looking every {POLL_SECONDS:g} s (--poll SECONDS)")
        return None
    for root in roots:
        kind = file_system(root)
        if is_remote(kind):
            told.note(
                f"{root}: lies on {kind}, where nobody tells what other machines change; "
                f"looking every {POLL_SECONDS:g} s (--poll SECONDS)"
            )
            return None
    return Notifications(frozenset(roots))
