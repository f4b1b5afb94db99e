"""Volumes, and snapshots of one's own. Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, as_tags

CALLS: Calls = frozenset({"ec2.DescribeVolumes", "ec2.DescribeSnapshots"})
TYPES = ("ec2:volume", "ec2:snapshot")

_GIB = 1024**3
_PAGE = {"PageSize": 500}


def observe(look: Look) -> Iterator[Asset]:
    """Volumes, then snapshots."""
    client = look.client("ec2")
    volumes = set()
    for volume in items(client, "describe_volumes", "Volumes", PaginationConfig=_PAGE):
        volumes.add(volume["VolumeId"])
        yield _volume(volume, look)
    owned = items(client, "describe_snapshots", "Snapshots", OwnerIds=["self"], PaginationConfig=_PAGE)
    for snapshot in owned:
        yield _snapshot(snapshot, look, volumes)


def _volume(told: Mapping[str, Any], look: Look) -> Asset:
    instances = ", ".join(
        sorted(each["InstanceId"] for each in told.get("Attachments") or () if each.get("InstanceId"))
    )
    related = {"attached_to": instances} if instances else {}
    if told.get("SnapshotId"):
        related["made_from"] = told["SnapshotId"]
    return _asset(
        "volume", told["VolumeId"], told, look, created=told.get("CreateTime"), size=told["Size"], related=related
    )


def _snapshot(told: Mapping[str, Any], look: Look, volumes: set[str]) -> Asset:
    related = {}
    if told.get("VolumeId"):
        related = {"volume": told["VolumeId"], "volume_is_there": "yes" if told["VolumeId"] in volumes else "no"}
    return _asset(
        "snapshot",
        told["SnapshotId"],
        told,
        look,
        created=told.get("StartTime"),
        size=told["VolumeSize"],
        held=told.get("FullSnapshotSizeInBytes"),
        related=related,
    )


def _asset(
    kind: str,
    name: str,
    told: Mapping[str, Any],
    look: Look,
    *,
    created: Any,
    size: int,
    held: int | None = None,
    related: Mapping[str, str],
) -> Asset:
    return Asset(
        arn=look.arn("ec2", f"{kind}/{name}"),
        type=f"ec2:{kind}",
        name=name,
        account=look.account,
        region=look.region,
        status=told.get("State"),
        created=created,
        size_bytes=held,
        capacity_bytes=size * _GIB,
        encrypted=told.get("Encrypted"),
        tags=as_tags(told.get("Tags")),
        related=related,
    )
