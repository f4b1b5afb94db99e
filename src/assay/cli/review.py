"""`assay review`: what a person should look at, and what they decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.cli.options import FormatType, ShareType, catalog_option, config_option
from assay.cli.review_desk import DayType, chosen_items, decision_options, opened
from assay.model import Level
from assay.model.review import Scope, State, Verdict

if TYPE_CHECKING:
    from assay.model.review import QueueItem

F = TypeVar("F", bound=Callable[..., Any])
_WAITING = (State.OPEN, State.AWAITING_SECOND)
_NARROWEST = 50


@click.group(short_help="See what a person should look at, and decide it.", no_args_is_help=True)
def review() -> None:
    """See what a person should look at, why, and decide it. Decisions hold in all later scans until they are undone."""


def _selection(function: F) -> F:
    options = (
        click.option(
            "--state",
            "states",
            metavar="STATE",
            multiple=True,
            type=click.Choice([str(state) for state in State], case_sensitive=False),
            help="Only items in this state: open, awaiting_second, approved, rejected, reclassified, suppressed or "
            "withdrawn; may be given again.  [default: open, awaiting_second]",
        ),
        click.option("--all", "every", is_flag=True, help="Items in every state."),
        click.option("--resource", metavar="NAME", help="Only items of this resource, table or column."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@review.command(name="list", short_help="List the queue, the most pressing first.")
@_selection
@click.option("--limit", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@click.option("--overrides", is_flag=True, help="List the overrides in effect instead.")
@click.option(
    "--format", "output_format", type=FormatType("table", "jsonl", "json"), default="table", show_default=True
)
@catalog_option
@config_option
def list_items(
    states: tuple[str, ...],
    every: bool,
    resource: str | None,
    limit: int,
    overrides: bool,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """List what waits for a person, the most pressing first: risk times uncertainty times reach."""
    from assay.app.reviews.queueing import sweep
    from assay.app.reviews.review_documents import item_document
    from assay.cli.review_pages import as_list, as_overrides
    from assay.cli.terminal import painter
    from assay.report.printable import counted
    from assay.store import reviews

    with opened(catalog_url, config_file) as desk:
        sweep(desk.catalog)
        with desk.catalog.reading() as connection:
            if overrides:
                made = reviews.overrides(connection)
                _print(output_format, [_override(each) for each in made], as_overrides(made, _columns()))
                return
            items = chosen_items(connection, _states(states, every), resource, limit)
            waiting = reviews.waiting(connection)
    lines = [*as_list(items, _columns(), painter(_is_terminal()))]
    told = sum(waiting.get(state, 0) for state in _WAITING)
    lines += [*([""] if items else []), f"{counted(told, 'item')} waiting for a decision, {len(items)} shown."]
    _print(output_format, [item_document(item) for item in items], lines)


@review.command(short_help="Show one item with its evidence and history.")
@click.argument("item_id", metavar="ID")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def show(item_id: str, output_format: str, catalog_url: str | None, config_file: Path | None) -> None:
    """Show everything about the item ID: what was detected, why a person has to look, and what was decided."""
    from assay.app.reviews.review_documents import item_document, move_document
    from assay.app.reviews.reviewing import found
    from assay.cli.review_pages import as_page
    from assay.cli.terminal import painter
    from assay.store import reviews

    with opened(catalog_url, config_file) as desk:
        item = found(desk.catalog, item_id)
        with desk.catalog.reading() as connection:
            history = reviews.history(connection, item.id)
            made = [each for each in reviews.overrides(connection) if each.item == item.id]
    if output_format == "json":
        document = {**item_document(item), "history": [move_document(move) for move in history]}
        click.echo(_json({**document, "overrides": [_override(each) for each in made]}))
        return
    for line in as_page(item, history, made, _columns(), painter(_is_terminal())):
        click.echo(line)


def _scoped(function: F) -> F:
    options = (
        click.option(
            "--scope",
            metavar="SCOPE",
            type=click.Choice([str(scope) for scope in Scope if scope is not Scope.RESOURCE], case_sensitive=False),
            help="What it holds for: finding or value (with --fingerprint), column, table, pattern (with --pattern) "
            "or identifier.  [default: what the item is about]",
        ),
        click.option(
            "--fingerprint", metavar="HEX", help="The value, as 'show' tells it; with --scope finding, value."
        ),
        click.option("--pattern", metavar="ID", help="A pattern, such as us/ssn#dashed; with --scope pattern."),
        click.option("--path", metavar="GLOB", help="Resources by URI; with --scope pattern, identifier."),
        click.option("--expires", metavar="DAY", type=DayType(), help="The last day that it holds, as 2027-01-31."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _ids(function: F) -> F:
    return click.argument("ids", metavar="ID...", nargs=-1, required=True)(function)


@review.command(short_help="Say that something was detected rightly.")
@_ids
@decision_options
@catalog_option
@config_option
def approve(ids: tuple[str, ...], **given: Any) -> None:
    """Say that each item ID was detected rightly: its confidence is 1 from now on."""
    _decide(ids, Verdict.APPROVE, given)


@review.command(short_help="Say that something was detected wrongly.")
@_ids
@_scoped
@decision_options
@catalog_option
@config_option
def reject(ids: tuple[str, ...], **given: Any) -> None:
    """Say that each item ID was detected wrongly: it counts no more, and lowers the precision of its identifier."""
    _decide(ids, Verdict.REJECT, given)


@review.command(short_help="Say what something really is.")
@_ids
@click.option(
    "--level",
    metavar="LEVEL",
    type=click.Choice([str(level) for level in Level if level is not Level.UNCLASSIFIED], case_sensitive=False),
    help="restricted, confidential, internal or public.",
)
@click.option("--identifier", metavar="NAME", help="The identifier that it is.")
@click.option("--category", "categories", metavar="NAME", multiple=True, help="Its category; may be given again.")
@click.option("--confidence", metavar="0-1", type=ShareType(0, 1), help="How sure it is.")
@_scoped
@decision_options
@catalog_option
@config_option
def reclassify(ids: tuple[str, ...], **given: Any) -> None:
    """Say what each item ID really is: its level, identifier, categories or confidence."""
    _decide(ids, Verdict.RECLASSIFY, given)


@review.command(short_help="Accept something, so that it counts no more.")
@_ids
@_scoped
@decision_options
@catalog_option
@config_option
def suppress(ids: tuple[str, ...], **given: Any) -> None:
    """Accept each item ID although it may be right: it counts no more, and reports say by whom and why."""
    _decide(ids, Verdict.SUPPRESS, given)


@review.command(short_help="Agree, as the second person, to a decision.")
@_ids
@decision_options
@catalog_option
@config_option
def confirm(
    ids: tuple[str, ...], reason: str, by: str | None, catalog_url: str | None, config_file: Path | None
) -> None:
    """Agree to what somebody else decided on each item ID, where that takes two people."""
    from assay.app.reviews import reviewing

    with opened(catalog_url, config_file, by) as desk:
        for item_id in ids:
            _told(reviewing.confirm(desk.catalog, item_id, by=desk.actor, reason=reason, redact=desk.redact))


@review.command(short_help="Take a decision back.")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@decision_options
@catalog_option
@config_option
def undo(ids: tuple[str, ...], reason: str, by: str | None, catalog_url: str | None, config_file: Path | None) -> None:
    """Open each item ID again and end the overrides that it made; or end one override, named by its own ID."""
    from assay.app.reviews import reviewing

    with opened(catalog_url, config_file, by) as desk:
        for item_id in ids:
            if item_id[:1].lower() == "f":
                ended = reviewing.end_override(desk.catalog, item_id, by=desk.actor, reason=reason, redact=desk.redact)
                click.echo(f"{ended.id}: no longer in effect")
                continue
            _told(reviewing.undo(desk.catalog, item_id, by=desk.actor, reason=reason, redact=desk.redact))


@review.command(name="export", short_help="Write the queue to a spreadsheet.")
@_selection
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="A .csv or .xlsx file.")
@catalog_option
@config_option
def export_items(
    states: tuple[str, ...],
    every: bool,
    resource: str | None,
    output: Path | None,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Write the queue as CSV, or as Excel where FILE ends in .xlsx. Fill in 'decision' and 'reason', then import it.

    A decision is approve, reject, reclassify, suppress or confirm.
    """
    from assay.app.reviews.review_sheets import csv_of, written
    from assay.report.printable import counted

    with opened(catalog_url, config_file) as desk, desk.catalog.reading() as connection:
        items = chosen_items(connection, _states(states, every), resource)
    if output is None:
        click.echo(csv_of(items), nl=False)
        return
    click.echo(f"{counted(written(items, output), 'item')} written to {output}", err=True)


