"""`assay phase`: what may be applied without a person, by scope."""

from __future__ import annotations

import os
from pathlib import Path

import click

from assay.cli.options import FormatType, catalog_option, config_option
from assay.cli.review_desk import Desk, decision_options, opened
from assay.errors import UsageError
from assay.model.review import Phase


@click.group(short_help="Show and set rollout phases.", no_args_is_help=True)
def phase() -> None:
    """Show and set rollout phases: what may be applied without a person.

    \b
    pilot       nothing is applied without a person
    supervised  what is sure enough is applied, the rest is reviewed
    automated   less sure results are applied too, and watched
    """


@phase.command(short_help="Show the phase of every scope, and where it stands.")
@click.argument("resource", metavar="[URI]", required=False)
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def show(resource: str | None, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Show the phase of every scope, its reviewed precision, and whether it may move up; or the phase of one URI or path."""
    import shutil

    import orjson

    from assay.app.reviews.phasing import standings
    from assay.cli.review_pages import as_phases
    from assay.review.phases import phase_of

    with opened(catalog_url, config_file) as desk:
        told = standings(desk.catalog)
        resource = None if resource is None else _uri(desk, resource)
    if resource is not None:
        found = phase_of(resource, [row for row, _, _ in told])
        shown = {"resource": resource, "phase": str(found)}
        click.echo(orjson.dumps(shown).decode() if output_format == "json" else f"{found}")
        return
    if output_format == "json":
        documents = [
            {
                "scope": row.scope,
                "phase": str(row.phase),
                "since": row.since.isoformat(),
                "by": row.by,
                "reason": row.reason,
                "reviews": precise.judged,
                "precision": precise.precision,
                "interval": [precise.low, precise.high],
                "may_move_up": standing.may_move_up,
                "should_be": str(standing.phase),
                "because": standing.because,
            }
            for row, precise, standing in told
        ]
        click.echo(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())
        return
    for line in as_phases(told, max(50, min(shutil.get_terminal_size().columns, 120))):
        click.echo(line)


@phase.command(name="set", short_help="Move a scope to a phase.")
@click.argument("scope", metavar="SCOPE")
@click.argument("to", metavar="PHASE", type=click.Choice([str(each) for each in Phase], case_sensitive=False))
@click.option("--force", is_flag=True, help="Move it although it has not earned that; this is recorded.")
@decision_options
@catalog_option
@config_option
def set_to(
    scope: str,
    to: str,
    force: bool,
    reason: str,
    by: str | None,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Move SCOPE, a glob over resource URIs or a path that is there, to PHASE: pilot, supervised or automated.

    A scope moves up one phase at a time, after enough reviews that were surely right; it may always move down.
    """
    from assay.app.reviews.phasing import set_phase
    from assay.report.printable import counted, printable
    from assay.review.scopes import matches
    from assay.store import lookups

    with opened(catalog_url, config_file, by) as desk:
        glob = _uri(desk, scope, is_scope=True)
        row = set_phase(
            desk.catalog, glob, Phase(to.lower()), by=desk.actor, reason=reason, redact=desk.redact, force=force
        )
        with desk.catalog.reading() as connection:
            inside = sum(matches(row.scope, uri) for uri in lookups.all_uris(connection))
    lie = "lies" if inside == 1 else "lie"
    number = counted(inside, "resource") if inside else "no resource"
    click.echo(f"{printable(row.scope)}: {row.phase}; {number} of the catalog {lie if inside else 'lies'} in it")


def _uri(desk: Desk, given: str, *, is_scope: bool = False) -> str:
    """What is named as any command tells it, as a URI; a glob, and what is not known, as it is.

    Phases hold for resources: of a column that of what holds it is told, but no scope is made of it."""
    from assay.app.reviews.naming import search
    from assay.report.spelling import Named, pasted, spelled
    from assay.sources.file import file_uri

    if os.path.lexists(given):
        return file_uri(os.path.abspath(given))
    if set("*?[") & set(given):
        return given
    with desk.catalog.reading() as connection:
        found = {each.resource: each for each in search(connection, given)}
    if len(found) != 1:
        return given
    ((uri, named),) = found.items()
    if is_scope and named.table is not None:
        raise UsageError(
            f"{given}: phases hold for resources, not for what is in them; give {pasted(spelled(Named(uri)))}"
        )
    return uri
