"""Redshift Serverless and elastic clusters of DocumentDB, which the emulator has not: what a test says there is.

https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html,
https://docs.aws.amazon.com/documentdb/latest/developerguide/API_Operations_Amazon_DocumentDB_Elastic_Clusters.html
"""

from __future__ import annotations

from typing import Any

from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State

# Each list: what it is told as, what the ids of its items are called.
_LISTS = {
    "redshift-serverless.ListWorkgroups": ("workgroups", "workgroupArn"),
    "redshift-serverless.ListNamespaces": ("namespaces", "namespaceArn"),
    "docdb-elastic.ListClusters": ("clusters", "clusterArn"),
}
_ID_OF = dict(_LISTS.values())
# A list tells no more of a cluster than this.
_LISTED = ("clusterArn", "clusterName", "status")


def hold(
    remembered: State, service: str, kind: str, account: str, region: str, told: tuple[dict[str, Any], ...]
) -> None:
    """What is there: `workgroups`, `namespaces` or `clusters` as the service describes them, with `tags` by name."""
    remembered.held(service, account, region, kind).update({each[_ID_OF[kind]]: each for each in told})


def answered(request: Request, remembered: State) -> Answer | None:
    """The answer to a call of one of them; `None` for others."""
    if request.name in _LISTS:
        kind, _ = _LISTS[request.name]
        found = remembered.held(request.service, request.account, request.region, kind).values()
        return answering(request.name, {kind: [_told(request, each) for each in found]})(request)
    if request.name == "docdb-elastic.GetCluster":
        each = _one(request, remembered, request.parameters["clusterArn"])
        return answering(request.name, {"cluster": {name: each[name] for name in each if name != "tags"}})(request)
    if request.name in ("docdb-elastic.ListTagsForResource", "redshift-serverless.ListTagsForResource"):
        tags = _one(request, remembered, request.parameters["resourceArn"]).get("tags") or {}
        told = tags if request.service == "docdb-elastic" else [{"key": key, "value": tags[key]} for key in tags]
        return answering(request.name, {"tags": told})(request)
    return None


def _told(request: Request, each: dict[str, Any]) -> dict[str, Any]:
    names = _LISTED if request.service == "docdb-elastic" else [name for name in each if name != "tags"]
    return {name: each[name] for name in names}


def _one(request: Request, remembered: State, arn: str) -> dict[str, Any]:
    for kind in _ID_OF:
        found = remembered.held(request.service, request.account, request.region, kind).get(arn)
        if found is not None:
            whole: dict[str, Any] = found
            return whole
    raise RefusedError("ResourceNotFoundException", "The resource could not be found.")
