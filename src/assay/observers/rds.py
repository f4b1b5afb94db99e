"""Instances and clusters of RDS, Aurora, DocumentDB and Neptune, which one API lists.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws import uris
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, as_tags

CALLS: Calls = frozenset({"rds.DescribeDBInstances", "rds.DescribeDBClusters"})
TYPES = ("rds:cluster", "rds:db")

_GIB = 1024**3
# Aurora's storage grows by itself; what is told of it is a constant.
_AURORA_CAPACITY = 1


def observe(look: Look) -> Iterator[Asset]:
    """Clusters, then instances. Data of an instance in a cluster are the cluster's."""
    client = look.client("rds")
    arns: dict[str, str] = {}
    for cluster in items(client, "describe_db_clusters", "DBClusters"):
        arns[cluster["DBClusterIdentifier"]] = cluster["DBClusterArn"]
        yield _cluster(cluster, look)
    for instance in items(client, "describe_db_instances", "DBInstances"):
        yield _instance(instance, look, arns)


def _cluster(told: Mapping[str, Any], look: Look) -> Asset:
    capacity = told.get("AllocatedStorage") or 0
    hosts = (told.get("Endpoint"), told.get("ReaderEndpoint"), *(told.get("CustomEndpoints") or ()))
    return Asset(
        arn=told["DBClusterArn"],
        type="rds:cluster",
        name=told["DBClusterIdentifier"],
        account=look.account,
        region=look.region,
        engine=told.get("Engine"),
        status=told.get("Status"),
        created=told.get("ClusterCreateTime"),
        capacity_bytes=capacity * _GIB if capacity > _AURORA_CAPACITY else None,
        encrypted=told.get("StorageEncrypted"),
        public=told.get("PubliclyAccessible"),
        tags=as_tags(told.get("TagList")),
        uris=_uris(told, hosts, told.get("Port")),
        related=_known(version=told.get("EngineVersion"), endpoint=told.get("Endpoint")),
    )


def _instance(told: Mapping[str, Any], look: Look, clusters: Mapping[str, str]) -> Asset:
    endpoint = told.get("Endpoint") or {}
    cluster = told.get("DBClusterIdentifier")
    held_by = None if cluster is None else clusters.get(cluster) or look.arn("rds", f"cluster:{cluster}")
    capacity = told.get("AllocatedStorage") or 0
    return Asset(
        arn=told["DBInstanceArn"],
        type="rds:db",
        name=told["DBInstanceIdentifier"],
        account=look.account,
        region=look.region,
        engine=told.get("Engine"),
        status=told.get("DBInstanceStatus"),
        created=told.get("InstanceCreateTime"),
        capacity_bytes=capacity * _GIB if capacity and held_by is None else None,
        encrypted=told.get("StorageEncrypted"),
        public=told.get("PubliclyAccessible"),
        tags=as_tags(told.get("TagList")),
        uris=_uris(told, (endpoint.get("Address"),), endpoint.get("Port")),
        held_by=held_by,
        related=_known(
            version=told.get("EngineVersion"),
            endpoint=endpoint.get("Address"),
            database=told.get("DBName"),
            replica_of=told.get("ReadReplicaSourceDBInstanceIdentifier"),
        ),
    )


def _uris(told: Mapping[str, Any], hosts: tuple[str | None, ...], port: int | None) -> tuple[str, ...]:
    """Where scans of it are in the catalog: none while it is being made and has no endpoint."""
    engine = told.get("Engine") or ""
    found = (uris.server(engine, host, port) for host in hosts if host and port)
    return tuple(uri for uri in found if uri is not None)


def _known(**facts: str | None) -> dict[str, str]:
    return {name: fact for name, fact in facts.items() if fact}
