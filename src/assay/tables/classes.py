"""Rows counted by what they hold in some columns: exactly, in memory that is bounded however many rows there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from assay.model import ClassSizes
from assay.model.anonymity import class_sizes

_DIGEST = 16
_AT_ONCE = 2_000_000
"""Digests that are held, of 16 bytes each; sorting them takes about four times as much."""

Columns = Sequence[Sequence[str | None]]


def counted_rows(read: Callable[[], Iterator[Columns]], *, rows: int, below: int) -> ClassSizes:
    """Classes of rows that are alike in the columns that `read` gives, some rows at a time. Null is a value like others.

    Instead of values, digests of 128 bits are compared: that two values have one is as good as impossible. Of more than
    two million `rows` a part is counted at a time, by their digests, and each time they are read again.
    """
    parts = max(1, -(-rows // _AT_ONCE))
    found: Counter[int] = Counter()
    for part in range(parts):
        seen = _Seen()
        for columns in read():
            seen.add(columns, part, parts)
        found.update(seen.histogram())
    return class_sizes(found.items(), below=below)


class _Seen:
    """Different rows, by their digests, and how often each came."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._digests: Any = np.empty((0, 2), dtype=np.uint64)
        self._counts: Any = np.empty(0, dtype=np.int64)

    def add(self, columns: Columns, part: int, parts: int) -> None:
        """Rows of which only those are counted whose digest falls into `part` of `parts`."""
        waiting = self._waiting
        for row in zip(*columns, strict=True):
            digest = blake2b(_written(row), digest_size=_DIGEST).digest()
            if parts == 1 or _part(digest, parts) == part:
                waiting += digest
        if len(waiting) >= _DIGEST * _AT_ONCE:
            self._fold()

    def histogram(self) -> Counter[int]:
        """Size → how many classes have it."""
        self._fold()
        sizes, classes = np.unique(self._counts, return_counts=True)
        return Counter(dict(zip(sizes.tolist(), classes.tolist(), strict=True)))

    def _fold(self) -> None:
        """Puts what waits to what was counted."""
        new = np.frombuffer(bytes(self._waiting), dtype=np.uint64).reshape(-1, 2)
        self._waiting.clear()
        digests = np.concatenate((self._digests, new))
        counts = np.concatenate((self._counts, np.ones(len(new), dtype=np.int64)))
        if not len(digests):
            return
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        digests, counts = digests[order], counts[order]
        first = np.flatnonzero(np.concatenate(([True], (digests[1:] != digests[:-1]).any(axis=1))))
        self._digests, self._counts = digests[first], np.add.reduceat(counts, first)


def _part(digest: bytes, parts: int) -> int:
    return int.from_bytes(digest[:4], "big") % parts


def _written(row: Sequence[str | None]) -> bytes:
    """The row such that no other is written alike."""
    cells = ("-" if value is None else f"{len(value)}:{value}" for value in row)
    return "".join(cells).encode("utf-8", "surrogatepass")
