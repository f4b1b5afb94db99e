"""`assay aws macie status|enable|export-results|suppress|undo`: Macie itself and how it is set up."""

from __future__ import annotations

from typing import Any

import click

from assay.cli.macie_desk import EXIT_GAPS, changing_options, format_option, needs_region, opened
from assay.cli.options import access_of, aws_options
from assay.errors import UsageError

FREQUENCIES = {"15m": "FIFTEEN_MINUTES", "1h": "ONE_HOUR", "6h": "SIX_HOURS"}
publish_option = click.option(
    "--publish",
    "frequency",
    type=click.Choice(list(FREQUENCIES)),
    help="How often findings that changed are published.  [default: as it is, 15m where it is new]",
)


@click.command(short_help="Say whether Macie is enabled, and what it has of ours.")
@format_option
@aws_options
def status(**given: Any) -> int:
    """Say whether Macie is enabled in this account and region, how often it publishes findings, where it keeps detailed
    results, and which custom data identifiers it has of ours. Exit code 3 where it is not enabled."""
    import orjson

    from assay.app.macie import maciesetup
    from assay.aws.session import Session
    from assay.report.printable import counted, printable

    session = Session(access_of(given), maciesetup.STATUS_CALLS | {"sts.GetCallerIdentity"})
    needs_region(session)
    found = maciesetup.status(session)
    if given["output_format"] == "jsonl":
        told: dict[str, Any] = {"kind": "macie", "region": session.region, "enabled": found.session is not None}
        told |= {
            "session": found.session,
            "results": found.results,
            "identifiers": list(found.ours),
            "others": found.others,
        }
        click.echo(orjson.dumps(told).decode())
        return 0 if found.session is not None else EXIT_GAPS
    if found.session is None:
        click.echo(f"Macie is not enabled in {session.region}.")
        click.echo("Enable it with: assay aws macie enable --catalog URL --yes")
        click.echo(
            "It costs money from then on, for every bucket of the account: https://aws.amazon.com/macie/pricing/"
        )
        return EXIT_GAPS
    click.echo(f"Macie in {session.region}: {', '.join(f'{name} {value}' for name, value in found.session.items())}")
    results = found.results
    where = (
        "nowhere: kept for 90 days only" if results is None else f"s3://{results['bucket']}/{results.get('prefix', '')}"
    )
    click.echo(printable(f"detailed results: {where}"))
    click.echo(
        printable(
            f"custom data identifiers: {', '.join(found.ours) or 'none'} of ours, {counted(found.others, 'other')}"
        )
    )
    return 0


@click.command(short_help="Enable Macie for an account and a region.")
@publish_option
@changing_options
def enable(**given: Any) -> int:
    """Enable Macie in this account and region, or resume it where it is paused.

    It is taken back with 'undo' as long as Macie holds nothing: disabling it deletes jobs, identifiers and findings for ever,
    which this never does.
    """
    from assay.app.macie import maciesetup

    with opened(given, maciesetup.ENABLE_COMMAND) as desk:
        frequency = given["frequency"]
        return desk.go(maciesetup.plan_enabling(desk.work, None if frequency is None else FREQUENCIES[frequency]))


@click.command("export-results", short_help="Say where Macie keeps its detailed results.")
@click.option("--bucket", metavar="NAME", required=True, help="The bucket, of this account.")
@click.option("--prefix", metavar="KEYS", default="", help="Where in it.")
@click.option(
    "--key", metavar="ARN", required=True, help="The KMS key that they are encrypted with, of the bucket's region."
)
@changing_options
def export_results(**given: Any) -> int:
    """Have Macie keep its detailed results, which it else deletes after 90 days, in a bucket; and read back that it does."""
    from assay.app.macie import maciesetup
    from assay.aws.arn import parse

    try:
        is_key = parse(given["key"]).service == "kms"
    except ValueError as error:
        raise UsageError(f"--key {error}") from None
    if not is_key:
        raise UsageError(f"--key {given['key']}: is no KMS key; one is like arn:aws:kms:eu-west-1:123456789012:key/…")
    with opened(given, maciesetup.EXPORT_COMMAND) as desk:
        plan = maciesetup.plan_results(desk.work, bucket=given["bucket"], prefix=given["prefix"], key=given["key"])
        return desk.go(plan)


@click.command(short_help="Have Macie archive what people have accepted.")
@changing_options
def suppress(**given: Any) -> int:
    """Make findings filters in Macie for exceptions that reviewers have accepted ('assay review suppress'), and take out those
    whose exception has ended. Filters of others stay as they are.

    A filter archives findings that hold the accepted type and nothing else. What is about one value, a column or a pattern of
    keys cannot be said to Macie, and is told.
    """
    from assay.app.macie import maciesetup

    with opened(given, maciesetup.SUPPRESS_COMMAND) as desk:
        plan, _ = maciesetup.plan_filters(desk.work)
        return desk.go(plan)


@click.command(short_help="Take back what a plan changed in Macie.")
@click.argument("plan", metavar="PLAN")
@changing_options
def undo(plan: str, **given: Any) -> int:
    """Take back what PLAN changed in Macie, of what is as it was left: identifiers and filters are deleted, jobs cancelled,
    results kept where they were before. Four characters of a plan's id do; 'assay aws plans' lists them."""
    from assay.app.macie import maciework

    with opened(given, maciework.UNDO_COMMAND) as desk:
        return desk.take_back(plan)
