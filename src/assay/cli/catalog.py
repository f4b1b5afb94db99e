"""`assay catalog`: make, see, export and tidy the catalog of results."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.catalog_metadata import metadata, postgresql_comments, safe_views
from assay.cli.catalog_tags import snowflake_tags
from assay.cli.due import due
from assay.cli.options import FormatType, catalog_option, config_option
from assay.cli.when import WhenType
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.store.engine import Catalog

EXIT_FAILED = 1
_EXPORTS = ("columns", "tables", "classifications", "findings", "omissions", "history", "runs")


@click.group(short_help="Make, see, export and tidy the catalog of results.", no_args_is_help=True)
def catalog() -> None:
    """Make, see, export and tidy the catalog: what was scanned, what was concluded, and every version before.

    It is a SQLite file, or for a team a PostgreSQL database.
    """


catalog.add_command(snowflake_tags)
catalog.add_command(due)
catalog.add_command(metadata)
catalog.add_command(safe_views)
catalog.add_command(postgresql_comments)


@catalog.command(short_help="Make a catalog.")
@catalog_option
@config_option
def init(catalog_url: str | None, config_file: Path | None) -> None:
    """Make the catalog's tables in a new file, or in an empty PostgreSQL database. One that is there stays as it is."""
    from assay.app.catalogs import needed_url
    from assay.errors import CatalogError
    from assay.report.printable import printable
    from assay.store.engine import open_catalog
    from assay.store.keys import VARIABLE

    url = needed_url(_settings(config_file), catalog_url)
    try:
        with open_catalog(url) as there:
            click.echo(f"{printable(there.shown)}: is there already (catalog {there.id})")
            return
    except CatalogError:
        # What keeps an old one from being used is told again by the next.
        made = open_catalog(url, create=True)
    with made:
        click.echo(f"{printable(made.shown)}: made (catalog {made.id})")
        where = f"{VARIABLE}" if made.seal.from_environment else str(made.seal.key_file)
        click.echo(f"The key that signs its audit log is in {printable(where)}; keep a copy of it elsewhere.")


@catalog.command(short_help="Bring a catalog to this version.")
@catalog_option
@config_option
def upgrade(catalog_url: str | None, config_file: Path | None) -> None:
    """Bring the tables of an older catalog to this version. Make a backup first.

    Rows that nothing proves before do not count as proven afterwards: 'assay audit verify' goes on telling of them.
    """
    from assay.app.catalogs import needed_url
    from assay.cli.upgrading import Upgrading
    from assay.report.printable import printable
    from assay.store import versions
    from assay.store.engine import upgrade_catalog
    from assay.store.sealing import told_before
    from assay.store.statements import Through

    with Upgrading(sys.stderr) as far:
        upgraded, before = upgrade_catalog(needed_url(_settings(config_file), catalog_url), far=far)
    with upgraded:
        newest = versions.known()[-1]
        told = f"is of version {newest} already" if before is None else f"was {before}, is now {newest}"
        click.echo(f"{printable(upgraded.shown)}: {told}")
        with upgraded.reading() as connection:
            for what in told_before(Through(connection), upgraded.seal):
                click.echo(f"not proven: {printable(what)}")


