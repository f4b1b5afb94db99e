"""Provisioned clusters of Redshift. Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws import uris
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, as_tags

CALLS: Calls = frozenset({"redshift.DescribeClusters"})
TYPES = ("redshift:cluster",)

_MIB = 1024**2


def observe(look: Look) -> Iterator[Asset]:
    """The clusters of a region."""
    for cluster in items(look.client("redshift"), "describe_clusters", "Clusters"):
        yield _cluster(cluster, look)


def _cluster(told: Mapping[str, Any], look: Look) -> Asset:
    name = told["ClusterIdentifier"]
    endpoint = told.get("Endpoint") or {}
    hosts = [host for host in (endpoint.get("Address"), told.get("CustomDomainName")) if host]
    found = (uris.server("redshift", host, endpoint.get("Port") or 5439) for host in hosts)
    capacity = told.get("TotalStorageCapacityInMegaBytes")
    return Asset(
        arn=look.arn("redshift", f"cluster:{name}"),
        type="redshift:cluster",
        name=name,
        account=look.account,
        region=look.region,
        engine="redshift",
        status=told.get("ClusterStatus"),
        created=told.get("ClusterCreateTime"),
        capacity_bytes=capacity * _MIB if capacity else None,
        encrypted=told.get("Encrypted"),
        public=told.get("PubliclyAccessible"),
        tags=as_tags(told.get("Tags")),
        uris=tuple(uri for uri in found if uri is not None),
        related={"database": told["DBName"]} if told.get("DBName") else {},
    )
