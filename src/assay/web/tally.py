"""Where it is kept how many requests somebody has left: in this process, or in memory that several processes of one desk share."""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_KEYS = 10_000
_SLOT = struct.Struct("=Qdd")
_SLOTS = 16_384
_NEAR = 8
"""Keys that fall on one place are kept in so many slots behind it; then the one that was heard of longest ago is forgotten."""
_SIZE = _SLOT.size * _SLOTS


class Left(NamedTuple):
    """How many are left, since when, and how long to wait for the next."""

    number: float
    at: float
    wait: float


Step = Callable[["Left | None"], Left]


class Tally(Protocol):
    """Keeps for each key how many are left."""

    def step(self, key: str, step: Step) -> Left:
        """Makes of what is kept for a key what is kept next; nothing else happens to it in between."""


class Own:
    """That of one process."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, Left] = OrderedDict()
        self._turn = threading.Lock()

    def step(self, key: str, step: Step) -> Left:
        """Makes of what is kept for a key what is kept next."""
        with self._turn:
            told = self._left[key] = step(self._left.pop(key, None))
            while len(self._left) > _MOST_KEYS:
                self._left.popitem(last=False)
        return told


class Shared:
    """One of several that stand behind one another in a file, which all processes of a desk have open. Keys are kept as their digests."""

    def __init__(self, file: int, number: int) -> None:
        self._file = file
        self._begins = number * _SIZE
        self._memory = mmap.mmap(file, _SIZE, offset=number * _SIZE)
        self._turn = threading.Lock()

    def step(self, key: str, step: Step) -> Left:
        """Makes of what is kept for a key what is kept next."""
        code = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1
        with self._turn, self._alone():
            near = [_SLOT.size * ((code + away) % _SLOTS) for away in range(_NEAR)]
            found = {at: _SLOT.unpack_from(self._memory, at) for at in near}
            mine = next((at for at, (whose, _, _) in found.items() if whose == code), None)
            was = None if mine is None else Left(found[mine][1], found[mine][2], 0.0)
            # A slot that nobody has is one that was heard of at the beginning of time.
            place = min(near, key=lambda at: (found[at][0] != 0, found[at][2])) if mine is None else mine
            told = step(was)
            _SLOT.pack_into(self._memory, place, code, told.number, told.at)
        return told

    @contextmanager
    def _alone(self) -> Iterator[None]:
        import fcntl

        # What a process holds is let go of where it ends.
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, self._begins)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._begins)


def shared_file(tallies: int) -> int:
    """An open file, without a name, for so many tallies. Memory is mapped by pages, of which their size is a multiple."""
    with tempfile.TemporaryFile(prefix="assay-desk-") as made:
        os.ftruncate(made.fileno(), _SIZE * tallies)
        return os.dup(made.fileno())
