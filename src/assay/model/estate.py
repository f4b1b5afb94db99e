"""What an estate holds: the resources of a cloud account, and how far the catalog knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from assay.model.identifier import Level


class EstateState(StrEnum):
    """How far the catalog knows a resource, what a person has to look at first before the others."""

    DARK = "dark"
    UNKNOWN = "unknown"
    STALE = "stale"
    SCANNED = "scanned"
    UNSUPPORTED = "unsupported"
    GONE = "gone"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A resource as its service describes it; what the service does not tell without a call of its own is `None`.

    `type` is the name that AWS Resource Explorer has for it (`s3:bucket`, `rds:db`). `size_bytes` is what it holds,
    `capacity_bytes` what is set aside for it. `tags` are `None` where they could not be read, which is not the same as none.
    `uris` are where the catalog has what was scanned of it: everything at or below one of them is. `held_by` names the
    resource that holds its data, where it holds none itself. `related` are facts by name, ARNs and URIs among them.
    """

    arn: str
    type: str
    name: str
    account: str
    region: str | None
    engine: str | None = None
    status: str | None = None
    created: datetime | None = None
    size_bytes: int | None = None
    capacity_bytes: int | None = None
    items: int | None = None
    encrypted: bool | None = None
    public: bool | None = None
    tags: Mapping[str, str] | None = None
    uris: tuple[str, ...] = ()
    held_by: str | None = None
    related: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """What the catalog has of a resource: how many resources at or below it, when the last was seen, the highest level."""

    resources: int
    last_at: datetime
    level: Level | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateAsset:
    """An asset, who owns it, how it is labelled already, and how far the catalog knows it.

    `uri` is what a scan would be given, else the ARN. `asset` is `None` for what only the catalog knows. `owners` and
    `labels` are the tags of the names that were asked for; `None` where tags could not be read. `state` is `None`
    without a catalog, `because` a sentence on it.
    """

    uri: str
    asset: Asset | None
    owners: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = None
    state: EstateState | None = None
    because: str = ""
    scans: Scans | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateSummary:
    """The end of a discovery. `by_state` is empty without a catalog; `shown` counts what filters let through."""

    command: Literal["aws discover"] = "aws discover"
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    services: tuple[str, ...]
    assets: int
    shown: int
    by_type: Mapping[str, int]
    by_state: Mapping[str, int]
    gaps: int
    skips: int
    seconds: float
    interrupted: bool
