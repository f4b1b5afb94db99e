"""`assay aws setup-events`: have buckets tell of their changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.cloud.bucketevents import BucketEvents
    from assay.model.action import Action, Receipt

EXIT_GAPS = 3


@click.command("setup-events", short_help="Have buckets tell of their changes.")
@click.argument("buckets", metavar="BUCKET...", nargs=-1, required=True)
@click.option("--eventbridge", is_flag=True, help="Tell EventBridge; its rules say who gets what.  [default]")
@click.option("--queue", "queue_arn", metavar="ARN", help="Tell this queue of SQS directly.")
@click.option("--undo", is_flag=True, help="Take back what was set up by this command.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@catalog_option
@aws_options
@config_option
def setup_events(buckets: tuple[str, ...], **given: Any) -> int:
    """Have each BUCKET tell EventBridge, or a queue, of objects that are written, deleted and restored.

    What a bucket tells already stays as it is: the configuration is read, merged, written, and read back. What was done is
    kept in the catalog, so that --undo takes out that and nothing else.

    \b
    assay aws setup-events lake intake --dry-run
    assay aws setup-events intake --queue arn:aws:sqs:eu-west-1:1234567890:in
    assay aws setup-events intake --undo
    """
    from assay.app.cloud import bucketevents
    from assay.app.permissions import calls_of
    from assay.aws.session import Session
    from assay.cli.review_desk import opened
    from assay.protectors.s3_events import S3Events

    names = [_bucket(name) for name in dict.fromkeys(buckets)]
    _check(given)
    with opened(given["catalog_url"], given["config_file"]) as desk:
        session = Session(access_of(given), calls_of(bucketevents.COMMAND))
        account = session.account()
        work = bucketevents.BucketEvents(
            catalog=desk.catalog, events=S3Events(session, account), account=account, by=desk.actor
        )
        run = _Run(work, given)
        return run.undo(names) if given["undo"] else run.set_up(names)


def _bucket(name: str) -> str:
    bucket = name.removeprefix("s3://").rstrip("/")
    if not bucket or "/" in bucket or bucket.startswith("arn:"):
        raise UsageError(f"{name}: is no bucket's name; notifications are set up for whole buckets")
    return bucket


def _check(given: dict[str, Any]) -> None:
    from assay.aws.arn import parse

    arn = given["queue_arn"]
    if arn is not None and given["eventbridge"]:
        raise UsageError("--eventbridge and --queue are two ways; give one of them")
    if given["undo"] and (arn is not None or given["eventbridge"]):
        raise UsageError("--undo takes back whatever was set up; leave out --eventbridge and --queue")
    if arn is None:
        return
    try:
        service = parse(arn).service
    except ValueError as error:
        raise UsageError(f"--queue {error}") from None
    if service != "sqs":
        raise UsageError(f"--queue {arn}: is of {service}; give the ARN of a queue, arn:aws:sqs:REGION:ACCOUNT:NAME")


class _Run:
    """One call of the command."""

    def __init__(self, work: BucketEvents, given: dict[str, Any]) -> None:
        from assay.cli.grid import terminal_columns
        from assay.cli.terminal import painter

        self.work, self.given = work, given
        self.columns = max(60, min(terminal_columns(), 120))
        self.paint = painter(sys.stdout is not None and sys.stdout.isatty())

    def set_up(self, buckets: list[str]) -> int:
        from assay.cli import tag_pages as pages
        from assay.report.printable import counted

        plan = self.work.plan(buckets, self.given["queue_arn"])
        for line in pages.as_plan(plan, self.columns, self.paint, approved=True):
            click.echo(line)
        if self.given["dry_run"] or not plan.actions:
            if plan.refusals and not plan.actions:
                told = f"{len(plan.refusals):,} of {plan.looked_at:,} buckets refused; nothing was changed."
            elif self.given["dry_run"]:
                told = f"{len(plan.actions):,} of {plan.looked_at:,} buckets would change; nothing was changed."
            else:
                told = f"Nothing to change: {counted(plan.looked_at, 'bucket')} looked at."
            click.echo(told)
            return EXIT_GAPS if plan.refusals else 0
        _, receipts = self.work.apply(plan)
        return self._told(receipts, [planned.action for planned in plan.actions], refused=len(plan.refusals))

    def undo(self, buckets: list[str]) -> int:
        from assay.cli import tag_pages as pages

        made = list(self.work.made(buckets))
        actions = [action for _, action in made]
        for line in pages.as_undo(actions, self.columns, self.paint):
            click.echo(line)
        if self.given["dry_run"]:
            click.echo("Nothing was changed.")
            return 0
        return self._told(self.work.undo(made), actions, refused=0)

    def _told(self, receipts: list[Receipt], actions: list[Action], *, refused: int) -> int:
        from assay.cli import tag_pages as pages
        from assay.model.action import Outcome

        by_id = {action.id: action for action in actions}
        for line in pages.as_receipts(receipts, by_id, self.columns, self.paint):
            click.echo(line)
        bad = [each for each in receipts if each.outcome not in (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)]
        if bad and self.given["queue_arn"] is not None:
            queue = self.given["queue_arn"]
            click.echo(
                f"S3 has to be allowed to send to {queue}: in the queue's policy, sqs:SendMessage for the service "
                "s3.amazonaws.com, with the condition aws:SourceAccount"
            )
        click.echo(f"{pages.tally(receipts)}{f', {refused:,} could not be looked at' if refused else ''}.")
        return EXIT_GAPS if bad or refused else 0
