"""All pages of an answer. Every list of AWS comes in pages, and the first alone looks like the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# How operations without a paginator of botocore's name where they left off: what is answered, what is sent back.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),
    ("NextMarker", "Marker"),
    ("NextContinuationToken", "ContinuationToken"),
    ("LastEvaluatedStreamArn", "ExclusiveStartStreamArn"),
    ("LastEvaluatedGlobalTableName", "ExclusiveStartGlobalTableName"),
)
_MORE = ("IsTruncated", "Truncated", "HasMoreTags", "HasMoreStreams")


def pages(client: Any, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Answers of `operation` (as a method is called: `list_tables`), to the last one. Raises what botocore raises.

    Of operations without a paginator the usual tokens are followed. `RuntimeError` where the same page is offered again, or
    where there is more and no token tells how to ask for it.
    """
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**parameters)
        return
    call = getattr(client, operation)
    seen: set[str] = set()
    while True:
        page: dict[str, Any] = call(**parameters)
        yield page
        following = _following(operation, page)
        if following is None:
            return
        name, token = following
        if token in seen:
            raise RuntimeError(f"{operation}: the same page was offered again")
        seen.add(token)
        parameters = {**parameters, name: token}


def _following(operation: str, page: dict[str, Any]) -> tuple[str, str] | None:
    """The parameter that asks for the next page, and its value; `None` after the last."""
    for told, sent in _TOKENS:
        if page.get(told):
            return sent, page[told]
    if not any(page.get(name) for name in _MORE):
        return None
    if operation == "list_tags_for_stream" and page.get("Tags"):
        # Kinesis goes on behind the last key.
        return "ExclusiveStartTagKey", page["Tags"][-1]["Key"]
    raise RuntimeError(f"{operation}: there is more, and nothing tells how to ask for it")


def items(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
    """What stands under `key` in all pages."""
    for page in pages(client, operation, **parameters):
        yield from page.get(key) or ()
