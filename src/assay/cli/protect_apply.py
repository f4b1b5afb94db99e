"""`assay protect approve`, `apply` and `rollback`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_FAILED, EXIT_GAPS, columns, format_option, line, loaded, maker_of, session_of
from assay.cli.review_desk import Desk, decision_options, opened
from assay.cli.tag import LimitType
from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.app.protection.applying import Maker
    from assay.app.protection.canary import Canaries
    from assay.app.protection.protectapply import Ready
    from assay.model.action import Action, Plan, Receipt
    from assay.protect.plan import Limit
    from assay.protectors.s3_canary import Probed

_MOST = "100"


@click.command(short_help="Approve a plan exactly as it was shown.")
@click.argument("plan", metavar="PLAN")
@click.option("--digest", metavar="SHA256", help="Approve only if this is the plan's digest.")
@decision_options
@catalog_option
@config_option
def approve(plan: str, digest: str | None, **given: Any) -> int:
    """Approve PLAN exactly as it was shown: the approval holds for its digest and for nothing else. Where the setting
    second_approval names a level, changes of resources at that level or above need two different people."""
    from datetime import UTC, datetime

    from assay.app.protection.protectapply import ready
    from assay.store import plans

    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        plan_id, found = loaded(desk, plan)
        second = desk.settings.second_approval
        ready(desk.catalog, plan_id, found, second=second)
        if digest is not None and digest.strip().lower() != found.digest:
            raise UsageError(f"plan {plan_id[:8]} has the digest {found.digest}, not {digest}; look at it again")
        with desk.catalog.transaction() as connection:
            reason = desk.redact(given["reason"]) if given["reason"] else ""
            plans.approve(connection, plan_id, by=desk.actor, at=datetime.now(UTC), reason=reason)
        told = ready(desk.catalog, plan_id, found, second=second)
    click.echo(f"Plan {plan_id[:8]} is approved by {desk.actor}: {found.digest}")
    if told.waiting:
        click.echo(f"{len(told.waiting):,} of {len(found.actions):,} changes wait: {told.waiting[0].because}")
    click.echo(f"Apply it with: assay protect apply {plan_id[:8]} --execute")
    return 0


def _execute_option(function: Any) -> Any:
    told = "Do it; without this it is shown, and nothing is changed."
    return click.option("--execute", is_flag=True, help=told)(function)


@click.command(short_help="Apply what of a plan may be, and verify it.")
@click.argument("plan", metavar="PLAN")
@_execute_option
@click.option(
    "--max-resources",
    "limit",
    metavar="N|N%",
    type=LimitType(),
    default=_MOST,
    show_default=True,
    help="Apply nothing where more resources would change, or a larger share of those looked at.",
)
@click.option(
    "--canary",
    is_flag=True,
    help="Put an object into each bucket before and after, read and delete it; what it cannot do after is taken back.",
)
@click.option("--canary-role", metavar="ARN", help="Read it with this role, too, which has to read still.")
@click.option("--by", metavar="NAME", help="Who applies.  [default: you, as user@host]")
@format_option
@catalog_option
@aws_options
@config_option
def apply(plan: str, **given: Any) -> int:
    """Apply what of PLAN is approved, or what its rollout phase lets through without a person; step by step, the least breaking
    first. Without --execute it is only shown.

    It is applied in the account that it is of: by the credentials, else by the role of that account that the setting protect_roles names;
    with others it is refused.

    What was changed since it was planned stops that resource. Each step is journalled before and after, so that a run that was
    interrupted is taken up by the next. What does not hold when all is read back is taken back, as far as it can be.
    """
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        return _Run(desk, given).apply(plan)


@click.command(short_help="Take back what a plan made.")
@click.argument("plan", metavar="PLAN")
@_execute_option
@click.option("--by", metavar="NAME", help="Who takes it back.  [default: you, as user@host]")
@format_option
@catalog_option
@aws_options
@config_option
def rollback(plan: str, **given: Any) -> int:
    """Take back what PLAN made, the last first, from what was journalled, where it is as it was left. What cannot be taken back is
    listed. Without --execute it is only shown."""
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        return _Run(desk, given).rollback(plan)


class _Run:
    """One call of a verb that changes something."""

    def __init__(self, desk: Desk, given: dict[str, Any]) -> None:
        from assay.cli.terminal import painter

        self.desk, self.given = desk, given
        self.is_table = given["output_format"] == "table"
        self.paint = painter(sys.stdout is not None and sys.stdout.isatty())
        self.actions: dict[str, Action] = {}

    def apply(self, named: str) -> int:
        from assay.app.protection import protectapply as doing

        plan_id, plan = self._loaded(named)
        told = doing.ready(self.desk.catalog, plan_id, plan, second=self.desk.settings.second_approval)
        self._check_limit(plan_id, plan, told)
        if not self.given["execute"]:
            return self._shown(plan_id, told)
        self._say_waiting(told)
        if not told.chosen:
            self._say(f"Plan {plan_id[:8]}: nothing of it may be applied now; approve it first.")
            return EXIT_GAPS
        maker = maker_of(self.desk, self.given, "protect apply", plan)
        unsettled = self._settle(maker)
        canaries = self._canaries(plan)
        before = {} if canaries is None else canaries.of([planned.action for planned in told.chosen])
        unproven = any(probed.problem for probed in before.values())
        done = doing.carry_out(
            maker,
            plan_id,
            plan,
            told.chosen,
            tell=self._tell,
            warn=self._say_taken_back,
            prove=lambda: {} if canaries is None else self._probed(canaries, before),
        )
        for each in done.unseen:
            self._say(f"unknown: {each.action.resource} {each.action.control}: {each.detail}")
        self._end(plan_id, done.receipts, len(done.failed.resources), len(told.waiting))
        if done.failed.resources:
            return EXIT_FAILED
        gaps = done.unseen or unsettled or unproven or told.waiting
        return EXIT_GAPS if gaps or not _all_good(done.receipts) else 0

    def _canaries(self, plan: Plan) -> Canaries | None:
        if not self.given["canary"]:
            if self.given["canary_role"]:
                raise UsageError("--canary-role reads what --canary puts; give both")
            return None
        from assay.app.protection.canary import Canaries

        session = session_of(self.desk, self.given, "protect apply --canary", plan)
        return Canaries(session=session, account=session.account(), role=self.given["canary_role"])

    def _probed(self, canaries: Canaries, before: dict[str, Probed]) -> dict[str, str]:
        """What was broken, each with why."""
        from assay.app.protection.canary import broken

        for resource, probed in before.items():
            if probed.problem:
                self._say(
                    f"unknown: {resource}: its canary did not go well before anything was changed: {probed.problem}"
                )
        after = canaries.again([resource for resource, probed in before.items() if not probed.problem])
        for resource, probed in (*before.items(), *after.items()):
            if probed.left:
                self._say(f"{resource}: the canary {probed.left} could not be deleted; delete it by hand")
        return broken(before, after)

    def rollback(self, named: str) -> int:
        from assay.app.protection import protectapply as doing

        plan_id, plan = self._loaded(named)
        if not self.given["execute"]:
            for action in doing.to_undo(self.desk.catalog, plan_id, plan)[::-1]:
                self._say_action("would be taken back", action)
            self._say_stays(plan_id, plan)
            self._say("Nothing was changed; take it back with --execute.")
            return 0
        maker = maker_of(self.desk, self.given, "protect apply", plan)
        unsettled = self._settle(maker)
        left = doing.to_undo(self.desk.catalog, plan_id, plan)
        receipts = self._tell(maker.undo(plan_id, left))
        self._say_stays(plan_id, plan)
        self._end(plan_id, receipts, 0)
        return 0 if _all_good(receipts) and not unsettled else EXIT_GAPS

    def _say_taken_back(self, failed: Mapping[str, str]) -> None:
        for resource, why in failed.items():
            self._say(f"Does not hold, and is taken back: {resource}: {why}")

    def _loaded(self, named: str) -> tuple[str, Plan]:
        plan_id, plan = loaded(self.desk, named)
        self.actions = {planned.action.id: planned.action for planned in plan.actions}
        return plan_id, plan

    def _check_limit(self, plan_id: str, plan: Plan, told: Ready) -> None:
        from assay.protect.protection import resources_of

        limit: Limit = self.given["limit"]
        changed = resources_of(told.chosen)
        if limit.allows(len(changed), plan.looked_at):
            return
        # Keys, vaults and buckets of logs are none of those that were looked at.
        made = sum(resource not in plan.notes for resource in changed)
        which = (
            f"{len(changed):,} resources, {made:,} of them made for the {plan.looked_at:,} that were looked at"
            if made
            else f"{len(changed):,} of {plan.looked_at:,} resources"
        )
        raise UsageError(
            f"plan {plan_id[:8]} would change {which}, and --max-resources is {limit}; look at it, then plan fewer targets or "
            "give a higher limit"
        )

    def _shown(self, plan_id: str, told: Ready) -> int:
        for planned in told.chosen:
            self._say_action("would be applied", planned.action)
        self._say_waiting(told)
        hint = " Apply it with --execute." if told.chosen else ""
        self._say(f"Plan {plan_id[:8]}: {len(told.chosen):,} changes would be applied. Nothing was changed.{hint}")
        return 0

    def _settle(self, maker: Maker) -> bool:
        """What earlier runs left unfinished is looked at first, and grants whose time is over are taken back. Whether some of it could not
        be."""
        from assay.app.protection.granting import revoke_due
        from assay.cli.tag_pages import tally
        from assay.model.action import Outcome

        left = list(maker.settle())
        if left:
            click.echo(f"assay: {len(left):,} changes that an earlier run had left unfinished: {tally(left)}", err=True)
        over = list(revoke_due(maker))
        if over:
            click.echo(f"assay: {len(over):,} grants whose time is over: {tally(over)}", err=True)
        return any(receipt.outcome is Outcome.UNKNOWN for receipt in left) or not _all_good(over)

    def _tell(self, receipts: Any) -> list[Receipt]:
        from assay.cli import protect_pages as pages

        told: list[Receipt] = []
        for receipt in receipts:
            told.append(receipt)
            if self.is_table:
                for each in pages.as_receipts([receipt], self.actions, columns(), self.paint):
                    click.echo(each)
            else:
                line(pages.receipt_line(receipt, self.actions[receipt.action]))
        return told

    def _say_action(self, word: str, action: Action) -> None:
        if self.is_table:
            from assay.cli.protect_pages import called
            from assay.report.printable import printable

            click.echo(printable(f"{word}: {called(action)}"))
        else:
            line(
                {
                    "kind": "action",
                    "action": action.id,
                    "resource": action.resource,
                    "control": action.control,
                    "would": word,
                }
            )

    def _say_waiting(self, told: Ready) -> None:
        from assay.cli import protect_pages as pages

        if self.is_table:
            for text in pages.as_waiting(told.waiting, columns(), self.paint):
                click.echo(text)
            return
        for each in told.waiting:
            line({"kind": "waiting", "action": each.planned.action.id, "resource": each.planned.action.resource,
                  "control": each.planned.action.control, "because": each.because})  # fmt: skip

    def _say_stays(self, plan_id: str, plan: Plan) -> None:
        from assay.app.protection.protectapply import stays

        for action in stays(self.desk.catalog, plan_id, plan):
            self._say_action("stays, and cannot be taken back", action)

    def _say(self, sentence: str) -> None:
        from assay.report.printable import printable

        click.echo(printable(sentence), err=not self.is_table)

    def _end(self, plan_id: str, receipts: Sequence[Receipt], failed: int, waiting: int = 0) -> None:
        from assay.cli.tag_pages import tally
        from assay.model.action import Outcome

        done = tally(receipts) or "nothing to do"
        more = f"; {failed} resources did not hold" if failed else ""
        more += f"; {waiting:,} wait for a person" if waiting else ""
        self._say(f"Plan {plan_id[:8]}: {done}{more}.")
        can = [receipt for receipt in receipts if self.actions[receipt.action].reversible]
        if not failed and any(receipt.outcome is Outcome.APPLIED for receipt in can):
            self._say(f"Take it back with: assay protect rollback {plan_id[:8]} --execute")


def _all_good(receipts: Sequence[Receipt]) -> bool:
    from assay.model.action import Outcome

    return all(receipt.outcome in (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED) for receipt in receipts)
