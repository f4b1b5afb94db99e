"""Rollout phases: where each scope stands by what reviewers judged, and how it moves up and falls back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from assay.app.reviews.reviewing import Redactor, glob_of, judged_in, name_of, text_of
from assay.errors import ReviewError
from assay.model.review import Phase, PhaseRow
from assay.review import phases, precision
from assay.review.precision import Precision
from assay.review.scopes import matches
from assay.store import lookups, reviews
from assay.store import phases as stored_phases
from assay.store.engine import Catalog


def standings(catalog: Catalog) -> list[tuple[PhaseRow, Precision, phases.Standing]]:
    """Every scope that has a phase: its precision since it has it, and where it stands."""
    now = datetime.now(UTC)
    with catalog.reading() as connection:
        rows = stored_phases.phases(connection)
        answers = judged_in(connection, min((row.since for row in rows), default=now), None)
    told = []
    for row in rows:
        inside = [each for each in answers if each.at >= row.since and matches(row.scope, each.resource)]
        precise = precision.precision_of(inside)
        told.append((row, precise, phases.standing(row, precise, now)))
    return told


def set_phase(
    catalog: Catalog, scope: str, phase: Phase, *, by: str, reason: str, redact: Redactor, force: bool = False
) -> PhaseRow:
    """Moves a scope to a phase. Raises `ReviewError` where it has not earned that, unless `force`d."""
    scope = glob_of(scope, redact)
    now = datetime.now(UTC)
    author, said = name_of(by, redact), text_of(reason, redact)
    if not said:
        raise ReviewError("a change of phase needs a reason; give --reason TEXT")
    with catalog.transaction() as connection:
        was = next((row for row in stored_phases.phases(connection) if row.scope == scope), None)
        if was is not None and was.phase is phase:
            raise ReviewError(f"{scope} is in {phase} already, since {was.since.date()}")
        answers = judged_in(connection, None if was is None else was.since, None)
        precise = precision.precision_of(each for each in answers if matches(scope, each.resource))
        # What has no phase of its own has been in pilot for as long as the catalog is there.
        before = was or PhaseRow(scope=scope, phase=Phase.PILOT, since=lookups.made_at(connection), by=reviews.SYSTEM)
        phases.check_move(before, phase, precise, now, force=force)
        row = PhaseRow(
            scope=scope, phase=phase, since=now, by=author, reason=said, version=1 if was is None else was.version + 1
        )
        details = {"reviews": precise.judged, "precision": precise.precision, "forced": force}
        stored_phases.set_phase(connection, row, was, details)
    return row


def fall_back(catalog: Catalog) -> list[tuple[PhaseRow, str]]:
    """Moves scopes whose reviewed precision has dropped one phase down. Returns them, and why. To be called after runs."""
    moved = []
    for row, precise, standing in standings(catalog):
        if standing.phase is row.phase:
            continue
        lower = replace(
            row,
            phase=standing.phase,
            since=datetime.now(UTC),
            by=reviews.SYSTEM,
            reason=standing.because,
            version=row.version + 1,
        )
        with catalog.transaction() as connection:
            stored_phases.set_phase(connection, lower, row, {"reviews": precise.judged, "precision": precise.precision})
        moved.append((lower, standing.because))
    return moved
