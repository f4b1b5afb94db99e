"""`assay aws tag`: what the catalog knows as tags of buckets, objects, databases, tables and volumes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, access_of, aws_options, catalog_option, config_option
from assay.cli.review_desk import Desk, decision_options, opened
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.protection.applying import Maker
    from assay.model.action import Action, Plan, Receipt
    from assay.protect.plan import Limit

EXIT_FAILED = 1
EXIT_GAPS = 3
_MOST = "1000"


class LimitType(click.ParamType[Any]):
    """A number of resources, or a share of those that are looked at: 500, 20%."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        from assay.protect.plan import Limit  # only where something is changed

        if isinstance(value, Limit):
            return value
        text = str(value).strip()
        digits = text.removesuffix("%")
        if not digits.isascii() or not digits.isdigit() or (text.endswith("%") and int(digits) > 100):
            self.fail(
                f"'{value}' is no limit; write a number of resources, such as 500, or a share, such as 20%", param, ctx
            )
        return Limit(percent=float(digits)) if text.endswith("%") else Limit(number=int(digits))


@click.command(short_help="Write what the catalog knows as tags, and take it back.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Approve the plan as it is shown, and apply all of it whatever the phase.")
@click.option("--apply", "apply_plan", metavar="PLAN", help="Approve and apply a plan that was shown before.")
@click.option("--undo", "undo_plan", metavar="PLAN", help="Take back what a plan wrote, where it is as it was left.")
@click.option(
    "--max-actions",
    "limit",
    metavar="N|N%",
    type=LimitType(),
    default=_MOST,
    show_default=True,
    help="Apply nothing where more resources would change, or a larger share of those looked at.",
)
@click.option(
    "--include-objects/--buckets-only",
    default=True,
    help="Tag the objects of buckets, too, or the buckets alone.  [default: with objects]",
)
@click.option("--lf-tags", is_flag=True, help="Tag Glue tables and columns by LF-tags of Lake Formation.")
@click.option(
    "--batch-manifest",
    metavar="FOLDER",
    help="Write jobs of S3 Batch Operations for the objects into this folder, and tag nothing.",
)
@click.option("--batch-place", metavar="URI", help="Where their manifests and reports will lie: s3://bucket/prefix.")
@click.option("--batch-role", metavar="ARN", help="The role that the jobs work with.")
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "jsonl"),
    default="table",
    show_default=True,
    help="table is for people, jsonl for programs.",
)
@decision_options
@catalog_option
@aws_options
@config_option
def tag(targets: tuple[str, ...], **given: Any) -> int:
    """Write what the catalog knows of each TARGET as tags: s3://bucket, s3://bucket/prefix/, dynamodb://table, or the ARN of
    a bucket, an object, an RDS instance or cluster, a DynamoDB table, an EBS volume or a Glue table (glue://database/table),
    whose columns are tagged, too. A column as any command tells it
    stands for the object or table that holds it.

    Others' tags stay, a level is never lowered, and nothing is written where it says the same already. The rollout phase
    decides what is applied: in pilot nothing is without --yes. What was written can be taken back.

    \b
    assay aws tag s3://lake --dry-run
    assay aws tag s3://lake/exports/ --yes
    assay aws tag --undo 3fa94c21
    """
    _check(targets, given)
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        return _Run(desk, given).do(targets)


def _check(targets: tuple[str, ...], given: dict[str, Any]) -> None:
    from assay.cli import tag_batch

    kept = [f"--{name}" for name in ("apply", "undo") if given[f"{name}_plan"] is not None]
    if len(kept) + bool(targets) != 1:
        raise UsageError("name what is to be tagged, or one plan with --apply or --undo; see 'assay aws tag --help'")
    if kept and given["yes"]:
        raise UsageError(f"{kept[0]} says itself that it is approved; leave out --yes")
    tag_batch.check(given)
    if given["dry_run"] and (given["yes"] or given["apply_plan"] is not None):
        raise UsageError("--dry-run applies nothing, so that there is nothing to approve; leave out one of the two")


