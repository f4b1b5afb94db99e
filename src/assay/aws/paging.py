"""All pages of an answer. Every list of AWS comes in pages, and the first alone looks like the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# How operations without a paginator of botocore's name where they left off: what is answered, what is sent back.
_TOKENS = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "Marker"), ("NextMarker", "Marker"))


def pages(client: Any, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Answers of `operation` (as a method is called: `list_tables`), to the last one. Raises what botocore raises.

    Of operations without a paginator the usual tokens are followed; a token that comes again ends it with `RuntimeError`.
    """
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**parameters)
        return
    call = getattr(client, operation)
    seen: set[str] = set()
    while True:
        page: dict[str, Any] = call(**parameters)
        yield page
        following = next(((sent, page[told]) for told, sent in _TOKENS if page.get(told)), None)
        if following is None:
            return
        name, token = following
        if token in seen:
            raise RuntimeError(f"{operation}: the same page was offered again")
        seen.add(token)
        parameters = {**parameters, name: token}


def items(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
    """What stands under `key` in all pages."""
    for page in pages(client, operation, **parameters):
        yield from page.get(key) or ()
