"""`assay worker`: classify what changes while it changes."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.interrupt import stopped_by_signals
from assay.cli.options import (
    FormatType,
    ShareType,
    access_of,
    aws_options,
    catalog_option,
    config_option,
    number_option,
)
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.app.learning.retraining import Beside
    from assay.app.work.workers import Asked, Protects, Rescans
    from assay.model.options import ScanOptions
    from assay.store.engine import Catalog

EXIT_GAPS = 3
_MIB = 1024 * 1024
_LISTED = 1_000
_TASKS = {
    "rescan": "scans of whole resources",
    "tags": "tags of buckets and tables",
    "protect": "protection of resources",
}
_BECAME = {"dead": "given up"}
_SHOWN = ("done", "skipped", "stale", "repeated", "retried", "ignored", "refused", "dead")


@click.command(short_help="Classify what changes in AWS while it changes.")
@click.option("--queue", "queue_url", metavar="URL", help="The queue of SQS that events come to.")
@click.option(
    "--dead-letter-queue",
    "dead_letters",
    metavar="URL",
    help="Where messages go that cannot be handled.  [default: the one that the queue names]",
)
@click.option("--until-empty", is_flag=True, help="End when nothing is left to receive, or to be scanned.")
@click.option("--once", is_flag=True, help="End after one batch of at most ten messages, or after one scan.")
@number_option("--concurrency", least=1, most=64, default=4, says="Events that are worked on at once.")
@number_option(
    "--attempts", least=1, most=100, default=5, says="Failures after which an event goes to the dead-letter queue."
)
@number_option(
    "--visible-after",
    least=5,
    most=43_200,
    default=60,
    metavar="SECONDS",
    says="How long a message is kept from other workers; it is longer while it is worked on.",
)
@number_option("--largest", least=1, default=5 * 1024, metavar="MIB", says="Leave out objects that are larger.")
@click.option(
    "--rescans",
    is_flag=True,
    help="Scan what events ask to be scanned as a whole, too; without --queue nothing else.",
)
@click.option("--scans", is_flag=True, help="Work on the scans that the desk is asked for, and on nothing else.")
@click.option(
    "--protect",
    metavar="plan|apply",
    type=FormatType("plan", "apply", noun="way to protect"),
    help="Plan the protection of what is new, or changed its level; apply what the rollout phase lets through, too.",
)
@click.option("--tags/--no-tags", default=True, help="Write tags where the rollout phase allows it.  [default: tags]")
@click.option("--statistics", is_flag=True, help="Show the events that came in, and end.")
@click.option(
    "--hours",
    metavar="N",
    type=ShareType(0, min_open=True),
    default=24,
    show_default=True,
    help="With --statistics: of how many hours.",
)
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "json"),
    default="table",
    show_default=True,
    help="With --statistics: table is for people, json for programs.",
)
@catalog_option
@aws_options
@config_option
def worker(**given: Any) -> int:
    """Take events off a queue, classify what they are about, keep it in the catalog, and write tags where the rollout phase
    allows it.

    S3 events come natively from EventBridge, as notifications (directly or through a topic), or as calls that CloudTrail
    recorded; so do DynamoDB streams, Kinesis records, RDS, Glue, EBS and Macie events, and resources that are tagged
    classification-pending. An event that comes again changes nothing. Ctrl-C and SIGTERM end it after what it has begun.

    New buckets, tables and databases, and what Glue has run on, are noted to be scanned as a whole: --rescans does it, in the
    same worker or in one of its own. A scan that is ended goes on where it was.

    --protect looks at each resource in the account that has it: by the credentials, or by the role of that account that the setting
    protect_roles names. What is of another account, and what cannot be seen, is told and ends in exit code 3.

    \b
    assay worker --queue https://sqs.eu-west-1.amazonaws.com/123456789012/intake
    assay worker --rescans --until-empty
    assay worker --scans
    assay worker --statistics --hours 1
    """
    from assay.app.catalogs import open_needed
    from assay.app.config.settings import load_settings

    config: Path | None = given["config_file"]
    settings = load_settings(config)
    if given["statistics"]:
        with open_needed(settings, given["catalog_url"]) as catalog:
            _statistics(catalog, given["hours"], given["output_format"])
        return 0
    if given["scans"] and (given["queue_url"] is not None or given["rescans"] or given["protect"] is not None):
        raise UsageError("--scans works on the desk's scans alone; start another worker for the rest")
    if given["queue_url"] is None and not given["rescans"] and not given["scans"] and given["protect"] is None:
        raise UsageError(
            "--queue is missing: name the queue that events come to, or ask for --rescans or --scans alone, for --protect, or for --statistics"
        )
    if given["once"] and given["until_empty"]:
        raise UsageError("--once and --until-empty are two different ends; give one of them")
    with open_needed(settings, given["catalog_url"]) as catalog:
        if given["scans"]:
            from assay.app.catalogs import needed_url
            from assay.cli.worker_scans import work

            url = needed_url(settings, given["catalog_url"])
            return work(catalog, url, settings, until_empty=given["until_empty"], once=given["once"])
        return _work(catalog, settings, given)


def _work(catalog: Catalog, settings: Settings, given: dict[str, Any]) -> int:
    from assay.app.catalogs import needed_url
    from assay.app.work.workers import Asked, Rescans

    asked = Asked(
        options=_options(settings),
        access=access_of(given),
        concurrency=given["concurrency"],
        attempts=given["attempts"],
        visible_after=given["visible_after"],
        largest=given["largest"] * _MIB,
        tags=given["tags"],
    )
    rescans = None
    if given["rescans"]:
        # Beside events a scan has no more than a thread, so that they do not wait for it.
        jobs = 0 if given["queue_url"] is None else 1
        rescans = Rescans(catalog_url=needed_url(settings, given["catalog_url"]), jobs=jobs)
    protects = _protects(settings, given)
    if given["queue_url"] is None:
        return _rescan(catalog, settings, asked, rescans, protects, given)
    return _take_events(catalog, settings, asked, rescans, protects, given)


def _protects(settings: Settings, given: dict[str, Any]) -> Protects | None:
    if given["protect"] is None:
        return None
    from assay.app.work.workers import Protects
    from assay.cli.protect_desk import columns
    from assay.cli.protect_watch_pages import as_watched
    from assay.cli.terminal import painter
    from assay.protect.policyfile import policy_of

    paint = painter(False)

    def tell(told: dict[str, Any]) -> None:
        whose = f"{told['account']} " if settings.protect_roles and "account" in told else ""
        for text in as_watched(told, columns() - len(whose), paint):
            click.echo(f"assay: {whose}{text}", err=True)
            whose = ""

    return Protects(policy=policy_of(settings.protection), execute=given["protect"] == "apply", tell=tell)


def _options(settings: Settings) -> ScanOptions:
    from assay.model.options import ScanOptions

    return ScanOptions(
        min_confidence=settings.min_confidence,
        include_test_values=settings.include_test_values,
        allow=None if settings.allow is None else str(settings.allow),
        max_depth=settings.max_depth,
        max_ratio=settings.max_ratio,
        max_member_bytes=settings.max_member_bytes,
    )


def _take_events(
    catalog: Catalog,
    settings: Settings,
    asked: Asked,
    rescans: Rescans | None,
    protects: Protects | None,
    given: dict[str, Any],
) -> int:
    from assay.app.learning.retraining import beside
    from assay.app.work.worker import Until
    from assay.app.work.workers import worker as made

    until = Until.ONCE if given["once"] else Until.EMPTY if given["until_empty"] else Until.STOPPED
    with made(
        catalog,
        settings,
        asked,
        given["queue_url"],
        dead_letters=given["dead_letters"],
        rescans=rescans,
        protects=protects,
        note=lambda text: click.echo(f"assay: {text}", err=True),
    ) as opened:
        click.echo(f"assay: working on {opened.queue.name}; Ctrl-C ends it", err=True)
        with (
            stopped_by_signals(opened.stop),
            beside(_learning(catalog, settings, given), opened.stop, once=until is not Until.STOPPED),
        ):
            counts = opened.run(until)
        done, gaps = opened.tasks.counts, opened.tasks.has_gaps()
    click.echo(_told(counts), err=True)
    if done:
        click.echo(_told_tasks(done), err=True)
    return EXIT_GAPS if counts["dead"] or counts["refused"] or gaps or _given_up(done) else 0


def _rescan(
    catalog: Catalog,
    settings: Settings,
    asked: Asked,
    rescans: Rescans | None,
    protects: Protects | None,
    given: dict[str, Any],
) -> int:
    """What waits to be scanned, or protected, as a whole, and nothing else."""
    from assay.app.learning.retraining import beside
    from assay.app.work.workers import parts

    stop = threading.Event()
    with parts(catalog, settings, asked, queue="rescans", rescans=rescans, protects=protects) as made:
        doing = "scanning" if rescans is not None else "protecting"
        click.echo(f"assay: {doing} what events asked for; Ctrl-C ends it", err=True)
        is_short = given["once"] or given["until_empty"]
        with stopped_by_signals(stop), beside(_learning(catalog, settings, given), stop, once=is_short):
            if given["once"]:
                made.tasks.one(stop.is_set, early=True)
            else:
                made.tasks.run(stop, until_done=given["until_empty"])
        done, gaps = made.tasks.counts, made.tasks.has_gaps()
    click.echo(_told_tasks(done), err=True)
    return EXIT_GAPS if gaps or _given_up(done) else 0


def _learning(catalog: Catalog, settings: Settings, given: dict[str, Any]) -> Beside:
    """What has models trained beside the work, where the settings ask for it."""
    from assay.app.catalogs import needed_url
    from assay.app.learning.retraining import Beside
    from assay.report.printable import printable

    url = needed_url(settings, given["catalog_url"])
    return Beside(
        catalog=catalog,
        settings=settings,
        catalog_url=url,
        tell=lambda text: click.echo(f"assay: {printable(text)}", err=True),
    )


def _given_up(done: Counter[str]) -> bool:
    return any(number and name.endswith(" dead") for name, number in done.items())


def _told_tasks(done: Counter[str]) -> str:
    parts = []
    for kind, title in _TASKS.items():
        became = [
            (name.removeprefix(f"{kind} "), number) for name, number in done.items() if name.startswith(f"{kind} ")
        ]
        if became:
            parts.append(
                f"{title}: " + ", ".join(f"{number:,} {_BECAME.get(name, name)}" for name, number in sorted(became))
            )
    return f"assay: {'; '.join(parts) or 'nothing is to be scanned as a whole'}"


def _told(counts: Counter[str]) -> str:
    gates = {name.removeprefix("gate "): number for name, number in counts.items() if name.startswith("gate ")}
    told = ", ".join(f"{counts[name]:,} {name}" for name in _SHOWN if counts[name]) or "nothing came"
    by_gate = ", ".join(f"{number:,} to {name.replace('_', ' ')}" for name, number in sorted(gates.items()))
    return f"assay: {told}" + (f" ({by_gate})" if by_gate else "")


def _statistics(catalog: Catalog, hours: float, output_format: str) -> None:
    from dataclasses import asdict

    from assay.cli.event_pages import events_page
    from assay.store import eventcounts, tasks
    from assay.store.texts import moment

    since = moment(datetime.now(UTC) - timedelta(hours=hours))
    with catalog.reading() as connection:
        received = eventcounts.received(connection, since=since)
        waiting = tasks.open_tasks(connection, _LISTED)
        numbers = tasks.numbers(connection)
    if output_format == "json":
        import orjson

        told = {
            "since": since,
            **asdict(received),
            "tasks": numbers,
            "open_tasks": [each._asdict() for each in waiting],
        }
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for line in events_page(received, waiting, numbers, since):
        click.echo(line)