@review.command(name="import", short_help="Decide what a spreadsheet says.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", metavar="NAME", help="Who decides.  [default: you, as user@host]")
@catalog_option
@config_option
def import_items(file: Path, by: str | None, catalog_url: str | None, config_file: Path | None) -> None:
    """Decide everything that FILE (an export with its 'decision' column filled in) says, or nothing.

    A row whose item has changed since the export is refused, and so is the whole file.
    """
    from assay.app.reviews.review_sheets import read_sheet
    from assay.app.reviews.reviewing import import_rows
    from assay.report.printable import counted

    rows = read_sheet(file)
    with opened(catalog_url, config_file, by) as desk:
        items = import_rows(
            desk.catalog,
            rows,
            by=desk.actor,
            redact=desk.redact,
            known=desk.known,
            file=file,
            second_from=desk.settings.second_approval,
        )
    for item in items:
        _told(item)
    click.echo(f"{counted(len(items), 'decision')} imported")


@review.command(short_help="Say how often detection was right, as judged by reviewers.")
@click.option("--since", metavar="DAY", type=DayType(), help="Only answers from this day on.")
@click.option("--until", metavar="DAY", type=DayType(), help="Only answers before this day.")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def precision(
    since: date | None, until: date | None, output_format: str, catalog_url: str | None, config_file: Path | None
) -> None:
    """Say of each identifier how often reviewers found it right, and how long they took."""
    from dataclasses import asdict

    from assay.app.reviews.reviewing import judged
    from assay.cli.review_pages import as_precision
    from assay.review.precision import by_identifier, precision_of

    with opened(catalog_url, config_file) as desk:
        answers = judged(desk.catalog, since=_midnight(since), until=_midnight(until))
    found, together = by_identifier(answers), precision_of(answers)
    documents = [asdict(each) for each in (*found, together)]
    _print(output_format, documents, as_precision(found, together, _columns()))


