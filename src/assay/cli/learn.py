"""`assay learn`: models that learn from reviews, measured before they are used."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.options import FormatType, ShareType, catalog_option, config_option
from assay.cli.review_desk import opened
from assay.errors import UsageError
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_LEVEL, DOCUMENT_TYPE, KINDS

_EXIT_GAPS = 3
_RUNS = 20
KindType = click.Choice(KINDS)
_kind = click.argument("kind", metavar="[KIND]", type=KindType, default=DOCUMENT_TYPE)
_by = click.option("--by", metavar="NAME", help="Who does it.  [default: you, as user@host]")
_format = click.option(
    "--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True
)


@click.group(short_help="Train, measure and promote models that learn from reviews.", no_args_is_help=True)
def learn() -> None:
    """Train, measure and promote models that learn from reviews.

    KIND is what a model tells: document_type (the default), document_level or column_type. A model that was trained is
    not used before it is promoted, and is promoted only if it is better than the one in use beyond noise.
    """


@learn.command(short_help="Train a model from what the catalog has, and measure it.")
@_kind
@click.option(
    "--html", "html", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures as a page, too."
)
@click.option(
    "--after",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    help="Only where N decisions are new since the newest version: for a schedule.",
)
@_format
@catalog_option
@config_option
def train(
    kind: str,
    html: Path | None,
    after: int | None,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Train a model from what the catalog has, and measure it on a fifth that it does not see.

    It learns from decisions of reviewers and from labels ('assay learn label'), from what Macie found, and to a limited share
    from what was told with confidence above 0.8. Needs scikit-learn: pip install 'assay[learn]'.
    """
    from assay.app.learning.drifting import DAYS, drifted
    from assay.app.learning.models import versions_of
    from assay.app.learning.training import trained, waiting
    from assay.cli.learn_pages import tell

    with opened(catalog_url, config_file) as desk:
        versions = versions_of(desk.settings)
        new = waiting(desk.catalog, versions, kind) if after is not None else 0
        if after is not None and new < after:
            click.echo(f"{kind}: {new} new decisions, {after} are waited for; nothing is trained", err=True)
            return
        found = trained(desk, versions, kind)
        moved = None if kind == COLUMN_TYPE else drifted(desk.catalog, DAYS)
    tell(found, output_format, html, moved)


@learn.command(short_help="Train what is due by the settings, as workers do.")
@_by
@catalog_option
@config_option
def retrain(by: str | None, catalog_url: str | None, config_file: Path | None) -> int:
    """Train what is due by the settings learn_after and learn_every, as 'assay worker' and 'assay serve' do by themselves.

    One process does at a time. What is better than the version in use beyond noise is promoted with the setting learn_promote,
    and else proposed; what came of it is recorded ('assay learn models'). Ends with 3 where something failed.
    """
    from assay.app.learning.retraining import retrain as retrained
    from assay.app.learning.retraining import wanted
    from assay.report.printable import printable
    from assay.store.leases import Holder

    with opened(catalog_url, config_file, by) as desk:
        if not wanted(desk.settings):
            raise UsageError("nothing says when to train: set learn_after or learn_every")
        found = retrained(desk.catalog, desk.settings, actor=desk.actor)
    if isinstance(found, Holder):
        click.echo(f"assay: {printable(found.by)} trains on {printable(found.host)} already", err=True)
        return 0
    for each in found:
        click.echo(f"{each.kind}: {each.outcome.replace('_', ' ')}: {printable(each.told)}")
    if not found:
        click.echo("nothing is due", err=True)
    return _EXIT_GAPS if any(each.outcome == "failed" for each in found) else 0


