"""`assay enrich`: describes what the catalog knows, by a language model or by rules."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, access_of, aws_options, catalog_option, config_option
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.app.enriching.enriching import Enriching
    from assay.app.reviews.desk import Desk

_NARROWEST = 40
_PROVIDERS = ("openai", "bedrock", "sagemaker")


@click.command(short_help="Describe what the catalog knows, by a language model or by rules.")
@click.argument("resources", metavar="[RESOURCE]...", nargs=-1)
@click.option("--all", "whole", is_flag=True, help="All resources that have no description yet.")
@click.option(
    "--level", "levels", multiple=True, metavar="LEVEL", help="With --all: only of this level; may be given again."
)
@click.option(
    "--limit", type=click.IntRange(1), default=1_000, show_default=True, help="With --all: no more than these."
)
@click.option(
    "--provider", type=click.Choice(_PROVIDERS), help="Who is asked.  [default: the setting 'enrich_provider']"
)
@click.option("--rules", "rules_only", is_flag=True, help="Ask no model.")
@click.option("--again", is_flag=True, help="Ask once more about what was described before.")
@click.option("--show-request", is_flag=True, help="Print what would be sent about RESOURCE, and send nothing.")
@click.option(
    "--format", "output_format", type=FormatType("table", "json", "jsonl"), default="table", show_default=True
)
@catalog_option
@config_option
@aws_options
def enrich(
    resources: tuple[str, ...],
    whole: bool,
    levels: tuple[str, ...],
    limit: int,
    provider: str | None,
    rules_only: bool,
    again: bool,
    show_request: bool,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
    **access: Any,
) -> int:
    """Describe each RESOURCE of the catalog: what it is, whose data it holds, how long it is kept, what to do.

    A language model is asked where the setting 'enrich_provider' or --provider names one: any endpoint that speaks OpenAI's
    protocol (enrich_url, its key in ASSAY_ENRICH_KEY), Amazon Bedrock, or a SageMaker endpoint. It is told what was
    detected, names of columns, and the beginning of a text of which only plain words are left (--show-request prints
    it all). Without one, or where it fails, rules fill the same fields.

    No level changes by what is said: what a model thinks was missed becomes a question for people.
    Exit code 3 where a model was to be asked and rules had to stand in.

    \b
    assay enrich --catalog catalog.db exports/customers.csv
    assay enrich --catalog catalog.db --all --level restricted
    """
    from assay.app.catalogs import catalog_url as named_catalog
    from assay.app.config.settings import load_settings
    from assay.app.enriching.setup import Asked, enriching_of
    from assay.app.reviews.desk import Desk
    from assay.model import Level
    from assay.store.engine import open_catalog
    from assay.store.here import actor

    if bool(resources) == whole:
        raise UsageError("name resources, or give --all" if not whole else "--all is all of them; leave the names out")
    if levels and not whole:
        raise UsageError("--level narrows --all")
    known = [level.value for level in Level]
    for level in levels:
        if level not in known:
            raise UsageError(f"--level {level}: there is no such level; there are {', '.join(known)}")
    if rules_only and provider:
        raise UsageError("--rules asks no model; leave out --provider")
    settings = load_settings(config_file)
    url = named_catalog(settings, catalog_url)
    if not url:
        raise UsageError("descriptions are of what a catalog knows: give --catalog, or set 'catalog'")
    with open_catalog(url) as catalog:
        desk = Desk(catalog=catalog, settings=settings)
        asked = Asked(provider=provider, rules_only=rules_only, access=access_of(access))
        enriching = enriching_of(desk, asked, actor=actor())
        wanted = _wanted(desk, resources, whole=whole, levels=levels, again=again, limit=limit)
        if show_request:
            return _show(enriching, wanted)
        return _described(enriching, wanted, again=again, output_format=output_format)


def _wanted(
    desk: Desk, given: tuple[str, ...], *, whole: bool, levels: tuple[str, ...], again: bool, limit: int
) -> list[str]:
    from assay.app.reviews.naming import meant
    from assay.store import enrichments

    with desk.catalog.reading() as connection:
        if whole:
            return enrichments.without(connection, levels=levels, again=again, limit=limit)
        return list(dict.fromkeys(meant(connection, each)[0].resource for each in given))


def _show(enriching: Enriching, wanted: list[str]) -> int:
    from assay.report.printable import printable

    for resource in wanted:
        for part in enriching.request(resource):
            click.echo("\n".join(map(printable, part.split("\n"))))
            click.echo("")
    return 0


def _described(enriching: Enriching, wanted: list[str], *, again: bool, output_format: str) -> int:
    import orjson

    from assay.cli.enrich_pages import document, page, total
    from assay.cli.terminal import painter

    columns = max(_NARROWEST, min(shutil.get_terminal_size().columns, 120))
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    told = []
    for each in enriching.describe(wanted, again=again):
        told.append(each)
        if output_format == "jsonl":
            click.echo(orjson.dumps(document(each)).decode())
        elif output_format == "table":
            for line in page(each, columns, paint):
                click.echo(line)
            click.echo("")
    if output_format == "json":
        click.echo(orjson.dumps([document(each) for each in told], option=orjson.OPT_INDENT_2).decode())
    click.echo(total(told), err=True)
    stood_in = enriching.asker is not None and any(each.source == "rules" for each in told)
    return 3 if stood_in else 0
