"""`assay aws export-snapshot`: copy a snapshot of RDS to S3, so that it is scanned there and not in the database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.cli.review_desk import decision_options

if TYPE_CHECKING:
    from assay.app.cloud.exporting import Cost, Exports
    from assay.model.action import Plan

EXIT_GAPS = 3


@click.command("export-snapshot", short_help="Copy a snapshot of RDS to S3, to be scanned there.")
@click.argument("targets", metavar="ARN...", nargs=-1, required=True)
@click.option("--bucket", metavar="NAME", required=True, help="The bucket that it goes to, in the same region.")
@click.option("--prefix", metavar="KEYS", default="", help="What its keys begin with.")
@click.option("--role", metavar="ARN", required=True, help="A role that RDS takes on to write there.")
@click.option("--key", metavar="KEY", required=True, help="A KMS key of your own that it is encrypted with.")
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Only this database, schema or table: shop.public.orders; again for more.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done and what it costs, and do nothing.")
@click.option("--yes", is_flag=True, help="Approve the plan as it is shown, and start it.")
@click.option("--wait", is_flag=True, help="Wait until the exports are complete.")
@decision_options
@catalog_option
@aws_options
@config_option
def export_snapshot(targets: tuple[str, ...], **given: Any) -> int:
    """Export each snapshot ARN, or the newest snapshot of an instance or a cluster, to S3 as Parquet.

    The plan is shown with what it costs at most; without --yes nothing is started. What is started is kept in the catalog.
    An export that goes on or is there already is not made again. When it is complete it is scanned as
    rds://INSTANCE?export=NAME, and told of as that database.

    \b
    assay aws export-snapshot arn:aws:rds:eu-west-1:123456789012:db:shop \\
      --bucket exports --role arn:aws:iam::123456789012:role/rds-export \\
      --key alias/exports --dry-run
    """
    from assay.app.cloud import exporting
    from assay.app.permissions import calls_of
    from assay.aws.session import Session
    from assay.cli.review_desk import opened
    from assay.errors import UsageError

    arns = [exporting.target_of(target) for target in dict.fromkeys(targets)]
    wanted = exporting.wanted_of(given["bucket"], given["prefix"], given["role"], given["key"], given["only"])
    if given["dry_run"] and given["yes"]:
        raise UsageError("--dry-run starts nothing, so that there is nothing to approve; leave out one of the two")
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        session = Session(access_of(given), calls_of(exporting.COMMAND))
        work = exporting.Exports(catalog=desk.catalog, session=session, account=session.account(), by=desk.actor)
        plan, cost = work.plan(arns, wanted)
        reason = desk.redact(given["reason"]) if given["reason"] else ""
        return _Run(work, given, reason).do(plan, cost)


class _Run:
    """One call of the command."""

    def __init__(self, work: Exports, given: dict[str, Any], reason: str) -> None:
        from assay.cli.grid import terminal_columns
        from assay.cli.terminal import painter

        self.work, self.given, self.reason = work, given, reason
        self.columns = max(60, min(terminal_columns(), 120))
        self.paint = painter(sys.stdout is not None and sys.stdout.isatty())

    def do(self, plan: Plan, cost: Cost) -> int:
        from assay.cli import tag_pages as pages

        for line in pages.as_plan(plan, self.columns, self.paint, approved=self.given["yes"]):
            click.echo(line)
        if not plan.actions:
            click.echo("Nothing to export.")
            return EXIT_GAPS if plan.refusals else 0
        click.echo(told_cost(cost))
        if self.given["dry_run"]:
            click.echo("Nothing was started.")
            return EXIT_GAPS if plan.refusals else 0
        plan_id = self.work.keep(plan)
        if not self.given["yes"]:
            click.echo(f"Plan {plan_id[:8]} waits for a person: the same command with --yes starts it.")
            return EXIT_GAPS if plan.refusals else 0
        return self._start(plan_id, plan)

    def _start(self, plan_id: str, plan: Plan) -> int:
        from assay.cli import tag_pages as pages
        from assay.model.action import Outcome

        receipts = self.work.apply(plan_id, plan, self.reason)
        actions = {planned.action.id: planned.action for planned in plan.actions}
        for line in pages.as_receipts(receipts, actions, self.columns, self.paint):
            click.echo(line)
        click.echo(f"Plan {plan_id[:8]}: {pages.tally(receipts)}.")
        good = [actions[each.action] for each in receipts if each.outcome in (Outcome.APPLIED, Outcome.UNCHANGED)]
        failed = len(receipts) - len(good) + len(plan.refusals)
        for action in good:
            if self.given["wait"] and not self._ended_well(action):
                failed += 1
                continue
            click.echo(f"Scan it{'' if self.given['wait'] else ' when it is complete'} with: "
                       f"assay scan 'rds://{action.note.removeprefix('of ')}?export={action.after['export']}'")  # fmt: skip
        return EXIT_GAPS if failed else 0

    def _ended_well(self, action: Any) -> bool:
        from assay.report.printable import printable

        for task in self.work.follow(action):
            done = task.get("PercentProgress")
            far = "" if done is None else f", {done} %"
            click.echo(f"assay: {printable(str(action.after['export']))}: {task.status.lower()}{far}", err=True)
        return not task.has_failed


def told_cost(cost: Cost) -> str:
    """What a plan costs, in a sentence."""
    from assay.app.cloud.exporting import PRICE

    known = f"At most {cost.gib:,} GB to export: {cost.usd:,.2f} USD" if cost.gib else "What it costs is not known"
    rest = f"; {cost.unknown:,} of unknown size on top" if cost.unknown and cost.gib else ""
    return (
        f"{known} at {PRICE} USD for each GB of a snapshot, whatever part of it is exported{rest} (us-east-1; storage in S3 and "
        "the key's use come on top)."
    )
