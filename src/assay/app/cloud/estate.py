"""`aws discover`: the estate, listed, with its owners, and against the catalog if there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from assay.app.cloud.accounts import accounts
from assay.app.cloud.discovering import Estate, Found, Progress, Wanted
from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.aws.failures import refusals
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model import Asset, EstateAsset, EstateState, EstateSummary, Gap, Skip

if TYPE_CHECKING:
    from assay.app.cloud.covering import Ages, Known
    from assay.sources.sql.address import Address
    from assay.store.engine import Catalog

Result = EstateAsset | Gap | Skip | EstateSummary

_ANYWHERE = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a discovery is asked for. `states` are those that are told; all, if there are none.

    `snowflake` are accounts of Snowflake whose stages are told, too.
    """

    access: Access
    wanted: Wanted
    owner_tags: tuple[str, ...]
    classification_tags: tuple[str, ...]
    states: frozenset[EstateState] = frozenset()
    snowflake: tuple[Address, ...] = ()


def discover(
    asked: Asked, *, catalog: Catalog | None, ages: Ages, progress: Callable[[Progress], None] | None = None
) -> Iterator[Result]:
    """Assets in the order of accounts, regions and services, each with its gaps and skips; then the summary.

    Raises `AwsError` where nothing at all can be looked at, `UsageError` for stages without Snowflake's connector.
    """
    begun = monotonic()
    if asked.snowflake:
        from assay.sources.sql.snowflake import driver_of

        # What is not installed is told before anything is asked.
        driver_of(asked.snowflake[0])
    session = session_of(asked.access, asked.wanted.regions)
    to_look_at, closed = accounts(session, asked.wanted.reach)
    estate = Estate(session=session, wanted=asked.wanted, accounts=to_look_at, progress=progress)
    finished = estate.look()
    found: list[Found] = [*closed, *estate.found()]
    if asked.snowflake:
        found, was_told = _with_stages(found, asked, estate)
        finished = finished and was_told
    # An interrupt leaves what was found, and that is judged as far as it goes.
    was_used = _Used(estate)
    told = _told(found, asked, estate, catalog, ages, was_used)
    by_type: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for result in told:
        if isinstance(result, EstateAsset):
            if result.asset is not None:
                by_type[result.asset.type] += 1
            if result.state is not None:
                by_state[result.state.value] += 1
            if asked.states and result.state not in asked.states:
                continue
        kinds[type(result).__name__] += 1
        yield result
    yield EstateSummary(
        accounts=tuple(estate.opened),
        regions=tuple(sorted(estate.regions)),
        services=(*asked.wanted.services, *(("snowflake",) if asked.snowflake else ())),
        assets=by_type.total(),
        shown=kinds[EstateAsset.__name__],
        by_type=dict(sorted(by_type.items())),
        by_state={state.value: by_state[state.value] for state in EstateState if by_state[state.value]},
        gaps=kinds[Gap.__name__],
        skips=kinds[Skip.__name__],
        seconds=monotonic() - begun,
        interrupted=was_used.stopped or not finished,
    )


def _with_stages(found: list[Found], asked: Asked, estate: Estate) -> tuple[list[Found], bool]:
    """The same and the stages of Snowflake, and whether these came to their end."""
    from assay.app.cloud.stages import related, stages_of

    finished = True
    told = list(found)
    try:
        told.extend(stages_of(asked.snowflake))
    except KeyboardInterrupt:
        finished = False
        told.append(Gap(resource="snowflake://", reason="interrupted", detail="not all stages were listed"))
    wanted = asked.wanted
    all_buckets = "s3" in wanted.services and not wanted.regions and "s3" not in estate.incomplete
    return related(told, all_buckets=all_buckets), finished


def session_of(access: Access, regions: tuple[str, ...]) -> Session:
    """A session that has a region: the first of those that exists, else what is set, else any.

    It is where an account is asked about its regions, and says whether that is AWS's own part of the world or China's.
    """
    calls = calls_of("aws discover")
    for region in regions:
        session = Session(replace(access, region=region), calls)
        with suppress(*refusals()):
            if region in session.regions_of("ec2"):
                return session
    session = Session(access, calls)
    return session if session.region is not None else Session(replace(access, region=_ANYWHERE), calls)


def _told(
    found: list[Found], asked: Asked, estate: Estate, catalog: Catalog | None, ages: Ages, was_used: _Used
) -> Iterator[EstateAsset | Gap | Skip]:
    known = None if catalog is None else _known(catalog, found)
    now = datetime.now(UTC)
    for each in found:
        if not isinstance(each, Asset):
            yield each
            continue
        yield _asset(each, asked, known, ages, now, was_used)
    if known is not None and not asked.wanted.regions:
        from assay.app.cloud.covering import gone

        services = frozenset(asked.wanted.services)
        yield from gone(known, services, frozenset(estate.regions), estate.incomplete)


def _known(catalog: Catalog, found: list[Found]) -> Known:
    from assay.app.cloud.covering import known
    from assay.store.estate import remote

    with catalog.reading() as connection:
        return known((each for each in found if isinstance(each, Asset)), remote(connection))


def _asset(asset: Asset, asked: Asked, known: Known | None, ages: Ages, now: datetime, was_used: _Used) -> EstateAsset:
    state, because, scans = None, "", None
    if known is not None:
        from assay.app.cloud.covering import judged

        state, because, scans = judged(asset, known, ages, now, was_used)
    return EstateAsset(
        uri=asset.uris[0] if asset.uris else asset.arn,
        asset=asset,
        owners=_named(asset.tags, asked.owner_tags),
        labels=_named(asset.tags, asked.classification_tags),
        state=state,
        because=because,
        scans=scans,
    )


class _Used:
    """Whether a database was used since a time, as far as the metrics of its account say.

    An interrupt ends the asking, not the telling: `stopped` says so, and the rest is not known.
    """

    def __init__(self, estate: Estate) -> None:
        self.stopped = False
        self._estate = estate
        self._account = ""
        self._session = estate.session

    def __call__(self, asset: Asset, since: datetime) -> bool | None:
        if self.stopped or not asset.type.startswith("rds:") or asset.region is None:
            return None
        from assay.observers.activity import connected_since

        refused: tuple[type[Exception], ...] = (AwsError, *refusals())
        try:
            if asset.account != self._account:
                self._account, self._session = asset.account, self._estate.session_in(asset.account)
            return connected_since(self._session.client("cloudwatch", asset.region), asset, since)
        except refused:
            return None
        except KeyboardInterrupt:
            self.stopped = True
            return None


def _named(tags: Mapping[str, str] | None, names: tuple[str, ...]) -> dict[str, str] | None:
    """Of tags those whose names are asked for, whatever their case, in the order of `names`; `None` for tags not known."""
    if tags is None:
        return None
    wanted = {name.casefold(): place for place, name in enumerate(names)}
    found = [(name, value) for name, value in tags.items() if name.casefold() in wanted]
    return dict(sorted(found, key=lambda tag: (wanted[tag[0].casefold()], tag[0])))
