"""`assay macie setup`: Macie, enabled and given identifiers of ours, in one."""

from __future__ import annotations

from typing import Any

import click

from assay.cli.macie_desk import changing_options, opened
from assay.cli.macie_identifiers import expressed_of
from assay.cli.macie_setup import FREQUENCIES, publish_option


@click.command(short_help="Enable Macie and give it identifiers of ours, in one.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@publish_option
@changing_options
def setup(names: tuple[str, ...], **given: Any) -> int:
    """Enable Macie in this account and region where it is not, and make custom data identifiers of NAME and others there.

    What is there already stays as it is. Each step is a plan of its own, which 'undo' takes back; where a step fails the next
    one is not begun. Then 'job' has Macie look into buckets, and 'import' brings what it finds.
    """
    from assay.app.macie import maciesetup

    with opened(given, maciesetup.SETUP_COMMAND) as desk:
        chosen = expressed_of(desk.desk.settings, names) if names else []
        frequency = given["frequency"]
        plan = maciesetup.plan_enabling(desk.work, None if frequency is None else FREQUENCIES[frequency])
        code = desk.go(plan)
        if code or not chosen:
            return code
        if plan.actions and not given["yes"] and not maciesetup.is_enabled(desk.work.session):
            # A Macie that is not there cannot be asked which identifiers it has.
            click.echo(
                f"then, once it is enabled: {', '.join(each.identifier.name for each in chosen)}", err=desk.in_lines
            )
            return 0
        return desk.go(maciesetup.plan_identifiers(desk.work, chosen))
