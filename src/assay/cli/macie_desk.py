"""What the verbs of Macie share: the open catalog, a session, plans that are shown, applied and told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.cli.options import FormatType, access_of, aws_options, catalog_option, config_option

if TYPE_CHECKING:
    from assay.app.macie.maciework import MacieWork
    from assay.cli.review_desk import Desk
    from assay.model.action import Action, Plan, Receipt

F = TypeVar("F", bound=Callable[..., Any])
EXIT_FAILED = 1
EXIT_GAPS = 3


def changing_options(function: F) -> F:
    """Of a verb that changes Macie: --yes, --by, and what reaches the catalog and AWS."""
    options = (
        click.option("--yes", is_flag=True, help="Do it; without this the plan is shown, and nothing is changed."),
        click.option("--by", metavar="NAME", help="Who decides.  [default: you, as user@host]"),
        format_option,
        catalog_option,
        aws_options,
        config_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


def format_option(function: F) -> F:
    """--format."""
    return click.option(
        "--format",
        "output_format",
        type=FormatType("table", "jsonl"),
        default="table",
        show_default=True,
        help="table is for people, jsonl for programs.",
    )(function)


@dataclass(kw_only=True)
class MacieDesk:
    """An open catalog, and Macie in one account and region."""

    desk: Desk
    work: MacieWork
    given: dict[str, Any]

    def __post_init__(self) -> None:
        from assay.cli.grid import terminal_columns
        from assay.cli.terminal import painter

        self.columns = max(60, min(terminal_columns(), 120))
        self.paint = painter(sys.stdout is not None and sys.stdout.isatty())

    @property
    def in_lines(self) -> bool:
        """Whether programs read what is told."""
        return bool(self.given["output_format"] == "jsonl")

    def go(self, plan: Plan) -> int:
        """Shows a plan, and makes it where the person said so."""
        from assay.cli import tag_pages as pages

        yes = self.given["yes"]
        if not self.in_lines:
            for line in pages.as_plan(plan, self.columns, self.paint, approved=True):
                click.echo(line)
        if not yes or not plan.actions:
            self._lines(plan.id, plan, [])
            if not self.in_lines:
                click.echo(self._nothing(plan))
            return EXIT_GAPS if plan.refusals else 0
        self._settle()
        plan_id, receipts = self.work.apply(plan)
        self._lines(plan_id, plan, receipts)
        if not self.in_lines:
            self._told(receipts, [planned.action for planned in plan.actions])
            click.echo(f"Plan {plan_id[:8]}: {pages.tally(receipts)}.")
            if any(receipt.undo is not None for receipt in receipts):
                click.echo(f"Take it back with: assay aws macie undo {plan_id[:8]} --yes")
        return self._code(receipts, refused=len(plan.refusals))

    def take_back(self, plan_given: str) -> int:
        """Shows what a plan changed, and takes it back where the person said so."""
        from assay.cli import tag_pages as pages

        plan_id, made = self.work.made(plan_given)
        if not made:
            click.echo(f"Plan {plan_id[:8]}: there is nothing of it left that can be taken back.")
            return 0
        if not self.in_lines:
            for line in pages.as_undo(made, self.columns, self.paint):
                click.echo(line)
        if not self.given["yes"]:
            click.echo("Nothing was changed; give --yes to take it back.", err=self.in_lines)
            return 0
        self._settle()
        receipts = self.work.undo(plan_id, made)
        if self.in_lines:
            self._receipts(receipts, {action.id: action.resource for action in made})
        else:
            self._told(receipts, made)
            click.echo(f"Plan {plan_id[:8]}: {pages.tally(receipts)}.")
        return self._code(receipts, refused=0)

    def echo(self, document: dict[str, Any]) -> None:
        """One JSON line."""
        import orjson

        click.echo(orjson.dumps(document).decode())

    def _settle(self) -> None:
        from assay.cli.tag_pages import tally
        from assay.report.printable import counted

        left = self.work.settle()
        if left:
            told = counted(len(left), "change")
            click.echo(f"assay: {told} that an earlier run had left unfinished: {tally(left)}", err=True)

    def _nothing(self, plan: Plan) -> str:
        from assay.report.printable import counted

        refused = f", {len(plan.refusals):,} refused" if plan.refusals else ""
        if not plan.actions:
            return f"Nothing to change: {counted(plan.looked_at, 'thing')} looked at{refused}."
        return f"{counted(len(plan.actions), 'change')} planned{refused}; nothing was changed. Give --yes to do it."

    def _lines(self, plan_id: str, plan: Plan, receipts: list[Receipt]) -> None:
        from collections import Counter

        from assay.cli import tag_pages as pages

        if not self.in_lines:
            return
        for planned in plan.actions:
            self.echo(pages.action_line(plan_id, planned))
        for refusal in plan.refusals:
            self.echo(pages.refusal_line(plan_id, refusal))
        for resource, note in plan.notes.items():
            self.echo(pages.note_line(plan_id, resource, note))
        self._receipts(receipts, {planned.action.id: planned.action.resource for planned in plan.actions})
        outcomes = Counter(str(receipt.outcome) for receipt in receipts)
        self.echo(pages.plan_line(plan_id, plan, applied=bool(receipts), outcomes=outcomes))

    def _receipts(self, receipts: list[Receipt], resources: dict[str, str]) -> None:
        from assay.cli import tag_pages as pages

        for receipt in receipts:
            self.echo(pages.receipt_line(receipt, resources.get(receipt.action, "")))

    def _told(self, receipts: list[Receipt], actions: list[Action]) -> None:
        from assay.cli import tag_pages as pages

        by_id = {action.id: action for action in actions}
        for line in pages.as_receipts(receipts, by_id, self.columns, self.paint):
            click.echo(line)

    def _code(self, receipts: list[Receipt], *, refused: int) -> int:
        from assay.app.protection.applying import DIFFERS
        from assay.model.action import Outcome

        if any(receipt.reason == DIFFERS for receipt in receipts):
            return EXIT_FAILED
        good = (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)
        return EXIT_GAPS if refused or any(receipt.outcome not in good for receipt in receipts) else 0


@contextmanager
def opened(given: dict[str, Any], command: str) -> Iterator[MacieDesk]:
    """The desk of a verb. Raises `UsageError` where no catalog is named, `AwsError` where it is not known who calls."""
    from assay.app.macie.maciework import MacieWork
    from assay.app.permissions import calls_of
    from assay.aws.session import Session
    from assay.cli import review_desk

    with review_desk.opened(given["catalog_url"], given["config_file"], given.get("by")) as desk:
        session = Session(access_of(given), calls_of(command))
        needs_region(session)
        work = MacieWork(catalog=desk.catalog, session=session, account=session.account(), by=desk.actor)
        yield MacieDesk(desk=desk, work=work, given=given)


def needs_region(session: Any) -> None:
    """Raises `UsageError` where no region is set: Macie is one for each."""
    from assay.errors import UsageError

    if session.region is None:
        raise UsageError("Macie is one for each region, and none is set; give --region or set AWS_REGION")
