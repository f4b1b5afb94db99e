"""`assay aws executions`: workflows that wait for what a person decides, and their answers."""

from __future__ import annotations

from typing import Any

import click

from assay.cli.options import FormatType, access_of, aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_GAPS, columns, line


@click.command("executions", short_help="Show workflows that wait for a decision, and answer them.")
@click.option("--send", is_flag=True, help="Send each that was decided its answer.")
@click.option("--all", "every", is_flag=True, help="Those as well that wait no more.")
@click.option("--format", "output_format", type=FormatType("table", "jsonl"), default="table", show_default=True)
@catalog_option
@aws_options
@config_option
def executions(send: bool, every: bool, output_format: str, **given: Any) -> int:
    """Show executions of the workflow of classification that wait for what a person says of a resource: decide what 'assay review list'
    has of it. With --send each whose questions are all decided goes on; the function of the stack does the same every few minutes.

    Each is answered once. What could not be sent waits for the next time: exit code 3.

    \b
    assay aws executions
    assay review approve 3fa94c21 && assay aws executions --send
    """
    from assay.app.permissions import calls_of
    from assay.app.reviews.resuming import Resuming
    from assay.aws.session import Session
    from assay.cli.review_desk import opened
    from assay.report.printable import counted, printable, wrapped
    from assay.store import executions as store
    from assay.store import reviews

    with opened(given["catalog_url"], given["config_file"]) as desk:
        sent = []
        if send:
            session = Session(access_of(given), calls_of("aws executions"))
            sent = Resuming(catalog=desk.catalog, session=session, by=desk.actor).send()
        with desk.catalog.reading() as connection:
            found = store.listed(connection, () if every else (store.Standing.WAITING,))
            left = {each.id: len(reviews.still_open(connection, [each.resource])) for each in found}
    failures = {each.asked.id: each.failure for each in sent if each.failure}
    for each in found:
        if output_format == "jsonl":
            line(
                {
                    "kind": "execution", "id": each.id, "resource": each.resource, "standing": str(each.standing), "answer": each.answer,
                    "asked_at": each.asked_at.isoformat(), "until": each.until.isoformat(), "questions": left[each.id],
                    "failure": failures.get(each.id),
                }
            )  # fmt: skip
            continue
        waits = each.standing is store.Standing.WAITING
        how = (
            f"{counted(left[each.id], 'open question')}, until {each.until:%Y-%m-%d %H:%M}"
            if waits
            else each.answer or ""
        )
        failed = f" (not sent: {failures[each.id]})" if each.id in failures else ""
        head = f"{each.id[:8]} {each.standing}: "
        for text in wrapped(
            printable(f"{each.resource}{f': {how}' if how else ''}{failed}"), columns(), first=head, indent="  "
        ):
            click.echo(text)
    if output_format == "table":
        told = [f"{counted(sum(not each.failure for each in sent), 'execution')} told."] if send else []
        waiting = sum(each.standing is store.Standing.WAITING for each in found)
        click.echo(" ".join([*told, f"{counted(waiting, 'execution')} waiting."]))
    return EXIT_GAPS if failures else 0
