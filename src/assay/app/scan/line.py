"""The line: targets → splits → findings → classifications → summary. Everything that scans goes through here."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.app.scan.keeping import Wanted, files_of, open_kept
from assay.app.scan.listing import Listing
from assay.app.scan.running import Given, Run, Within
from assay.app.scan.sources import listed_by, openers_of, sources_of
from assay.model import Summary
from assay.model.options import ScanOptions
from assay.ports import Listed, OnProgress, Record
from assay.sources.file import FileSource, identities, standard_input

if TYPE_CHECKING:
    from assay.sources.s3.options import S3Options
    from assay.sources.s3.source import S3Source
    from assay.store.engine import Catalog

STDIN_URI = "file:///dev/stdin"


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
    listed: Callable[[Listed], None] | None = None,
) -> Generator[Record, None, None]:
    """Everything that is found below the targets, each resource's classification, and a summary at the end.

    With `render`, findings come as JSON Lines already. `own` are files that the output goes to, which are not read. With a catalog
    `wanted`, results are kept in it, reviewers' decisions count, and what has not changed is not read again. `listed` is told, in
    the end, of what every name was told. Raises
    `UsageError`, `RuleError`, `ConfigError` and `CatalogError` before anything is yielded; an interrupt ends early with a
    summary that says so.
    """
    catalog = open_kept(wanted) if wanted is not None else None
    try:
        named = [target for target in targets if target != "-"]
        cache = [settings.cache_dir] if os.path.isdir(settings.cache_dir) else []
        kept = files_of(catalog) if catalog is not None else []
        known = [Path(options.baseline)] if options.baseline else []
        mine = {
            "own baseline": identities(known),
            "own output": identities(own),
            "own cache": identities(cache),
            "own catalog": identities(kept),
        }
        sources = sources_of(named, options, mine, s3, note=wanted.note if wanted is not None else lambda _text: None)
        openers = openers_of(sources)
        run = Run(
            targets=tuple(targets),
            options=options,
            settings=settings,
            render=render,
            on_progress=progress,
            listing=Listing(sources=sources, options=options, objects=openers.objects),
            openers=openers,
            s3=s3,
            given=Given(STDIN_URI, standard_input()) if "-" in targets else None,
        )
        yield from _ran(run, catalog, wanted, None)
        if listed is not None:
            for each in listed_by(sources):
                listed(each)
    finally:
        if catalog is not None:
            catalog.close()


def scan_within(
    within: Within,
    catalog: Catalog | None,
    options: ScanOptions,
    *,
    settings: Settings,
    source: S3Source | FileSource | None = None,
    given: Given | None = None,
    targets: Sequence[str] | None = None,
    pause: float | None = None,
) -> Generator[Record, None, None]:
    """Everything that is found in the source, or in what is given, as `scan` has it. The catalog stays open.

    `targets` are what the source is a part of, by default itself. With `pause` reading is left to workers, and lines that
    are empty come whenever nothing came for so many seconds, so that whoever drives several of these can turn to another.
    """
    sources = [] if source is None else [source]
    openers = openers_of(sources)
    run = Run(
        targets=tuple(each.target for each in sources) if targets is None else tuple(targets),
        pause=pause,
        options=options,
        settings=settings,
        render=False,
        on_progress=None,
        listing=Listing(sources=sources, options=options, objects=openers.objects),
        openers=openers,
        given=given,
    )
    yield from _ran(run, catalog, Wanted(), within)


def _ran(
    run: Run, catalog: Catalog | None, wanted: Wanted | None, within: Within | None
) -> Generator[Record, None, None]:
    try:
        run.prepare(catalog, wanted, within)
        try:
            for record in run.records():
                run.keep(record)
                yield record
        except KeyboardInterrupt:
            run.interrupted = True
        yield from _finished(run)
    except BaseException:
        run.abandon()
        raise


def _finished(run: Run) -> Iterator[Record]:
    """What is left to tell, with the summary as the last. An interrupt that comes meanwhile, as the first one, is told in it;
    behind it there is nothing more to interrupt."""
    summary: Summary | None = None
    try:
        for record in run.finish():
            run.keep(record)
            summary = record if isinstance(record, Summary) else None
            yield record
    except KeyboardInterrupt:
        if summary is not None:
            return
        if run.interrupted:
            raise
        run.interrupted = True
        yield from _finished(run)
