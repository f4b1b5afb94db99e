"""`assay catalog due`: what is due to be classified again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.options import FormatType, catalog_option, config_option, number_option
from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.app.work.falling_due import Due

EXIT_GAPS = 3
_LONGEST = 100_000
"""Days."""


@click.command(short_help="List what is due to be classified again, and have it done.")
@click.argument("resources", metavar="[RESOURCE]...", nargs=-1)
@number_option(
    "--objects",
    least=0,
    most=_LONGEST,
    default=7,
    metavar="DAYS",
    says="After how many days objects and streams are due; 0: never.",
)
@number_option(
    "--others", least=0, most=_LONGEST, default=30, metavar="DAYS", says="The same for databases, tables and files."
)
@click.option("--queue", "is_queued", is_flag=True, help="Have it scanned by 'assay worker --rescans'.")
@click.option("--by", metavar="NAME", help="Who asks for it.  [default: you, as user@host]")
@click.option("--format", "output_format", type=FormatType("table", "jsonl"), default="table", show_default=True)
@catalog_option
@config_option
def due(
    resources: tuple[str, ...],
    objects: int,
    others: int,
    is_queued: bool,
    by: str | None,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> int:
    """List what has to be classified again: what was read too long ago, or by rules or a configuration that have changed since.
    With RESOURCE it is that, and what lies below it, whatever its age.

    A scan of it reads only what has changed, or what the change can affect. Exit code 3 where no worker can scan some of what
    --queue would have.

    \b
    assay catalog due
    assay catalog due s3://lake/crm --queue
    assay worker --rescans --until-empty
    """  # fmt: skip
    import orjson

    from assay.app.work.falling_due import Ages, falling_due, queue
    from assay.cli.review_desk import opened
    from assay.report.printable import counted, printable
    from assay.sources.file import file_uri

    asked = [each if "://" in each else file_uri(each) for each in resources]
    with opened(catalog_url, config_file, by) as desk:
        found = list(falling_due(desk, Ages(objects=objects, others=others), asked))
        if asked and not found:
            raise UsageError(f"nothing is known of {', '.join(asked)}; scan it first, with the same --catalog")
        targets = queue(desk, found, by=desk.actor) if is_queued else []
    if output_format == "jsonl":
        for each in found:
            told = {
                "kind": "due",
                "resource": each.resource,
                "level": each.level.value,
                "because": list(each.because),
                "target": each.target,
            }
            click.echo(orjson.dumps(told).decode())
    else:
        for line in _lines(found):
            click.echo(line)
    left = [each for each in found if each.target is None]
    if is_queued:
        click.echo(
            printable(f"asked for: {', '.join(targets) or 'nothing'}; 'assay worker --rescans' scans it"), err=True
        )
        if left:
            click.echo(
                f"no worker reads {counted(len(left), 'resource')}: scan {'it' if len(left) == 1 else 'them'} by hand",
                err=True,
            )
            return EXIT_GAPS
    return 0


def _lines(found: Sequence[Due]) -> Iterator[str]:
    from collections import Counter

    from assay.app.reporting.gathering import store_of
    from assay.cli.grid import grid, terminal_columns
    from assay.report.printable import counted

    stores: dict[str, list[Due]] = {}
    for each in found:
        stores.setdefault(each.target or store_of(each.resource), []).append(each)
    rows = []
    for store, some in stores.items():
        worst = max((each.level for each in some), key=lambda level: level.rank)
        why = Counter(reason for each in some for reason in each.because)
        rows.append((store, len(some), worst.value, "; ".join(reason for reason, _ in why.most_common(3))))
    if rows:
        yield from grid(("place", "due", "level", "because"), rows, terminal_columns(), cut=(3,))
        yield ""
    yield f"{counted(len(found), 'resource')} due to be classified again."
