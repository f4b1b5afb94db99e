"""`assay protect migration`: how far a replacement is, and the plan of its steps."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_FAILED, EXIT_GAPS, columns, format_option, line, policy_option, protection_of
from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.aws.session import Session

_COMMAND = "protect migration"


@click.command(short_help="Show, and plan, the encryption of a database or a volume that is there.")
@click.argument("resource", metavar="ARN")
@click.option(
    "--key",
    metavar="KEY",
    default="alias/assay-restricted",
    show_default=True,
    help="With which key: an ARN, or an alias.",
)
@click.option("--plan", "planned", is_flag=True, help="Plan all of its steps, to be approved and applied.")
@click.option(
    "--sign-off", is_flag=True, help="Plan that the original and what is not encrypted of it are deleted, for good."
)
@click.option("--by", metavar="NAME", help="Who plans.  [default: you, as user@host]")
@policy_option
@format_option
@catalog_option
@aws_options
@config_option
def migration(resource: str, planned: bool, sign_off: bool, **given: Any) -> int:
    """Show how far the replacement of ARN by an encrypted one has come: an instance of RDS, a cluster of
    Aurora, DocumentDB or Neptune, or a volume of EBS. What is there is read,
    by the names and tags that the steps give it; nothing is made, and nothing is kept. Exit code 1 where a step went wrong.

    What is of another account than the credentials is looked at by the role of that account that the setting protect_roles names, and its
    plan is of that account: apply and rollback enter it in the same way. Where no role leads there it is refused.

    With --plan each step becomes an action of a plan: approve it, and apply it as often as it takes; a run that ends in between is taken
    up by the next. Taking it back brings the original back under its name; what was made stays. Nothing of the original is deleted but
    by a plan of --sign-off, once the replacement serves.
    """
    if planned and sign_off:
        raise UsageError("--plan and --sign-off are two plans; the second one is made once the first is done")
    if planned or sign_off:
        return _plan(resource, retire=sign_off, given=given)
    return _show(resource, given)


def _session_of(resource: str, command: str, roles: Sequence[str], given: dict[str, Any]) -> Session:
    """A session with the calls of a command in the account that a resource is of. Raises `UsageError` where nothing leads there, `AwsError` where it
    cannot be entered."""
    from assay.app.protection.entering import session_in
    from assay.app.protection.migrating import arn_of

    return session_in(access_of(given), command, arn_of(resource).account, roles)


def _show(resource: str, given: dict[str, Any]) -> int:
    from assay.app.config.settings import load_settings
    from assay.app.protection.migrating import migration_of
    from assay.cli.terminal import painter
    from assay.protect.migrations import Stage
    from assay.report.printable import printable, wrapped

    session = _session_of(resource, _COMMAND, load_settings(given["config_file"]).protect_roles, given)
    steps = migration_of(session, resource, session.account(), given["key"])
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for number, step in enumerate(steps, start=1):
        if given["output_format"] == "jsonl":
            told = {"kind": "step", "resource": resource, "number": number, **step._asdict(), "stage": str(step.stage)}
            line(told)
            continue
        why = f" ({step.detail})" if step.detail else ""
        head = f"{number}. {paint(str(step.stage), 'strong')}: "
        for text in wrapped(
            printable(f"{step.name}: {step.what}{why}"), columns(), first=head, indent="   ", whole=True
        ):
            click.echo(text)
    return EXIT_FAILED if any(step.stage is Stage.WRONG for step in steps) else 0


def _plan(resource: str, *, retire: bool, given: dict[str, Any]) -> int:
    from assay.app.protection.replacing import Replacing
    from assay.cli import protect_pages as pages
    from assay.cli.review_desk import opened
    from assay.cli.terminal import painter
    from assay.protect.protection import in_the_way
    from assay.report.printable import counted
    from assay.store import plans

    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        roles = desk.settings.protect_roles
        planning = _session_of(resource, "protect plan", roles, given)
        replacing = Replacing(
            session=_session_of(resource, _COMMAND, roles, given),
            protection=protection_of(desk, given, session=planning),
        )
        made = replacing.plan(resource, given["key"], retire=retire, at=datetime.now(UTC), by=desk.actor)
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
        what = "what is deleted cannot be brought back" if retire else "apply it as often as it takes"
        click.echo(f"Plan {plan_id[:8]}: {counted(len(made.actions), 'step')}; {what}. Nothing was changed.")
        click.echo(f"Digest {made.digest}")
        click.echo(f"Approve exactly this with: assay protect approve {plan_id[:8]}")
    elif not code:
        click.echo("Nothing is left to do.")
    return code
