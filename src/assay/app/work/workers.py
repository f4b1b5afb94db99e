"""Puts a worker together: its queue, its catalog, what it does for events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from assay.app.config.settings import Settings
from assay.app.permissions import calls_of
from assay.app.protection.guarding import Guards
from assay.app.protection.protectround import Told
from assay.app.protection.protectsetup import maker_in, protection_of
from assay.app.protection.protectwatch import Watch
from assay.app.protection.protectwatching import calendar_of, watch_of
from assay.app.retry import HopelessError
from assay.app.work.eventkeeping import WorkerRuns
from assay.app.work.eventtags import COMMAND, ContainerTags, container_of, event_tags, table_of
from assay.app.work.handling import LARGEST, Handling
from assay.app.work.processing import QUIET, Processing
from assay.app.work.rescanning import COMMAND as RESCANS
from assay.app.work.rescanning import Rescanning
from assay.app.work.tasking import Tasks, Work
from assay.app.work.worker import Worker
from assay.aws.access import Access
from assay.aws.session import Session
from assay.aws.uris import root_of
from assay.errors import UsageError
from assay.model import Governance
from assay.model.options import ScanOptions
from assay.observers.changes import Changes
from assay.protect.plan import Limit
from assay.protect.policy import Policy
from assay.queues import sqs
from assay.sources.s3.connection import Connection
from assay.sources.s3.options import S3Options
from assay.store.engine import Catalog
from assay.store.here import actor
from assay.store.tasks import Kind, Task, ask

VISIBLE_SECONDS = 60
CONCURRENCY = 4
ATTEMPTS = 5
RESCAN_SECONDS = 15 * 60.0
MOST_RESOURCES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a worker works. `attempts` are failures after which something is given up, `visible_after` seconds that a message
    is kept from others, `largest` bytes of an object; with `tags` they are written where the phase lets them be."""

    options: ScanOptions = field(default_factory=ScanOptions)
    access: Access = field(default_factory=Access)
    concurrency: int = CONCURRENCY
    attempts: int = ATTEMPTS
    visible_after: int = VISIBLE_SECONDS
    largest: int = LARGEST
    tags: bool = True

    @property
    def lease(self) -> timedelta:
        """A worker that dies is known to be gone on its own host; elsewhere this is how long its work waits."""
        return timedelta(seconds=2 * self.visible_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescans:
    """Has tasks scan what is to be scanned as a whole, into the catalog at `catalog_url`. `jobs` is how many processes do
    (0: one for each core), `seconds` after how long one lets others have their turn."""

    catalog_url: str
    jobs: int = 1
    seconds: float = RESCAN_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Protects:
    """Has tasks plan the protection of what is new, and of what changed its level; with `execute` also make what the rollout
    phase lets through. `tell` is given what comes of it."""

    policy: Policy
    execute: bool = False
    tell: Told = lambda _told: None


class Parts(NamedTuple):
    """What processes messages, and what works on the tasks that they leave."""

    processing: Processing
    tasks: Tasks


@contextmanager
def parts(
    catalog: Catalog,
    settings: Settings,
    asked: Asked,
    *,
    queue: str,
    rescans: Rescans | None = None,
    protects: Protects | None = None,
) -> Iterator[Parts]:
    """The parts of a worker on the queue of that name; the runs that its results are kept in end with it.

    What a worker that died has left of writing tags is settled first.
    """
    who = actor()
    tags = None
    if asked.tags:
        tags = event_tags(catalog, settings, Session(asked.access, calls_of(COMMAND)), who)
        for _ in tags.maker().settle():
            pass
    runs = WorkerRuns(catalog=catalog, settings=settings, target=f"queue:{queue}", actor=who)
    handling = Handling(
        catalog=catalog,
        settings=settings,
        options=asked.options,
        runs=runs,
        connection=Connection(S3Options(access=asked.access)),
        largest=asked.largest,
        protects=protects is not None,
    )
    handling.warm()
    works: dict[Kind, Work] = {}
    if tags is not None:
        works[Kind.TAGS] = ContainerTags(tags=tags, governance=handling.governance)
    if rescans is not None:
        works[Kind.RESCAN] = _rescanning(catalog, settings, asked, rescans)
    if settings.enrich_events:
        works[Kind.ENRICH] = _describing(catalog, settings, asked.access, who)
    guards = None
    if protects is not None:
        guards = guards_of(catalog, settings, protects, handling.governance, access=asked.access, who=who)
        works[Kind.PROTECT] = guards
    try:
        yield Parts(
            Processing(
                catalog=catalog,
                handle=handling,
                actor=who,
                queue=queue,
                lease=asked.lease,
                attempts=asked.attempts,
                apply=tags,
                container_of=container_of if tags is not None else lambda _item: None,
                describes=settings.enrich_events,
            ),
            Tasks(
                catalog=catalog,
                works=works,
                actor=who,
                lease=asked.lease,
                attempts=asked.attempts,
                quiet=QUIET,
                accounts=(lambda: None) if guards is None else guards.open,
                before=(lambda: None) if guards is None else guards.take,
                has_gaps=lambda: guards is not None and guards.has_gaps,
            ),
        )
    finally:
        runs.end()


def guards_of(
    catalog: Catalog,
    settings: Settings,
    protects: Protects,
    governance: Callable[[], Governance],
    *,
    access: Access,
    who: str,
) -> Guards:
    """What looks at how something is protected, in the account of `access` and those of the setting `protect_roles`. Raises `AwsError` where the
    credentials cannot be used."""
    roles = settings.protect_roles

    def make(role: str | None) -> Watch:
        return guard(
            catalog, settings, protects, governance, access=access, who=who, role=role, names_account=bool(roles)
        )

    return Guards(catalog=catalog, access=access, roles=roles, make=make, tell=protects.tell)


def guard(
    catalog: Catalog,
    settings: Settings,
    protects: Protects,
    governance: Callable[[], Governance],
    *,
    access: Access,
    who: str,
    role: str | None = None,
    names_account: bool = False,
) -> Watch:
    """What looks at how something is protected in the account of `access` (else of a role that it may assume), under the configuration that counts
    then. With `names_account` what is told says of which one it is."""

    def session_of(command: str) -> Session:
        own = Session(access, calls_of(command), adaptive=command == "protect plan")
        return own if role is None else own.assuming(role, access.external_id)

    maker = maker_in(catalog, session_of("protect apply" if protects.execute else "protect verify"), who)
    return watch_of(
        catalog,
        maker,
        lambda: protection_of(
            catalog, settings, governance(), protects.policy, access, session=session_of("protect plan")
        ),
        Changes(session=session_of("protect watch")),
        calendar_of(settings),
        limit=Limit(number=MOST_RESOURCES),
        tell=(lambda told: protects.tell({"account": maker.account, **told})) if names_account else protects.tell,
        execute=protects.execute,
        second=settings.second_approval,
    )


def _describing(catalog: Catalog, settings: Settings, access: Access, who: str) -> Work:
    from assay.app.enriching.setup import Asked as Whom  # only where it is asked for
    from assay.app.enriching.setup import enriching_of
    from assay.app.reviews.desk import Desk

    enriching = enriching_of(Desk(catalog=catalog, settings=settings), Whom(access=access), actor=who)

    def work(task: Task, _is_to_end: Callable[[], bool]) -> str:
        try:
            (told,) = enriching.describe([task.resource])
        except UsageError as error:
            # It went before its turn came.
            raise HopelessError(str(error)) from None
        return f"described by {told.source}"

    return work


def _rescanning(catalog: Catalog, settings: Settings, asked: Asked, rescans: Rescans) -> Rescanning:
    def tag(task: Task) -> None:
        is_bucket = task.resource.startswith("s3://")
        container = root_of(task.resource) if is_bucket else table_of(task.resource, task.account, task.region)
        if asked.tags and container is not None:
            with catalog.transaction() as connection:
                ask(connection, Kind.TAGS, container, because="it was scanned")

    return Rescanning(
        settings=settings,
        options=replace(asked.options, jobs=rescans.jobs),
        access=asked.access,
        session=Session(asked.access, calls_of(RESCANS)),
        catalog_url=rescans.catalog_url,
        seconds=rescans.seconds,
        done=tag,
    )


@contextmanager
def worker(
    catalog: Catalog,
    settings: Settings,
    asked: Asked,
    url: str,
    *,
    dead_letters: str | None = None,
    rescans: Rescans | None = None,
    protects: Protects | None = None,
    note: Callable[[str], None] = lambda _text: None,
) -> Iterator[Worker]:
    """A worker on the queue at `url`. Raises `UsageError` and `AwsError` where the queue cannot be used."""
    catalog = catalog.grouped()
    session = Session(asked.access, sqs.CALLS)
    queue = sqs.SqsQueue(session, url, visible_after=asked.visible_after, dead_letters=dead_letters)
    with parts(catalog, settings, asked, queue=queue.name, rescans=rescans, protects=protects) as made:
        yield Worker(
            queue=queue,
            processing=made.processing,
            tasks=made.tasks,
            concurrency=asked.concurrency,
            visible_after=asked.visible_after,
            note=note,
        )
