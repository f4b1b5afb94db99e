"""The estate of accounts of AWS: who is looked at, where, and by which services, and what is not known of it."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import NamedTuple

from assay.app.cloud.accounts import Account, Reach
from assay.app.threads import Threads, in_order
from assay.aws.arn import parse
from assay.aws.failures import NO_CREDENTIALS, REGION_DISABLED, UNREACHABLE, failure_of, has_no_host, refusals
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model import Asset, Gap, Skip
from assay.observers.look import Look, RegionTags
from assay.observers.services import SERVICES, observer

CALLS: Calls = frozenset({"ec2.DescribeRegions"})

THREADS = 16
_AHEAD = 4 * THREADS
_ACCOUNTS_AHEAD = 4
# Clients of an account that is done are cycles, megabytes of them, which this program's collector would leave for long.
_ACCOUNTS_KEPT = 16
UNDECLARED = "undeclared"


class Wanted(NamedTuple):
    """What is to be looked at; no regions: all that an account has enabled."""

    reach: Reach = Reach()
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = tuple(SERVICES)


class Progress(NamedTuple):
    """How far it is: accounts, lists of a service in a region, resources, gaps."""

    accounts_done: int
    accounts: int
    lists: int
    assets: int
    gaps: int


@dataclass(kw_only=True)
class Listing:
    """One service in one region of one account: what is found of it grows while it is being asked.

    `offered` says whether the service is in that region, `None` where that is not known.
    """

    account: str
    region: str
    service: str
    look: Look | None = field(repr=False)
    offered: bool | None
    found: list[Asset | Gap | Skip] = field(default_factory=list)
    done: bool = False

    @property
    def uri(self) -> str:
        """What its gaps are called by."""
        return "/".join(part for part in (f"aws://{self.account}", self.region, self.service) if part)

    def results(self) -> list[Asset | Gap | Skip]:
        """What was found, in an order that does not depend on how it came."""
        found = list(self.found)
        if not self.done:
            found.append(Gap(resource=self.uri, reason="interrupted", detail="not all of it was listed"))
        return sorted(found, key=_order)


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """An account that can be looked at, the regions of it, and what is not known of these.

    `home` is where it is asked for what it has once and not in each region.
    """

    account: Account
    session: Session
    partition: str
    home: str
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()


Found = Asset | Gap | Skip


@dataclass(kw_only=True)
class Estate:
    """Lists the resources of accounts. `opened` are the accounts that could be looked at, `regions` where.

    `incomplete` are the services of which something was not listed; all of them, where an account was not opened.
    """

    session: Session
    wanted: Wanted
    accounts: list[Account]
    progress: Callable[[Progress], None] | None = None
    opened: list[str] = field(default_factory=list)
    regions: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    _begun: list[Listing | Gap] = field(default_factory=list)

    def look(self) -> bool:
        """Looks at everything. Returns whether it came to its end: an interrupt leaves what was found until then."""
        threads = Threads(THREADS, "discover")
        lists = assets = gaps = 0
        try:
            for listing in in_order(threads, self._listings(threads), _run, _AHEAD):
                lists += 1
                assets += sum(isinstance(each, Asset) for each in listing.found)
                gaps += sum(isinstance(each, Gap) for each in listing.found)
                if self.progress is not None:
                    self.progress(Progress(len(self.opened), len(self.accounts), lists, assets, gaps))
        except KeyboardInterrupt:
            self.incomplete.update(self.wanted.services)
            return False
        finally:
            threads.stop()
        return True

    def found(self) -> Iterator[Found]:
        """What was found: account by account, region by region, service by service."""
        for each in self._begun:
            if isinstance(each, Gap):
                yield each
                continue
            results = each.results()
            if any(isinstance(result, Gap) for result in results):
                self.incomplete.add(each.service)
            yield from results

    def session_in(self, account: str) -> Session:
        """A session in one of the accounts: made again, since those of hundreds of accounts are not kept."""
        role = next((each.role_arn for each in self.accounts if each.id == account), None)
        return self.session if role is None else self.session.assuming(role, self.wanted.reach.external_id)

    def _listings(self, threads: Threads) -> Iterator[Listing]:
        waiting = iter(self.accounts)
        opening = deque(self._opening(threads, account) for account in islice(waiting, _ACCOUNTS_AHEAD))
        while opening:
            opened = opening.popleft().result()
            opening.extend(self._opening(threads, account) for account in islice(waiting, 1))
            if isinstance(opened, Gap):
                self._begun.append(opened)
                self.incomplete.update(self.wanted.services)
                continue
            if opened.gaps:
                self._begun.extend(opened.gaps)
                self.incomplete.update(self.wanted.services)
            self.opened.append(opened.account.id)
            if len(self.opened) % _ACCOUNTS_KEPT == 0:
                gc.collect()
            self.regions.update(opened.regions)
            for listing in self._of(opened):
                self._begun.append(listing)
                yield listing

    def _opening(self, threads: Threads, account: Account) -> Future[_Opened | Gap]:
        return threads.submit(partial(self._open, account))

    def _of(self, opened: _Opened) -> Iterator[Listing]:
        tags: dict[str, RegionTags] = {}
        offers = {name: set(opened.session.regions_of(SERVICES[name].client)) for name in self.wanted.services}

        def tags_in(region: str) -> RegionTags:
            return tags.setdefault(region, RegionTags(opened.session, region))

        def listing(region: str, service: str) -> Listing:
            known = SERVICES[service]
            look = Look(
                session=opened.session,
                account=opened.account.id,
                partition=opened.partition,
                region=region or opened.home,
                wanted=frozenset(self.wanted.regions) or None,
                tags_in=tags_in,
            )
            # Of some services the library knows no region at all: whether they are in this one is not known then.
            offered = None if not offers[service] else region in offers[service]
            offered = True if known.is_global else offered
            return Listing(account=opened.account.id, region=region, service=service, look=look, offered=offered)

        if not opened.regions:
            return
        for service in self.wanted.services:
            if SERVICES[service].is_global:
                yield listing("", service)
        for region in opened.regions:
            for service in self.wanted.services:
                if not SERVICES[service].is_global:
                    yield listing(region, service)

    def _open(self, account: Account) -> _Opened | Gap:
        uri = f"aws://{account.id}"
        try:
            session = self.session_in(account.id)
            identity = session.identity()
        except AwsError as error:
            who = "" if account.role_arn is None else f"{account.role_arn} cannot be assumed: "
            return Gap(resource=uri, reason=error.reason, detail=f"{who}{error.detail}")
        enabled, gaps = self._enabled(session, uri)
        here = session.region or ""
        return _Opened(
            account=account,
            session=session,
            partition=parse(identity["Arn"]).partition,
            home=here if here in enabled else min(enabled, default=here),
            regions=tuple(sorted(enabled.intersection(self.wanted.regions) if self.wanted.regions else enabled)),
            gaps=gaps,
        )

    def _enabled(self, session: Session, uri: str) -> tuple[set[str], tuple[Gap, ...]]:
        """The regions that an account has enabled, and what is not known of that, or of those that are wanted."""
        try:
            answer = session.client("ec2").describe_regions(AllRegions=True)["Regions"]
        except refusals() as error:
            if self.wanted.regions:
                return set(self.wanted.regions), ()
            failure = failure_of(error)
            detail = f"which regions are enabled is not known, so all are asked: {failure.detail}"
            return set(session.regions_of("ec2")), (Gap(resource=uri, reason=failure.reason, detail=detail),)
        known = {each["RegionName"] for each in answer}
        enabled = {each["RegionName"] for each in answer if each.get("OptInStatus") != "not-opted-in"}
        missing = [name for name in self.wanted.regions if name not in enabled]
        return enabled, tuple(_disabled(uri, name, known) for name in missing)


def _disabled(uri: str, region: str, known: set[str]) -> Gap:
    if region in known:
        detail = "the account has not enabled it"
    else:
        import difflib  # only errors need it

        close = difflib.get_close_matches(region, sorted(known), n=1, cutoff=0.6)
        detail = "the account has no such region" + (f"; did you mean {close[0]}?" if close else "")
    return Gap(resource=f"{uri}/{region}", reason=REGION_DISABLED, detail=detail)


def _run(listing: Listing) -> None:
    look, listing.look = listing.look, None
    assert look is not None
    try:
        for each in observer(listing.service)(look):
            listing.found.append(each)
    except refusals() as error:
        listing.found.append(refused(listing, error))
    except AwsError as error:
        if error.reason == UNDECLARED:
            raise
        listing.found.append(Gap(resource=listing.uri, reason=error.reason, detail=error.detail))
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        # An answer of another form than documented, of an endpoint that only resembles AWS, is one service's affair.
        listing.found.append(
            Gap(resource=listing.uri, reason="unreadable answer", detail=f"{type(error).__name__} in what it answered")
        )
    if look.untold:
        first = look.untold[0]
        number = len(look.untold)
        detail = f"tags of {number} resource{'s' if number > 1 else ''} are not known: {first.detail}"
        listing.found.append(Gap(resource=listing.uri, reason=first.reason, detail=detail))
    listing.done = True


def refused(listing: Listing, error: Exception) -> Gap | Skip:
    """What the refusal of a list means: something is not known, or there is nothing to be known."""
    failure = failure_of(error)
    reason, detail = failure.reason, failure.detail
    is_elsewhere = listing.offered is False or (listing.offered is None and has_no_host(error))
    if reason == UNREACHABLE and is_elsewhere:
        return Skip(resource=listing.uri, reason="not offered", detail="the service is not in this region")
    if reason == NO_CREDENTIALS and failure.code:
        # Who calls was told before: it is this region that does not know them.
        reason, detail = REGION_DISABLED, f"{failure.code}: the region is not enabled, or takes no tokens of this kind"
    found = sum(isinstance(each, Asset) for each in listing.found)
    return Gap(
        resource=listing.uri, reason=reason, detail=f"{detail}; {found:,} were listed before" if found else detail
    )


def _order(each: Found) -> tuple[int, str, str, str]:
    if isinstance(each, Asset):
        return 0, each.region or "", each.type, each.arn
    return 1, each.resource, each.reason, each.detail
