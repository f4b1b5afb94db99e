"""Sketches of tables, of which one file may hold a hundred thousand: those of a mailbox whose every message has one attached."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.model import AssetRef

if TYPE_CHECKING:
    from assay.scanning.report import TableSketch

BLOCK = 256
"""So many are held as they are; older ones are packed, which takes a thirtieth of the memory."""


class Sketches:
    """Grows at its end. What is packed cannot be changed: who looks at it is given copies. Sketches hold no values."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._recent: list[TableSketch] = []
        self._asset: AssetRef | None = None

    def append(self, sketch: TableSketch) -> None:
        if len(self._recent) == BLOCK:
            import pickle  # here and below: few files have so many tables

            # Made here, and read by this process and the one that it works for.
            self._packed.append(zlib.compress(pickle.dumps(self._recent, pickle.HIGHEST_PROTOCOL), 1))
            self._recent = []
        self._recent.append(sketch)

    @property
    def recent(self) -> list[TableSketch]:
        """The last ones, which can be changed."""
        return self._recent

    def of(self, asset: AssetRef) -> None:
        """All of them that say nothing else were read of this."""
        self._asset = asset

    def clear(self) -> None:
        self._packed.clear()
        self._recent.clear()

    def __len__(self) -> int:
        return len(self._packed) * BLOCK + len(self._recent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketches) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __iter__(self) -> Iterator[TableSketch]:
        yield from self.behind(0)

    def behind(self, count: int) -> Iterator[TableSketch]:
        """Those behind the first `count`."""
        blocks, within = divmod(count, BLOCK)
        for packed in self._packed[blocks:]:
            import pickle

            yield from self._with_asset(pickle.loads(zlib.decompress(packed))[within:])  # noqa: S301  # see `append`
            within = 0
        yield from self._with_asset(self._recent[max(0, count - len(self._packed) * BLOCK) :])

    def _with_asset(self, sketches: list[TableSketch]) -> list[TableSketch]:
        for sketch in sketches:
            sketch.asset = sketch.asset or self._asset
        return sketches

    def __getitem__(self, index: int) -> TableSketch:
        return next(self.behind(range(len(self))[index]))
