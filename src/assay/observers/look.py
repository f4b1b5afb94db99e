"""What an observer is given to look with: one account in one region, and the tags that are known there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.aws.arn import Arn
from assay.aws.failures import NOT_FOUND, Failure, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session

CALLS: Calls = frozenset({"resourcegroupstaggingapi.GetResources"})

# Services whose own lists tell no tags.
_TAGGED = ("s3", "dynamodb", "kinesis", "es", "glue")

Tags = Mapping[str, str]


class RegionTags:
    """The tags of all resources of an account in a region, listed when the first of them is asked for, by one thread."""

    def __init__(self, session: Session, region: str) -> None:
        self._session = session
        self._region = region
        self._lock = threading.Lock()
        self._asked = False
        self._found: dict[str, Tags] | None = None

    def of(self, arn: str) -> Tags | None:
        """The tags of a resource, none included; `None` where the list was refused."""
        with self._lock:
            if not self._asked:
                self._asked = True
                self._found = self._all()
        return None if self._found is None else self._found.get(arn, {})

    def _all(self) -> dict[str, Tags] | None:
        client = self._session.client("resourcegroupstaggingapi", self._region)
        found: dict[str, Tags] = {}
        try:
            for each in items(
                client,
                "get_resources",
                "ResourceTagMappingList",
                ResourceTypeFilters=list(_TAGGED),
                ResourcesPerPage=100,
            ):
                found[each["ResourceARN"]] = as_tags(each.get("Tags"))
        except refusals():
            # The services are asked one by one instead; what they refuse is told then.
            return None
        return found


@dataclass(frozen=True, kw_only=True)
class Look:
    """One account in one region; of a service without regions the account, and `wanted` is which regions are asked for.

    `untold` collects why tags of this look are missing.
    """

    session: Session
    account: str
    partition: str
    region: str
    wanted: frozenset[str] | None = None
    tags_in: Callable[[str], RegionTags]
    untold: list[Failure] = field(default_factory=list)

    def client(self, service: str, region: str | None = None) -> Any:
        return self.session.client(service, region or self.region)

    def arn(self, service: str, resource: str) -> str:
        return str(Arn(self.partition, service, self.region, self.account, resource))

    def tags(self, arn: str, own: Callable[[], Tags], region: str | None = None) -> Tags | None:
        """Tags of a resource: from the list of its region, else by `own`, the service's own call; `None` if refused."""
        found = self.tags_in(region or self.region).of(arn)
        return self.own_tags(own) if found is None else found

    def own_tags(self, own: Callable[[], Tags]) -> Tags | None:
        """Tags by a service's own call alone; `None` if refused."""
        try:
            return own()
        except refusals() as error:
            failure = failure_of(error)
            if failure.reason != NOT_FOUND:
                self.untold.append(failure)
            return None


def as_tags(given: Any) -> Tags:
    """Tags as services list them: `[{"Key": …, "Value": …}]`."""
    return {str(each["Key"]): str(each.get("Value", "")) for each in given or ()}
