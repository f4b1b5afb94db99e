"""Memory that a worker has in common with its parent: lines lie there to be taken, where a socket would copy them twice."""

from __future__ import annotations

import contextlib
import mmap
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from assay.ports import Block, Blocks

_FIRST = 64


class Shelved(Blocks):
    """Blocks that lie on a shelf. They stay as they are while one of them is held."""


@dataclass(slots=True)
class _Taken:
    """What was taken at once: where it ends, and whether it is let go."""

    end: int
    over: bool = False


class Shelf:
    """Room for blocks of bytes, used round and round. One process puts them down, the other takes them.

    Places count on from the first byte ever put down. What is not let go yet is never written over: there is no room, then.
    """

    def __init__(self, room: int) -> None:
        """Raises `OSError` where the system has no memory for it."""
        self._memory = mmap.mmap(-1, _FIRST + room)
        whole = memoryview(self._memory)
        self._size = room
        self._room = whole[_FIRST:]
        # Up to where all was let go, told by the process that takes: one item, which is read and written as a whole.
        self._free: Any = whole[:8].cast("Q")
        self._next = 0
        self._out: deque[_Taken] = deque()

    def keep_back(self) -> None:
        """Keeps it from processes that begin from now on, where the system can do that."""
        if hasattr(mmap, "MADV_DONTFORK"):
            with contextlib.suppress(OSError):
                self._memory.madvise(mmap.MADV_DONTFORK)

    def put(self, blocks: Sequence[Block]) -> int | None:
        """Puts the blocks down one behind the other; their place, `None` where there is no room for them now."""
        size = sum(map(len, blocks))
        at = self._next % self._size
        begin = self._next if at + size <= self._size else self._next + self._size - at
        free = self._free[0]
        # Where nothing is held, what is passed over at the end is not missed.
        if size > self._size or (free != self._next and begin + size - free > self._size):
            return None
        at = begin % self._size
        room = self._room
        for block in blocks:
            room[at : at + len(block)] = block
            at += len(block)
        self._next = begin + size
        return begin

    def take(self, begin: int, sizes: Sequence[int]) -> Shelved:
        """The blocks of these sizes that were put down at `begin`. All are taken in the order in which they were put down."""
        import ctypes  # only where there is very much to tell

        end = begin + sum(sizes)
        # Whatever refers to a part of it keeps it.
        held = (ctypes.c_char * (end - begin)).from_buffer(self._memory, _FIRST + begin % self._size)
        taken = _Taken(end)
        self._out.append(taken)
        weakref.finalize(held, self._let_go, taken).atexit = False
        room = memoryview(held).cast("B")
        return Shelved(room[at : at + size] for at, size in zip(accumulate(sizes, initial=0), sizes, strict=False))

    def _let_go(self, taken: _Taken) -> None:
        taken.over = True
        out = self._out
        while out and out[0].over:
            self._free[0] = out.popleft().end
