"""`assay protect observe` and `plan`: what is, and what has to change. Neither changes anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import aws_options_of_regions, catalog_option, config_option
from assay.cli.protect_desk import (
    EXIT_GAPS,
    columns,
    format_option,
    line,
    plan_format_option,
    policy_option,
    protection_of,
    reaching_of,
    with_regions,
)
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.cli.review_desk import Desk
    from assay.model.action import Plan, Refusal
    from assay.model.protection import ResourceState


some_regions = partial(aws_options_of_regions, usual="the setting protect_regions, else AWS_REGION or the profile's")


@click.command(short_help="Show settings of buckets, tables and databases as they are.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@policy_option
@format_option
@catalog_option
@some_regions
@config_option
def observe(targets: tuple[str, ...], **given: Any) -> int:
    """Show every setting of each TARGET (s3://bucket, dynamodb://table, ebs://region, or the ARN of one, of a database of RDS, its
    snapshot, or a volume), or of all buckets of the account and all else of its regions, and of the accounts of the setting protect_roles.
    What cannot be read is unknown, and stops nothing else."""
    from assay.cli import protect_pages as pages
    from assay.cli.review_desk import opened
    from assay.cli.terminal import painter
    from assay.model.action import Refusal
    from assay.report.printable import printable

    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    gaps = False
    with opened(given["catalog_url"], given["config_file"]) as desk:
        for found in _observed(desk, targets, with_regions(desk, given)):
            if isinstance(found, Refusal):
                gaps = True
                if given["output_format"] == "jsonl":
                    line({"kind": "gap", "resource": found.resource, "reason": found.reason, "detail": found.detail})
                else:
                    click.echo(printable(f"{found.resource}: {found.reason}: {found.detail}") + "\n")
                continue
            gaps = gaps or any(not setting.is_known for setting in found.settings.values())
            if given["output_format"] == "jsonl":
                line(pages.state_line(found))
                continue
            for each in pages.as_state(found, columns(), paint):
                click.echo(each)
    return EXIT_GAPS if gaps else 0


@click.command(short_help="Plan what has to change, and change nothing.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--by", metavar="NAME", help="Who plans.  [default: you, as user@host]")
@click.option(
    "--habits",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Name who accessed it lately where something may break, by what 'protect anomalies --habits FILE' learnt.",
)
@policy_option
@plan_format_option
@click.option("--output", metavar="FILE", help="Write it to FILE, which appears when it is whole; with --format html.")
@catalog_option
@some_regions
@config_option
def plan(targets: tuple[str, ...], **given: Any) -> int:
    """Plan what has to change so that each TARGET (s3://bucket, dynamodb://table, ebs://region, or the ARN of one, of a database of
    RDS, its snapshot, or a volume), or every bucket of the account and all else of its regions, is protected as the policies ask for
    its level; and keep the plan in the catalog, to be approved and applied. Without a target each account of the setting
    protect_roles gets a plan of its own.

    Each change tells its calls, what is before and after, what may break and for whom, whether it can be taken back, and which
    controls of standards it satisfies. Nothing is changed.
    """
    from assay.app.protection.lately import lately
    from assay.cli.counting import CountLine
    from assay.cli.review_desk import opened
    from assay.store import plans

    is_page = given["output_format"] == "html"
    if given["output"] is not None and not is_page:
        raise UsageError("--output is for a page; give --format html")
    if is_page and given["output"] is None and sys.stdout.isatty():
        raise UsageError("a page is for a browser; say where to with --output FILE")
    counting = CountLine()
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        many, given = bool(desk.settings.protect_roles) and not targets, with_regions(desk, given)
        if many and is_page:
            raise UsageError(
                "a page is of one account, and protect_roles names more: leave it out of the settings, and give --role-arn"
            )
        looked = partial(counting.tell, "looked at")
        given = {**given, "accesses": None if given["habits"] is None else lately(given["habits"])}
        if many:
            told = reaching_of(desk, given, looked).planned(by=desk.actor)
        else:
            told = [protection_of(desk, given, looked).plan(targets, by=desk.actor)]
        counting.clear()
        ids = []
        for made in told:
            plan_id = made.id
            if made.actions:
                with desk.catalog.transaction() as connection:
                    plan_id = plans.keep(connection, made)
            ids.append(plan_id)
    codes = []
    for made, plan_id in zip(told, ids, strict=True):
        if many and given["output_format"] == "table":
            click.echo(f"Account {made.targets[0].removeprefix('aws://')}\n")
        codes.append(_told(made, plan_id, given))
    return max(codes)


def _told(made: Plan, plan_id: str, given: dict[str, Any]) -> int:
    """Shows one plan. The exit code."""
    from assay.cli import protect_pages as pages
    from assay.cli.plan_pages import plainly
    from assay.cli.terminal import painter
    from assay.protect.protection import in_the_way, left_to_people, resources_of
    from assay.report.plainly.plans import plan_in_words
    from assay.report.planpage.money import together
    from assay.report.printable import counted

    refused, by_hand = in_the_way(made), left_to_people(made)
    code = EXIT_GAPS if refused else 0
    if given["output_format"] == "jsonl":
        for document in pages.plan_lines(plan_id, made):
            line(document)
        return code
    if given["output_format"] == "html":
        from assay.cli.protect_page import write_page

        write_page(made, plan_id, given["output"])
        click.echo(f"Plan {plan_id[:8]}: {len(made.actions):,} changes; digest {made.digest}", err=True)
        return code
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for each in pages.as_plan(made, columns(), paint):
        click.echo(each)
    for each in plainly(plan_in_words(made), columns(), paint):
        click.echo(each)
    click.echo("")
    tail = f"{len(refused):,} refused or unknown, {len(by_hand):,} by hand"
    if not made.actions:
        seen = f"Nothing to change: {counted(made.looked_at, 'resource')} looked at"
        click.echo(f"{seen if made.looked_at else 'Nothing is planned: no resource was looked at'}; {tail}.")
        return code
    what = f"{counted(len(made.actions), 'change')} of {counted(len(resources_of(made.actions)), 'resource')}"
    click.echo(f"Plan {plan_id[:8]}: {what}, {made.looked_at:,} looked at; {tail}. Nothing was changed.")
    money = together(planned.action.cost for planned in made.actions)
    if money:
        click.echo(f"Costs: {money}.")
    click.echo(f"Digest {made.digest}")
    click.echo(f"Approve exactly this with: assay protect approve {plan_id[:8]}")
    return code


def _observed(desk: Desk, targets: tuple[str, ...], given: dict[str, Any]) -> Iterator[ResourceState | Refusal]:
    if desk.settings.protect_roles and not targets:
        yield from reaching_of(desk, given).observed()
        return
    protection = protection_of(desk, given)
    yield from protection.observe(protection.resources(targets))
