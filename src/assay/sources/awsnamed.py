"""Resources of AWS that are listed by their names alone: DynamoDB's tables, the streams of Kinesis.

What is common to them stands here; a service's own part says by which calls it is asked, and how what it refuses is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from assay.aws.access import Access
from assay.aws.failures import ACCESS_DENIED, NOT_FOUND, Failure, code_of, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.sources.names import close_to, is_pattern

Items = Iterator[AssetRef | Gap | Skip]

VANISHED = "vanished"
NOT_READY = "not ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource: `noun` is what people call it, `name` and `pattern` are what its names and patterns of them may be.

    `listing` is the operation that lists names and the key that they are under, `describing` the one that tells of a single
    resource and the parameter that names it, `allowing` the permission that listing wants. `help` has what to do about a reason
    of `assay.aws.failures`, `states` the gaps of resources that cannot be read while they are of a status.
    """

    noun: str
    service: str
    calls: Calls
    uri: Callable[[str], str]
    name: re.Pattern[str]
    pattern: re.Pattern[str]
    listing: tuple[str, str]
    describing: tuple[str, str]
    allowing: str
    help: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, ReadError] = field(default_factory=dict)

    def parse(self, target: str) -> str:
        """The name, or the pattern of names, that a target has; `*` for all. Raises `UsageError` for what can be none."""
        scheme = f"{self.service}://"
        name = unquote(target[len(scheme) :].removesuffix("/")) or "*"
        if not (self.pattern if is_pattern(name) else self.name).fullmatch(name):
            raise UsageError(
                f"{target}: is no name of a {self.noun}; write {scheme}orders, {scheme}orders-* or {scheme} for all"
            )
        return name

    def of_status(self, status: str) -> ReadError | None:
        """The gap of a resource that cannot be read while it is of this status; `None` for one that can."""
        known = self.states.get(status)
        return None if known is None else ReadError(known.reason, known.detail)

    def refused(self, error: Exception) -> ReadError:
        """The gap of a resource that could not be read."""
        failure = failure_of(error)
        if failure.reason == NOT_FOUND or code_of(error) == "ResourceInUseException":
            return ReadError(VANISHED, f"the {self.noun} was there when the account was listed")
        if failure.reason not in self.help:
            return ReadError(failure.reason, failure.detail)
        what = failure.detail.partition(";")[0]
        return ReadError(failure.reason, f"{what}; {self.help[failure.reason]}")


class NamedResources:
    """What one target names, the `number`-th of its scan. `exclude` are patterns of names."""

    def __init__(
        self, kind: Kind, target: str, access: Access, *, number: int = 0, exclude: Sequence[str] = ()
    ) -> None:
        self.target = target
        self._kind = kind
        self._name = kind.parse(target)
        self._access = access
        self._number = number
        self._exclude = tuple(exclude)

    @property
    def root(self) -> str:
        """What the URIs of all resources of this source begin with, or the URI of the only one."""
        return self._kind.uri("" if is_pattern(self._name) else self._name)

    def assets(self) -> Items:
        """Resources in the order of their names. Asks at once; raises `UsageError` where nothing is named so, and `AwsError`
        where the service cannot be reached with these credentials."""
        kind = self._kind
        client = Session(self._access, kind.calls).client(kind.service)
        if not is_pattern(self._name):
            return iter([self._named(client)])
        try:
            names = list(items(client, *kind.listing))
        except refusals() as error:
            failure = self._reached(error)
            detail = failure.detail
            if failure.reason == ACCESS_DENIED:
                detail = f"{kind.noun}s cannot be listed; allow {kind.allowing}, or name the {kind.noun}s"
            return iter([Gap(resource=kind.uri(""), reason=failure.reason, detail=detail)])
        found = sorted(name for name in names if fnmatchcase(name, self._name))
        if not found and self._name != "*":
            raise UsageError(f"{self.target}: no {kind.noun} is called so{self._hint(names)}")
        return iter([self._item(name) for name in found])

    def _named(self, client: Any) -> AssetRef | Gap | Skip:
        kind = self._kind
        operation, parameter = kind.describing
        try:
            getattr(client, operation)(**{parameter: self._name})
        except refusals() as error:
            if failure_of(error).reason == NOT_FOUND:
                raise UsageError(
                    f"{self.target}: there is no such {kind.noun}{self._hint(self._names(client))}"
                ) from None
            self._reached(error)
            refused = kind.refused(error)
            return Gap(resource=kind.uri(self._name), reason=refused.reason, detail=refused.detail)
        return self._item(self._name)

    def _item(self, name: str) -> AssetRef | Skip:
        uri = self._kind.uri(name)
        if any(fnmatchcase(name, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(name,))

    def _reached(self, error: Exception) -> Failure:
        failure = failure_of(error)
        if failure.is_hopeless:
            raise AwsError(failure.reason, f"{self.target}: {failure.detail}") from None
        return failure

    def _names(self, client: Any) -> list[str]:
        """All of them, for a hint; none where they may not be listed."""
        try:
            return list(items(client, *self._kind.listing))
        except refusals():
            return []

    def _hint(self, names: Sequence[str]) -> str:
        return f"{close_to(self._name, names)}; check its name, and --profile and --region"
