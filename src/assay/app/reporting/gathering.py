"""The facts of reports, gathered of the catalog, with what an account was told to hold and where files of this machine stand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from statistics import median
from typing import TYPE_CHECKING, Any

from assay.app.governing.measuring import measure
from assay.app.protection.incidents import listed
from assay.app.reviews.glossary import owner_of
from assay.aws import arn, uris
from assay.model import Level
from assay.model.review import Verdict
from assay.report.papers.facts import Asked, Control, Facts, Happened, Held, Judge, Model, Store
from assay.report.printable import local_path
from assay.store import auditlog, glossary, learnruns, phases, reportfacts, reviews
from assay.store.texts import moment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.app.reviews.desk import Desk

TERMS: Mapping[Level, int | None] = {
    Level.RESTRICTED: 2555,
    Level.CONFIDENTIAL: 365,
    Level.INTERNAL: 90,
    Level.UNCLASSIFIED: 90,
    Level.PUBLIC: None,
}
"""Days that a level is kept where nobody says otherwise: those of the policies of protection."""

_MOST = 100_000
_SHOWN = {"VALUE_REVEALED": "value shown", "VALUE_REFUSED": "value refused"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a report is of. `only` are URIs, or folders of them; `places` are regions by a glob over URIs, `terms` what is
    kept how long otherwise than by `TERMS`."""

    since: datetime | None = None
    only: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    terms: Mapping[Level, int | None] = field(default_factory=dict)
    estate: tuple[Store, ...] | None = None


def gather(desk: Desk, wanted: Wanted, *, now: datetime | None = None) -> Facts:
    """The facts. Raises `CatalogError`."""
    since = None if wanted.since is None else moment(wanted.since)
    happened = tuple(_happened(desk, since))
    with desk.catalog.reading() as connection:
        measured = measure(connection, since=since)
        controls = tuple(_controls(connection))
        held = tuple(_held(connection, wanted, _regions(connection, wanted)))
        stores = {each.store for each in held}
        return Facts(
            made_at=now or datetime.now(UTC),
            about=": ".join(filter(None, (desk.catalog.shown, ", ".join(wanted.only)))),
            since=wanted.since,
            held=held,
            controls=tuple(each for each in controls if not wanted.only or each.store in stores),
            compared=frozenset(store_of(each) for each in reportfacts.compared(connection)),
            asked=tuple(
                Asked(standard=row.standard, category=row.category, identifier=row.identifier, policy=row.policy)
                for row in desk.governance.compliance
            ),
            happened=happened,
            gaps=reportfacts.gap_reasons(connection),
            raised=measured.events.by_type.get("raised", 0),
            lowered=measured.events.by_type.get("lowered", 0),
            waiting=measured.queue.waiting,
            precision=tuple(measured.precision),
            together=measured.together,
            judges=tuple(_judges(connection, wanted.since)),
            models=tuple(_models(connection)),
            phases={row.scope: str(row.phase) for row in phases.phases(connection)},
            estate=wanted.estate,
            identifiers={each.name: each for each in desk.identifiers},
            terms={**TERMS, **wanted.terms},
            checkpoint=reportfacts.checkpoint(connection),
        )


def store_of(uri: str) -> str:
    """The bucket, table, server, repository or folder that a resource lies in, or that an ARN is of.

    >>> store_of("s3://lake/a/b.csv"), store_of("arn:aws:s3:::lake"), store_of("file:///srv/in/a.csv")
    ('s3://lake', 's3://lake', 'file:///srv/in')
    >>> store_of("arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    'dynamodb://orders'
    >>> store_of("arn:aws:rds:eu-west-1:123456789012:db:shop")
    'rds://shop'
    """
    if uri.startswith("arn:"):
        try:
            found = arn.parse(uri)
        except ValueError:
            return uri
        name = found.name.partition("/")[0] if found.service == "s3" else found.name
        return f"{found.service}://{name}" if found.service in ("s3", "dynamodb", "rds", "kinesis") else uri
    if uri.startswith("file:"):
        return uri.rpartition("/")[0] or uri
    place = uris.place_of(uri)
    return f"{place.service}://{place.name}" if place is not None else uris.root_of(uri)


def _held(
    connection: Connection, wanted: Wanted, regions: Mapping[str, tuple[str | None, str | None]]
) -> Iterator[Held]:
    owners = glossary.owners(connection)
    told = {store_of(each.uri): each for each in wanted.estate or ()}
    for row in reportfacts.known(connection, wanted.only):
        if wanted.only and not any(_is_of(row.uri, one) for one in wanted.only):
            continue
        about, store = row.classification, store_of(row.uri)
        estate = told.get(store)
        owner = owner_of(row.uri, owners)
        region, account = regions.get(store, (None, None))
        place = uris.place_of(row.uri)
        said = next((region for glob, region in wanted.places if fnmatchcase(row.uri, glob)), None)
        yield Held(
            uri=row.uri,
            store=store,
            level=about.level,
            confidence=about.confidence,
            categories=tuple(map(str, about.categories)),
            identifiers=about.identifiers,
            frameworks=about.frameworks,
            policies=about.recommended_policies,
            needs_review=about.needs_review,
            is_complete=about.coverage.complete and not row.gaps,
            bytes_total=about.coverage.bytes_total or 0,
            rows_total=about.coverage.rows_total,
            because=about.because,
            first_seen_at=reviews.time_of(row.first_seen_at),
            seen_at=reviews.time_of(row.seen_at),
            written_at=_written_at(row.uri),
            owner=owner.owner if owner is not None else estate.owner if estate is not None else None,
            region=said or (place.region if place is not None else None) or region,
            account=account,
            gaps=row.gaps,
            events=row.events,
        )


