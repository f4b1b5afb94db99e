"""Elastic clusters of DocumentDB, which have an API of their own.

Source: https://docs.aws.amazon.com/documentdb/latest/developerguide/API_Operations_Amazon_DocumentDB_Elastic_Clusters.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from assay.aws import uris
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.aws.times import moment
from assay.model import Asset, Gap
from assay.observers.look import Look, Tags

CALLS: Calls = frozenset(
    {"docdb-elastic.ListClusters", "docdb-elastic.GetCluster", "docdb-elastic.ListTagsForResource"}
)
TYPES = ("docdb-elastic:cluster",)

_PORT = 27017


def observe(look: Look) -> Iterator[Asset | Gap]:
    """The clusters of a region. One that may not be described is told without its endpoint, and as a gap."""
    client = look.client("docdb-elastic")
    for listed in items(client, "list_clusters", "clusters"):
        arn = listed["clusterArn"]
        told: dict[str, Any] = {}
        try:
            told = client.get_cluster(clusterArn=arn)["cluster"]
        except refusals() as error:
            failure = failure_of(error)
            if failure.reason == NOT_FOUND:
                continue  # deleted since it was listed
            yield Gap(resource=arn, reason=failure.reason, detail=f"its endpoint is not known: {failure.detail}")
        endpoint = told.get("clusterEndpoint")
        uri = uris.server("docdb", endpoint, _PORT) if endpoint else None
        yield Asset(
            arn=arn,
            type="docdb-elastic:cluster",
            name=listed["clusterName"],
            account=look.account,
            region=look.region,
            engine="docdb",
            status=listed.get("status"),
            created=_time(told.get("createTime")),
            # Which key is told, AWS's own included; there is none without.
            encrypted=True if told.get("kmsKeyId") else None,
            tags=look.own_tags(partial(_tags, client, arn)),
            uris=() if uri is None else (uri,),
            related={"endpoint": endpoint} if endpoint else {},
        )


def _time(text: str | None) -> datetime | None:
    """It is told as a text of no form that is documented."""
    if text:
        with suppress(ValueError):
            return moment(text)
    return None


def _tags(client: Any, arn: str) -> Tags:
    return dict(client.list_tags_for_resource(resourceArn=arn).get("tags") or {})
