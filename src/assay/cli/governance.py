"""`assay governance`: list, change, exchange and try the configuration of detection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.cli.options import FormatType, catalog_option, config_option
from assay.errors import ConfigError, UsageError, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.app.config.settings import Settings
    from assay.app.governing.governance import Configuration
    from assay.app.governing.governance_files import WrittenRows
    from assay.model import Identifier
    from assay.store.engine import Catalog
    from assay.tables.configuration import Rows

F = TypeVar("F", bound="Callable[..., Any]")


def _reason_option(function: F) -> F:
    return click.option("--reason", default="", metavar="TEXT", help="Why, for the history and the audit log.")(
        function
    )


@click.group(short_help="List, change and try the configuration of detection.", no_args_is_help=True)
def governance() -> None:
    """List, change, exchange and try the configuration of detection: weights, thresholds, categories, keywords,
    patterns, bundles, compliance mapping and model settings."""


@governance.command(name="list", short_help="List the tables, or the rows of one.")
@click.argument("table", required=False)
@click.option("--all", "everything", is_flag=True, help="Rows that are switched off, too.")
@click.option("--own", is_flag=True, help="Only rows that are not as they ship.")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def list_rows(
    table: str | None,
    everything: bool,
    own: bool,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """List the ten tables, or the rows of TABLE that are in effect."""
    from assay.cli.governance_pages import as_table, overview
    from assay.tables.governing import table_called

    settings = _settings(config_file)
    if table is not None:
        table_called(table)
    configuration = _in_effect(settings, catalog_url)
    if table is None:
        if output_format == "json":
            click.echo(_json({name: _rows(configuration, name, everything, own) for name in configuration.rows}))
            return
        _lines(overview(configuration, _columns()))
        return
    governed = table_called(table)
    rows = _rows(configuration, governed.name, everything, own)
    if output_format == "json":
        click.echo(_json(rows))
        return
    _lines(as_table(configuration, governed, rows, _columns()))


@governance.command(name="set", short_help="Change a row, or add one.")
@click.argument("table")
@click.argument("row_id", metavar="ID")
@click.argument("values", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--reset", is_flag=True, help="Take the stored row away: what ships holds again, your own row is gone.")
@_reason_option
@catalog_option
@config_option
def set_row(
    table: str,
    row_id: str,
    values: tuple[str, ...],
    reset: bool,
    reason: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Change the row ID of TABLE, or add it. Columns that are not named stay as they are.

    For example: assay governance set SENSITIVITY_THRESHOLDS classification-phi value=0.85
    """
    from assay.app.governing.changing import known_row, rows_of_changes

    if reset == bool(values):
        raise UsageError("give KEY=VALUE to change the row, or --reset to take the change back")
    settings = _settings(config_file)
    with _catalog(settings, catalog_url) as catalog:
        before = _stored(settings, catalog)
        if reset:
            after = before.reset(*known_row(before, table, row_id))
        else:
            rows = rows_of_changes([(table, row_id, value) for value in values])
            _refuse_values(rows, before, settings)
            after = before.proposed(rows)
        _write(catalog, before, after, _said(reason, settings))


