"""`assay protect migration`: how far a replacement is that people make step by step."""

from __future__ import annotations

import sys
from typing import Any

import click

from assay.cli.options import access_of, aws_options
from assay.cli.protect_desk import EXIT_FAILED, columns, format_option, line


@click.command(short_help="Show how far the encryption of a database or a volume has come.")
@click.argument("resource", metavar="ARN")
@click.option(
    "--key",
    metavar="KEY",
    default="alias/assay-restricted",
    show_default=True,
    help="With which key: an ARN, or an alias.",
)
@format_option
@aws_options
def migration(resource: str, **given: Any) -> int:
    """Show how far the replacement of ARN by an encrypted one has come: an instance of RDS, or a volume of EBS. What is there is read,
    by the names and tags that the steps give it; nothing is made, and nothing is kept. Exit code 1 where a step went wrong.
    """
    from assay.app.permissions import calls_of
    from assay.app.protection.migrating import migration_of
    from assay.aws.session import Session
    from assay.cli.terminal import painter
    from assay.protect.migrations import Stage
    from assay.report.printable import printable, wrapped

    session = Session(access_of(given), calls_of("protect migration"))
    steps = migration_of(session, resource, session.account(), given["key"])
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for number, step in enumerate(steps, start=1):
        if given["output_format"] == "jsonl":
            told = {"kind": "step", "resource": resource, "number": number, **step._asdict(), "stage": str(step.stage)}
            line(told)
            continue
        why = f" ({step.detail})" if step.detail else ""
        head = f"{number}. {paint(str(step.stage), 'strong')}: "
        for text in wrapped(printable(f"{step.name}: {step.what}{why}"), columns(), first=head, indent="   "):
            click.echo(text)
    return EXIT_FAILED if any(step.stage is Stage.WRONG for step in steps) else 0
