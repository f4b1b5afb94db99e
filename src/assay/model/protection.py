"""What protection looks at: kinds of resources, and their settings as they are (SPEC section 11)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ResourceType(StrEnum):
    """What can be protected."""

    S3_BUCKET = "s3_bucket"
    DYNAMODB_TABLE = "dynamodb_table"
    RDS_INSTANCE = "rds_instance"
    RDS_CLUSTER = "rds_cluster"
    RDS_SNAPSHOT = "rds_snapshot"
    EBS_ACCOUNT = "ebs_account"
    """What an account has set for all new volumes and all snapshots of a region."""
    EBS_VOLUME = "ebs_volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a resource: a JSON value, `None` where it is not set. With a `reason` it could not be read: nothing is
    known of it then, and `value` says nothing."""

    value: Any = None
    reason: str = ""
    detail: str = ""

    @property
    def is_known(self) -> bool:
        return not self.reason


_NOT_READ = Setting(reason="not read")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceState:
    """A resource as it was read. `fingerprints` tell of settings whether they are the same still."""

    resource: str
    type: ResourceType
    account: str
    region: str
    settings: Mapping[str, Setting]
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Setting:
        """A setting; one that was not asked for is not known."""
        return self.settings.get(name, _NOT_READ)


def fingerprint(value: Any) -> str:
    """The same for the same JSON value, whatever the order of its keys.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
