"""Drawing rows at random: from groups of known sizes, and from a stream whose length nobody knows."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")


def spread(items: Sequence[T], most: int, draw: random.Random) -> list[T]:
    """At most `most` of the items, in their order: one at random of each of as many equal stretches.

    >>> spread([1, 2, 3], 5, random.Random(0))
    [1, 2, 3]
    """
    if len(items) <= most:
        return list(items)
    bounds = [len(items) * index // most for index in range(most + 1)]
    return [items[draw.randrange(low, high)] for low, high in pairwise(bounds)]


def pick(sizes: Sequence[int], wanted: int, draw: random.Random) -> list[list[int]]:
    """Ascending numbers of about `wanted` different rows drawn from groups of `sizes` rows, by their size.

    >>> [len(rows) for rows in pick([10, 90], 20, random.Random(0))]
    [2, 18]
    """
    total = sum(sizes)
    if total <= wanted:
        return [list(range(size)) for size in sizes]
    found = []
    given = seen = 0
    for size in sizes:
        seen += size
        upto = round(wanted * seen / total)
        found.append(sorted(draw.sample(range(size), min(size, upto - given))))
        given = upto
    return found


class Reservoir:
    """`size` rows of a stream, each as likely as any other. K.-H. Li, "Reservoir-sampling algorithms", 1994: Algorithm L."""

    def __init__(self, size: int, draw: random.Random) -> None:
        self._size = size
        self._draw = draw
        self._seen = 0
        self._weight = 1.0
        self._next = -1

    def of(self, count: int) -> Iterator[tuple[int, int]]:
        """The next `count` rows of the stream have come: (index among them, place in the sample) of those to be kept."""
        start, end = self._seen, self._seen + count
        self._seen = end
        for row in range(start, min(end, self._size)):
            yield row - start, row
        if end < self._size:
            return
        if self._next < 0:
            self._next = self._size - 1
            self._skip()
        while self._next < end:
            yield self._next - start, self._draw.randrange(self._size)
            self._skip()

    def _skip(self) -> None:
        self._weight *= math.exp(math.log(1.0 - self._draw.random()) / self._size)
        self._next += math.floor(math.log(1.0 - self._draw.random()) / math.log1p(-self._weight)) + 1