@governance.command(name="import", short_help="Change many rows at once.")
@click.argument("file", type=click.Path(path_type=Path))
@_reason_option
@catalog_option
@config_option
def import_rows(file: Path, reason: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Store the rows of FILE (.yaml, .json, or .csv of one table): all of them, or none where one is wrong.

    A row with the ID of one that is there changes it; columns that are not given stay as they are.
    """
    from assay.app.governing.governance_files import read_rows

    settings = _settings(config_file)
    with _telling_all(), _catalog(settings, catalog_url) as catalog:
        found = read_rows(file)
        before = _stored(settings, catalog)
        _refuse_values(found.rows, before, settings, found)
        _write(catalog, before, before.proposed(found.rows, found), _said(reason, settings))


@governance.command(short_help="Write rows to a file or to standard output.")
@click.argument("table", required=False)
@click.option("--all", "everything", is_flag=True, help="All rows, also those that are as they ship.")
@click.option("--format", "output_format", type=FormatType("yaml", "json", "csv"), default="yaml", show_default=True)
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Where to write them.")
@catalog_option
@config_option
def export(
    table: str | None,
    everything: bool,
    output_format: str,
    output: Path | None,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Write the rows that are not as they ship, of all tables or of TABLE; 'import' reads them back."""
    from assay.app.governing.governance_files import written
    from assay.tables.governing import table_called

    settings = _settings(config_file)
    wanted = None if table is None else table_called(table).name
    configuration = _in_effect(settings, catalog_url)
    rows = {name: list(found.values()) for name, found in configuration.rows.items() if wanted in (None, name)}
    if not everything:
        rows = {name: list(configuration.stored.get(name, ())) for name in rows}
    text = written(rows, output_format)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(unwritable(output, error)) from None
    from assay.report.printable import counted

    click.echo(f"{output} written: {counted(sum(map(len, rows.values())), 'row')}.", err=True)


@governance.command(short_help="Show who changed what, and when.")
@click.argument("table", required=False)
@click.argument("row_id", metavar="[ID]", required=False)
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def history(
    table: str | None, row_id: str | None, output_format: str, catalog_url: str | None, config_file: Path | None
) -> None:
    """Show every change of all tables, of TABLE, or of its row ID, the newest first."""
    from dataclasses import asdict

    from assay.cli.governance_pages import history_lines
    from assay.store import governance as store
    from assay.tables.governing import table_called

    wanted = None if table is None else table_called(table).name
    with _catalog(_settings(config_file), catalog_url) as catalog, catalog.reading() as connection:
        entries = store.history(connection, wanted, row_id)
    if output_format == "json":
        click.echo(_json([asdict(entry) for entry in entries]))
        return
    _lines(history_lines(entries, _columns()))


@governance.command(name="try", short_help="See what a change would do, before it counts.")
@click.option(
    "--set",
    "changes",
    metavar="TABLE ID KEY=VALUE",
    nargs=3,
    multiple=True,
    help="A change, as 'assay governance set' takes it; may be given again.",
)
@click.option("--file", metavar="FILE", type=click.Path(path_type=Path), help="Changes, as 'import' takes them.")
@click.option(
    "--all", "everything", is_flag=True, help="List columns that keep their verdict and change in confidence, too."
)
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def try_change(
    changes: tuple[tuple[str, str, str], ...],
    file: Path | None,
    everything: bool,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Judge all columns in the catalog again under a changed configuration, without reading any value.

    Shows which verdicts would change, which past reviews would be contradicted, and which columns would have to be read
    again to know. Nothing is written.
    """
    from assay.app.governing.changing import rows_of_changes
    from assay.app.governing.governance_files import read_rows
    from assay.app.governing.replay import replay
    from assay.app.governing.replay_documents import replayed_document
    from assay.app.learning.models import learner_of
    from assay.cli.governance_pages import replayed_lines

    if not changes and file is None:
        raise UsageError("give the change to try: --set TABLE ID KEY=VALUE, or --file FILE")
    settings = _settings(config_file)
    with _telling_all(), _catalog(settings, catalog_url) as catalog:
        before = after = _stored(settings, catalog)
        if file is not None:
            found = read_rows(file)
            _refuse_values(found.rows, before, settings, found)
            after = after.proposed(found.rows, found)
        if changes:
            rows = rows_of_changes(changes)
            _refuse_values(rows, before, settings)
            after = after.proposed(rows)
        done = replay(
            catalog, before.governance, after.governance, _identifiers(settings), learned=learner_of(settings)
        )
    if output_format == "json":
        click.echo(_json(replayed_document(done)))
        return
    _lines(replayed_lines(done, _columns(), everything=everything))


def _refuse_values(rows: Rows, before: Configuration, settings: Settings, file: WrittenRows | None = None) -> None:
    from assay.app.governing.governance_values import refuse_values
    from assay.app.reviews.reviewing import redactor  # loads all rules: only where rows are written or tried

    refuse_values(rows, redactor(settings), before.rows, file)


def _said(reason: str, settings: Settings) -> str:
    """A reason as it may be kept: its lines joined, and without values."""
    if not reason.strip():
        return ""
    from assay.app.reviews.reviewing import redactor  # loads all rules: only where there is something to look at

    return redactor(settings)(" ".join(reason.split()))


def _write(catalog: Catalog, before: Configuration, after: Configuration, reason: str) -> None:
    from assay.cli.governance_pages import difference
    from assay.report.printable import counted, printable
    from assay.store import governance as store
    from assay.store import here

    changes = before.changes_to(after)
    if not changes:
        click.echo("Nothing to change: the rows are so already.")
        return
    with catalog.transaction() as connection:
        version = store.write(connection, changes, actor=here.actor(), based_on=before.version, reason=reason)
    for change in changes[:20]:
        click.echo(f"{change.table} {printable(change.row_id)}")
        _lines(difference(change.before, change.after, _columns()))
    if len(changes) > 20:
        click.echo(f"and {len(changes) - 20} more")
    click.echo(f"{counted(len(changes), 'row')} changed; the configuration is version {version}.")


def _rows(configuration: Configuration, name: str, everything: bool, own: bool) -> list[dict[str, Any]]:
    from assay.tables.configuration import TABLES

    stored = {row[TABLES[name].key] for row in configuration.stored.get(name, ())}
    return [
        row
        for row_id, row in configuration.rows[name].items()
        if (everything or row["IS_ACTIVE"]) and (not own or row_id in stored)
    ]


def _in_effect(settings: Settings, catalog_url: str | None) -> Configuration:
    """What a scan with these settings would use."""
    from assay.app.governing.governance import of_file, shipped

    if catalog_url is not None or settings.catalog is not None:
        with _catalog(settings, catalog_url) as catalog:
            return _stored(settings, catalog)
    identifiers = _identifiers(settings)
    return shipped(identifiers) if settings.governance is None else of_file(settings.governance, identifiers)


def _stored(settings: Settings, catalog: Catalog) -> Configuration:
    from assay.app.governing.governance import of_catalog

    return of_catalog(catalog, _identifiers(settings))


@contextmanager
def _catalog(settings: Settings, catalog_url: str | None) -> Iterator[Catalog]:
    from assay.app.catalogs import open_needed

    with open_needed(settings, catalog_url) as catalog:
        yield catalog


@contextmanager
def _telling_all() -> Iterator[None]:
    """An error that tells of many rows is told line by line; its first line stays the error."""
    from assay.report.printable import printable

    try:
        yield
    except ConfigError as error:
        head, *rest = str(error).splitlines()
        for line in rest:
            click.echo(printable(line), err=True)
        raise ConfigError(head) from None


def _settings(config_file: Path | None) -> Settings:
    from assay.app.config.settings import load_settings

    return load_settings(config_file)


def _identifiers(settings: Settings) -> list[Identifier]:
    from assay.detect.cache import read_all

    return read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])[0]


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _columns() -> int:
    import shutil
    import sys

    if sys.stdout is None or not sys.stdout.isatty():
        return 1_000
    return shutil.get_terminal_size().columns


def _json(value: object) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
