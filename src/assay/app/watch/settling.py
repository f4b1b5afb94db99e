"""Names that something happened to, until what lies there has not changed for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MOST = 100_000
"""Names that are remembered; what goes beyond is found by looking at everything again."""
_LONG = 20
_LONG_AT_LEAST = 60.0

# What programs call files that they have not finished, or will not keep.
_ENDINGS = (
    ".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart", ".aria2", ".!ut", ".!qb",
    ".swp", ".swo", ".swx", ".tmp", ".temp", "~",
)  # fmt: skip
_BEGINNINGS = (".#", ".~lock.", "~$", ".goutputstream-", ".nfs", ".syncthing.", ".fuse_hidden")


class State(NamedTuple):
    """Of a file: which it is, how large, and when it was last written."""

    inode: int
    size: int
    written: int


class Still(NamedTuple):
    """A name at which nothing changes any more. `state` is `None` where there is no file."""

    path: str
    state: State | None


class _Waiting(NamedTuple):
    due: float
    since: float
    seen: State | None


@dataclass(slots=True, kw_only=True)
class Settling:
    """Names wait here for `seconds` since the last thing that happened to them, and until what lies there keeps its state.

    Times are those of a monotonic clock, in seconds; `lost` says that there were more names than are remembered.
    """

    seconds: float
    most: int = MOST
    lost: bool = False
    # In the order in which they are due, since all wait equally long.
    _waiting: dict[str, _Waiting] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, path: object) -> bool:
        return path in self._waiting

    def note(self, path: str, now: float) -> None:
        """Something happened at `path`."""
        before = self._waiting.pop(path, None)
        if before is None and len(self._waiting) >= self.most:
            self._waiting.clear()
            self.lost = True
            return
        self._waiting[path] = _Waiting(now + self.seconds, now if before is None else before.since, None)

    def still(self, now: float, wall: float, most: int) -> Iterator[Still]:
        """At most `most` names that nothing happens to any more, by the clock that files' times are told by, too."""
        for path in [path for path, _ in zip(self._waiting, range(most), strict=False)]:
            waiting = self._waiting[path]
            if waiting.due > now:
                return
            del self._waiting[path]
            state = state_of(path)
            age = wall - state.written / 1e9 if state is not None else self.seconds
            # A clock that is wrong elsewhere may date a file into the future: then it has to be seen twice.
            if state is None or state == waiting.seen or (waiting.seen is None and age >= self.seconds):
                yield Still(path, state)
            else:
                self._waiting[path] = _Waiting(now + self.seconds, waiting.since, state)

    def next_due(self) -> float | None:
        """When the next name may be looked at."""
        return next((waiting.due for waiting in self._waiting.values()), None)

    def restless(self, now: float) -> Iterator[str]:
        """Names that have been waiting for long, because they change all the time; not those that nobody has asked for yet."""
        limit = max(_LONG_AT_LEAST, _LONG * self.seconds)
        return (path for path, waiting in self._waiting.items() if waiting.due > now and now - waiting.since > limit)


def state_of(path: str) -> State | None:
    """The state of what lies at `path`, of a link its own; `None` where nothing does, or nobody may know."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return State(status.st_ino, status.st_size, status.st_mtime_ns)


def is_unfinished(path: str) -> bool:
    """Whether a name is one of those that programs give to files that they have not finished."""
    name = os.path.basename(path).lower()
    return name.endswith(_ENDINGS) or name.startswith(_BEGINNINGS)
