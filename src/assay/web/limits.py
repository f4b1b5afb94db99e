"""How many requests are served in a time: of one address at the door, and of one person elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from assay.web.tally import Left, Own, Shared, Tally

TALLIES = 5


@dataclass(kw_only=True)
class Bucket:
    """Lets `most` through at once, and as many again in `seconds` (token bucket), for each key on its own."""

    most: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    tally: Tally = field(default_factory=Own)

    def wait(self, key: str) -> float:
        """Takes one. Returns 0, or how many seconds to wait for the next."""
        now = self.clock()

        def taken(was: Left | None) -> Left:
            left, at, _ = was or Left(float(self.most), now, 0.0)
            left = min(float(self.most), left + max(0.0, now - at) * self.most / self.seconds)
            return Left(left - 1, now, 0.0) if left >= 1 else Left(left, now, (1 - left) * self.seconds / self.most)

        return self.tally.step(key, taken).wait


@dataclass(kw_only=True)
class Streams:
    """How many answers that go on for long are open at once: of one person, and of all."""

    most: int = 200
    most_each: int = 10
    _open: dict[str, int] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, key: str) -> bool:
        """Whether another one may be opened; each that is has to be ended."""
        with self._turn:
            if self._open.get(key, 0) >= self.most_each or sum(self._open.values()) >= self.most:
                return False
            self._open[key] = self._open.get(key, 0) + 1
            return True

    def end(self, key: str) -> None:
        """One is over."""
        with self._turn:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


@dataclass(kw_only=True)
class Count:
    """How often something happened since the server was started."""

    tally: Tally = field(default_factory=Own)

    def one_more(self) -> None:
        """It happened."""
        self.tally.step("", lambda was: Left(_before(was) + 1, 1.0, 0.0))

    @property
    def number(self) -> int:
        """How often it did."""
        return int(self.tally.step("", lambda was: Left(_before(was), 1.0, 0.0)).number)


def _before(was: Left | None) -> float:
    return 0.0 if was is None else was.number


def _door() -> Bucket:
    return Bucket(most=20, seconds=300)


def _requests() -> Bucket:
    return Bucket(most=600, seconds=60)


def _reveals() -> Bucket:
    return Bucket(most=30, seconds=600)


def _denials() -> Bucket:
    return Bucket(most=60, seconds=60)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`door` by address, `requests` by person or token, `denials` by address: how many are audited, `reveals` by person: how many
    values they see. `unserved` counts the requests that no connection to the catalog came free for in time."""

    door: Bucket = field(default_factory=_door)
    requests: Bucket = field(default_factory=_requests)
    denials: Bucket = field(default_factory=_denials)
    reveals: Bucket = field(default_factory=_reveals)
    unserved: Count = field(default_factory=Count)

    @classmethod
    def shared(cls, file: int) -> Self:
        """Those of several servers, which count together in an open file of `shared_file(TALLIES)`."""
        made = cls()
        all_of_them: tuple[Bucket | Count, ...] = (made.door, made.requests, made.denials, made.reveals, made.unserved)
        for number, each in enumerate(all_of_them):
            each.tally = Shared(file, number)
        return made
