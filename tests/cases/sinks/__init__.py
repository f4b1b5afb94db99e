"""What a sink promises: one file for each, which `tests/contract/test_sinks.py` holds it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from awsservers import Aws


class Destination(NamedTuple):
    """A service that `assay aws publish` tells. What resources are called here is the last part of their URI."""

    options: tuple[str, ...]
    prepare: Callable[[Aws], None]
    there: Callable[[Aws], dict[str, list[str]]]
    """Level by level what the service holds or was sent of each resource."""
    calls: frozenset[str]
    write: str
    """The operation that writes."""
    entries: Callable[[dict[str, Any]], int]
    """How many a request of it holds."""
    most: int
    """How many it may hold."""
    again: str
    """What a change of level makes of what is there: `in place` or `beside`."""
    argument: str
    """What a request of it always has."""
    part: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """The answer of success to a request of which the last is not taken."""
    resent: str = "all"
    """What the next run sends then: `those` that were not taken, or `all` that is not there."""
    least: str = "public"
    """The lowest level that it is told of."""


class FileForm(NamedTuple):
    """An output of `assay scan`."""

    form: str
    told: Callable[[bytes], set[tuple[str, str]]]
    """What it has: names of files, and of each what was found in it (`SSN`), or its level where it has levels only."""
    levels: bool = False


def name_of(resource: str) -> str:
    return resource.rpartition("/")[2]
