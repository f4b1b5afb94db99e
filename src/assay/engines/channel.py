"""Messages between the parent and its workers: length-prefixed over a socket pair, the parent's end never blocking."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.classify.resource import Totals
from assay.model import Finding
from assay.ports import Blocks, Lines
from assay.scanning.report import SplitReport

_LENGTH = 8
_NUMBER = 8
_REPORTS = 4
_LINES = 8
_HEAD = _NUMBER + _REPORTS + 1 + _LINES
_AT_ONCE = 1 << 20
_WORTH_APART = 1 << 16
READY = b""
"""What a worker says first, when its detector is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """What the findings that follow add to a resource whose report is still to come: it may never come.

    `counts` maps an identifier to (findings, highest confidence), as in a report; `bytes_total` is the resource's size.
    """

    resource: str
    bytes_total: int = 0
    counts: dict[str, tuple[int, float]] = field(default_factory=dict)
    test_values: int = 0


@dataclass(slots=True, kw_only=True)
class Settled:
    """Resources that were read in one piece each and are classified: the JSON Lines of each, and what they add up to."""

    lines: list[bytes] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)


@dataclass(slots=True, kw_only=True)
class LostReport(SplitReport):
    """The report of a split whose worker died: its gap. What was found of it before came with the findings."""


Message = bytes | memoryview

Outcome = Lines | list[Finding] | SoFar | SplitReport | Settled
"""JSON Lines of findings, or findings, of a large split after what they add to it; then the report of each split.

Or, for resources in one piece, all that is to be told of them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the parent must know of a message: its unit, how many splits it ends, whether it breaks off within one.

    With `done` the worker has ended the unit, and nothing follows.
    """

    number: int
    reports: int = 0
    partial: bool = False
    done: bool = False


def pack(number: int, outcomes: Sequence[Outcome]) -> list[bytes | memoryview]:
    """A message with outcomes of the unit `number`, in pieces: many lines at the end of it go as they are."""
    reports = sum(
        len(outcome.lines) if isinstance(outcome, Settled) else isinstance(outcome, SplitReport) for outcome in outcomes
    )
    partial = bool(outcomes) and not isinstance(outcomes[-1], SplitReport | Settled)
    last = outcomes[-1] if outcomes else None
    lines = list(last) if isinstance(last, Blocks) else [last] if isinstance(last, bytes | memoryview) else []
    size = sum(map(len, lines))
    if size < _WORTH_APART:
        lines, size = [], 0
    rest = pickle.dumps(outcomes[:-1] if lines else outcomes, pickle.HIGHEST_PROTOCOL)
    head = number.to_bytes(_NUMBER, "little") + reports.to_bytes(_REPORTS, "little") + bytes([partial])
    head += size.to_bytes(_LINES, "little")
    return [head + rest, *lines]


def pack_done(number: int) -> bytes:
    """The message that the unit `number` is done."""
    return number.to_bytes(_NUMBER, "little")


def head_of(message: Message) -> Head:
    number = int.from_bytes(message[:_NUMBER], "little")
    if len(message) == _NUMBER:
        return Head(number=number, done=True)
    reports = int.from_bytes(message[_NUMBER : _NUMBER + _REPORTS], "little")
    return Head(number=number, reports=reports, partial=bool(message[_NUMBER + _REPORTS]))


def outcomes_of(message: Message) -> list[Outcome]:
    whole = memoryview(message)
    lines = int.from_bytes(whole[_HEAD - _LINES : _HEAD], "little")
    # Written by our own worker over a private socket.
    found: list[Outcome] = pickle.loads(whole[_HEAD : len(whole) - lines])  # noqa: S301
    if lines:
        found.append(whole[len(whole) - lines :])
    return found


def send(connection: socket.socket, *pieces: bytes | memoryview) -> None:
    """Sends a whole message, waiting as long as it takes. Raises `OSError` when the other side is gone."""
    connection.sendall(sum(map(len, pieces)).to_bytes(_LENGTH, "little"))
    for piece in pieces:
        connection.sendall(piece)


def receive(connection: socket.socket) -> bytes | None:
    """The next message, `None` when the other side is gone."""
    length = _exactly(connection, _LENGTH)
    return None if length is None else _exactly(connection, int.from_bytes(length, "little"))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        more = connection.recv(min(size - len(data), _AT_ONCE))
        if not more:
            return None
        data += more
    return bytes(data)


class Channel:
    """The parent's end. Neither reading nor writing waits, so that two sides with full pipes never wait for each other."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.ended = False
        self._in = bytearray()
        self._long: memoryview | None = None
        self._come = 0
        self._out = bytearray()

    @property
    def has_unsent(self) -> bool:
        return bool(self._out) and not self.ended

    def write(self, message: bytes) -> None:
        """Queues the message, and sends what can be sent at once."""
        self._out += len(message).to_bytes(_LENGTH, "little") + message
        self.flush()

    def flush(self) -> None:
        try:
            while self._out:
                sent = self.connection.send(memoryview(self._out)[:_AT_ONCE])
                del self._out[:sent]
        except BlockingIOError:
            return
        except OSError:
            # It died. What it still said is read before that is acted on.
            self._out.clear()

    def read(self) -> list[Message]:
        """The messages that are whole by now; `ended` is set when no more can come."""
        found: list[Message] = []
        try:
            if self._long is None:
                self._some(found)
            if self._long is not None and self._rest(self._long):
                found.append(self._long)
                self._long = None
                self._some(found)
        except (BlockingIOError, InterruptedError):
            return found
        except OSError:
            self.ended = True
        return found

    def _some(self, found: list[Message]) -> None:
        data = self.connection.recv(_AT_ONCE)
        if not data:
            self.ended = True
            return
        self._in += data
        while len(self._in) >= _LENGTH:
            length = int.from_bytes(self._in[:_LENGTH], "little")
            end = _LENGTH + length
            if len(self._in) < end:
                if length >= _WORTH_APART:
                    # What is long is received where it stays.
                    self._long = memoryview(bytearray(length))
                    self._come = len(self._in) - _LENGTH
                    self._long[: self._come] = self._in[_LENGTH:]
                    self._in.clear()
                return
            found.append(bytes(self._in[_LENGTH:end]))
            del self._in[:end]

    def _rest(self, message: memoryview) -> bool:
        """Receives more of a long message; whether it is whole."""
        while self._come < len(message):
            more = self.connection.recv_into(message[self._come :])
            if not more:
                self.ended = True
                return False
            self._come += more
        return True

    def close(self) -> None:
        self.connection.close()


def loaded(message: bytes) -> Any:
    """What the parent sent: a job, or a unit with its number."""
    return pickle.loads(message)  # noqa: S301  # from our own parent
