"""`assay protect watch`: what is protected is looked at again and again, and what is new or changed its level at once."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from assay.cli.interrupt import stopped_by_signals
from assay.cli.options import ShareType, access_of, catalog_option, config_option
from assay.cli.protect_desk import (
    EXIT_FAILED,
    EXIT_GAPS,
    columns,
    format_option,
    line,
    policy_in,
    policy_option,
    with_regions,
)
from assay.cli.protect_plan import some_regions
from assay.cli.tag import LimitType

if TYPE_CHECKING:
    from assay.app.protection.protecting import Protection
    from assay.app.protection.protectwatch import Watch
    from assay.app.protection.watchingmany import Watches
    from assay.cli.review_desk import Desk

_MOST = "100"


@click.command(short_help="Look again every few minutes, and heal what drifted.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--execute", is_flag=True, help="Heal what may be healed; without this nothing is changed in AWS.")
@click.option("--once", is_flag=True, help="End after one round, and what waits by then.")
@click.option(
    "--interval",
    metavar="MINUTES",
    type=ShareType(0, min_open=True),
    default=5,
    show_default=True,
    help="How often everything is looked at, more or less: a tenth is left to chance.",
)
@click.option("--queue", "queue_url", metavar="URL", help="A queue of SQS that events of new resources come to.")
@click.option(
    "--max-resources",
    "limit",
    metavar="N|N%",
    type=LimitType(),
    default=_MOST,
    show_default=True,
    help="Heal nothing where more resources would change at once, or a larger share of those looked at.",
)
@click.option("--by", metavar="NAME", help="Who watches.  [default: you, as user@host]")
@policy_option
@format_option
@catalog_option
@some_regions
@config_option
def watch(targets: tuple[str, ...], **given: Any) -> int:
    """Look at each TARGET, or at every bucket of the account and all else of its regions, and of the accounts of the setting
    protect_roles, every few minutes: what protection made
    and is no longer so is told, with who changed it as far as CloudTrail tells, and healed where the rollout phase allows it; what
    waits for a person is a plan, to be approved and applied. What a person approved of it is applied with the next round.

    New resources (events from --queue, or from 'assay worker --protect'), and those whose level changed, are looked at at once.
    Nothing is changed outside of the setting change_windows, or in quiet_hours. Of several watchers one works, the others wait.
    Ctrl-C and SIGTERM end it after what was begun.

    \b
    assay protect watch --once
    assay protect watch s3://lake --execute --interval 10
    assay protect watch --execute --queue \\
        https://sqs.eu-west-1.amazonaws.com/123456789012/new-resources

    With --once the exit code is 1 where something drifted and was not healed, 3 where something could not be seen or another
    watcher is at work.
    """
    from assay.cli.review_desk import opened

    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk, ExitStack() as stack:
        given = with_regions(desk, given)
        made = _watches(desk, targets, given)
        if given["once"]:
            stack.enter_context(stopped_by_signals(made.stop))
            for each in made.once():
                click.echo(f"assay: {each}; nothing was done there", err=True)
            return _code(made)
        click.echo(f"assay: watching as {desk.actor}; Ctrl-C ends it", err=True)
        with stopped_by_signals(made.stop):
            made.run()
    click.echo(f"assay: {made.rounds:,} rounds", err=True)
    return EXIT_GAPS if made.has_gaps else 0


def _code(made: Watches) -> int:
    if made.has_failed:
        return EXIT_FAILED
    return EXIT_GAPS if made.has_gaps else 0


def _watches(desk: Desk, targets: tuple[str, ...], given: dict[str, Any]) -> Watches:
    from assay.app.permissions import calls_of
    from assay.app.protection import protectsetup
    from assay.app.protection.protecttargets import whole
    from assay.app.protection.protectwatching import calendar_of, watch_of
    from assay.app.protection.watchingmany import Watches
    from assay.aws.session import Session
    from assay.observers.changes import Changes
    from assay.queues import sqs

    access, roles = access_of(given), () if targets else desk.settings.protect_roles
    tell, lock = _teller(given["output_format"]), threading.Lock()

    def session_of(command: str, role: str | None) -> Session:
        own = Session(access, calls_of(command), adaptive=command == "protect plan")
        return own if role is None else own.assuming(role, access.external_id)

    def make(role: str | None) -> Watch:
        maker = protectsetup.maker_in(
            desk.catalog, session_of("protect apply" if given["execute"] else "protect verify", role), desk.actor
        )
        session = session_of("protect watch", role)
        queue = None
        if given["queue_url"] is not None and role is None:
            reading = session_of("protect watch --queue", None)
            queue = sqs.SqsQueue(reading, given["queue_url"], visible_after=60)

        def protecting() -> Protection:
            with lock:
                # What is configured may change while this goes on.
                vars(desk).pop("governance", None)
                governance = desk.governance
            return protectsetup.protection_of(
                desk.catalog, desk.settings, governance, policy_in(given, desk.settings.protection), access,
                regions=given["regions"], session=session_of("protect plan", role),
            )  # fmt: skip

        return watch_of(
            desk.catalog,
            maker,
            protecting,
            Changes(session=session),
            calendar_of(desk.settings),
            limit=given["limit"],
            tell=(lambda told: tell({**told, "account": maker.account})) if roles else tell,
            note=lambda text: click.echo(f"assay: {text}", err=True),
            execute=given["execute"],
            second=desk.settings.second_approval,
            targets=[
                whole(each, partition=session.partition, region=session.region, account=maker.account)
                for each in targets
            ],
            queue=queue,
            interval=timedelta(minutes=given["interval"]),
            regions=given["regions"],
        )

    return Watches(roles=roles, make=make, note=lambda text: click.echo(f"assay: {text}", err=True))


def _teller(output_format: str) -> Any:
    if output_format == "jsonl":
        return line
    from assay.cli.protect_watch_pages import as_watched
    from assay.cli.terminal import painter

    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    lock = threading.Lock()

    def tell(document: dict[str, Any]) -> None:
        whose = f"{document['account']} " if "account" in document else ""
        with lock:
            click.echo(whose, nl=False)
            for text in as_watched(document, columns() - len(whose), paint):
                click.echo(text)

    return tell
