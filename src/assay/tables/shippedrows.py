"""Rows of the shipped configuration: thousands, which are made where somebody looks at them, and no scan does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

Made = TypeVar("Made")


class ShippedRows(Sequence[Made]):
    """What `make` makes, once and when it is first needed. Equal to a tuple of the same, as which it is sent to other processes."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], tuple[Made, ...]]) -> None:
        self._make = make
        self._made: tuple[Made, ...] | None = None

    def _all(self) -> tuple[Made, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Made]:
        return iter(self._all())

    @overload
    def __getitem__(self, at: int) -> Made: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Made, ...]: ...
    def __getitem__(self, at: int | slice) -> Made | tuple[Made, ...]:
        return self._all()[at]

    def __eq__(self, other: object) -> bool:
        return self._all() == other

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self._all(),)
