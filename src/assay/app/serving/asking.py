"""Asks for scans, and has them end: what the pages and the API do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.app.arguments import options_of
from assay.app.config.settings import Settings
from assay.app.serving.roots import Permitted, Root, may_all, may_start, permitted
from assay.errors import ConflictError, UsageError
from assay.model.identity import Actor, Role
from assay.model.options import ScanOptions
from assay.store import scans
from assay.store.engine import Catalog
from assay.store.scans import Scan

OPTIONS = frozenset({"categories", "identifiers", "exclude", "sample", "rows", "preview", "min_confidence"})
"""What a request may ask for: nothing that costs money elsewhere, or that reads files of the server."""

MOST_TARGETS = 20
_MOST_WAITING = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scan that may be started: its targets, and its options as they are kept."""

    targets: tuple[Permitted, ...]
    options: Mapping[str, Any]


def judged(targets: Sequence[str], options: Mapping[str, Any], *, roots: Sequence[Root], settings: Settings) -> Asked:
    """What a request asks for. Raises `UsageError` for what may not be scanned from the desk, or is no option."""
    if not 0 < len(targets) <= MOST_TARGETS:
        raise UsageError(f"name from one to {MOST_TARGETS} targets")
    found = {each.told: each for each in (permitted(target, roots) for target in targets)}
    scan_options(options, settings)
    return Asked(targets=tuple(found.values()), options=dict(options))


def scan_options(options: Mapping[str, Any], settings: Settings) -> ScanOptions:
    """The options of a scan of the desk. Raises `UsageError`."""
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise UsageError(f"'{unknown[0]}' is no option of scans from here; there are {', '.join(sorted(OPTIONS))}")
    given = dict(options)
    if "exclude" in given:
        given["exclude"] = [*settings.exclude, *given["exclude"]]
    made = options_of(settings, given)
    if made.identifiers or made.exclude:
        _check_patterns(made)
    return made


def ask(catalog: Catalog, actor: Actor, asked: Asked) -> Scan:
    """Puts it into the queue. Raises `UsageError` where too many wait."""
    covers = [each.covers for each in asked.targets if each.covers is not None]
    with catalog.transaction() as connection:
        if scans.numbers(connection).get(scans.WAITING, 0) >= _MOST_WAITING:
            raise UsageError(f"{_MOST_WAITING} scans wait already; try again once some are done")
        return scans.ask(
            connection,
            [each.told for each in asked.targets],
            # Of what nobody can say where it lies, only those are told who may see everything.
            covers=covers if len(covers) == len(asked.targets) else [],
            options=asked.options,
            by=actor.name,
            user_id=actor.user.id,
        )


def cancel(catalog: Catalog, actor: Actor, scan: Scan, *, version: int | None = None) -> Scan:
    """Has it end. Raises `ConflictError` where it is over, or has changed."""
    with catalog.transaction() as connection:
        ended = scans.cancel(connection, scan.id, by=actor.name, version=version)
        now = scans.one(connection, scan.id)
    if ended is None:
        if now is None or now.is_over:
            raise ConflictError("this scan is over already")
        if now.cancelled_by is not None:
            raise ConflictError(f"{now.cancelled_by} has ended it already; it stops as soon as its worker looks")
        raise ConflictError("this scan has changed since you looked at it; look again")
    return ended


def may_see(actor: Actor, scan: Scan) -> bool:
    """Whether somebody may see all that a scan reads."""
    return may_all(actor.grants, Role.VIEWER, scan.covers)


def may_cancel(actor: Actor, scan: Scan) -> bool:
    """Whether somebody may end a scan: a steward of all that it reads."""
    return may_all(actor.grants, Role.STEWARD, scan.covers)


def refused(actor: Actor, asked: Asked) -> Permitted | None:
    """The first target that somebody may not have scanned."""
    return next((each for each in asked.targets if not may_start(actor.grants, each)), None)


def _check_patterns(options: ScanOptions) -> None:
    from assay.detect.allow import glob
    from assay.detect.cache import read_all

    for pattern in options.exclude:
        try:
            glob(pattern)
        except ValueError as error:
            raise UsageError(f"exclude: a pattern is as in .gitignore: {error}") from None
    if options.identifiers:
        known = {identifier.name for identifier in read_all((), cache=None, builtin=True, examples=False)[0]}
        for name in options.identifiers:
            if name not in known and name.upper() not in known:
                raise UsageError("identifiers: one of these names is none; see 'assay identifiers list'")
