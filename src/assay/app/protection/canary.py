"""Canaries of buckets: what could be written and read before a plan was applied, and cannot be after it, was broken by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assay.aws.session import Session
from assay.model.action import Action
from assay.protectors.s3_canary import Probed, probe

_BUCKETS = "s3://"
_THREADS = 8
_BREAKING = frozenset({"s3_tls_only", "s3_public_access_block", "s3_acls_off", "s3_encryption", "s3_versioning"})
"""What data may not get past."""


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """Puts into and reads from buckets of `account`; also as `role`, where one is given."""

    session: Session
    account: str
    role: str | None = None

    def of(self, actions: Sequence[Action]) -> dict[str, Probed]:
        """Every bucket whose data these actions may be in the way of."""
        found = {each.resource for each in actions if each.control in _BREAKING and each.resource.startswith(_BUCKETS)}
        return self.again(sorted(found))

    def again(self, resources: Sequence[str]) -> dict[str, Probed]:
        """These buckets."""
        reader = None if self.role is None else self.session.assuming(self.role)
        with ThreadPoolExecutor(_THREADS) as threads:
            told = threads.map(lambda one: probe(self.session, one, self.account, reader), resources)
            return dict(zip(resources, told, strict=True))


def broken(before: Mapping[str, Probed], after: Mapping[str, Probed]) -> dict[str, str]:
    """What went well before and does not now, with why. What did not before tells nothing."""
    return {
        resource: f"canary: {probed.problem}"
        for resource, probed in after.items()
        if probed.is_known and probed.problem and not before[resource].problem
    }
