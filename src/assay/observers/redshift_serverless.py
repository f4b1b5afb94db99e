"""Namespaces and workgroups of Redshift Serverless.

Sources: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_Namespace.html and …/API_Workgroup.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from assay.aws import uris
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, Tags

CALLS: Calls = frozenset(
    {
        "redshift-serverless.ListWorkgroups",
        "redshift-serverless.ListNamespaces",
        "redshift-serverless.ListTagsForResource",
    }
)
TYPES = ("redshift-serverless:namespace", "redshift-serverless:workgroup")

_PORT = 5439


def observe(look: Look) -> Iterator[Asset]:
    """Namespaces, which hold the data, each with the endpoints of its workgroups; then the workgroups.

    Where namespaces may not be listed, workgroups are told as what holds the data, and then the refusal is raised.
    """
    client = look.client("redshift-serverless")
    workgroups = list(items(client, "list_workgroups", "workgroups"))
    try:
        namespaces = list(items(client, "list_namespaces", "namespaces"))
    except refusals():
        for workgroup in workgroups:
            yield _workgroup(workgroup, None, look, client)
        raise
    for namespace in namespaces:
        name = namespace["namespaceName"]
        yield _namespace(namespace, [each for each in workgroups if each.get("namespaceName") == name], look, client)
    arns = {each["namespaceName"]: each["namespaceArn"] for each in namespaces}
    for workgroup in workgroups:
        yield _workgroup(workgroup, arns.get(workgroup.get("namespaceName") or ""), look, client)


def _namespace(told: Mapping[str, Any], workgroups: Sequence[Mapping[str, Any]], look: Look, client: Any) -> Asset:
    arn = told["namespaceArn"]
    public = [each["publiclyAccessible"] for each in workgroups if "publiclyAccessible" in each]
    return Asset(
        arn=arn,
        type="redshift-serverless:namespace",
        name=told["namespaceName"],
        account=look.account,
        region=look.region,
        engine="redshift",
        status=told.get("status"),
        created=told.get("creationDate"),
        # Which key is told, AWS's own included; there is none without.
        encrypted=True if told.get("kmsKeyId") else None,
        public=any(public) if public else None,
        tags=look.own_tags(partial(_tags, client, arn)),
        uris=tuple(dict.fromkeys(uri for each in workgroups for uri in _uris(each))),
        related={"database": told["dbName"]} if told.get("dbName") else {},
    )


def _workgroup(told: Mapping[str, Any], namespace: str | None, look: Look, client: Any) -> Asset:
    arn = told["workgroupArn"]
    return Asset(
        arn=arn,
        type="redshift-serverless:workgroup",
        name=told["workgroupName"],
        account=look.account,
        region=look.region,
        engine="redshift",
        status=told.get("status"),
        created=told.get("creationDate"),
        public=told.get("publiclyAccessible"),
        tags=look.own_tags(partial(_tags, client, arn)),
        uris=_uris(told),
        held_by=namespace,
        related={"namespace": told["namespaceName"]} if told.get("namespaceName") else {},
    )


def _uris(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Where scans of it are in the catalog: none while it is being made and has no endpoint."""
    endpoint = told.get("endpoint") or {}
    port = endpoint.get("port") or told.get("port") or _PORT
    hosts = (host for host in (endpoint.get("address"), told.get("customDomainName")) if host)
    found = (uris.server("redshift", host, port) for host in hosts)
    return tuple(uri for uri in found if uri is not None)


def _tags(client: Any, arn: str) -> Tags:
    told = client.list_tags_for_resource(resourceArn=arn).get("tags")
    return {each["key"]: each.get("value", "") for each in told or ()}