class _Run:
    """One call of the command."""

    def __init__(self, desk: Desk, given: dict[str, Any]) -> None:
        from assay.cli.counting import CountLine
        from assay.cli.grid import terminal_columns
        from assay.cli.terminal import painter

        self.desk, self.given = desk, given
        self.columns = max(60, min(terminal_columns(), 120))
        self.paint = painter(sys.stdout is not None and sys.stdout.isatty())
        self.receipts: list[Receipt] = []
        self.unsettled = 0
        self.line = CountLine()
        self.actions: dict[str, Action] = {}

    def do(self, targets: tuple[str, ...]) -> int:
        from assay.app.cloud import tagging
        from assay.app.cloud.tagnames import scheme_in
        from assay.app.cloud.tagtargets import BY_NAME, arn_of, as_lf_tags, holder_of, target_of
        from assay.app.permissions import calls_of
        from assay.app.protection.applying import Maker
        from assay.aws.session import Session

        named = [holder_of(self.desk.catalog, target) for target in targets]
        for each in named:
            if not each.startswith(BY_NAME):
                target_of(each)
        scheme = scheme_in(self.desk.settings)
        session = Session(access_of(self.given), calls_of(tagging.COMMAND))
        account = session.account()
        wanted = [
            target_of(arn_of(each, partition=session.partition, region=session.region, account=account))
            for each in named
        ]
        if self.given["lf_tags"]:
            wanted = [as_lf_tags(each) for each in wanted]
        writers = tagging.protectors(session, account)
        maker = Maker(catalog=self.desk.catalog, protectors=writers, account=account, by=self.desk.actor)
        if not self.given["dry_run"] and self.given["batch_manifest"] is None:
            self._settle(maker)
        if self.given["undo_plan"] is not None:
            return self._undo(maker)
        if self.given["apply_plan"] is not None:
            return self._apply_kept(maker)
        tagger = tagging.Tagger(
            catalog=self.desk.catalog,
            session=session,
            account=account,
            scheme=scheme,
            judge=tagging.judge_of(self.desk.catalog, self.desk.governance),
            calls={control: writer.calls for control, writer in writers.items()},
            on_looked=lambda number: self.line.tell("looked at", number),
        )
        if self.given["batch_manifest"] is not None:
            from assay.app.cloud.batching import for_all
            from assay.cli import tag_batch

            return tag_batch.run(
                replace(tagger, scheme=for_all(scheme)), wanted, self.given, partition=session.partition
            )
        plan = tagger.plan(wanted, by=self.desk.actor, include_objects=self.given["include_objects"])
        self.line.clear()
        return self._go(maker, self._kept(plan), plan)

    def _settle(self, maker: Maker) -> None:
        from assay.model.action import Outcome
        from assay.report.printable import counted

        left = list(maker.settle())
        self.unsettled = sum(receipt.outcome is Outcome.UNKNOWN for receipt in left)
        if left:
            told = counted(len(left), "change")
            click.echo(f"assay: {told} that an earlier run had left unfinished: {self._words(left)}", err=True)

    def _words(self, receipts: Sequence[Receipt]) -> str:
        from assay.cli.tag_pages import tally

        return tally(receipts)

    def _kept(self, plan: Plan) -> str:
        from assay.store import plans

        if not plan.actions:
            return plan.id
        with self.desk.catalog.transaction() as connection:
            return plans.keep(connection, plan)

    def _go(self, maker: Maker, plan_id: str, plan: Plan) -> int:
        """Shows a plan, and applies what may be."""
        from assay.protect.plan import chosen

        approved = self.given["yes"] or self.given["apply_plan"] is not None
        self._show(plan_id, plan, approved=approved)
        ready = [] if self.given["dry_run"] else chosen(plan, approved=approved)
        limit: Limit = self.given["limit"]
        if not limit.allows(len(ready), plan.looked_at):
            self._end(plan_id, plan, applied=False)
            raise UsageError(
                f"plan {plan_id[:8]} would change {len(ready):,} of {plan.looked_at:,} resources, and --max-actions is "
                f"{limit}; look at it, then name fewer targets or give a higher limit"
            )
        if ready:
            self._apply(maker, plan_id, plan, approved=approved)
        self._end(plan_id, plan, applied=bool(ready))
        return self._code(len(plan.refusals))

    def _apply(self, maker: Maker, plan_id: str, plan: Plan, *, approved: bool) -> None:
        from datetime import UTC, datetime

        from assay.protect.plan import chosen
        from assay.store import plans

        if approved:
            with self.desk.catalog.transaction() as connection:
                reason = self.desk.redact(self.given["reason"]) if self.given["reason"] else ""
                plans.approve(connection, plan_id, by=self.desk.actor, at=datetime.now(UTC), reason=reason)
        ready = chosen(plan, approved=approved)
        for receipt in maker.apply(plan_id, ready):
            self._told(receipt, "applied", len(ready))
        self.line.clear()

    def _apply_kept(self, maker: Maker) -> int:
        plan_id, plan = self._load(self.given["apply_plan"])
        return self._go(maker, plan_id, plan)

    def _load(self, given: str, *more: str) -> tuple[str, Plan]:
        """A plan of this command, or of one of `more`."""
        from assay.app.cloud.tagging import COMMAND
        from assay.store import plans

        with self.desk.catalog.reading() as connection:
            plan_id = plans.find(connection, given)
            plan = plans.load(connection, plan_id)
        if plan.command not in (COMMAND, *more):
            raise UsageError(f"plan {plan_id[:8]} is of 'assay {plan.command}', which applies it and takes it back")
        self.actions = {planned.action.id: planned.action for planned in plan.actions}
        return plan_id, plan

    def _undo(self, maker: Maker) -> int:
        from assay.app.protection.applying import left_to_undo
        from assay.app.work.eventtags import COMMAND as WORKER
        from assay.cli.tag_pages import as_undo
        from assay.report.printable import counted
        from assay.store import journal

        # What a worker writes by itself, a person takes back.
        plan_id, plan = self._load(self.given["undo_plan"], WORKER)
        with self.desk.catalog.reading() as connection:
            left = left_to_undo(plan, journal.of_plan(connection, plan_id))
        if self.given["output_format"] == "table":
            for line in as_undo(left, self.columns, self.paint):
                click.echo(line)
        if self.given["dry_run"]:
            click.echo(
                f"{counted(len(left), 'change')} would be taken back.", err=self.given["output_format"] == "jsonl"
            )
            return 0
        if not left and self.given["output_format"] == "table":
            click.echo(f"Plan {plan_id[:8]}: nothing that it wrote is left to be taken back.")
            return 0
        for receipt in maker.undo(plan_id, left):
            self._told(receipt, "taken back", len(left))
        self.line.clear()
        self._end(plan_id, plan, applied=True)
        return self._code(0)

    def _show(self, plan_id: str, plan: Plan, *, approved: bool) -> None:
        from assay.cli import tag_pages as pages

        self.actions = {planned.action.id: planned.action for planned in plan.actions}
        if self.given["output_format"] == "table":
            for line in pages.as_plan(plan, self.columns, self.paint, approved=approved):
                click.echo(line)
            return
        for planned in plan.actions:
            self._line(pages.action_line(plan_id, planned))
        for refusal in plan.refusals:
            self._line(pages.refusal_line(plan_id, refusal))
        for resource, note in plan.notes.items():
            self._line(pages.note_line(plan_id, resource, note))

    def _told(self, receipt: Receipt, word: str, total: int) -> None:
        from assay.cli.tag_pages import receipt_line

        self.receipts.append(receipt)
        if self.given["output_format"] == "jsonl":
            self._line(receipt_line(receipt, self.actions[receipt.action].resource))
            return
        self.line.tell(word, len(self.receipts), total)

    def _end(self, plan_id: str, plan: Plan, *, applied: bool) -> None:
        from assay.cli import tag_pages as pages
        from assay.report.printable import counted

        if self.given["output_format"] == "jsonl":
            outcomes = Counter(str(receipt.outcome) for receipt in self.receipts)
            self._line(pages.plan_line(plan_id, plan, applied=applied, outcomes=outcomes))
            return
        lines = list(pages.as_receipts(self.receipts, self.actions, self.columns, self.paint))
        for line in [*([""] if plan.actions or plan.refusals or lines else []), *lines]:
            click.echo(line)
        if not plan.actions:
            refused = f", {len(plan.refusals):,} refused" if plan.refusals else ""
            click.echo(f"Nothing to change: {counted(plan.looked_at, 'resource')} looked at{refused}.")
            return
        what = f"{counted(len(plan.actions), 'change')} of {counted(plan.looked_at, 'resource')} looked at"
        refused = f", {len(plan.refusals):,} refused" if plan.refusals else ""
        done = self._words(self.receipts) if applied and self.receipts else "nothing was applied"
        click.echo(f"Plan {plan_id[:8]}: {what}{refused}; {done}.")
        self._next(plan_id, len(plan.actions))

    def _next(self, plan_id: str, planned: int) -> None:
        """What somebody who reads this will want to do."""
        from assay.model.action import Outcome

        if self.given["undo_plan"] is not None:
            return
        if len(self.receipts) < planned:
            click.echo(f"Apply all of it with: assay aws tag --apply {plan_id[:8]}")
        if any(receipt.outcome is Outcome.APPLIED for receipt in self.receipts):
            click.echo(f"Take it back with: assay aws tag --undo {plan_id[:8]}")

    def _code(self, refusals: int) -> int:
        from assay.app.protection.applying import DIFFERS
        from assay.model.action import Outcome

        if any(receipt.reason == DIFFERS for receipt in self.receipts):
            return EXIT_FAILED
        good = (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)
        return (
            EXIT_GAPS
            if refusals or self.unsettled or any(receipt.outcome not in good for receipt in self.receipts)
            else 0
        )

    def _line(self, document: dict[str, Any]) -> None:
        import orjson

        click.echo(orjson.dumps(document).decode())
