"""`assay aws config-evaluations`: whether resources bear the tags that follow from the catalog, told to AWS Config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, access_of, aws_options, catalog_option, config_option
from assay.cli.review_desk import opened
from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.model.action import Refusal
    from assay.sinks.configrules import Evaluation

EXIT_GAPS = 3
_OF_TESTS = "assay"


@click.command("config-evaluations", short_help="Tell AWS Config whose tags differ from the catalog.")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option(
    "--result-token",
    metavar="TOKEN",
    envvar="ASSAY_RESULT_TOKEN",
    help="What Config gave its rule's function as resultToken.  [default: ASSAY_RESULT_TOKEN]",
)
@click.option(
    "--test", "is_test", is_flag=True, help="Have Config check the evaluations, and keep none; needs no token."
)
@click.option("--dry-run", is_flag=True, help="Show the evaluations, and send none.")
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "jsonl"),
    default="table",
    show_default=True,
    help="table is for people, jsonl for programs.",
)
@catalog_option
@aws_options
@config_option
def config_evaluations(targets: tuple[str, ...], **given: Any) -> int:
    """Tell AWS Config of each TARGET, a bucket or what has an ARN, whether its tags are those that follow from the catalog.

    This is what the function of a custom rule does: the rule's event has the token. What could not be read or was never
    scanned is listed, and nothing is said of it.

    \b
    assay aws config-evaluations s3://lake --dry-run
    assay aws config-evaluations s3://lake dynamodb://orders --test
    """
    token = given["result_token"]
    if not token and not given["is_test"] and not given["dry_run"]:
        raise UsageError("give --result-token of the rule's event, or --test or --dry-run")
    from datetime import UTC, datetime

    from assay.app.cloud import evaluating
    from assay.app.cloud.tagging import Tagger, judge_of
    from assay.app.cloud.tagnames import scheme_in
    from assay.app.cloud.tagtargets import BY_NAME, arn_of, target_of
    from assay.app.permissions import calls_of
    from assay.aws.session import Session
    from assay.model.action import Refusal
    from assay.sinks.configrules import put

    with opened(given["catalog_url"], given["config_file"], None) as desk:
        for each in targets:
            if not each.startswith(BY_NAME):
                target_of(each)
        scheme = scheme_in(desk.settings)
        session = Session(access_of(given), calls_of(evaluating.COMMAND))
        account = session.account()
        wanted = [
            target_of(arn_of(each, partition=session.partition, region=session.region, account=account))
            for each in dict.fromkeys(targets)
        ]
        for target in wanted:
            evaluating.check(target, session.region)
        tagger = Tagger(
            catalog=desk.catalog,
            session=session,
            account=account,
            scheme=scheme,
            judge=judge_of(desk.catalog, desk.governance),
        )
        found = list(evaluating.evaluations(tagger, wanted, by=desk.actor))
    told = [each for each in found if not isinstance(each, Refusal)]
    refused = [each for each in found if isinstance(each, Refusal)]
    failed: list[Evaluation] = []
    if told and not given["dry_run"]:
        failed = put(session, told, token=token or _OF_TESTS, at=datetime.now(UTC), is_test=given["is_test"])
    _show(told, refused, failed, given)
    return EXIT_GAPS if refused or failed else 0


def _show(
    told: Sequence[Evaluation], refused: Sequence[Refusal], failed: Sequence[Evaluation], given: dict[str, Any]
) -> None:
    if given["output_format"] == "jsonl":
        _lines(told, refused, failed)
        return
    from assay.cli.grid import terminal_columns
    from assay.report.printable import counted, printable, wrapped

    columns = max(60, min(terminal_columns(), 120))
    for each in told:
        click.echo(printable(f"{'complies' if each.complies else 'differs':<9} {each.type} {each.id}"))
        if each in failed:
            click.echo("          Config did not take this")
        for line in wrapped(printable(each.because), columns, first=" " * 10, indent=" " * 10) if each.because else ():
            click.echo(line)
    for refusal in refused:
        click.echo(printable(f"unknown   {refusal.resource}"))
        told_of = printable(f"{refusal.reason}: {refusal.detail}")
        for line in wrapped(told_of, columns, first=" " * 10, indent=" " * 10):
            click.echo(line)
    differing = sum(not each.complies for each in told)
    sent = "none sent" if given["dry_run"] else f"{len(told) - len(failed):,} taken by Config"
    if given["is_test"] and not given["dry_run"]:
        sent = f"{len(told) - len(failed):,} checked by Config, none kept"
    unknown = f", {len(refused):,} unknown" if refused else ""
    click.echo(f"{counted(len(told), 'evaluation')}, {differing:,} of tags that differ{unknown}; {sent}.")


def _lines(told: Sequence[Evaluation], refused: Sequence[Refusal], failed: Sequence[Evaluation]) -> None:
    import orjson

    for each in told:
        line = {"kind": "evaluation", **each._asdict(), "taken": each not in failed}
        click.echo(orjson.dumps(line).decode())
    for refusal in refused:
        line = {"kind": "refusal", "resource": refusal.resource, "reason": refusal.reason, "detail": refusal.detail}
        click.echo(orjson.dumps(line).decode())
