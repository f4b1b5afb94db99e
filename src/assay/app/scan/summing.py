"""What was counted in a run → its summary."""

from __future__ import annotations

from collections.abc import Mapping

from assay.classify.resource import Totals
from assay.model import Coverage, JudgedAgain, Level, Summary, Unchanged
from assay.model.options import ScanOptions


def summary_of(
    totals: Totals,
    *,
    target: str,
    seconds: float,
    options: ScanOptions,
    objects_drawn: str | None = None,
    rows_drawn: bool = False,
    missed: float | None = None,
    kept_from: Mapping[str, str] = {},
    judged_again: JudgedAgain | None = None,
    interrupted: bool = False,
) -> Summary:
    """The summary of a run. `objects_drawn` says how objects were, `rows_drawn` that of tables some rows were drawn,
    `kept_from` are the runs that saw last what was kept, and when."""
    level = max((Level(name) for name in totals.by_level), key=lambda item: item.rank, default=Level.PUBLIC)
    sampling = objects_drawn
    if rows_drawn:
        drawn = f"random rows of each table, of long values the beginning (seed {options.seed})"
        sampling = f"{sampling}; {drawn}" if sampling else drawn
    complete = not (totals.gaps or interrupted or sampling or totals.sampled_before)
    number = totals.by_level[level]
    because = f"{level} because {number:,} of {totals.resources:,} resources {'is' if number == 1 else 'are'} {level}"
    if not totals.resources:
        because = f"{level} because there was nothing to read"
    if level is Level.PUBLIC and not complete:
        level = Level.UNCLASSIFIED
        because = "unclassified because nothing was found but not everything was read"
    return Summary(
        target=target,
        level=level,
        resources=totals.resources,
        findings=totals.findings,
        gaps=totals.gaps,
        skips=totals.skips,
        seconds=seconds,
        bytes_read=totals.bytes_read,
        by_level={str(item): totals.by_level[item] for item in Level if totals.by_level[item]},
        by_identifier=dict(sorted(totals.by_identifier.items(), key=lambda item: (-item[1], item[0]))),
        test_values_ignored=0 if options.include_test_values else totals.test_values,
        suppressed=totals.suppressed,
        coverage=Coverage(
            bytes_read=totals.bytes_read,
            bytes_total=totals.bytes_total,
            complete=complete,
            missed_upper_bound=missed,
        ),
        because=because,
        columns=totals.columns,
        sensitive_columns=totals.sensitive_columns,
        known_columns=totals.known_columns,
        interrupted=interrupted,
        sampling=sampling,
        unchanged=_unchanged(totals, kept_from),
        judged_again=judged_again,
    )


def _unchanged(totals: Totals, kept_from: Mapping[str, str]) -> Unchanged | None:
    if not (totals.again and kept_from):
        return None
    since, run = max((at, run) for run, at in kept_from.items())
    return Unchanged(
        resources=totals.again,
        tables=totals.tables_again,
        columns=totals.columns_again,
        run=run,
        since=since,
        runs=len(kept_from),
    )
