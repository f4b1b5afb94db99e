"""What the verbs of review share: options, the open catalog, and what a decision needs besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assay.app.reviews.desk import Desk as Shared

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.model.review import QueueItem, State

F = TypeVar("F", bound=Callable[..., Any])


class DayType(click.ParamType[date]):
    """A day as 2027-01-31."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return self.fail(f"'{value}' is no day; write it as 2027-01-31", param, ctx)


@dataclass(kw_only=True)
class Desk(Shared):
    """The desk of the one who has typed the command."""

    actor: str


def decision_options(function: F) -> F:
    """Who decides, and why."""
    options = (
        click.option("--reason", metavar="TEXT", default="", help="Why; values in it are masked before it is kept."),
        click.option("--by", metavar="NAME", help="Who decides.  [default: you, as user@host]"),
    )
    for option in reversed(options):
        function = option(function)
    return function


@contextmanager
def opened(catalog_url: str | None, config_file: Path | None, by: str | None = None) -> Iterator[Desk]:
    """The desk at the catalog that the command line or the settings name. Raises `UsageError` where neither does."""
    from assay.app.catalogs import open_needed
    from assay.app.config.settings import load_settings
    from assay.store.here import actor

    settings = load_settings(config_file)
    with open_needed(settings, catalog_url) as catalog:
        yield Desk(catalog=catalog, settings=settings, actor=by if by is not None else actor())


def chosen_items(
    connection: Connection, states: Sequence[State], named: str | None, limit: int | None = None
) -> list[QueueItem]:
    """The items in these states, the most pressing first; `named` narrows them to a resource, a table or a column. Raises
    `UsageError` for one that is not known."""
    from assay.app.reviews.naming import meant
    from assay.app.reviews.reviewing import of_named
    from assay.store import reviews

    if named is None:
        return reviews.items(connection, states=states, limit=limit)
    return of_named(connection, meant(connection, named), states=states)[:limit]
