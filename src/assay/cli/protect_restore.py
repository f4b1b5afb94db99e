"""`assay protect restore-test`: a backup counts once a restore of it was tested."""

from __future__ import annotations

import sys
from typing import Any

import click

from assay.cli.options import ShareType, access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_FAILED, EXIT_GAPS, columns, format_option, line, tell_closed
from assay.cli.review_desk import opened
from assay.errors import UsageError


@click.command("restore-test", short_help="Restore backups apart, compare, and delete the copy.")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--execute", is_flag=True, help="Do it; without this it is shown, and nothing is restored.")
@click.option("--role", metavar="ARN", default="", help="By which AWS Backup restores.  [default: assay-backup]")
@click.option(
    "--security-group",
    "groups",
    metavar="ID",
    multiple=True,
    help="Restore databases into this one, which keeps others out; may be given again.  [default: the setting restore_security_groups]",
)
@click.option(
    "--subnet-group",
    metavar="NAME",
    help="Restore databases into this group of subnets.  [default: the setting restore_subnet_group, else that of the database]",
)
@click.option(
    "--changed",
    type=ShareType(0, 100),
    metavar="PERCENT",
    default=0.0,
    show_default=True,
    help="How much of it may have been written since, and be another.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    metavar="N",
    default=1_000,
    show_default=True,
    help="Read the content of at most so many objects of a bucket, and blocks of a volume; 0 reads all.",
)
@click.option(
    "--wait",
    type=click.IntRange(min=1),
    metavar="MINUTES",
    default=240,
    show_default=True,
    help="How long a restore may take.",
)
@click.option("--by", metavar="NAME", help="Who tests.  [default: you, as user@host]")
@format_option
@catalog_option
@aws_options
@config_option
def restore_test(targets: tuple[str, ...], **given: Any) -> int:
    """Restore the newest backup of each TARGET (s3://bucket, dynamodb://table, or the ARN of one, of a database of RDS, or of a volume)
    into a place of its own, compare it with what it is of, delete it again, and keep what came of it. Restores, and reading both, are
    paid for.

    A bucket's objects are compared with its versions of that moment, a table's items and a database's rows with those of now: --changed
    says how many may be others. Databases are entered by the setting database_logins. A volume stands at no instance: blocks of its
    snapshot are read. What is of another account is restored there, by the role of the setting protect_roles that leads there; --role and
    security groups are those of that account then. Exit code 1 where a backup is not what it is of, 3 where that could not be seen.
    """
    from assay.app.protection.restoretesting import RestoreTests, sentence
    from assay.app.protection.restoringmany import RestoresOfAll
    from assay.aws.arn import parse
    from assay.aws.session import Session
    from assay.cli.terminal import painter
    from assay.model.action import Outcome
    from assay.protectors.restored_database import Apart
    from assay.protectors.restoring import NOT_READ
    from assay.report.printable import printable, wrapped

    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    is_table = given["output_format"] == "table"
    try:
        parse(given["role"] or "arn:aws:iam:::role/none")
    except ValueError as error:
        raise UsageError(f"--role {error}") from None
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:

        def make(session: Session) -> RestoreTests:
            return RestoreTests(
                catalog=desk.catalog,
                session=session,
                account=session.account(),
                by=desk.actor,
                role=given["role"],
                changed=given["changed"] / 100,
                sample=given["sample"],
                seconds=given["wait"] * 60.0,
                apart=Apart(
                    groups=given["groups"] or desk.settings.restore_security_groups,
                    subnets=given["subnet_group"] or desk.settings.restore_subnet_group,
                ),
                logins=desk.settings.database_logins,
            )

        tests = RestoresOfAll(
            catalog=desk.catalog, access=access_of(given), roles=desk.settings.protect_roles, make=make
        )
        settled, closed = tests.settle() if given["execute"] else ([], {})
        tell_closed(closed, given["output_format"])
        outcomes = [receipt.outcome for receipt in settled]
        if outcomes:
            click.echo(f"assay: {len(outcomes):,} tests that were interrupted are cleaned up", err=True)
        gaps = Outcome.UNKNOWN in outcomes or bool(closed)
        plans, refusals = tests.plans(targets)
        for refusal in [*(each for plan in plans for each in plan.refusals), *refusals]:
            gaps = True
            if is_table:
                click.echo(printable(f"{refusal.resource}: {refusal.reason}: {refusal.detail}"))
            else:
                line(
                    {
                        "kind": "refusal",
                        "resource": refusal.resource,
                        "reason": refusal.reason,
                        "detail": refusal.detail,
                    }
                )
        if not given["execute"]:
            for planned in (each for plan in plans for each in plan.actions):
                after = planned.action.after
                if is_table:
                    for each in wrapped(
                        printable(f"would be restored: {planned.action.resource} of {after['at']}: {planned.action.note}"),
                        columns(), first="", indent="  ",
                    ):  # fmt: skip
                        click.echo(each)
                else:
                    line(
                        {
                            "kind": "action",
                            "account": planned.action.account,
                            "resource": planned.action.resource,
                            **after,
                        }
                    )
            if is_table:
                click.echo("Nothing was restored; do it with --execute.")
            return EXIT_GAPS if gaps else 0
        failed = False
        for action, receipt, compared in tests.run(plans):
            failed = failed or receipt.outcome is Outcome.FAILED
            gaps = gaps or receipt.outcome not in (Outcome.APPLIED, Outcome.FAILED)
            if not is_table:
                told = {} if compared is None else compared._asdict()
                line(
                    {"kind": "restore_test", "account": action.account, "resource": action.resource, "outcome": str(receipt.outcome),
                     "reason": receipt.reason, "detail": receipt.detail, **action.after, **told}
                )  # fmt: skip
                continue
            word = "verified" if receipt.outcome is Outcome.APPLIED else str(receipt.outcome)
            word = "not verified" if receipt.reason == NOT_READ else word
            why = receipt.detail or (sentence(compared) if compared else "")
            text = ": ".join(part for part in (action.resource, receipt.reason, why) if part)
            for each in wrapped(printable(text), columns(), first=f"{paint(word, 'strong')}: ", indent="  "):
                click.echo(each)
    return EXIT_FAILED if failed else EXIT_GAPS if gaps else 0
