"""Pages of operations that the library has no paginator for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assay.aws.paging import items, pages


class Client:
    """Answers with given pages, and keeps what it was asked."""

    def __init__(self, *given: dict[str, Any]) -> None:
        self.given: Iterator[dict[str, Any]] = iter(given)
        self.asked: list[dict[str, Any]] = []

    def can_paginate(self, _: str) -> bool:
        return False

    def __getattr__(self, _: str) -> Any:
        def call(**parameters: Any) -> dict[str, Any]:
            self.asked.append(parameters)
            return next(self.given)

        return call


@pytest.mark.parametrize(
    ("operation", "told", "sent"),
    [
        ("list_things", {"NextToken": "2"}, {"NextToken": "2"}),
        ("list_things", {"nextToken": "2"}, {"nextToken": "2"}),
        ("describe_things", {"Marker": "2"}, {"Marker": "2"}),
        ("list_things", {"NextMarker": "2", "Truncated": True}, {"Marker": "2"}),
        (
            "list_bucket_inventory_configurations",
            {"IsTruncated": True, "NextContinuationToken": "2"},
            {"ContinuationToken": "2"},
        ),
        ("list_streams", {"LastEvaluatedStreamArn": "2"}, {"ExclusiveStartStreamArn": "2"}),
        ("list_tags_for_stream", {"HasMoreTags": True, "Tags": [{"Key": "2"}]}, {"ExclusiveStartTagKey": "2"}),
    ],
)
def test_every_way_to_ask_for_more(operation: str, told: dict[str, Any], sent: dict[str, Any]) -> None:
    client = Client({"Things": [1], **told}, {"Things": [2], "NextToken": "", "IsTruncated": False})
    assert list(items(client, operation, "Things", Of="x")) == [1, 2]
    assert client.asked == [{"Of": "x"}, {"Of": "x", **sent}]


def test_a_page_that_comes_again_is_an_error() -> None:
    client = Client(*[{"Things": [1], "NextToken": "same"}] * 3)
    with pytest.raises(RuntimeError, match="the same page was offered again"):
        list(pages(client, "list_things"))


def test_more_that_cannot_be_asked_for_is_an_error_and_not_the_whole() -> None:
    found = pages(Client({"Things": [1], "IsTruncated": True}), "list_things")
    assert next(found) == {"Things": [1], "IsTruncated": True}
    with pytest.raises(RuntimeError, match="there is more"):
        next(found)
