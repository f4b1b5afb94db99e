"""What is read of a resource's tags."""

from __future__ import annotations

from typing import Any, NamedTuple


class TagSet(NamedTuple):
    """`tags` by key, AWS's own among them, and what else was seen with them: the `version` of an object that has some.

    `raw` is what their writer sends back with them, where a call replaces more than tags; it is kept nowhere.
    """

    tags: dict[str, str]
    found: dict[str, str]
    raw: Any = None
