"""`assay report NAME`: what is held where, for auditors, owners and management."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, catalog_option, config_option
from assay.cli.when import WhenType, moment_of
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.model import Level
    from assay.report.papers.facts import Store
    from assay.report.papers.paper import Paper

NAMES = (
    "compliance", "residency", "executive", "retention", "access", "coverage", "pipeline", "migration", "quality",
)  # fmt: skip
_PATH = 48
_LONGEST_TERM = 100_000
"""Days."""
_BY_ENDING = {".html": "html", ".htm": "html", ".json": "json", ".csv": "csv", ".pdf": "pdf"}


@click.command(
    short_help="Report what is held where, for auditors, owners and management.",
    epilog="compliance: by standard what is held where, controls met, gaps, evidence, who approved. residency: regions against the laws "
    "of the people whose data it is. executive: a summary in plain words. retention: what is kept beyond its term. access: unusual access, "
    "and values that were shown. coverage: what was not read, never scanned, of nobody. pipeline: a risk and a checklist for a new data "
    "pipeline. migration: datasets in waves. quality: of models and reviewers.",
)
@click.argument("name", metavar="NAME", type=FormatType(*NAMES, noun="report"))
@click.argument("resources", metavar="[RESOURCE]...", nargs=-1)
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "html", "json", "csv", "pdf"),
    help="table is for a terminal; csv has one table.  [default: what the output's name ends with, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@click.option("--table", "table_name", metavar="NAME", help="With csv: which of its tables.  [default: the first]")
@click.option(
    "--since",
    type=WhenType(),
    metavar="TIME",
    help="What happened from then on: 2024-05-01, or 90d ago.  [default: ever]",
)
@click.option(
    "--framework", "frameworks", metavar="NAME", multiple=True, help="compliance: only this one; may be given again."
)
@click.option(
    "--estate",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What 'assay aws discover --format jsonl' wrote: regions, owners, what is dark.",
)
@click.option(
    "--place",
    "places",
    metavar="GLOB=REGION",
    multiple=True,
    help="The region of resources, where nothing tells it; may be given again.",
)
@click.option(
    "--rules",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="residency: laws of your own, in place of the shipped ones.",
)
@click.option(
    "--term",
    "terms",
    metavar="LEVEL=DAYS",
    multiple=True,
    help="retention: how long a level is kept, 0 for ever.  [default: restricted 2555, confidential 365, internal and unclassified 90]",
)
@catalog_option
@config_option
def report(name: str, resources: tuple[str, ...], output_format: str | None, output: str | None, **given: Any) -> None:
    """Write the report NAME of what the catalog knows; of RESOURCE and what lies below it alone, where one is named.

    A page (html) is one file without a script or anything from elsewhere; pdf needs 'assay[reports]'. No report holds a
    value. Nothing is asked of AWS: what an account holds besides comes from --estate.

    \b
    assay report executive
    assay report compliance --framework GDPR --output gdpr.pdf
    assay aws discover --format jsonl --output estate.jsonl
    assay report residency --estate estate.jsonl --output residency.html
    assay report pipeline s3://lake/orders postgresql://db:5432/shop
    """  # fmt: skip
    from assay.app.reporting.gathering import Wanted, gather
    from assay.app.reporting.papers import Choice, made
    from assay.cli.review_desk import opened
    from assay.report.papers import residency
    from assay.sinks.output import open_output

    chosen = _format(output_format, output)
    if given["table_name"] is not None and chosen != "csv":
        raise UsageError("--table goes with --format csv; all others have all tables")
    rules = given["rules"]
    wanted = Wanted(
        since=None if given["since"] is None else _moment(given["since"]),
        only=tuple(_uri(each) for each in resources),
        places=tuple(_pair(each, "--place", "s3://exports*=eu-west-1") for each in given["places"]),
        terms=_terms(given["terms"]),
        estate=None if given["estate"] is None else _estate(given["estate"]),
    )
    laws = (
        residency.laws(residency.shipped(), "the shipped rules")
        if rules is None
        else residency.laws(_read(rules), str(rules))
    )
    with opened(given["catalog_url"], given["config_file"]) as desk:
        facts = gather(desk, wanted)
        known = {each.standard for each in facts.asked} | {one for each in facts.held for one in each.frameworks}
    frameworks = tuple(each.upper() for each in given["frameworks"])
    if unknown := [each for each in frameworks if each not in known]:
        raise UsageError(f"--framework {unknown[0]}: there is none of this name; there are {', '.join(sorted(known))}")
    if wanted.only and not facts.held and name != "pipeline":
        raise UsageError(f"nothing is known of {', '.join(wanted.only)}; scan it first, with the same --catalog")
    paper = made(name, facts, Choice(frameworks=frameworks, inputs=wanted.only, laws=laws))
    written = _written(paper, chosen, given["table_name"])
    target = open_output(output)
    if chosen == "pdf" and target.is_terminal:
        raise UsageError("a PDF is no text for a terminal; name a file with --output")
    try:
        target.write(written)
        target.commit()
    except BaseException:
        target.abandon()
        raise


def _format(given: str | None, output: str | None) -> str:
    if given is not None:
        return given
    return _BY_ENDING.get(Path(output).suffix.lower(), "table") if output else "table"


def _moment(stored: str) -> datetime:
    return moment_of(stored)


def _uri(given: str) -> str:
    """A resource as the catalog calls it: a path of this machine becomes its address."""
    if "://" in given:
        return given
    from assay.sources.file import file_uri

    return file_uri(given)


def _pair(given: str, option: str, example: str) -> tuple[str, str]:
    left, sign, right = given.rpartition("=")
    if not sign or not left or not right:
        raise UsageError(f"{option} {given}: write it as {example}")
    return left, right


def _terms(given: tuple[str, ...]) -> dict[Level, int | None]:
    from assay.model import Level
    from assay.report.printable import printable, shorten

    told: dict[Level, int | None] = {}
    for each in given:
        level, days = _pair(each, "--term", "restricted=3650")
        is_number = days.isdecimal() and len(days) <= len(str(_LONGEST_TERM)) and int(days) <= _LONGEST_TERM
        if level not in {one.value for one in Level} or not is_number:
            raise UsageError(
                f"--term {shorten(printable(each), _PATH)}: write a level and days, as restricted=3650; at most {_LONGEST_TERM:,}, 0 for ever"
            )
        told[Level(level)] = int(days) or None
    return told


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is no text in UTF-8") from None


def _estate(file: Path) -> tuple[Store, ...]:
    import orjson

    from assay.app.reporting.gathering import stores_of
    from assay.report import estate

    lines = []
    for number, line in enumerate(_read(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict) or "kind" not in found or not estate.is_told(found):
            raise UsageError(f"{file}:{number}: is no line of 'assay aws discover --format jsonl'")
        lines.append(found)
    if not any(each["kind"] in ("asset", "summary") for each in lines):
        raise UsageError(f"{file}: holds no asset; 'assay aws discover --format jsonl --output {file}' writes it")
    return stores_of(lines)


def _written(paper: Paper, chosen: str, table_name: str | None) -> bytes:
    from assay.cli.version import version

    if chosen in ("html", "pdf", "json"):
        from assay.app.reporting.papers import written

        return written(paper, chosen, version=version())
    if chosen == "csv":
        return _csv(paper, table_name).encode()
    return ("\n".join(_lines(paper)) + "\n").encode("utf-8", "backslashreplace")


def _csv(paper: Paper, table_name: str | None) -> str:
    from assay.report.papers import texts

    grids = {grid.name: grid for grid in paper.grids()}
    if not grids:
        click.echo(f"assay: the report '{paper.name}' has nothing to list", err=True)
        return ""
    if table_name is not None and table_name not in grids:
        raise UsageError(f"--table {table_name}: the report '{paper.name}' has {', '.join(grids)}")
    chosen = table_name or next(iter(grids))
    if table_name is None and len(grids) > 1:
        others = ", ".join(name for name in grids if name != chosen)
        click.echo(f"assay: table {chosen}; with --table: {others}", err=True)
    return texts.table(grids[chosen])


def _lines(paper: Paper) -> list[str]:
    from assay.cli.grid import grid, terminal_columns
    from assay.report.papers import texts

    columns = max(60, min(terminal_columns(), 200)) if sys.stdout is not None and sys.stdout.isatty() else 160
    drawn = {}
    for each in paper.grids():
        # What nothing is known of takes no room on a terminal; a path is told by its end.
        used = [at for at in range(len(each.columns)) if any(row[at] not in (None, "") for row in each.rows)]
        rows = [[_cell(row[at]) for at in used] for row in each.rows]
        drawn[each.name] = list(grid([each.columns[at] for at in used], rows, columns - 2))
    return list(texts.lines(paper, columns, drawn))


def _cell(cell: Any) -> Any:
    from assay.model import Level
    from assay.report.printable import local_path, printable, shorten

    if isinstance(cell, Level):
        return cell.value
    if isinstance(cell, str) and "://" in cell and " " not in cell:
        return shorten(printable(local_path(cell)), _PATH, keep_end=True)
    return cell
