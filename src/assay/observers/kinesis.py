"""Data streams of Kinesis. Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from assay.aws import uris
from assay.aws.paging import items, pages
from assay.aws.session import Calls
from assay.model import Asset
from assay.observers.look import Look, Tags, as_tags

CALLS: Calls = frozenset({"kinesis.ListStreams", "kinesis.ListTagsForStream"})
TYPES = ("kinesis:stream",)


def observe(look: Look) -> Iterator[Asset]:
    """The streams of a region."""
    client = look.client("kinesis")
    for page in pages(client, "list_streams"):
        summaries = {each["StreamName"]: each for each in page.get("StreamSummaries") or ()}
        for name in page["StreamNames"]:
            told = summaries.get(name, {})
            arn = told.get("StreamARN") or look.arn("kinesis", f"stream/{name}")
            yield Asset(
                arn=arn,
                type="kinesis:stream",
                name=name,
                account=look.account,
                region=look.region,
                status=told.get("StreamStatus"),
                created=told.get("StreamCreationTimestamp"),
                tags=look.tags(arn, partial(_tags, client, name)),
                uris=(uris.kinesis_stream(name),),
            )


def _tags(client: Any, name: str) -> Tags:
    return as_tags(items(client, "list_tags_for_stream", "Tags", StreamName=name))
