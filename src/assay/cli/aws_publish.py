"""`assay aws publish`: what the catalog concludes, told to the services of an account."""

from __future__ import annotations

from typing import Any

import click

from assay.cli.options import access_of, aws_options, catalog_option, config_option
from assay.errors import UsageError
from assay.model import Level

EXIT_GAPS = 3


@click.command(short_help="Tell Security Hub, EventBridge and others what the catalog concludes.")
@click.option(
    "--security-hub", is_flag=True, help="Findings in Security Hub: new, updated in place, archived when gone."
)
@click.option(
    "--min-level",
    type=click.Choice([str(level) for level in Level], case_sensitive=False),
    default=str(Level.CONFIDENTIAL),
    show_default=True,
    help="Security Hub is told of this level and above.",
)
@click.option("--event-bus", metavar="NAME", help="An event on this EventBridge bus for each change of a level.")
@click.option(
    "--topic", metavar="ARN", help="A message on this SNS topic for confidential, restricted and unsure ones."
)
@click.option(
    "--results-table", metavar="NAME", help="An item in this DynamoDB table for each classification; kept a year."
)
@click.option("--make-table", is_flag=True, help="Make the DynamoDB table first.")
@click.option("--ocsf", metavar="PLACE", help="OCSF findings as an object below s3://bucket/prefix, or in a folder.")
@click.option("--metrics", "log_group", metavar="GROUP", help="CloudWatch metrics by way of this log group.")
@click.option("--dry-run", is_flag=True, help="Say how much there is to tell, and send nothing.")
@catalog_option
@aws_options
@config_option
def publish(**given: Any) -> int:
    """Tell the services of an AWS account what the catalog concludes.

    Each is told what it does not know yet: running it again sends nothing twice. What one refuses is told to
    the others all the same, and again with the next run.

    \b
    assay aws publish --security-hub --event-bus governance
    assay aws publish --ocsf s3://security-lake-sources/assay --dry-run
    """
    from assay.app.catalogs import open_needed
    from assay.app.config.settings import load_settings
    from assay.app.telling.publishing import Destinations, publish
    from assay.aws.session import Session
    from assay.cli.version import version

    wanted = Destinations(
        security_hub=given["security_hub"],
        event_bus=given["event_bus"],
        topic=given["topic"],
        results_table=given["results_table"],
        make_table=given["make_table"],
        ocsf=given["ocsf"],
        log_group=given["log_group"],
        least=Level(given["min_level"].lower()),
    )
    _check(wanted)
    whole = True
    with open_needed(load_settings(given["config_file"]), given["catalog_url"]) as catalog:
        session = Session(access_of(given), wanted.calls)
        for delivery in publish(catalog, session, wanted, version=version(), dry_run=given["dry_run"]):
            click.echo(_line(delivery, given["dry_run"]))
            whole = whole and delivery.is_whole
    return 0 if whole else EXIT_GAPS


def _check(wanted: Any) -> None:
    from assay.aws.arn import parse
    from assay.sinks.objects import bucket_of

    places = (wanted.security_hub, wanted.event_bus, wanted.topic, wanted.results_table, wanted.ocsf, wanted.log_group)
    if not any(places):
        raise UsageError(
            "nobody to tell; give --security-hub, --event-bus, --topic, --results-table, --ocsf or --metrics"
        )
    if wanted.make_table and not wanted.results_table:
        raise UsageError("--make-table makes the table that --results-table names; give both")
    if wanted.ocsf and wanted.ocsf.startswith("s3:"):
        bucket_of(wanted.ocsf)
    if wanted.topic:
        try:
            topic = parse(wanted.topic)
        except ValueError as error:
            raise UsageError(f"--topic {error}") from None
        if topic.service != "sns":
            raise UsageError(
                f"--topic {wanted.topic}: is no SNS topic; one is like arn:aws:sns:eu-west-1:123456789012:name"
            )


def _line(delivery: Any, dry_run: bool) -> str:
    from assay.report.printable import printable

    counted = [f"{delivery.sent:,} {'to tell' if dry_run else 'told'}"]
    if delivery.closed:
        counted.append(f"{delivery.closed:,} {'to archive' if dry_run else 'archived'}")
    if delivery.unchanged:
        counted.append(f"{delivery.unchanged:,} unchanged")
    if delivery.failed:
        counted.append(f"{delivery.failed:,} not taken, to be sent again by the next run")
    if delivery.error is not None:
        counted.append(f"stopped: {delivery.error}")
    return printable(f"{delivery.name}: {', '.join(counted)}")
