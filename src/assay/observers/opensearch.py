"""Domains of OpenSearch and Elasticsearch.

Source: https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, Tags, as_tags

CALLS: Calls = frozenset({"opensearch.ListDomainNames", "opensearch.DescribeDomains", "opensearch.ListTags"})
TYPES = ("es:domain",)

_GIB = 1024**3
# The most that one call describes.
_AT_ONCE = 5


def observe(look: Look) -> Iterator[Asset]:
    """The domains of a region; the list of their names comes in one piece."""
    client = look.client("opensearch")
    names = [each["DomainName"] for each in client.list_domain_names()["DomainNames"]]
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for domain in client.describe_domains(DomainNames=some)["DomainStatusList"]:
            yield _domain(domain, look, client)


def _domain(told: Mapping[str, Any], look: Look, client: Any) -> Asset:
    arn = told["ARN"]
    volumes = told.get("EBSOptions") or {}
    nodes = (told.get("ClusterConfig") or {}).get("InstanceCount") or 1
    endpoint = told.get("Endpoint") or (told.get("Endpoints") or {}).get("vpc")
    return Asset(
        arn=arn,
        type="es:domain",
        name=told["DomainName"],
        account=look.account,
        region=look.region,
        engine=told.get("EngineVersion"),
        capacity_bytes=volumes["VolumeSize"] * _GIB * nodes if volumes.get("VolumeSize") else None,
        encrypted=(told.get("EncryptionAtRestOptions") or {}).get("Enabled"),
        tags=look.tags(arn, lambda: _tags(client, arn)),
        related={"endpoint": endpoint} if endpoint else {},
    )


def _tags(client: Any, arn: str) -> Tags:
    return as_tags(client.list_tags(ARN=arn).get("TagList"))
