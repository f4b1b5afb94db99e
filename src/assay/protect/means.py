"""What protection of many resources is done with, and which of it is there: keys, and buckets for logs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from assay.model import Level
from assay.model.protection import Setting
from assay.protect.bucketpolicy import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFound:
    """A KMS key that was looked for. `arn` is empty where there is none; `problem` says why it cannot be used; `is_unknown` that it
    could not be seen. One that is assay's own to make has an `alias` (its ARN), and what there is of it (`state`). `rotated` is `None`
    where that is not known."""

    arn: str = ""
    problem: str = ""
    is_unknown: bool = False
    alias: str = ""
    state: Mapping[str, Any] | None = None
    rotated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsFound:
    """The bucket of logs of a region. `state` is what its protector observes, `None` where it could not be seen (`problem`)."""

    resource: str
    state: Mapping[str, Any] | None
    problem: str = ""
    is_own: bool = False
    """Whether it is one of the user's, which is used as it is and never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupsFound:
    """What there is of AWS Backup for resources of a region. `opted` and `managed` are by kind, as the service calls them; `role` is
    what its protector observes, `vaults` by region and name and `plans` by name likewise; what is missing could not be seen."""

    opted: Mapping[str, bool] = field(default_factory=dict)
    managed: Mapping[str, bool] = field(default_factory=dict)
    role: Mapping[str, Any] | None = None
    role_problem: str = ""
    vaults: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    vault_problems: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A restore that was tested, and held."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`keys` by region and name as the policy has it, `logs` by region and name (empty: assay's own)."""

    partition: str
    account: str
    keys: Mapping[tuple[str, str], KeyFound] = field(default_factory=dict)
    logs: Mapping[tuple[str, str], LogsFound] = field(default_factory=dict)
    readers: Mapping[tuple[str, str], tuple[Reader, ...]] = field(default_factory=dict)
    """Whom the policies of the buckets let in that a key is for, by its region and name: one that is made serves them, too."""
    logged_into: frozenset[str] = frozenset()
    """Buckets that others are logged into, or that are for that."""
    backups: Mapping[str, BackupsFound] = field(default_factory=dict)
    """What there is of AWS Backup, by region."""
    trails: Mapping[str, Any] = field(default_factory=dict)
    """The trails that log what happens in a region (`dataevents.TrailsFound`)."""
    lately: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who accessed a resource lately, as far as logs of a trail were read: until the day `lately_until`."""
    lately_until: str = ""
    key_policies: Mapping[str, Setting] = field(default_factory=dict)
    """The policies of keys, by their ARNs, where something is asked for of them."""
    grantees: Mapping[tuple[str, str], Setting] = field(default_factory=dict)
    """Whom grants let use a key, by its region and how it is named where it is used, or by its ARN; one that is not in it was not asked for."""
    level_tag: str = "DataClassification"
    """The key of the tag that says how sensitive an object is, and what levels are called there."""
    level_names: Mapping[Level, str] = field(default_factory=lambda: {level: str(level) for level in Level})
    tested: Mapping[str, Tested] = field(default_factory=dict)
    """The newest restore that was tested and held, by resource."""
    prices: Any = None
    """What things cost (`costs.Prices`); those that ship where none is given."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: dict[Hashable, tuple[Any, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found of means already: it is the same for thousands of resources, and worked out once."""


def key_alias(level: str) -> str:
    """What the key of a level is called, in every account and region: an alias takes letters, digits and `:/_-` only."""
    return f"alias/assay-{level}"


def log_bucket(account: str, region: str) -> str:
    """What the bucket of logs is called."""
    return f"assay-access-logs-{account}-{region}"
