"""`assay protect grant`: somebody is let in for a time, and not a moment longer."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from assay.cli.options import aws_options, catalog_option, config_option
from assay.cli.protect_desk import (
    EXIT_GAPS,
    columns,
    entered_all,
    format_option,
    line,
    loaded,
    maker_of,
    makers_in,
    policy_option,
    protection_of,
    session_towards,
    tell_closed,
)
from assay.cli.review_desk import decision_options, opened
from assay.errors import AwsError, UsageError

_LONGEST = timedelta(days=30)
_MOST_DIGITS = 5
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class SpanType(click.ParamType[timedelta]):
    """A time such as 30m, 4h or 2d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"0*([1-9][0-9]*)([mhd])", str(value).strip().lower())
        if found is None:
            return self.fail(f"'{value}' is no time; write it as 30m, 4h or 2d", param, ctx)
        # A number of more digits is longer than that in any unit, and may be one that no time can hold.
        span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if len(found[1]) <= _MOST_DIGITS else None
        if span is None or span > _LONGEST:
            return self.fail(
                f"{value} is too long; the longest is {_LONGEST.days}d, and what is for good belongs in the policy",
                param,
                ctx,
            )
        return span


@click.group(short_help="Let somebody in for a time.", no_args_is_help=True)
def grant() -> None:
    """Let somebody in for a time: planned, approved and applied as any change, and taken back by the first run of apply, rollback,
    watch or 'grant revoke' after it is over. S3 lets nobody in by it after that moment, whether it was taken back or not."""


@grant.command(short_help="Plan access for a time, and change nothing.")
@click.argument("resource", metavar="RESOURCE")
@click.option("--to", "principal", metavar="ARN", required=True, help="The user or role that is let in.")
@click.option(
    "--for", "span", metavar="TIME", type=SpanType(), required=True, help="How long from now: 30m, 4h, 2d; 30d at most."
)
@click.option("--prefix", metavar="TEXT", default="", help="Only objects whose keys begin so.")
@click.option("--write", is_flag=True, help="Writing, too; without it reading alone.")
@click.option("--mfa", is_flag=True, help="Only whoever is signed in with a second factor.")
@policy_option
@format_option
@decision_options
@catalog_option
@aws_options
@config_option
def give(resource: str, principal: str, span: timedelta, prefix: str, write: bool, mfa: bool, **given: Any) -> int:
    """Plan that ARN may read what is in RESOURCE (s3://bucket), until a time is over. Nothing is changed: approve and apply the plan.

    One statement for objects and one for the list are put beside those of others. The plan is refused where the policy would let in
    anybody or anything else. A bucket of another account is looked at by the role of the setting protect_roles that leads there.
    """
    from assay.app.protection.granting import plan_grant
    from assay.app.protection.protecttargets import resource_of
    from assay.cli import protect_pages as pages
    from assay.cli.terminal import painter
    from assay.protect.protection import in_the_way
    from assay.protect.statements import Grant
    from assay.store import plans

    named = resource_of(resource)
    if not named.startswith("s3://"):
        raise UsageError(f"{named}: access for a time is to buckets only; give s3://bucket")
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        session = session_towards(desk, given, "protect plan", bucket=named)
        protection = protection_of(desk, given, session=session)
        now = datetime.now(UTC).replace(microsecond=0)
        wanted = Grant(
            bucket=named.removeprefix("s3://"),
            partition=protection.session.partition,
            principal=principal,
            until=now + span,
            prefix=prefix,
            writes=write,
            mfa=mfa,
        )
        try:
            reason = desk.redact(given["reason"]) if given["reason"] else ""
            made = plan_grant(protection, named, wanted, at=now, by=desk.actor, reason=reason)
        except ValueError as error:
            raise UsageError(str(error)) from None
        plan_id = made.id
        if made.actions:
            with desk.catalog.transaction() as connection:
                plan_id = plans.keep(connection, made)
    code = EXIT_GAPS if in_the_way(made) else 0
    if given["output_format"] == "jsonl":
        for document in pages.plan_lines(plan_id, made):
            line(document)
        return code
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for each in pages.as_plan(made, columns(), paint):
        click.echo(each)
    if made.actions:
        click.echo(f"Plan {plan_id[:8]}: access until {wanted.until:%Y-%m-%d %H:%M} UTC. Nothing was changed.")
        click.echo(f"Digest {made.digest}")
        click.echo(f"Approve exactly this with: assay protect approve {plan_id[:8]}")
    return code


