"""A scan of databases in which nothing has changed since the last one: found out, told and kept without all that reads.

`scan` is what commands call. Where anything may differ (a table, a rule, a row of the configuration, a decision, a day on
which one expires), or anything is out of the ordinary, the line goes its usual way, and gives the same where nothing did.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from assay.app.scan.asked import DECIDED, keyed, recipe_of_run
from assay.app.scan.sources import is_database
from assay.errors import AssayError
from assay.model.options import ScanOptions
from assay.ports import OnProgress, Record, Rendered, Result

if TYPE_CHECKING:
    from pathlib import Path

    from assay.app.config.settings import Settings
    from assay.app.scan.keeping import Wanted
    from assay.model import Skip, Summary
    from assay.sources.s3.options import S3Options
    from assay.store.repeating import Repeating, Seen

Records: TypeAlias = Generator[Record, None, None]


def scan(
    targets: Sequence[str],
    options: ScanOptions,
    *,
    settings: Settings,
    progress: OnProgress | None = None,
    render: bool = False,
    own: Sequence[Path] = (),
    wanted: Wanted | None = None,
    s3: S3Options | None = None,
) -> Records:
    """As `line.scan`, which it calls where anything may have changed."""
    told = unchanged(targets, options, settings=settings, wanted=wanted, render=render)
    if told is not None:
        return told
    from assay.app.scan import line  # loads all that reads and judges

    return line.scan(
        targets, options, settings=settings, progress=progress, render=render, own=own, wanted=wanted, s3=s3
    )


def unchanged(
    targets: Sequence[str], options: ScanOptions, *, settings: Settings, wanted: Wanted | None, render: bool
) -> Records | None:
    """All that the last scan told, where a new one would tell the same; else `None`. The new run is kept by then."""
    began, started = time.monotonic(), datetime.now(UTC)
    if wanted is None or wanted.url is None or wanted.resume or not targets or not all(map(is_database, targets)):
        return None
    from assay.store.nouns import plain  # only where there is a catalog
    from assay.store.plainsql import PlainError
    from assay.store.repeating import open_repeating
    from assay.store.texts import moment

    stack = ExitStack()
    try:
        with stack:
            repeating = stack.enter_context(open_repeating(wanted.url))
            key = keyed(settings, make=False)
            recipe = recipe_of_run(targets, options, settings, repeating.governance_version, key)
            if recipe is None:
                return None
            run = repeating.earlier(recipe, started.date().isoformat())
            seen = _in_order(targets, options, repeating.seen(run))
            if seen is None:
                return None
            summary = _summary(options, run.summary, seen, run.id)
            summary = replace(summary, seconds=time.monotonic() - began)
            repeating.write(run, seen, plain(summary), moment(started))
            left = stack.pop_all()
    except (PlainError, AssayError):
        # What is wrong is told by the usual way.
        return None
    return _told(left, repeating, seen, summary, began, render=render)


def _in_order(targets: Sequence[str], options: ScanOptions, seen: Sequence[Seen]) -> list[Seen] | None:
    """What was seen, in the order of the sources, where these have the same now; else `None`."""
    from assay.model import AssetRef, Skip
    from assay.sources.sql.source import SqlSource

    left = {each.uri: each for each in seen}
    found: list[Seen] = []
    for number, target in enumerate(targets):
        source = SqlSource(target, number=number, exclude=options.exclude)
        whole = source.whole_state()
        if whole is not None:
            uri, token = whole
            is_same = uri in left and _holds(left[uri], token)
            items: Iterator[str | None] = iter([uri if is_same else None])
        else:
            items = (
                item.uri
                if isinstance(item, AssetRef) and item.uri in left and _holds(left[item.uri], item.change)
                else item.resource
                if isinstance(item, Skip) and item.resource in left and _skipped(left[item.resource], item)
                else None
                for item in source.assets()
            )
        for name in items:
            if name is None:
                return None
            found.append(left.pop(name))
    return found if not left else None


def _holds(seen: Seen, token: str | None) -> bool:
    """Whether a resource is as it was; decisions that are in effect are the same ones by then."""
    if token is None or seen.change is None:
        return False
    return seen.change == token or seen.change.startswith(f"{token}{DECIDED}")


def _skipped(seen: Seen, item: Skip) -> bool:
    return seen.change is None and [told[:2] for told in seen.omissions] == [("skip", item.reason)]


def _summary(options: ScanOptions, before: Mapping[str, Any], seen: Sequence[Seen], run: str) -> Summary:
    """As the line sums up what it is told again."""
    from assay.app.scan.summing import summary_of
    from assay.classify.resource import Totals
    from assay.store.nouns import classification_of

    totals = Totals(columns=before["columns"], sensitive_columns=before["sensitive_columns"])
    totals.columns_again = totals.columns
    for each in seen:
        classification = classification_of(each.record)
        skips = sum(kind == "skip" for kind, _, _ in each.omissions)
        totals.count_again(classification, skips=skips)
        totals.tables_again += len(each.tables)
        totals.again -= each.change is None  # left out, then and now
    return summary_of(
        totals,
        target=before["target"],
        seconds=0.0,
        options=options,
        kept_from={run: max(each.seen_at for each in seen)} if seen else {},
    )


def _told(
    left: ExitStack, repeating: Repeating, seen: Sequence[Seen], summary: Summary, began: float, *, render: bool
) -> Records:
    """The results, as the run before told them."""
    told = _lines if render else _results
    with left:
        try:
            yield from told(repeating, seen)
        except KeyboardInterrupt:
            summary = replace(summary, interrupted=True)
        yield replace(summary, seconds=time.monotonic() - began)


def _lines(repeating: Repeating, seen: Sequence[Seen]) -> Iterator[Record]:
    """Columns as JSON Lines, the tables' and all else as records."""
    from assay.report.jsonlines import column_line, encode
    from assay.store.nouns import column_of

    for record in _each(repeating, seen):
        if isinstance(record, list):
            yield Rendered(b"".join(column_line(column) or encode(column_of(column)) for column in record))
        else:
            yield record


def _results(repeating: Repeating, seen: Sequence[Seen]) -> Iterator[Record]:
    from assay.store.nouns import column_of

    for record in _each(repeating, seen):
        if isinstance(record, list):
            yield from map(column_of, record)
        else:
            yield record


def _each(repeating: Repeating, seen: Sequence[Seen]) -> Iterator[Result | list[Mapping[str, Any]]]:
    """The records of the columns of each table, and what follows them."""
    import orjson

    from assay.model import Gap, Skip
    from assay.store.nouns import classification_of, table_of

    columns = repeating.columns(seen)
    for each in seen:
        for (_, table), of_table in zip(each.tables, columns, strict=False):
            yield of_table
            yield table_of(orjson.loads(table))
        for kind, reason, detail in each.omissions:
            noun = Gap if kind == "gap" else Skip
            yield noun(resource=each.uri, reason=reason, detail=detail)
        yield classification_of(each.record)
