"""What asks for a resource to be looked at now: events that tell of a new one, and levels that changed. Both become tasks.

There is one task of a resource, however often it is asked for, so that what is told twice is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from assay.app.cloud.tagtargets import DATABASES
from assay.app.protection.protectasking import ask_for, protectable
from assay.app.protection.protecttargets import is_meant
from assay.aws.arn import parse as parse_arn
from assay.aws.session import Calls
from assay.errors import UsageError
from assay.events.items import Refused, RescanItem
from assay.events.parse import parse
from assay.ports import Message, Queue
from assay.queues import sqs
from assay.store import outbox, tasks
from assay.store.engine import Catalog
from assay.store.outbox import LevelChange

CALLS: Calls = sqs.CALLS - {"sqs.ChangeMessageVisibilityBatch"}
"""Nothing is kept from others for longer: a message is through as soon as it is read."""
_AT_ONCE = 500


def heard(catalog: Catalog, body: str) -> tuple[int, list[str]]:
    """Asks for what a message tells of to be looked at: of how many resources, and what in it could not be understood."""
    asked, wrong = 0, []
    for each in parse(body):
        if isinstance(each, RescanItem):
            with catalog.transaction() as connection:
                asked += ask_for(connection, each) is not None
        elif isinstance(each, Refused):
            wrong.append(f"{each.where} {each.reason}".strip())
    return asked, wrong


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """Takes events off a queue that tell of new resources, of their policies and of databases. Every other event is another's
    concern: it is deleted, and no account is kept of it, so that a worker that hears of it too does its work."""

    catalog: Catalog
    queue: Queue

    def take(self, *, wait: float) -> int:
        """Takes what is there; how many resources were asked for. Raises `AwsError`."""
        asked = 0
        for message in self.queue.receive(10, wait=wait):
            asked += self._message(message)
        return asked

    def _message(self, message: Message) -> int:
        asked, wrong = heard(self.catalog, message.body.reveal(why="it says what there is to do"))
        if not wrong or not self.queue.bury(message, "; ".join(wrong)):
            # What cannot be understood, and can be put nowhere, must not come again for ever.
            self.queue.delete([message])
        return asked


@dataclass(frozen=True, kw_only=True)
class LevelChanges:
    """Turns changed levels into tasks, each once. `known` maps resources, and the hosts of databases, to what is protected;
    while it is empty every bucket and table is taken for one of the account's. `regions` are where a table may be whose region nothing tells
    (else `region`). Of `others`, accounts that are protected besides, what changed is asked for, too; of a resource by the accounts that it may
    be in `whose` says which have it."""

    catalog: Catalog
    account: str
    region: str | None
    targets: Collection[str] = ()
    regions: Sequence[str] = ()
    known: Callable[[], dict[str, str]] = dict
    others: Sequence[str] = ()
    whose: Callable[[Sequence[tuple[str, str]]], list[tuple[str, str]]] = list

    @property
    def consumer(self) -> str:
        return f"protect {self.account} {self.region or ''}".strip()[:64]

    def take(self) -> int:
        """How many resources were asked for."""
        asked = 0
        while True:
            with self.catalog.transaction() as connection:
                claim = outbox.claim(connection, self.consumer, _AT_ONCE)
            if not claim.events:
                return asked
            wanted: dict[tuple[str, str], str] = {}
            for change in claim.events:
                told = f"what is known of it changed: {change.old or 'nothing'} before, {change.new} now"
                wanted |= dict.fromkeys(self._protected(change), told)
            # What is asked for and that it was heard of are kept together, or neither is.
            with self.catalog.transaction() as connection:
                for (resource, account), because in wanted.items():
                    tasks.ask(connection, tasks.Kind.PROTECT, resource, because=because, account=account,
                              region=self.region)  # fmt: skip
                outbox.done(connection, claim)
            asked += len(wanted)

    def _protected(self, change: LevelChange) -> list[tuple[str, str]]:
        """What is protected where something changed, each with its account."""
        known = self.known()
        resource = change.resource
        if resource.startswith(tuple(f"{scheme}://" for scheme in DATABASES)):
            host = urlsplit(resource).hostname or ""
            found = [(known[host], self.account)] if host in known else []
        else:
            found = [
                (named, account)
                for account in (self.account, *self.others)
                for region in self.regions or (self.region,)
                if (named := protectable(resource, account, region)) is not None and (not known or named in known)
            ]
        return self.whose([each for each in dict.fromkeys(found) if _is_of(*each) and self._is_meant(each[0])])

    def _is_meant(self, resource: str) -> bool:
        try:
            return not self.targets or is_meant(resource, self.targets)
        except UsageError:
            return False


def _is_of(resource: str, account: str) -> bool:
    """Whether a resource may be of an account: what names another one is that one's to look at."""
    return not resource.startswith("arn:") or parse_arn(resource).account == account
