"""Who read and wrote what is in a bucket or a table: data events of CloudTrail, on a trail that is there, beside what it logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.model.dataevents import NoRoomError, Selectors, both, changed, logged, stronger
from assay.model.protection import ResourceState, ResourceType
from assay.protect.means import Means
from assay.protect.points import Point, Verdict, ok, refused
from assay.protect.points import changed as change
from assay.protect.policy import Asked, wants

ORDER = ("cloudtrail_trail",)
LAST = ("data_events",)
CONTROL = "data_events"
TYPES = frozenset({ResourceType.S3_BUCKET, ResourceType.DYNAMODB_TABLE})
_IDS = {"write": ("CIS 3.8",), "all": ("CIS 3.8", "CIS 3.9")}
_TOLD = {"write": "who writes is logged", "all": "who reads and writes is logged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailsFound:
    """Trails that log what happens in a region, each with its ARN, its bucket, whether it may be changed, and its selectors; `own` is
    the one that assay would make (its ARN), with what there is of it and what has to be. `problem` says why they could not be seen."""

    trails: tuple[tuple[str, str, bool, Selectors], ...] = ()
    own: str = ""
    own_state: Mapping[str, Any] = field(default_factory=dict)
    own_wanted: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def points_of(state: ResourceState, asked: Mapping[str, Asked], means: Means) -> Iterator[Point]:
    """Whether what is asked for is logged; by which trail it will be where it is not."""
    if state.type not in TYPES or not wants(asked, CONTROL):
        return
    want = str(asked[CONTROL].value)
    found: TrailsFound | None = means.trails.get(state.region)
    if found is None or found.problem:
        detail = found.problem if found else "trails were not looked for"
        yield Point(control=CONTROL, verdict=Verdict.UNKNOWN, detail=detail, reason="not seen")
        return
    name = state.resource.removeprefix("s3://")
    if any(bucket == name for _, bucket, _, _ in found.trails):
        yield ok(CONTROL, "a trail writes into it: what it writes would be logged, which never ends")
        return
    for trail, _, _, selectors in found.trails:
        if not stronger(want, logged(selectors, state.resource, means.partition)):
            yield ok(CONTROL, f"{_TOLD[want]} by {trail}")
            return
    ours = [each for each in found.trails if each[2]]
    if not ours:
        yield from _with_own(state, found, means, want)
        return
    # One that logs data events already is nearer to what is meant.
    trail, _, _, selectors = min(ours, key=lambda each: (each[0] != found.own, not _has_data(each[3]), each[0]))
    yield _changed(state, trail, selectors, means, want, waits=False)


def _has_data(selectors: Selectors) -> bool:
    return bool(selectors.advanced) or any(each.get("DataResources") for each in selectors.basic)


def _with_own(state: ResourceState, found: TrailsFound, means: Means, want: str) -> Iterator[Point]:
    yield change(
        CONTROL,
        "cloudtrail_trail",
        found.own_state,
        found.own_wanted,
        detail="a trail for all regions, with a bucket for it, since none of the account's logs",
        reversible=False,
        person="its logs are stored and paid for",
        note="a trail and its bucket are not deleted when this is taken back; copies of management events beside a first one are paid for",
        resource=found.own,
    )
    usual = Selectors(basic=({"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []},))
    yield _changed(state, found.own, usual, means, want, waits=True)


def _changed(state: ResourceState, trail: str, selectors: Selectors, means: Means, want: str, *, waits: bool) -> Point:
    now = logged(selectors, state.resource, means.partition)
    after = both(now, want)
    try:
        changed(selectors, state.resource, now=now, wanted=after, partition=means.partition)
    except NoRoomError as error:
        return refused(CONTROL, "no room", f"{trail}: {error}; log all buckets, or make another trail")
    name = f"data events of {state.resource}"
    return change(
        CONTROL,
        "data_events",
        {name: now},
        {name: after},
        detail=_TOLD[after],
        person="its trail has to be made first" if waits else "data events are paid for one by one",
        ids=_IDS[want] if state.type is ResourceType.S3_BUCKET else (),
        note=f"beside what {trail} logs",
        resource=trail,
        of=state.resource,
    )
