"""Puts a watch over protection together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from assay.app.config.settings import Settings
from assay.app.protection.applying import Maker
from assay.app.protection.protecting import Protection
from assay.app.protection.protectintake import Incoming, LevelChanges
from assay.app.protection.protectround import Looks, Told
from assay.app.protection.protectwatch import INTERVAL, Watch
from assay.model import Level
from assay.observers.changes import Changes
from assay.ports import Queue
from assay.protect.calendar import Calendar, hours_of
from assay.protect.plan import Limit
from assay.store.engine import Catalog
from assay.store.texts import digest


def calendar_of(settings: Settings) -> Calendar:
    """When changes may be made, as the settings have it."""
    return Calendar(
        windows=[hours_of(text) for text in settings.change_windows],
        quiet=[hours_of(text) for text in settings.quiet_hours],
        zone=ZoneInfo(settings.time_zone),
    )


def watch_of(
    catalog: Catalog,
    maker: Maker,
    protecting: Callable[[], Protection],
    changes: Changes,
    calendar: Calendar,
    *,
    limit: Limit,
    tell: Told,
    note: Callable[[str], None] = lambda _text: None,
    execute: bool = False,
    second: Level | None = None,
    targets: Sequence[str] = (),
    queue: Queue | None = None,
    interval: timedelta = INTERVAL,
    regions: Sequence[str] = (),
) -> Watch:
    """A watch over the account of `maker` in some regions (else in the session's). Those of the same targets and account have a lease for each
    region, so that none is watched by two."""
    region = changes.session.region
    everywhere = tuple(regions) or (region or "",)
    looks = Looks(
        catalog=catalog,
        protecting=protecting,
        maker=maker,
        changes=changes,
        calendar=calendar,
        limit=limit,
        tell=tell,
        by=maker.by,
        execute=execute,
        second=second,
        span=interval,
        targets=tuple(targets),
    )
    end = f" {digest(*sorted(targets))[:16]}" if targets else ""
    watch = Watch(
        catalog=catalog,
        looks=looks,
        changes=LevelChanges(
            catalog=catalog, account=maker.account, region=region, targets=frozenset(targets), regions=regions
        ),
        names=[f"protect watch {maker.account} {each}".strip() + end for each in everywhere],
        by=maker.by,
        targets=targets,
        incoming=None if queue is None else Incoming(catalog=catalog, queue=queue),
        interval=interval,
    )
    watch.note = note
    watch.changes = replace(watch.changes, known=lambda: watch.last.known)
    return watch
