"""Restores are tested where what was backed up is: each target in the account that it is of. What others left behind is deleted where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.app.permissions import calls_of
from assay.app.protection.entering import enter, session_towards
from assay.app.protection.protecttargets import resource_of
from assay.app.protection.restoretesting import COMMAND, RestoreTests
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model.action import Action, Plan, Receipt, Refusal
from assay.model.backing import RESTORE_TEST
from assay.protectors.restoring import Compared
from assay.store import journal
from assay.store.engine import Catalog

_BUCKETS = "s3://"


@dataclass(kw_only=True)
class RestoresOfAll:
    """Tests restores in the account of `access`, and in those that `roles` lead to. `make` says who tests in the account of a session."""

    catalog: Catalog
    access: Access
    roles: Sequence[str]
    make: Callable[[Session], RestoreTests]
    _tests: dict[str, RestoreTests] = field(default_factory=dict)

    def plans(self, targets: Sequence[str]) -> tuple[list[Plan], list[Refusal]]:
        """What would be restored in each account, and which targets are in one that cannot be entered. Changes nothing. Raises `AwsError`
        where that of `access` cannot be, `UsageError`."""
        own = self._of(Session(self.access, calls_of(COMMAND)))
        of_each: dict[str, list[str]] = {}
        closed: list[Refusal] = []
        for target in targets:
            try:
                account = self._account_of(resource_of(target), own)
            except AwsError as error:
                closed.append(Refusal(resource=target, control=RESTORE_TEST, reason=error.reason, detail=error.detail))
                continue
            of_each.setdefault(account, []).append(target)
        return [self._tests[account].plan(named) for account, named in of_each.items()], closed

    def settle(self) -> tuple[list[Receipt], Mapping[str, AwsError]]:
        """Deletes what tests that were interrupted left behind, in whichever account; and where it could not be looked for."""
        with self.catalog.reading() as connection:
            left = journal.accounts_left(connection, [RESTORE_TEST])
        entered = enter(self.access, COMMAND, self.roles, sorted(left))
        told = [receipt for each in entered.sessions.values() for receipt in self._tests[self._of(each)].settle()]
        return told, entered.closed

    def run(self, plans: Sequence[Plan]) -> Iterator[tuple[Action, Receipt, Compared | None]]:
        """Restores one after the other, each in the account that its plan is of."""
        for plan in plans:
            if plan.actions:
                yield from self._tests[plan.actions[0].action.account].run(plan)

    def _account_of(self, resource: str, own: str) -> str:
        """The account in which something is looked for: its own where it can be entered, else that of the credentials, which refuses it."""
        if resource.startswith(_BUCKETS):
            return self._of(session_towards(self.access, COMMAND, self.roles, bucket=resource))
        if not resource.startswith("arn:"):
            return own
        account = parse(resource).account
        if account in self._tests:
            return account
        return self._of(session_towards(self.access, COMMAND, self.roles, account=account))

    def _of(self, session: Session) -> str:
        account = session.account()
        if account not in self._tests:
            self._tests[account] = self.make(session)
        return account
