"""`assay aws plans`: what was planned, who approved it, and what became of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assay.cli.options import FormatType, catalog_option, config_option
from assay.cli.review_desk import opened


@click.command(short_help="List plans, or show one and what became of it.")
@click.argument("plan", metavar="[PLAN]", required=False)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many plans are listed.")
@click.option("--format", "output_format", type=FormatType("table", "jsonl"), default="table", show_default=True)
@catalog_option
@config_option
def plans(plan: str | None, limit: int, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """List the newest plans; or show PLAN: its changes, who approved it, and its journal. Four characters of an id do."""
    from assay.cli import plan_pages as pages
    from assay.cli.grid import terminal_columns
    from assay.cli.terminal import painter
    from assay.store import journal
    from assay.store import plans as stored

    columns = max(60, min(terminal_columns(), 120))
    with opened(catalog_url, config_file) as desk, desk.catalog.reading() as connection:
        if plan is None:
            found = stored.listed(connection, limit=limit)
            lines = pages.listed_lines(found) if output_format == "jsonl" else pages.as_list(found, columns)
        else:
            plan_id = stored.find(connection, plan)
            whole = stored.load(connection, plan_id)
            agreed = stored.approvals(connection, plan_id)
            entries = journal.of_plan(connection, plan_id)
            if output_format == "jsonl":
                lines = pages.whole_lines(plan_id, whole, entries)
            else:
                paint = painter(sys.stdout is not None and sys.stdout.isatty())
                lines = pages.as_whole(plan_id, whole, agreed, entries, columns, paint)
        for line in lines:
            click.echo(line)
