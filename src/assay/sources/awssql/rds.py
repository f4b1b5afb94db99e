"""Where a database of RDS or Aurora is entered, and where its readers are.

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html and …/API_DBInstance.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.uris import scheme_of
from assay.errors import ReadError, UsageError
from assay.sources.awssql.address import MASTER, Named
from assay.sources.awssql.failures import NO_LOGIN, NOT_READY, UNSUPPORTED, of_status, refused

Told = Mapping[str, Any]

_READ = frozenset({"postgresql", "mysql"})
_EXPERIMENTAL = {"mssql": "mssql+pyodbc", "oracle": "oracle+oracledb"}
_BOTH = "rds:DescribeDBInstances and rds:DescribeDBClusters"
_AVAILABLE = "available"


class Endpoint(NamedTuple):
    """Where a connection goes, and what is there: `the writer`, `a read replica`."""

    host: str
    port: int
    role: str
    is_replica: bool = False


class Place(NamedTuple):
    """A database as AWS tells of it. `engine` is a scheme of databases' URLs; `called` is the host and the port that records
    have, whichever endpoint is used: those of the cluster, or of the instance itself. `secret` is that of the master user,
    `iam` whether one may log in by IAM at `endpoint`."""

    engine: str
    called: tuple[str, int]
    endpoint: Endpoint
    database: str
    secret: str | None
    iam: bool


class Identity(NamedTuple):
    """What a name stands for, whatever its state: `called` as in `Place`, `ids` are the names of the cluster and the instance
    whose data it has, each where there is one."""

    engine: str
    called: tuple[str, int]
    cluster: str | None
    instance: str | None


def identity(client: Any, named: Named) -> Identity:
    """Raises `UsageError`, `ReadError` and `AwsError` as `find` does, but not for one that is stopped."""
    try:
        cluster = _one(client, "describe_db_clusters", "DBClusters", DBClusterIdentifier=named.name)
        instance = None
        if cluster is None:
            instance = _one(client, "describe_db_instances", "DBInstances", DBInstanceIdentifier=named.name)
            if instance is None:
                raise UsageError(f"{named.shown}: there is no such instance or cluster{_close(client, named.name)}")
            if instance.get("DBClusterIdentifier"):
                held = str(instance["DBClusterIdentifier"])
                cluster = _one(client, "describe_db_clusters", "DBClusters", DBClusterIdentifier=held)
    except refusals() as error:
        raise refused(error, named.shown, _BOTH) from None
    if cluster is not None:
        _check(cluster, None, cluster.get("Endpoint"), cluster.get("Port"))
        called = (str(cluster["Endpoint"]).lower(), int(cluster["Port"]))
        return Identity(str(scheme_of(cluster["Engine"])), called, cluster["DBClusterIdentifier"], None)
    assert instance is not None
    host, port = _address(instance)
    _check(instance, None, host, port)
    called = (str(host).lower(), int(port or 0))
    return Identity(str(scheme_of(instance["Engine"])), called, None, instance["DBInstanceIdentifier"])


def find(client: Any, named: Named) -> Place:
    """The cluster of this name, or the instance. Raises `UsageError` where there is neither, `ReadError` where it cannot be
    entered as it is, `AwsError` where AWS cannot be asked."""
    try:
        cluster = _one(client, "describe_db_clusters", "DBClusters", DBClusterIdentifier=named.name)
        if cluster is not None:
            return _of_cluster(cluster, named)
        instance = _one(client, "describe_db_instances", "DBInstances", DBInstanceIdentifier=named.name)
        if instance is None:
            raise UsageError(f"{named.shown}: there is no such instance or cluster{_close(client, named.name)}")
        return _of_instance(client, instance, named)
    except refusals() as error:
        raise refused(error, named.shown, _BOTH) from None


def _one(client: Any, operation: str, key: str, **asked: str) -> Told | None:
    try:
        return next(items(client, operation, key, **asked), None)
    except refusals() as error:
        if failure_of(error).reason != NOT_FOUND:
            raise
        return None


def _of_cluster(told: Told, named: Named) -> Place:
    _check(told, told.get("Status"), told.get("Endpoint"), told.get("Port"))
    writer = Endpoint(told["Endpoint"], told["Port"], "the writer")
    readers = [each for each in told.get("DBClusterMembers") or () if not each.get("IsClusterWriter")]
    used = writer
    # Without a reader the readers' endpoint leads to the writer.
    if named.endpoint == "reader" and readers and told.get("ReaderEndpoint"):
        used = Endpoint(told["ReaderEndpoint"], told["Port"], "a reader", is_replica=True)
    return _place(told, told.get("DatabaseName"), (writer.host, writer.port), used)


def _of_instance(client: Any, told: Told, named: Named) -> Place:
    address, port = _address(told)
    _check(told, told.get("DBInstanceStatus"), address, port)
    assert address is not None
    assert port is not None
    own = Endpoint(address, port, "the instance")
    cluster = told.get("DBClusterIdentifier")
    if cluster:
        # What an instance of a cluster holds is the cluster's, and is called so.
        found = _one(client, "describe_db_clusters", "DBClusters", DBClusterIdentifier=str(cluster))
        if found is not None and found.get("Endpoint") and found.get("Port"):
            is_writer = any(
                each.get("IsClusterWriter") and each.get("DBInstanceIdentifier") == told["DBInstanceIdentifier"]
                for each in found.get("DBClusterMembers") or ()
            )
            used = own._replace(is_replica=not is_writer)
            return _place(found, found.get("DatabaseName"), (found["Endpoint"], found["Port"]), used)
    replica = _replica(client, told, named) if named.endpoint == "reader" else None
    if replica is None:
        return _place(told, told.get("DBName"), (own.host, own.port), own)
    found, used = replica
    place = _place(told, told.get("DBName"), (own.host, own.port), used)
    return place._replace(iam=bool(found.get("IAMDatabaseAuthenticationEnabled")))


def _replica(client: Any, told: Told, named: Named) -> tuple[Told, Endpoint] | None:
    """The first replica that can be entered in the same way; those of other regions are told by their ARNs."""
    for name in told.get("ReadReplicaDBInstanceIdentifiers") or ():
        if name.startswith("arn:"):
            continue
        found = _one(client, "describe_db_instances", "DBInstances", DBInstanceIdentifier=name)
        if found is None or found.get("DBInstanceStatus") != _AVAILABLE or found.get("Engine") != told.get("Engine"):
            continue
        host, port = _address(found)
        lets_in = named.secret is not None or found.get("IAMDatabaseAuthenticationEnabled")
        if host and port and lets_in:
            return found, Endpoint(host, port, f"its read replica {name}", is_replica=True)
    return None


def _address(told: Told) -> tuple[str | None, int | None]:
    endpoint = told.get("Endpoint") or {}
    return endpoint.get("Address"), endpoint.get("Port")


def _check(told: Told, status: str | None, host: str | None, port: int | None) -> None:
    """Raises `ReadError` where it cannot be entered, or read."""
    engine = told.get("Engine") or ""
    scheme = scheme_of(engine)
    if scheme not in _READ:
        detail = f"it is of {engine or 'an unknown engine'}, which no scan reads"
        if scheme in _EXPERIMENTAL and host and port:
            detail = (
                f"{engine} is read experimentally, and not by the name of its instance: "
                f"assay scan {_EXPERIMENTAL[scheme]}://…@{host}:{port}/DATABASE"
            )
        raise ReadError(UNSUPPORTED, detail)
    stopped = of_status(status or "")
    if stopped is not None:
        raise stopped
    if not host or not port:
        raise ReadError(NOT_READY, "it has no endpoint yet; scan it again when it is available")


def _place(told: Told, database: str | None, called: tuple[str, int], used: Endpoint) -> Place:
    secret = (told.get("MasterUserSecret") or {}).get("SecretArn")
    return Place(
        engine=str(scheme_of(told["Engine"])),
        called=called,
        endpoint=used,
        database=database or "",
        secret=secret,
        iam=bool(told.get("IAMDatabaseAuthenticationEnabled")),
    )


def login_refused(place: Place, named: Named) -> ReadError | None:
    """Why nobody can log in as it is asked; `None` where one can."""
    if named.secret == MASTER and place.secret is None:
        return ReadError(NO_LOGIN, "RDS keeps no secret of its master user; give ?secret=ARN, or a user for IAM")
    if named.secret is None and not place.iam:
        return ReadError(
            NO_LOGIN, f"a login by IAM is not enabled on {place.endpoint.role}; enable it, or give ?secret=ARN"
        )
    return None


def _close(client: Any, name: str) -> str:
    """Names that are like it, and what to check."""
    found = get_close_matches(name, list(_names(client)), n=3, cutoff=0.5)
    hint = f"; there is {' and '.join(found)}" if found else ""
    return f"{hint}; check its name, and --profile and --region"


def _names(client: Any) -> Iterator[str]:
    """Of all clusters and instances, as far as they may be listed."""
    for operation, key, name in (
        ("describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
        ("describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ):
        try:
            yield from (each[name] for each in items(client, operation, key))
        except refusals():
            continue
