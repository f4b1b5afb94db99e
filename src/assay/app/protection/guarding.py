"""Protection of what tasks name, each in the account that it is of: by the credentials, or by the role of the settings that leads there. An
account that cannot be entered is told, its tasks wait, and it stops no other; what is of an account that nothing leads to is told, and left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assay.app.protection.applying import OTHER_ACCOUNT
from assay.app.protection.entering import session_in
from assay.app.protection.protectround import Seen, Told
from assay.app.protection.protecttargets import OBSERVE
from assay.app.protection.protectwatch import Protecting, Watch
from assay.app.retry import RetryError
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import ACCESS_DENIED, NOT_FOUND
from assay.aws.presence import is_gone
from assay.aws.s3settings import region_of
from assay.errors import AwsError
from assay.store import tasks
from assay.store.engine import Catalog
from assay.store.tasks import Task

_AGAIN_SECONDS = 300.0
_BUCKETS = "s3://"
_LOOKING = "protect plan"


@dataclass(kw_only=True)
class Guards:
    """Looks at what tasks name in the account of `access`, and in those that `roles` lead to, each entered once there is something to do. `make`
    says who looks in the account of the credentials (`None`) or of a role; it raises `AwsError` where that cannot be entered. What changed its
    level is asked for in all of them. Making one raises `AwsError` where the credentials cannot be used."""

    catalog: Catalog
    access: Access
    roles: Sequence[str]
    make: Callable[[str | None], Watch]
    tell: Told
    clock: Callable[[], float] = time.monotonic
    _made: dict[str, Watch] = field(default_factory=dict)
    _closed: dict[str, tuple[float, AwsError]] = field(default_factory=dict)
    _elsewhere: dict[str, str] = field(default_factory=dict)
    _gaps: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        own = self.make(None)
        self.own = own.changes.account
        self._made[self.own] = own
        self._role_of = {parse(each).account: each for each in reversed(self.roles)}
        self._role_of.pop(self.own, None)
        self._changes = replace(own.changes, others=tuple(self._role_of), whose=self._whose)

    @property
    def configured(self) -> list[str]:
        """The accounts that something leads to."""
        return [self.own, *self._role_of]

    def open(self) -> list[str]:
        """Those of them whose tasks are worked on now: one that could not be entered is tried again after a while."""
        return [each for each in self.configured if self._refusal(each) is None]

    @property
    def has_gaps(self) -> bool:
        """Whether something was not seen or not made that was asked for, as it stands now."""
        return bool(self._gaps or self._closed or self._elsewhere)

    def take(self) -> int:
        """Asks for what changed its level, and tells what is asked for of accounts that nothing leads to."""
        asked = self._changes.take()
        with self.catalog.transaction() as connection:
            found = tasks.elsewhere(connection, self.configured, because=OTHER_ACCOUNT)
        for resource, account in found.items():
            if self._elsewhere.get(resource) != account:
                detail = f"it is of account {account}, and the credentials of {self.own}: name a role there with protect_roles"
                self._tell_gap(account, resource, AwsError(OTHER_ACCOUNT, detail))
        self._elsewhere = found
        return asked

    def __call__(self, task: Task, is_stopped: Callable[[], bool]) -> str:
        """Does a task of protection. Raises `RetryError` where it may succeed later."""
        try:
            watch = self.entered(self._account_of(task))
        except AwsError as error:
            raise RetryError(error.reason, counts=False) from None
        # What a worker that died has left of it is described first: until then nobody else may change the same.
        for _ in watch.looks.maker.settle():
            pass
        self._gaps.add(task.resource)

        def see(seen: Seen) -> None:
            if not (seen.gaps or seen.failed):
                self._gaps.discard(task.resource)

        return Protecting(looks=watch.looks, seen=see)(task, is_stopped)

    def _account_of(self, task: Task) -> str:
        """The account in which a resource is looked at: that of its name, else the one that has it as far as can be seen, else the one that was
        told. What is of none of them is refused by whoever looks."""
        told = task.account if task.account in self.configured else self.own
        if task.resource.startswith("arn:"):
            named = parse(task.resource).account
            return named if named in self.configured else told
        if not task.resource.startswith(_BUCKETS):
            return told
        others = [each for each in self.configured if each != told]
        return self._whose([(task.resource, each) for each in (told, *others)])[0][1]

    def _whose(self, found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of a resource by the accounts that it may be in those that it is in; where none has it those of which that cannot be seen, else the
        first, in which it is told."""
        if len(found) < 2:
            return list(found)
        told: list[tuple[tuple[str, str], bool | None]] = []
        for each in found:
            told.append((each, self._has(*each)))
            if told[-1][1] and each[0].startswith(_BUCKETS):
                # Names are those of all accounts: no other has it.
                return [each]
        there = [each for each, has in told if has]
        return there or [each for each, has in told if has is None] or [found[0]]

    def _has(self, resource: str, account: str) -> bool | None:
        """Whether an account has a resource; `None` where that cannot be seen now."""
        try:
            self.entered(account)
            session = session_in(self.access, _LOOKING, account, self.roles)
            if not resource.startswith(_BUCKETS):
                return not is_gone(session, account, resource)
            region_of(session, resource.removeprefix(_BUCKETS), account)
        except AwsError as error:
            return False if error.reason in (ACCESS_DENIED, NOT_FOUND) and account not in self._closed else None
        return True

    def entered(self, account: str) -> Watch:
        """Who looks in an account. Raises `AwsError` where it cannot be entered, or could not a moment ago."""
        if account in self._made:
            return self._made[account]
        refusal = self._refusal(account)
        if refusal is not None:
            raise refusal
        role = self._role_of[account]
        try:
            made = self.make(role)
            if made.changes.account != account:
                raise AwsError(OTHER_ACCOUNT, f"it leads into {made.changes.account}")
        except AwsError as error:
            told = AwsError(error.reason, f"{role} cannot be assumed: {error.detail}")
            if account not in self._closed:
                self._tell_gap(account, f"aws://{account}", told)
            self._closed[account] = (self.clock() + _AGAIN_SECONDS, told)
            raise told from None
        self._closed.pop(account, None)
        self._made[account] = made
        return made

    def _refusal(self, account: str) -> AwsError | None:
        until, error = self._closed.get(account, (0.0, None))
        return error if until > self.clock() else None

    def _tell_gap(self, account: str, resource: str, error: AwsError) -> None:
        self.tell(
            {"kind": "gap", "account": account, "resource": resource, "control": OBSERVE, "reason": error.reason, "detail": error.detail}
        )  # fmt: skip