@grant.command("list", short_help="List access that was given and not taken back.")
@format_option
@catalog_option
@aws_options
@config_option
def list_(**given: Any) -> int:
    """List access that was given in any account and not taken back, the one that ends first first. Exit code 3 where some is over, and where
    the account of some, or one of the setting protect_roles, cannot be entered: from here nobody takes it back then."""
    from assay.app.protection.granting import standing
    from assay.report.printable import counted, printable

    with opened(given["catalog_url"], given["config_file"]) as desk:
        found = standing(desk.catalog)
        entered = entered_all(desk, given, "protect verify", [each.action.account for each in found])
        now = datetime.now(UTC)
    for each in found:
        over = each.until <= now
        if given["output_format"] == "jsonl":
            line({"kind": "grant", "plan": each.plan, "action": each.action.id, "account": each.action.account,
                  "resource": each.action.resource, "until": each.until.isoformat(), "over": over, "detail": each.action.note})  # fmt: skip
        else:
            told = "over, and not taken back yet" if over else f"until {each.until:%Y-%m-%d %H:%M} UTC"
            head = f"{each.plan[:8]} {each.action.account} {each.action.resource}"
            click.echo(printable(f"{head}: {told}: {each.action.note}"))
    tell_closed(entered.closed, given["output_format"])
    number = sum(each.until <= now for each in found)
    if given["output_format"] == "table":
        closed = f"; {counted(len(entered.closed), 'account')} cannot be entered" if entered.closed else ""
        click.echo(f"{len(found):,} given, {number:,} over{closed}.")
    return EXIT_GAPS if number or entered.closed else 0


@grant.command(short_help="Take back access that is over, or that of a plan.")
@click.argument("plan", metavar="[PLAN]", required=False)
@click.option("--execute", is_flag=True, help="Do it; without this it is shown, and nothing is changed.")
@click.option("--by", metavar="NAME", help="Who takes it back.  [default: you, as user@host]")
@format_option
@catalog_option
@aws_options
@config_option
def revoke(plan: str | None, execute: bool, **given: Any) -> int:
    """Take back access that is over, in the account of the credentials and those of the setting protect_roles; with PLAN what that plan gave,
    whether it is over or not, in the account that it is of. Run it by a timer, and access ends in the policy as well as in time. Exit code 3
    where something could not be taken back, or an account not be entered."""
    from assay.app.protection.granting import revoke as taking
    from assay.app.protection.granting import standing
    from assay.cli import protect_pages as pages
    from assay.cli.terminal import painter
    from assay.model.action import Outcome
    from assay.report.printable import counted, printable

    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        of, command = None if plan is None else loaded(desk, plan), "protect apply" if execute else "protect verify"
        now = datetime.now(UTC)
        closed: Mapping[str, AwsError] = {}
        if of is not None:
            # A plan names its account, and is taken back there or nowhere.
            makers = [maker_of(desk, given, command, of[1])]
        else:
            due = [each.action.account for each in standing(desk.catalog) if each.until <= now]
            entered = entered_all(desk, given, command, due)
            makers, closed = makers_in(desk, entered), entered.closed
        for maker in makers if execute else ():
            list(maker.settle())
        found = [
            (maker, each)
            for maker in makers
            for each in standing(desk.catalog, maker.account)
            if (each.until <= now if of is None else each.plan == of[0])
        ]
        tell_closed(closed, given["output_format"])
        if not execute:
            for maker, each in found:
                click.echo(
                    printable(f"would be taken back: {maker.account} {each.action.resource}: {each.action.note}")
                )
            click.echo(f"{counted(len(found), 'grant')}. Nothing was changed; take back with --execute.")
            return EXIT_GAPS if closed else 0
        receipts = [receipt for maker, each in found for receipt in taking(maker, [each])]
    actions = {each.action.id: each.action for _, each in found}
    good = [each for each in receipts if each.outcome in (Outcome.UNDONE, Outcome.UNCHANGED)]
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for receipt in receipts:
        if given["output_format"] == "jsonl":
            line(pages.receipt_line(receipt, actions[receipt.action]))
        else:
            for text in pages.as_receipts([receipt], actions, columns(), paint):
                click.echo(text)
    if given["output_format"] == "table":
        click.echo(f"{counted(len(good), 'grant')} taken back.")
    return 0 if len(good) == len(receipts) and not closed else EXIT_GAPS
