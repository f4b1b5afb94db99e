"""Puts a worker together: its queue, its catalog, what it does for events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from assay.app.eventkeeping import WorkerRuns
from assay.app.eventtags import COMMAND, event_tags
from assay.app.handling import LARGEST, Handling
from assay.app.permissions import calls_of
from assay.app.processing import Processing
from assay.app.settings import Settings
from assay.app.worker import Worker
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.options import ScanOptions
from assay.queues import sqs
from assay.sources.s3.connection import Connection
from assay.sources.s3.options import S3Options
from assay.store.engine import Catalog
from assay.store.here import actor

VISIBLE_SECONDS = 60
CONCURRENCY = 4
ATTEMPTS = 5


@contextmanager
def processing(
    catalog: Catalog,
    settings: Settings,
    options: ScanOptions,
    access: Access,
    *,
    queue: str,
    attempts: int = ATTEMPTS,
    visible_after: int = VISIBLE_SECONDS,
    largest: int = LARGEST,
    tags: bool = True,
) -> Iterator[Processing]:
    """What processes messages of the queue of that name; the runs that its results are kept in end with it.

    With `tags` they are written where the phase lets them be; what a worker that died has left of that is settled first.
    """
    who = actor()
    apply = None
    if tags:
        apply = event_tags(catalog, settings, Session(access, calls_of(COMMAND)), who)
        for _ in apply.maker().settle():
            pass
    runs = WorkerRuns(catalog=catalog, settings=settings, target=f"queue:{queue}", actor=who)
    handling = Handling(
        catalog=catalog,
        settings=settings,
        options=options,
        runs=runs,
        connection=Connection(S3Options(access=access)),
        largest=largest,
    )
    handling.warm()
    try:
        yield Processing(
            catalog=catalog,
            handle=handling,
            actor=who,
            queue=queue,
            # A worker that dies is known to be gone on its own host; elsewhere this is how long its events wait.
            lease=timedelta(seconds=2 * visible_after),
            attempts=attempts,
            apply=apply,
        )
    finally:
        runs.end()


@contextmanager
def worker(
    catalog: Catalog,
    settings: Settings,
    options: ScanOptions,
    access: Access,
    url: str,
    *,
    dead_letters: str | None = None,
    concurrency: int = CONCURRENCY,
    attempts: int = ATTEMPTS,
    visible_after: int = VISIBLE_SECONDS,
    largest: int = LARGEST,
    tags: bool = True,
    note: Callable[[str], None] = lambda _text: None,
) -> Iterator[Worker]:
    """A worker on the queue at `url`. Raises `UsageError` and `AwsError` where the queue cannot be used."""
    session = Session(access, sqs.CALLS)
    queue = sqs.SqsQueue(session, url, visible_after=visible_after, dead_letters=dead_letters)
    with processing(
        catalog,
        settings,
        options,
        access,
        queue=queue.name,
        attempts=attempts,
        visible_after=visible_after,
        largest=largest,
        tags=tags,
    ) as made:
        yield Worker(queue=queue, processing=made, concurrency=concurrency, visible_after=visible_after, note=note)
