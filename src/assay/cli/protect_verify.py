"""`assay protect verify` and `drift`: whether what was made is so still. Neither changes anything."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_FAILED, EXIT_GAPS, columns, format_option, line, loaded, maker_of, session_of
from assay.cli.review_desk import opened
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.protection.protectapply import Checked
    from assay.protect.external import Became


@click.command(short_help="Read back whether what a plan made is so still.")
@click.argument("plan", metavar="PLAN")
@format_option
@catalog_option
@aws_options
@config_option
def verify(plan: str, **given: Any) -> int:
    """Read back whether what PLAN made is so still. What cannot be read is unknown, and never ok; what AWS says is no longer there is gone,
    which is neither. Exit code 1 where something differs, 3 where something is unknown.

    What IAM Access Analyzer finds of the plan's resources is told, too: what is new since the plan was made, there still, or resolved.
    """
    from assay.app.protection import protectapply as doing
    from assay.app.protection.analyzing import became
    from assay.app.protection.applying import left_to_undo
    from assay.store import journal

    with opened(given["catalog_url"], given["config_file"]) as desk:
        plan_id, found = loaded(desk, plan)
        with desk.catalog.reading() as connection:
            entries = journal.of_plan(connection, plan_id)
        made = [*left_to_undo(found, entries), *doing.stays(desk.catalog, plan_id, found)]
        if not made:
            raise UsageError(
                f"plan {plan_id[:8]}: nothing of it was applied, or all was taken back: there is nothing to verify"
            )
        maker = maker_of(desk, given, "protect verify", found)
        checked = list(doing.verify(maker, plan_id, made))
        doing.record_gone(desk.catalog, checked, by=desk.actor)
        session = session_of(desk, given, "protect verify", found)
        outside, problems = became(session, {action.resource for action in made}, found.made_at)
    code = _told(checked, given["output_format"])
    _told_outside(outside, problems, given["output_format"])
    return code or (EXIT_GAPS if problems else 0)


def _told_outside(found: Sequence[Became], problems: Sequence[str], output_format: str) -> None:
    from assay.report.printable import printable, wrapped

    if output_format == "jsonl":
        for each in found:
            line(
                {
                    "kind": "external_access",
                    "resource": each.resource,
                    "became": each.word,
                    "detail": each.told,
                    "finding": dict(each.finding),
                }
            )
        for problem in problems:
            line({"kind": "gap", "resource": "Access Analyzer", "reason": "not read", "detail": problem})
        return
    for each in found:
        told = f"Access Analyzer, {each.word}: {each.resource}: {each.told}"
        for text in wrapped(printable(told), columns(), first="", indent="  "):
            click.echo(text)
    for problem in problems:
        click.echo(printable(f"What Access Analyzer finds could not be read {problem}"))


@click.command(short_help="Find what is no longer as it was made.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@format_option
@catalog_option
@aws_options
@config_option
def drift(targets: tuple[str, ...], **given: Any) -> int:
    """Find what protection made of each TARGET, or of the whole account and those of the setting protect_roles, and is no longer so. Exit
    code 1 where something drifted, 3 where something is unknown."""
    from assay.app.protection.drifting import drifted
    from assay.app.protection.protecttargets import resource_of

    with opened(given["catalog_url"], given["config_file"]) as desk:
        wanted = {resource_of(each) for each in targets}
        found = drifted(desk.catalog, access_of(given), desk.settings.protect_roles, wanted, by=desk.actor)
    for account, number in sorted(found.elsewhere.items()):
        told = f"{number:,} changes in account {account} were not looked at: neither the credentials nor protect_roles lead there"
        click.echo(f"assay: {told}", err=True)
    if wanted and not found.checked:
        click.echo("assay: nothing that protection has made of it stands: there is nothing to compare", err=True)
    return _told(found.checked, given["output_format"])


def _told(checked: Sequence[Checked], output_format: str) -> int:
    from assay.app.protection.protectapply import Check
    from assay.cli import protect_pages as pages
    from assay.cli.terminal import painter

    counts = Counter(each.check for each in checked)
    if output_format == "jsonl":
        for each in checked:
            line(pages.check_line(each))
        line({"kind": "checks", **{str(check): counts[check] for check in Check}})
    else:
        paint = painter(sys.stdout is not None and sys.stdout.isatty())
        for text in pages.as_checked(checked, columns(), paint):
            click.echo(text)
        click.echo(", ".join(f"{counts[check]:,} {check}" for check in Check) + ".")
    if counts[Check.DIFFERS]:
        return EXIT_FAILED
    return EXIT_GAPS if counts[Check.UNKNOWN] else 0
