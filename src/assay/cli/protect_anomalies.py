"""`assay protect anomalies`: who accesses sensitive data otherwise than usual, by the logs of a trail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import ShareType, access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_FAILED, EXIT_GAPS, columns, format_option, line

if TYPE_CHECKING:
    from assay.app.protection.trails import Trail
    from assay.protect.anomaly.detector import Alert
    from assay.report.people import Paint


@click.command(short_help="Find unusual access to sensitive data in CloudTrail.")
@click.argument("trail", metavar="TRAIL")
@click.option(
    "--habits",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep in FILE what was learnt, and read only what came since the last run.",
)
@click.option(
    "--budget",
    metavar="N",
    type=ShareType(min=0.01, max=1000),
    help="Tell about so many days of 1,000 days of principals.  [default: 1, or that of FILE]",
)
@click.option("--to-end", is_flag=True, help="Judge also the days that are not over: nothing more of them comes.")
@format_option
@catalog_option
@aws_options
@config_option
def anomalies(trail: str, habits: Path | None, budget: float | None, to_end: bool, **given: Any) -> int:
    """Read the logs of TRAIL (s3://bucket/prefix or a folder, with files as CloudTrail writes them) and tell of days on which somebody
    accessed sensitive data otherwise than usual: how much, what, when, from where, by what means.

    Nothing is told of the first six weeks, in which it is learnt what is usual. The level of what was accessed comes from the catalog.
    Exit code 1 where something is unusual, 3 where a file could not be read.
    """
    from assay.app.protection.anomalies import Levels, Reading, load, save
    from assay.cli.counting import CountLine
    from assay.cli.review_desk import opened
    from assay.cli.terminal import painter
    from assay.report.printable import counted, printable

    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    counting = CountLine()
    kept = load(habits, budget)
    with opened(given["catalog_url"], given["config_file"]) as desk:
        reading = Reading(
            kept=kept,
            trail=_trail(trail, given),
            levels=Levels(desk.catalog),
            on_file=lambda number: counting.tell("files read", number),
        )
        told = 0
        for alert in reading.alerts(until_end=to_end):
            told += 1
            counting.clear()
            if given["output_format"] == "jsonl":
                line(alert_line(alert))
            else:
                for each in _as_alert(alert, columns(), paint):
                    click.echo(each)
    counting.clear()
    if habits is not None:
        save(kept, habits)
    for name, reason in reading.gaps:
        if given["output_format"] == "jsonl":
            line({"kind": "gap", "resource": name, "reason": "log not read", "detail": reason})
        else:
            click.echo(printable(f"not read: {name}: {reason}"), err=True)
    detector = kept.detector
    ends = f"{told:,} unusual among {detector.seen:,} days of principals so far"
    if given["output_format"] == "jsonl":
        line({"kind": "anomalies", "files": reading.files, "records": reading.records, "not_accesses": reading.odd,
              "twice": reading.twice, "late": detector.late, "of_services": detector.of_services, "alerts": told,
              "principal_days": detector.seen, "threshold": round(detector.threshold(), 2)})  # fmt: skip
    else:
        beside = [
            f"{number:,} {what}"
            for number, what in (
                (reading.odd, "not understood"), (reading.twice, "told twice"), (detector.late, "of days that were over"),
                (detector.of_services, "of services of AWS"),
            )
            if number
        ]  # fmt: skip
        click.echo(
            f"{counted(reading.files, 'new file')}, {counted(reading.records, 'record')}"
            + (f" ({', '.join(beside)})" if beside else "")
            + f"; {ends}."
        )
    if told:
        return EXIT_FAILED
    return EXIT_GAPS if reading.gaps else 0


def _trail(named: str, given: dict[str, Any]) -> Trail:
    from assay.app.permissions import calls_of
    from assay.app.protection.trails import BucketTrail, FolderTrail
    from assay.aws.session import Session
    from assay.sources.s3 import address

    if not address.is_s3(named):
        return FolderTrail(folder=Path(named))
    place = address.parse(named)
    session = Session(access_of(given), calls_of("protect anomalies"))
    return BucketTrail(session=session, bucket=place.bucket, prefix=place.key)


def alert_line(alert: Alert) -> dict[str, Any]:
    """An alert as a JSON line; `assay protect incident open` takes it."""
    from assay.report.plainly.anomalies import alert_in_words

    return {
        "kind": "anomaly",
        "principal": alert.who,
        "principal_kind": str(alert.kind),
        "day": alert.day.isoformat(),
        "score": alert.score,
        "threshold": alert.threshold,
        "level": str(alert.level),
        "reasons": [
            {
                "family": each.family,
                "name": each.name,
                "bits": round(each.bits, 1),
                "level": str(each.level),
                "detail": each.told,
            }
            for each in alert.reasons
        ],
        "places": [{"resource": name, "level": str(level), "accesses": count} for name, level, count in alert.places],
        "usual": alert.usual,
        "in_words": alert_in_words(alert),
        "accesses": alert.accesses,
        "objects": alert.objects,
        "bytes_out": alert.bytes_out,
        "networks": list(alert.networks),
        "regions": list(alert.regions),
    }


def _as_alert(alert: Alert, width: int, paint: Paint) -> Iterator[str]:
    from assay.cli.plan_pages import plainly
    from assay.report.plainly.anomalies import alert_in_words
    from assay.report.printable import printable, size, wrapped

    yield paint(printable(f"{alert.day} {alert.who}"), "strong") + f"  score {alert.score:g} (from {alert.threshold:g})"
    told = f"{alert.accesses:,} accesses, {alert.objects:,} objects read, {size(alert.bytes_out)}"
    yield f"  {told}; touched: {alert.level}"
    for each in alert.reasons:
        yield from wrapped(
            printable(f"{each.family}: {each.told} ({each.bits:.1f} bits)"), width, first="  ! ", indent="    "
        )
    places = ", ".join(f"{name} ({level}, {count:,})" for name, level, count in alert.places)
    yield from wrapped(printable(f"at {places}" if places else "at no place"), width, first="  ", indent="    ")
    where = f"from {', '.join(alert.networks) or 'nowhere told'}, in {', '.join(alert.regions) or 'no region'}"
    yield from wrapped(printable(where), width, first="  ", indent="    ")
    yield from wrapped(printable(f"usually: {alert.usual}"), width, first="  ", indent="    ")
    yield from plainly(alert_in_words(alert), width, paint, indent="  ")
    yield ""
