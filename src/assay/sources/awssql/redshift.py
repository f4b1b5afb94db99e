"""Where a cluster of Redshift or a workgroup of Redshift Serverless is entered.

Sources: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html and
https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_Workgroup.html
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Session
from assay.errors import ReadError, UsageError
from assay.sources.awssql.address import MASTER, Named
from assay.sources.awssql.failures import NO_LOGIN, NOT_READY, of_status, refused

_BOTH = "redshift:DescribeClusters and redshift-serverless:GetWorkgroup"
_DATABASE = "dev"


class Place(NamedTuple):
    """A cluster, or a workgroup (`is_serverless`), and the secret that Redshift keeps of its admin, if it does."""

    host: str
    port: int
    database: str
    is_serverless: bool
    secret: str | None = None


def find(session: Session, named: Named) -> Place:
    """The cluster of this name, or the workgroup. Raises `UsageError` where there is neither, `ReadError` where it cannot be
    entered as it is, `AwsError` where AWS cannot be asked."""
    client = session.client("redshift")
    try:
        cluster = _cluster(client, named.name)
        if cluster is not None:
            return _of_cluster(cluster)
        workgroup = _workgroup(session.client("redshift-serverless"), named.name)
        if workgroup is None:
            raise UsageError(f"{named.shown}: there is no such cluster or workgroup{_close(client, named.name)}")
        return _of_workgroup(workgroup)
    except refusals() as error:
        raise refused(error, named.shown, _BOTH) from None


def secret_of(place: Place, named: Named) -> str | None:
    """The secret that is asked for. Raises `ReadError` where Redshift keeps none."""
    if named.secret != MASTER:
        return named.secret
    if place.secret is None:
        raise ReadError(NO_LOGIN, "Redshift keeps no secret of its admin user; give ?secret=ARN, or a user for IAM")
    return place.secret


def _cluster(client: Any, name: str) -> Mapping[str, Any] | None:
    try:
        return next(items(client, "describe_clusters", "Clusters", ClusterIdentifier=name), None)
    except refusals() as error:
        if failure_of(error).reason != NOT_FOUND:
            raise
        return None


def _workgroup(client: Any, name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = client.get_workgroup(workgroupName=name)["workgroup"]
    except refusals() as error:
        if failure_of(error).reason != NOT_FOUND:
            raise
        return None
    return found


def _of_cluster(told: Mapping[str, Any]) -> Place:
    endpoint = told.get("Endpoint") or {}
    _check(str(told.get("ClusterStatus") or ""), endpoint.get("Address"))
    return Place(
        host=endpoint["Address"],
        port=endpoint.get("Port") or 5439,
        database=told.get("DBName") or _DATABASE,
        is_serverless=False,
        secret=told.get("MasterPasswordSecretArn"),
    )


def _of_workgroup(told: Mapping[str, Any]) -> Place:
    endpoint = told.get("endpoint") or {}
    _check(str(told.get("status") or ""), endpoint.get("address"))
    return Place(host=endpoint["address"], port=endpoint.get("port") or 5439, database=_DATABASE, is_serverless=True)


def _check(status: str, host: str | None) -> None:
    stopped = of_status(status)
    if stopped is not None:
        raise stopped
    if not host:
        raise ReadError(NOT_READY, "it has no endpoint yet; scan it again when it is available")


def _close(client: Any, name: str) -> str:
    try:
        names = [each["ClusterIdentifier"] for each in items(client, "describe_clusters", "Clusters")]
    except refusals():
        names = []
    found = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; there is {' and '.join(found)}" if found else ""
    return f"{hint}; check its name, and --profile and --region"
