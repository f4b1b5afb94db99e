"""A clear value as a type: it can be revealed on purpose and in no other way."""

from __future__ import annotations

from typing import Generic, NoReturn, TypeVar

T = TypeVar("T", str, bytes)


class Sensitive(Generic[T]):
    """Holds a clear value that refuses to be printed, pickled, compared by accident or serialised.

    >>> secret = Sensitive("536-90-4399")
    >>> f"{secret} {secret!r}"
    '<sensitive> <sensitive>'
    >>> secret.reveal(why="doctest")
    '536-90-4399'
    """

    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value: T = value

    def reveal(self, *, why: str) -> T:
        """The clear value. `why` is for the reader of the code, so that every use can be searched for."""
        if not why:
            raise ValueError("reveal() needs a reason")
        return self.__value

    def __len__(self) -> int:
        return len(self.__value)

    def __repr__(self) -> str:
        return "<sensitive>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("<sensitive>", spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sensitive value cannot be pickled or copied")

    __hash__ = None  # type: ignore[assignment]  # a hash could be tested against guesses
