"""`assay explain`: why something was flagged, and why not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.options import FormatType, catalog_option, config_option

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.app.scan.explaining import Gathered
    from assay.model import Governance, Identifier
    from assay.store.engine import Catalog

_NARROWEST = 40


@click.command(short_help="Say why something was flagged, and why not.")
@click.argument("resource", metavar="RESOURCE[:[TABLE.]COLUMN]")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@click.option("--no-catalog", is_flag=True, help="Scan it now, even if a catalog is set.")
@config_option
def explain(
    resource: str, output_format: str, catalog_url: str | None, no_catalog: bool, config_file: Path | None
) -> None:
    """Say why RESOURCE, a table or a COLUMN of it, was flagged, and why not: as any command tells it, or the id of a question.

    Each method's score and weight, the thresholds, the evidence, and what people decided. With a catalog its record
    is read; without one the resource is scanned now, and nothing is kept.

    \b
    assay explain exports/customers.csv
    assay explain exports/customers.csv:member_dob
    assay explain shop.db:orders.email
    """
    from assay.app.catalogs import catalog_url as named_catalog
    from assay.app.config.settings import load_settings
    from assay.errors import UsageError

    settings = load_settings(config_file)
    url = named_catalog(settings, catalog_url)
    if no_catalog and catalog_url:
        raise UsageError("--catalog and --no-catalog exclude each other; give one of them")
    if url and not no_catalog:
        from assay.app.scan.explaining import from_catalog
        from assay.store.engine import open_catalog

        with open_catalog(url) as catalog:
            _explain(from_catalog(catalog, resource), settings, catalog, output_format)
        return
    _explain(_scanned(resource, settings), settings, None, output_format)


def _scanned(given: str, settings: Settings) -> tuple[Gathered, bool]:
    from assay.app.scan.explaining import by_scanning
    from assay.cli.targets import local_targets, named_in

    target, inside = named_in(given)
    (checked,) = local_targets([target])
    return by_scanning(checked, inside, settings)


def _explain(found: tuple[Gathered, bool], settings: Settings, catalog: Catalog | None, output_format: str) -> None:
    import orjson

    from assay.app.scan.explaining import explanations, hidden_by
    from assay.cli.explain_pages import column_document, column_page, resource_document, resource_page
    from assay.cli.terminal import painter

    gathered, is_column = found
    identifiers = _identifiers(settings)
    known = {item.name: item for item in identifiers}
    told = explanations(gathered, _governance(settings, identifiers, catalog))
    hidden = hidden_by(gathered, identifiers)
    if output_format == "json":
        documents = (
            [column_document(each) for each in told] if is_column else resource_document(gathered, told, hidden, known)
        )
        shown = documents[0] if isinstance(documents, list) and len(documents) == 1 else documents
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    columns = max(_NARROWEST, min(shutil.get_terminal_size().columns, 120))
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    if not is_column:
        for line in resource_page(gathered, told, hidden, columns, paint, known):
            click.echo(line)
        return
    for number, each in enumerate(told):
        if number:
            click.echo("")
        for line in column_page(each, columns, paint):
            click.echo(line)


def _identifiers(settings: Settings) -> list[Identifier]:
    from assay.detect.cache import read_all

    return read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])[0]


def _governance(settings: Settings, identifiers: list[Identifier], catalog: Catalog | None) -> Governance:
    from assay.app.governing.governance import in_effect

    return in_effect(identifiers, file=settings.governance, catalog=catalog)
