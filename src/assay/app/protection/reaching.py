"""Protection of several accounts at once: each is looked at by a role of its own, and one that cannot be entered is told, and stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assay.app.permissions import calls_of
from assay.app.protection.protecting import Protection
from assay.app.protection.protecttargets import OBSERVE
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.action import Plan, Refusal
from assay.model.protection import ResourceState
from assay.protect.protection import plan_of

AT_ONCE = 4
"""Accounts: each asks with threads of its own, and each service of each region as fast as that lets it."""
CALLS: Calls = frozenset({"sts.AssumeRole"})


@dataclass(kw_only=True)
class Reaching:
    """The account of `access`, and those of `roles`. `make` says who protects the account of a session; `on_looked` is told how many resources
    were looked at so far, in all of them."""

    access: Access
    roles: Sequence[str]
    make: Callable[[Session, Callable[[int], None]], Protection]
    on_looked: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._looked: dict[int, int] = {}

    def accounts(self) -> list[Protection | Refusal]:
        """Who protects each account, each account once, in the order of the roles. Raises `AwsError` where that of `access` cannot be entered."""
        own = Session(self.access, calls_of("protect plan"), adaptive=True)
        first = self.make(own, self._counting(0))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            others = list(threads.map(lambda each: self._entered(own, *each), enumerate(self.roles, start=1)))
        found: list[Protection | Refusal] = [first]
        seen = {first.account}
        for each in others:
            if isinstance(each, Protection):
                if each.account in seen:
                    continue
                seen.add(each.account)
            found.append(each)
        return found

    def observed(self) -> Iterator[ResourceState | Refusal]:
        """Everything that there is in all of them, account by account."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for found in threads.map(_observed, self.accounts()):
                yield from found

    def planned(self, *, by: str) -> list[Plan]:
        """A plan for each, since each is approved and applied for its own account; of one that could not be entered it tells why."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(lambda each: _planned(each, by), self.accounts()))

    def _entered(self, own: Session, number: int, role: str) -> Protection | Refusal:
        try:
            return self.make(own.assuming(role, self.access.external_id), self._counting(number))
        except AwsError as error:
            detail = f"{role} cannot be assumed: {error.detail}"
            return Refusal(resource=f"aws://{parse(role).account}", control=OBSERVE, reason=error.reason, detail=detail)

    def _counting(self, account: int) -> Callable[[int], None]:
        def tell(number: int) -> None:
            with self._lock:
                self._looked[account] = number
                self.on_looked(sum(self._looked.values()))

        return tell


def _observed(account: Protection | Refusal) -> list[ResourceState | Refusal]:
    if isinstance(account, Refusal):
        return [account]
    try:
        return list(account.observe(account.resources(())))
    except AwsError as error:
        return [_whole(account, error)]


def _planned(account: Protection | Refusal, by: str) -> Plan:
    if isinstance(account, Protection):
        try:
            return replace(account.plan((), by=by), targets=(f"aws://{account.account}",))
        except AwsError as error:
            account = _whole(account, error)
    return plan_of([account], {}, targets=(account.resource,), at=datetime.now(UTC), by=by)


def _whole(account: Protection, error: AwsError) -> Refusal:
    """Nothing of an account could be listed."""
    return Refusal(resource=f"aws://{account.account}", control=OBSERVE, reason=error.reason, detail=error.detail)