def _decide(ids: Sequence[str], verdict: Verdict, given: dict[str, Any]) -> None:
    from assay.app.reviews import reviewing
    from assay.model.review import Decision

    scope, level = given.get("scope"), given.get("level")
    name = given.get("identifier")
    with opened(given["catalog_url"], given["config_file"], given["by"]) as desk:
        for item_id in ids:
            decision = Decision(
                verdict=verdict,
                by=desk.actor,
                at=datetime.now(UTC),
                reason=given["reason"],
                scope=None if scope is None else Scope(scope.lower()),
                level=None if level is None else Level(level.lower()),
                identifier=None if name is None else name.upper(),
                categories=tuple(dict.fromkeys(each.upper() for each in given.get("categories", ()))),
                confidence=given.get("confidence"),
                fingerprint=given.get("fingerprint"),
                pattern=given.get("pattern"),
                path=given.get("path"),
                expires=given.get("expires"),
            )
            _told(
                reviewing.decide(
                    desk.catalog,
                    item_id,
                    decision,
                    redact=desk.redact,
                    known=desk.known,
                    second_from=desk.settings.second_approval,
                )
            )


def _told(item: QueueItem) -> None:
    from assay.cli.review_pages import place

    state = item.state.replace("_", " ")
    if item.state is State.AWAITING_SECOND and item.proposal is not None:
        state += f" person to confirm: {item.proposal.verdict}"
    click.echo(f"{item.id}: {state}  {place(item)}")


def _states(names: Sequence[str], every: bool) -> tuple[State, ...]:
    if every:
        return ()
    return tuple(State(name.lower()) for name in names) or _WAITING


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _override(override: Any) -> dict[str, Any]:
    from assay.store.reviewjson import as_object

    return as_object(override)


def _print(output_format: str, documents: Sequence[Any], lines: Any) -> None:
    if output_format == "json":
        click.echo(_json(documents))
        return
    if output_format == "jsonl":
        import orjson

        for document in documents:
            click.echo(orjson.dumps(document).decode())
        return
    for line in lines:
        click.echo(line)


def _json(value: object) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _columns() -> int:
    import shutil

    return max(_NARROWEST, min(shutil.get_terminal_size().columns, 120))


def _is_terminal() -> bool:
    import sys

    return sys.stdout is not None and sys.stdout.isatty()
