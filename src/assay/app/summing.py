"""What was counted in a run → its summary."""

from __future__ import annotations

from assay.app.listing import Listing
from assay.classify.bound import upper_bound
from assay.classify.resource import Totals
from assay.model import Coverage, Level, Summary
from assay.model.options import ScanOptions


def summary_of(
    totals: Totals,
    *,
    target: str,
    seconds: float,
    options: ScanOptions,
    listing: Listing,
    rows_drawn: bool,
    drawn_with_findings: int,
    interrupted: bool,
) -> Summary:
    """The summary of a run. `rows_drawn` says that of tables some rows were drawn."""
    level = max((Level(name) for name in totals.by_level), key=lambda item: item.rank, default=Level.PUBLIC)
    sampling = listing.sampling
    if rows_drawn:
        drawn = f"random rows of each table, of long values the beginning (seed {options.seed})"
        sampling = f"{sampling}; {drawn}" if sampling else drawn
    complete = not (totals.gaps or interrupted or sampling or totals.sampled_before)
    number = totals.by_level[level]
    because = f"{level} because {number:,} of {totals.resources:,} resources {'is' if number == 1 else 'are'} {level}"
    if level is Level.PUBLIC and not complete:
        level = Level.UNCLASSIFIED
        because = "unclassified because nothing was found but not everything was read"
    missed = upper_bound(drawn_with_findings, listing.drawn, listing.population) if listing.population else None
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
        interrupted=interrupted,
        sampling=sampling,
    )