@catalog.command(short_help="Show the runs, or every version of a resource.")
@click.argument("resource", metavar="[RESOURCE[:[TABLE.]COLUMN]]", required=False)
@click.option("--table", "table", metavar="NAME", help="Only this table of the resource, with its columns.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs are shown.")
@click.option(
    "--format", "output_format", type=FormatType("table", "json", "jsonl"), default="table", show_default=True
)
@catalog_option
@config_option
def history(
    resource: str | None,
    table: str | None,
    limit: int,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Show the newest runs; or of RESOURCE (a URI or a path) every version of its level, its tables and columns.

    A table or a column may follow, as any command tells it: shop.db:orders.email. Only what changed is a version.
    """
    from assay.cli.history import run_rows, version_rows

    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        rows, lines = run_rows(connection, limit) if resource is None else version_rows(connection, resource, table)
    _tell(rows, lines, output_format)


@catalog.command(short_help="Show numbers over a period.")
@click.option("--since", type=WhenType(), metavar="TIME", help="From when: 2024-05-01, or 30d ago.  [default: ever]")
@click.option("--until", type=WhenType(), metavar="TIME", help="Until when; the state is that of then.  [default: now]")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def metrics(
    since: str | None, until: str | None, output_format: str, catalog_url: str | None, config_file: Path | None
) -> None:
    """Show what was classified in a period: by level, confidence band and framework, average confidence, coverage, and what
    could not be read; of review what was asked and answered, how long that took, and how often detection was right; whether
    confidences drifted since the period before, which is as long; and the changes of level."""
    from assay.app.governing.measuring import measure
    from assay.cli.grid import terminal_columns
    from assay.cli.metrics_pages import metrics_document, metrics_page
    from assay.store.texts import moment

    if since is not None and since >= (until or moment()):
        raise UsageError(
            "--since is not before --until" if until else "--since is in the future; give a time before now"
        )
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        found = measure(connection, since=since, until=until)
    if output_format == "json":
        import orjson

        click.echo(orjson.dumps(metrics_document(found), option=orjson.OPT_INDENT_2).decode())
        return
    for line in metrics_page(found, min(terminal_columns(), 120)):
        click.echo(line)


@catalog.command(short_help="Write what the catalog holds to a file, or to Snowflake.")
@click.argument("what", metavar="[WHAT]", type=click.Choice(_EXPORTS), required=False)
@click.option("--format", "output_format", type=FormatType("jsonl", "csv", "parquet"), help="[default: jsonl]")
@click.option("--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@click.option(
    "--to",
    "warehouse",
    metavar="URL",
    help="Write the state of columns and tables, their history, feedback and the audit log to "
    "snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME instead; the password in SNOWFLAKE_PASSWORD.",
)
@click.option("--create-tables", is_flag=True, help="With --to: make the tables that are not there.")
@catalog_option
@config_option
def export(
    what: str | None,
    output_format: str | None,
    output: str | None,
    warehouse: str | None,
    create_tables: bool,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Write columns (the default), tables, classifications, findings, omissions (gaps and skips), history (all versions of
    columns) or runs to a file. Values are never among them: findings are redacted.

    With --to everything goes to the governance tables in Snowflake; again, only what is new there is written.
    """
    if warehouse is not None:
        if what is not None or output_format is not None or output is not None:
            raise UsageError("--to writes everything to its own tables; leave out WHAT, --format and --output")
        _to_warehouse(warehouse, create_tables, catalog_url, config_file)
        return
    if create_tables:
        raise UsageError("--create-tables goes with --to")
    from assay.cli.history import exported_kinds
    from assay.report.printable import counted
    from assay.sinks.output import open_output
    from assay.sinks.rowfiles import write_rows
    from assay.store.history import exported

    chosen = what or _EXPORTS[0]
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        target = open_output(output)
        try:
            number = write_rows(exported(connection, chosen), target, output_format or "jsonl", exported_kinds(chosen))
            target.commit()
        except BaseException:
            target.abandon()
            raise
    click.echo(f"{counted(number, 'row')} of {chosen} written", err=True)


def _to_warehouse(url: str, create: bool, catalog_url: str | None, config_file: Path | None) -> None:
    from assay.app.telling.warehouse import export as exported

    with _open(config_file, catalog_url) as opened:
        moved = exported(opened, url, create=create)
    for name, rows in moved.items():
        click.echo(f"{name}: {rows.inserted:,} new, {rows.updated:,} changed, {rows.deleted:,} gone")


@catalog.command(short_help="Take out what is past its time.")
@click.option(
    "--findings", "findings_days", metavar="DAYS", type=click.IntRange(0), help="Instead of retention_findings."
)
@click.option("--history", "history_days", metavar="DAYS", type=click.IntRange(0), help="Instead of retention_history.")
@click.option("--dry-run", is_flag=True, help="Only show what would be taken out.")
@catalog_option
@config_option
def purge(
    findings_days: int | None,
    history_days: int | None,
    dry_run: bool,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Take out findings of earlier readings, and earlier versions and runs, that are older than the settings
    retention_findings and retention_history say (0: for ever). The state now and the audit log always stay."""
    from assay.app.catalogs import open_needed
    from assay.store.here import actor
    from assay.store.purging import purge as purged

    settings = _settings(config_file)
    with open_needed(settings, catalog_url) as opened:
        gone = purged(
            opened,
            findings_days=settings.retention_findings if findings_days is None else findings_days,
            history_days=settings.retention_history if history_days is None else history_days,
            actor=actor(),
            dry_run=dry_run,
        )
    verb = "would be taken out" if dry_run else "taken out"
    for name, number in gone.items():
        click.echo(f"{number:>12,}  {name.replace('_', ' ')} {verb}")
    if not gone:
        click.echo("nothing is past its time")


@catalog.command(short_help="Copy the catalog to a file, and prove the copy.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@catalog_option
@config_option
def backup(file: Path, catalog_url: str | None, config_file: Path | None) -> int:
    """Copy the catalog to FILE, a SQLite catalog itself, while scans go on. The copy is opened, and its pages and its audit
    log are checked. Exit code 1 where the audit log does not hold.

    Put the file where the catalog was to restore it. The key of the audit log is not in it.
    """
    from assay.report.printable import printable
    from assay.store.backup import backup as copied
    from assay.store.here import actor

    with _open(config_file, catalog_url) as opened:
        proof = copied(opened, file, actor=actor())
    click.echo(f"{printable(str(file))}: written, opened and checked; {proof.entries:,} entries of the audit log")
    for problem in proof.problems:
        click.echo(f"audit log: {'' if problem.seq is None else f'entry {problem.seq} '}{problem.what}")
    return 0 if proof.holds else EXIT_FAILED


def _settings(config_file: Path | None) -> Settings:
    from assay.app.config.settings import load_settings

    return load_settings(config_file)


def _open(config_file: Path | None, catalog_url: str | None) -> Catalog:
    from assay.app.catalogs import open_needed

    return open_needed(_settings(config_file), catalog_url)


def _tell(rows: list[Mapping[str, Any]], lines: list[str], output_format: str) -> None:
    import orjson

    if output_format == "json":
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    elif output_format == "jsonl":
        for row in rows:
            click.echo(orjson.dumps(row).decode())
    else:
        for line in lines:
            click.echo(line)
