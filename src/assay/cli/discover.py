"""`assay aws discover`: what accounts hold, and what of it was never scanned."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

import click

from assay.cli.options import (
    FormatType,
    access_of,
    aws_options_of_regions,
    catalog_option,
    complete_files,
    config_option,
)
from assay.errors import AssayError, OutputError, UsageError

if TYPE_CHECKING:
    from assay.app.cloud.discovering import Progress, Wanted
    from assay.app.cloud.estate import Asked, Result
    from assay.app.config.settings import Settings
    from assay.model import EstateSummary
    from assay.sinks.output import Output
    from assay.sources.sql.address import Address
    from assay.store.engine import Catalog

EXIT_FAILED, EXIT_GAPS = 1, 3
_SERVICES = (
    "s3", "rds", "redshift", "redshift-serverless", "docdb-elastic", "dynamodb", "glue", "kinesis", "opensearch", "ebs",
)  # fmt: skip
_EVERY_SECONDS = 0.1
_NARROWEST, _WIDEST = 40, 160


@click.command(short_help="List what accounts hold, and what was never scanned.")
@click.option(
    "--accounts",
    "listed",
    metavar="ID,…|FILE",
    shell_complete=complete_files,
    help="These accounts, or those of a file with one a line; needs --role-name.",
)
@click.option("--organization", is_flag=True, help="All active accounts of the organisation; needs --role-name.")
@click.option("--role-name", metavar="NAME", help="Role that is assumed in each account but one's own.")
@click.option(
    "--service",
    "services",
    type=click.Choice(_SERVICES),
    multiple=True,
    metavar="NAME",
    help=f"Only this service; may be given again: {', '.join(_SERVICES)}.",
)
@click.option(
    "--snowflake",
    metavar="URL",
    multiple=True,
    help="The stages of this Snowflake account, too: snowflake://USER@ACCOUNT?role=NAME; may be given again.",
)
@aws_options_of_regions
@catalog_option
@click.option("--no-catalog", is_flag=True, help="Compare with no catalog, even if one is set.")
@click.option("--dark", is_flag=True, help="Show only what was never scanned.")
@click.option("--stale", is_flag=True, help="Show only what was scanned too long ago; with --dark, both.")
@click.option(
    "--stale-objects",
    metavar="DAYS",
    type=click.IntRange(0, 36_500),
    help="After how many days scans of buckets are stale; 0: never.  [default: 7]",
)
@click.option(
    "--stale-databases",
    metavar="DAYS",
    type=click.IntRange(0, 36_500),
    help="The same for databases that were used since.  [default: 30]",
)
@click.option("--keep-owners", is_flag=True, help="Write into the catalog whose resources are, as their tags have it.")
@click.option("--fail-on-dark", is_flag=True, help="Exit with 1 if anything is dark that a scan could read.")
@click.option("--format", "output_format", type=FormatType("table", "jsonl", "csv"), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", shell_complete=complete_files, help="Write to this file instead.")
@click.option(
    "--progress/--quiet", default=None, help="Progress and messages on standard error.  [default: on a terminal]"
)
@config_option
def discover(**given: Any) -> int:
    """List the resources of AWS accounts that hold data: buckets, databases, tables, streams, volumes and snapshots.

    With a catalog it tells which were never scanned (dark), which too long ago (stale), and which are gone. What could
    not be listed is told, and makes the exit code 3. Nothing is changed, and no data are read.

    \b
    assay aws discover
    assay aws discover --organization --role-name assay-reader --catalog estate.db
    assay aws discover --region eu-west-1 --dark --format csv --output dark.csv
    """
    from assay.app.config.settings import load_settings

    settings = load_settings(given["config_file"])
    asked = _asked(given, settings)
    return _run(asked, given, settings)


def _asked(given: dict[str, Any], settings: Settings) -> Asked:
    from assay.app.cloud.estate import Asked
    from assay.model import EstateState

    regions: tuple[str, ...] = tuple(dict.fromkeys(given["regions"]))
    access = access_of({**given, "region": None})
    states = {EstateState.DARK, EstateState.UNSUPPORTED} if given["dark"] else set()
    states |= {EstateState.STALE} if given["stale"] else set()
    return Asked(
        access=access,
        wanted=_wanted(given, regions),
        owner_tags=settings.owner_tags,
        classification_tags=settings.classification_tags,
        states=frozenset(states),
        snowflake=_accounts_of_snowflake(given["snowflake"]),
    )


def _accounts_of_snowflake(urls: tuple[str, ...]) -> tuple[Address, ...]:
    if not urls:
        return ()
    from assay.sources.sql.snowflakestages import stages_address

    return tuple({address.shown: address for address in map(stages_address, urls)}.values())


def _wanted(given: dict[str, Any], regions: tuple[str, ...]) -> Wanted:
    from assay.app.cloud.accounts import Reach, listed
    from assay.app.cloud.discovering import Wanted

    if given["listed"] is not None and given["organization"]:
        raise UsageError("--accounts and --organization exclude each other; give one of them")
    if given["role_name"] is not None and given["listed"] is None and not given["organization"]:
        raise UsageError("--role-name is assumed in other accounts; give --accounts or --organization, or --role-arn for "
                         "a role in one account")  # fmt: skip
    if given["role_name"] is None and given["organization"]:
        raise UsageError("--organization looks into other accounts by a role in each of them; give --role-name NAME")
    reach = Reach(
        listed=() if given["listed"] is None else listed(given["listed"]),
        organization=given["organization"],
        role_name=given["role_name"],
        external_id=given["external_id"],
    )
    services = tuple(name for name in _SERVICES if not given["services"] or name in given["services"])
    return Wanted(reach=reach, regions=regions, services=services)


def _catalog(given: dict[str, Any], settings: Settings) -> Catalog | None:
    """The catalog to compare with, open. Raises `UsageError` for options that mean nothing without one."""
    from assay.app.catalogs import catalog_url, open_needed

    if given["no_catalog"] and given["catalog_url"]:
        raise UsageError("--catalog and --no-catalog exclude each other; give one of them")
    if not given["no_catalog"] and catalog_url(settings, given["catalog_url"]) is not None:
        return open_needed(settings, given["catalog_url"])
    for name in ("dark", "stale", "fail_on_dark", "keep_owners"):
        if given[name]:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} compares with what was scanned; give --catalog PATH, or set 'catalog'")
    return None


def _run(asked: Asked, given: dict[str, Any], settings: Settings) -> int:
    from assay.app.cloud.covering import Ages
    from assay.app.cloud.estate import discover as look
    from assay.cli.interrupt import Interrupts
    from assay.sinks.output import open_output

    def chosen(name: str) -> int:
        return int(getattr(settings, name) if given[name] is None else given[name])

    ages = Ages(objects=chosen("stale_objects"), databases=chosen("stale_databases"))
    catalog = _catalog(given, settings)
    output = open_output(given["output"])
    line = _ProgressLine(sys.stderr) if _shows_progress(given) else None
    try:
        writer = _Writer(output, given["output_format"], line)
        with Interrupts() as interrupts:
            interrupts.deliver(look(asked, catalog=catalog, ages=ages, progress=line), writer.write)
        writer.close()
        if given["keep_owners"] and catalog is not None:
            _keep_owners(catalog, writer.told.owners, settings)
    except BaseException as error:
        kept = output.abandon()
        if isinstance(error, AssayError) and kept is not None:
            raise OutputError(f"{error}; {kept}") from None
        raise
    finally:
        if line is not None:
            line.clear()
        if catalog is not None:
            catalog.close()
    return _code(writer.summary, given, interrupts.code)


def _keep_owners(catalog: Catalog, owners: dict[str, str], settings: Settings) -> None:
    from assay.app.reviews.glossary import owners_of_tags
    from assay.app.reviews.reviewing import redactor
    from assay.report.printable import counted
    from assay.store import here

    changed, refused = owners_of_tags(catalog, owners, by=here.actor(), redact=redactor(settings))
    click.echo(f"owners of tags: {counted(changed, 'scope')} changed", err=True)
    if refused:
        click.echo(f"{counted(refused, 'tag')} not taken: too long, or with what looks like a value", err=True)


def _code(summary: EstateSummary | None, given: dict[str, Any], interrupted: int) -> int:
    from assay.model import EstateState
    from assay.report.printable import counted

    assert summary is not None, "a discovery ends with its summary"
    if given["progress"] is not False:
        if summary.interrupted:
            click.echo("assay: interrupted; what was found so far was written", err=True)
        if summary.gaps and (given["output_format"] != "table" or given["output"]):
            click.echo(f"assay: {counted(summary.gaps, 'gap')}: not everything could be listed", err=True)
    if summary.interrupted:
        return interrupted
    if given["fail_on_dark"] and summary.by_state.get(EstateState.DARK.value):
        return EXIT_FAILED
    return EXIT_GAPS if summary.gaps else 0


class _Writer:
    """Takes results one at a time: rows and lines are written as they come, the page when it is whole."""

    def __init__(self, output: Output, output_format: str, line: _ProgressLine | None) -> None:
        from assay.app.cloud.owners import Told

        self.summary: EstateSummary | None = None
        self.told = Told()
        self._output = output
        self._line = line
        self._page: list[Any] | None = [] if output_format == "table" else None
        self._rows: Any = None
        if output_format == "csv":
            from assay.report.estate import KINDS
            from assay.sinks.rowfiles import row_writer

            self._rows = row_writer(output, "csv", KINDS)

    def write(self, result: Result) -> None:
        from assay.model import EstateAsset, EstateSummary
        from assay.report.estate import encode, row

        if isinstance(result, EstateAsset):
            self.told.take(result)
        if self._line is not None:
            self._line.clear()
        if isinstance(result, EstateSummary):
            self.summary = result
        if self._rows is not None:
            self._rows.write(row(result))
        elif self._page is None:
            self._output.write(encode(result))
        elif not isinstance(result, EstateSummary):
            self._page.append(result)

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
        if self._page is not None and self.summary is not None:
            self._show(self._page, self.summary)
        self._output.commit()

    def _show(self, page: list[Any], summary: EstateSummary) -> None:
        from assay.cli.estate_pages import estate_page
        from assay.cli.grid import terminal_columns
        from assay.cli.terminal import painter

        is_terminal = self._output.is_terminal
        columns = max(_NARROWEST, min(terminal_columns() if is_terminal else 80, _WIDEST))
        for text in estate_page(page, summary, columns, painter(is_terminal)):
            self._output.write(f"{text}\n".encode())


def _shows_progress(given: dict[str, Any]) -> bool:
    if sys.stderr is None or given["progress"] is False:
        return False
    return bool(given["progress"]) or sys.stderr.isatty()


class _ProgressLine:
    """How far a discovery is, in one line that draws over itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._due = monotonic()
        self._drawn = False

    def __call__(self, progress: Progress) -> None:
        from assay.report.printable import counted

        if monotonic() < self._due:
            return
        self._due = monotonic() + _EVERY_SECONDS
        accounts = f"account {progress.accounts_done:,} of {progress.accounts:,}, " if progress.accounts > 1 else ""
        gaps = f", {counted(progress.gaps, 'gap')}" if progress.gaps else ""
        text = f"{accounts}{counted(progress.lists, 'list')} read, {counted(progress.assets, 'resource')}{gaps}"
        self._stream.write(f"\r{text[:79]}\x1b[K")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