def _is_of(uri: str, one: str) -> bool:
    return uri == one or uri.startswith(f"{one.rstrip('/')}/")


def _written_at(uri: str) -> datetime | None:
    """When a file of this machine was written last, if it is there still."""
    if not uri.startswith("file://"):
        return None
    try:
        return datetime.fromtimestamp(os.stat(local_path(uri)).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _regions(connection: Connection, wanted: Wanted) -> dict[str, tuple[str | None, str | None]]:
    """Region and account of stores: as an account was told to hold them, else as ARNs of plans have it."""
    told: dict[str, tuple[str | None, str | None]] = {}
    for step in reportfacts.steps(connection):
        if step.resource.startswith("arn:"):
            try:
                found = arn.parse(step.resource)
            except ValueError:
                continue
            told[store_of(step.resource)] = (found.region or None, found.account or step.account or None)
    for each in wanted.estate or ():
        told[store_of(each.uri)] = (each.region, each.account)
    return told


def _controls(connection: Connection) -> Iterator[Control]:
    for step in reportfacts.steps(connection):
        yield Control(
            store=store_of(step.resource),
            name=step.control,
            ids=step.control_ids,
            plan=step.plan,
            outcome=step.outcome,
            at=reviews.time_of(step.at),
            approved_by=step.approved_by,
            reason=step.reason,
        )


def _happened(desk: Desk, since: str | None) -> Iterator[Happened]:
    for known in listed(desk.catalog):
        if since is not None and known.opened_at < since:
            continue
        details: Mapping[str, Any] = known.details
        yield Happened(
            kind="incident",
            at=reviews.time_of(known.opened_at),
            state=known.state,
            who=", ".join(details.get("principals", ())) or "not known",
            what=f"{details.get('what', '')} ({details.get('severity', '')}, told by {details.get('source', '')})",
            resources=(*details.get("buckets", ()), *details.get("resources", ())),
            why=known.reason or str(details.get("reason", "")),
            plan=known.plan,
        )
    with desk.catalog.reading() as connection:
        for action, kind in _SHOWN.items():
            for entry in auditlog.newest(connection, auditlog.Wanted(action=action, since=since), _MOST):
                more = entry["details"] if isinstance(entry["details"], Mapping) else {}
                yield Happened(
                    kind=kind,
                    at=reviews.time_of(str(entry["at"])),
                    state="closed",
                    who=str(entry["actor"]),
                    what=str(more.get("identifier", "")),
                    resources=(str(entry["resource"]),) if entry["resource"] else (),
                    why=str(more.get("reason") or more.get("because") or ""),
                )


def _judges(connection: Connection, since: datetime | None) -> Iterator[Judge]:
    by: dict[str, list[tuple[bool, float]]] = {}
    for _, _, decision, queued_at in reviews.answers(connection, since=since):
        hours = max(0.0, (decision.at - queued_at).total_seconds() / 3_600)
        by.setdefault(decision.by, []).append((decision.verdict is Verdict.REJECT, hours))
    for name, answers in sorted(by.items(), key=lambda item: (-len(item[1]), item[0])):
        yield Judge(
            name=name,
            answers=len(answers),
            rejected=sum(rejected for rejected, _ in answers),
            hours=round(median(hours for _, hours in answers), 2),
        )


def _models(connection: Connection, most: int = 50) -> Iterator[Model]:
    for each in learnruns.latest(connection, most):
        yield Model(
            kind=each.kind, at=reviews.time_of(each.began_at), outcome=each.outcome or "running", version=each.version or "",
            told=each.told or "", by=each.by,
        )  # fmt: skip


def stores_of(lines: Sequence[Mapping[str, Any]]) -> tuple[Store, ...]:
    """What `assay aws discover --format jsonl` told: its assets."""
    return tuple(
        Store(
            uri=str(each.get("resource") or each.get("arn") or ""),
            type=str(each.get("type") or ""),
            name=str(each.get("name") or ""),
            account=each.get("account"),
            region=each.get("region"),
            state=each.get("state"),
            because=str(each.get("because") or ""),
            created=each.get("created"),
            size_bytes=each.get("size_bytes"),
            public=each.get("public"),
            encrypted=each.get("encrypted"),
            owner=", ".join(str(value) for value in (each.get("owners") or {}).values()) or None,
            is_lineage=bool(each.get("related")) or str(each.get("type") or "").startswith("glue:"),
        )
        for each in lines
        if each.get("kind") == "asset"
    )