@learn.command(short_help="Measure a version on what people have decided.")
@_kind
@click.option("--version", "version", metavar="VERSION", help="Which one.  [default: the one in use]")
@click.option(
    "--html", "html", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures as a page, too."
)
@_format
@catalog_option
@config_option
def evaluate(
    kind: str,
    version: str | None,
    html: Path | None,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Measure a version on a fifth of what people have decided, and against the version in use.

    Samples that a version was trained with may be among them, once it is in use.
    """
    from assay.app.learning.drifting import DAYS, drifted
    from assay.app.learning.models import versions_of
    from assay.app.learning.training import in_use, measured
    from assay.cli.learn_pages import tell

    with opened(catalog_url, config_file) as desk:
        versions = versions_of(desk.settings)
        if version is not None and version != "shipped":
            kind, version = versions.resolve(version)
        found = measured(desk, versions, kind, version or in_use(versions, kind)[0])
        moved = None if kind == COLUMN_TYPE else drifted(desk.catalog, DAYS)
    tell(found, output_format, html, moved)


@learn.command(short_help="List the versions of models, and which are in use.")
@_format
@catalog_option
@config_option
def models(output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """List the versions of models, how good they were when they were made, and which are in use; with a catalog also whether
    documents of the last 30 days are others than those before ('assay learn drift' tells more), and what workers have trained by
    themselves.
    """
    from assay.app.catalogs import catalog_url as named_catalog
    from assay.app.config.settings import load_settings
    from assay.app.learning.drifting import DAYS, drifted
    from assay.app.learning.models import versions_of
    from assay.cli.learn_pages import tell_models
    from assay.store import learnruns

    settings = load_settings(config_file)
    found, runs = None, []
    if named_catalog(settings, catalog_url) is not None:
        with opened(catalog_url, config_file) as desk:
            found = drifted(desk.catalog, DAYS)
            with desk.catalog.reading() as connection:
                runs = list(learnruns.latest(connection, _RUNS))
    tell_models(versions_of(settings), found, output_format, runs)


@learn.command(short_help="Have a version used.")
@click.argument("version", metavar="VERSION")
@click.option(
    "--canary",
    metavar="SHARE",
    type=ShareType(0, 1, min_open=True),
    help="Try it on a share of documents first, e.g. 0.1.",
)
@click.option("--force", is_flag=True, help="Although it is not better beyond noise; this is recorded.")
@_by
@catalog_option
@config_option
def promote(
    version: str, canary: float | None, force: bool, by: str | None, catalog_url: str | None, config_file: Path | None
) -> None:
    """Have a version used by every scan from now on, if it is better than the one in use beyond noise.

    With --canary it is used for a share of documents, always the same ones, until it is promoted or rolled back.
    """
    from assay.app.learning.models import versions_of
    from assay.app.learning.training import promoted

    with opened(catalog_url, config_file, by) as desk:
        versions = versions_of(desk.settings)
        kind, version = versions.resolve(version)
        after, outcome = promoted(desk, versions, kind, version, actor=desk.actor, force=force, canary=canary)
    if after.canary is not None:
        click.echo(
            f"{kind}: {version} is tried on {after.share:.0%} of documents; {after.current} is used for the others"
        )
    else:
        click.echo(
            f"{kind}: {version} is used from now on"
            + ("" if outcome is None else f"; it is {outcome.compared.difference:+.3f} in macro-F1")
        )


@learn.command(short_help="Go back to the version that was used before.")
@_kind
@_by
@catalog_option
@config_option
def rollback(kind: str, by: str | None, catalog_url: str | None, config_file: Path | None) -> None:
    """Go back to the version that was used before, or end what is tried out."""
    from assay.app.learning.models import versions_of
    from assay.app.learning.training import rolled_back

    with opened(catalog_url, config_file, by) as desk:
        after = rolled_back(desk.catalog, versions_of(desk.settings), kind, actor=desk.actor)
    click.echo(f"{kind}: {after.current} is used from now on")


@learn.command(short_help="Say what kind of document a resource is.")
@click.argument("resource", metavar="URI")
@click.argument("name", metavar="TYPE")
@_by
@catalog_option
@config_option
def label(resource: str, name: str, by: str | None, catalog_url: str | None, config_file: Path | None) -> None:
    """Say what kind of document a resource is, a path or a URI, in one word such as invoice; new types may be named."""
    from assay.app.learning.labelling import label_document

    with opened(catalog_url, config_file, by) as desk:
        told = label_document(desk.catalog, resource, name, by=desk.actor)
    click.echo(f"{told}: {name}")


@learn.command(short_help="List documents that it would help most to label.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True)
@_format
@catalog_option
@config_option
def propose(limit: int, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """List documents that it would help most to label: those of which the model in use is least sure."""
    from assay.app.learning.labelling import proposed
    from assay.app.learning.models import versions_of
    from assay.cli.learn_pages import tell_proposals

    with opened(catalog_url, config_file) as desk:
        found = proposed(desk.catalog, versions_of(desk.settings), limit)
    tell_proposals(found, output_format)


@learn.command(short_help="Put into the review queue what it would help most to decide.")
@click.argument("kind", metavar="[KIND]", type=click.Choice((COLUMN_TYPE, DOCUMENT_LEVEL)), default=COLUMN_TYPE)
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True)
@_format
@catalog_option
@config_option
def ask(kind: str, limit: int, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Put into the review queue what it would help most to decide: columns (column_type, the default) or documents
    (document_level) that the learned model takes for something else or is not sure of, and spot checks of what is told with
    certainty.

    They wait there until they are decided, although nobody would have to look at them otherwise.
    """
    from assay.app.learning.asking import ask as put
    from assay.app.learning.models import versions_of
    from assay.cli.learn_pages import tell_asked

    with opened(catalog_url, config_file) as desk:
        found = put(desk, versions_of(desk.settings), limit, kind)
    tell_asked(found, output_format, "columns" if kind == COLUMN_TYPE else "documents")


@learn.command(short_help="Propose thresholds, words and weights from reviews.")
@click.option(
    "--output",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows to a file for 'assay governance try --file'.",
)
@_format
@catalog_option
@config_option
def tune(output: Path | None, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Propose changes of the configuration that columns which were decided speak for: thresholds of identifiers, words that
    are none here, weights of the methods.

    Every change is tried on all columns that were decided, and proposed only where it mends more than it breaks, beyond
    noise. Nothing is changed: see what a proposal would do with 'assay governance try --file', and have it with
    'assay governance import'.
    """
    from assay.app.governing.changing import stored
    from assay.app.learning.models import learner_of, versions_of
    from assay.app.learning.training import in_use
    from assay.app.learning.tuning import as_file, tuned
    from assay.cli.learn_pages import tell_tuned
    from assay.errors import OutputError, unwritable

    with opened(catalog_url, config_file) as desk:
        learns = desk.settings.learned and in_use(versions_of(desk.settings), COLUMN_TYPE)[1] is not None
        found = tuned(desk.catalog, stored(desk), desk.identifiers, learns=learns, learned=learner_of(desk.settings))
    if output is not None and found.steps:
        try:
            output.write_text(as_file(found), encoding="utf-8")
        except OSError as error:
            raise OutputError(unwritable(output, error)) from None
    tell_tuned(found, output_format, output)


@learn.command(short_help="Tell how far documents are from those before.")
@click.option(
    "--days", metavar="N", type=click.IntRange(1, 3650), default=30, show_default=True, help="What counts as now."
)
@_format
@catalog_option
@config_option
def drift(days: int, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Tell how far documents of the last days are from those before, in what they hold and in what is told of them."""
    from assay.app.learning.drifting import drifted
    from assay.cli.learn_pages import tell_drift

    with opened(catalog_url, config_file) as desk:
        found = drifted(desk.catalog, days)
    tell_drift(found, output_format)


@learn.command(short_help="Say why a document or a column was taken for its type.")
@click.argument("resource", metavar="URI")
@_format
@catalog_option
@config_option
def why(resource: str, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Say why a document was taken for its type, or a column of which nothing else tells anything (FILE:COLUMN): the ten features
    that weigh most, exactly as the model weighs them.
    """
    from assay.app.learning.labelling import explained
    from assay.app.learning.models import versions_of
    from assay.app.learning.untold import explained_column
    from assay.cli.learn_pages import tell_why

    with opened(catalog_url, config_file) as desk:
        try:
            found = explained(desk.catalog, versions_of(desk.settings), resource)
        except UsageError:
            column = explained_column(desk, resource)
            if column is None:
                raise
            found = column
    tell_why(found, output_format)
