"""Messages between the parent and its workers: length-prefixed over a socket pair, the parent's end never blocking.

Many lines lie on a shelf (`shelf`), if the worker has one and there is room on it, and the message says where.
"""

from __future__ import annotations

import pickle
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from assay.engines.outcomes import Outcome, Settled
from assay.engines.shelf import Shelf, Shelved
from assay.ports import Block, Blocks
from assay.scanning.report import SplitReport

_LENGTH = 8
_NUMBER = 8
_REPORTS = 4
_COUNT = 4
_SPECIAL = _NUMBER + _REPORTS
_HEAD = _SPECIAL + 1 + _COUNT
_SIZE = 4
_AT_ONCE = 1 << 20
_WORTH_APART = 1 << 16
_LEAD = 3
_PLACE = 8
# In the head's byte for what is special: the message breaks off within a split; its blocks lie on a shelf.
_PARTIAL, _SHELVED = 1, 2
READY = b""
"""What a worker says first, when its detector is made."""


class Message(NamedTuple):
    """What a worker says at once: a head (`head_of`), pickled outcomes, and the blocks of lines that end them, if these
    are many."""

    head: bytes | bytearray
    outcomes: bytes | bytearray | memoryview = b""
    blocks: Sequence[Block] = ()

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, besides what lies on a shelf."""
        blocks = () if isinstance(self.blocks, Shelved) else self.blocks
        return len(self.head) + len(self.outcomes) + sum(map(len, blocks))

    @property
    def pieces(self) -> list[Block]:
        """As it is sent, and as `message_of` takes it, put together."""
        return [bytes(self.head), _sizes(self.blocks), self.outcomes, *self.blocks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the parent must know of a message: its unit, how many splits it ends, whether it breaks off within one.

    With `done` the worker has ended the unit, and nothing follows.
    """

    number: int
    reports: int = 0
    partial: bool = False
    done: bool = False


def pack(number: int, outcomes: Sequence[Outcome]) -> Message:
    """A message with outcomes of the unit `number`; many lines at the end of it go as they are."""
    reports = sum(
        len(outcome.lines) if isinstance(outcome, Settled) else isinstance(outcome, SplitReport) for outcome in outcomes
    )
    partial = bool(outcomes) and not isinstance(outcomes[-1], SplitReport | Settled)
    last = outcomes[-1] if outcomes else None
    blocks: Sequence[Block] = last if isinstance(last, Blocks) else (last,) if isinstance(last, bytes) else ()
    if sum(map(len, blocks)) < _WORTH_APART:
        blocks = ()
    rest = pickle.dumps(outcomes[:-1] if blocks else outcomes, pickle.HIGHEST_PROTOCOL)
    head = number.to_bytes(_NUMBER, "little") + reports.to_bytes(_REPORTS, "little") + bytes([_PARTIAL * partial])
    return Message(head + len(blocks).to_bytes(_COUNT, "little"), rest, blocks)


def pack_done(number: int) -> Message:
    """The message that the unit `number` is done."""
    return Message(number.to_bytes(_NUMBER, "little"))


def message_of(data: bytes, shelf: Shelf | None = None) -> Message:
    """The message whose pieces, put together, are `data`; its blocks may lie on the `shelf`."""
    if len(data) < _HEAD:
        return Message(data)
    whole = memoryview(data)
    if shelf is not None and data[_SPECIAL] & _SHELVED:
        at = _HEAD + _PLACE + _SIZE * _count(data)
        place = int.from_bytes(whole[_HEAD : _HEAD + _PLACE], "little")
        head = data[:_SPECIAL] + bytes([data[_SPECIAL] & ~_SHELVED]) + data[_SPECIAL + 1 : _HEAD]
        return Message(head, whole[at:], shelf.take(place, _sizes_in(whole[_HEAD + _PLACE : at])))
    at = _HEAD + _SIZE * _count(data)
    sizes = _sizes_in(whole[_HEAD:at])
    end = len(data) - sum(sizes)
    blocks = []
    for first, size in zip(accumulate(sizes, initial=end), sizes, strict=False):
        blocks.append(whole[first : first + size])
    return Message(data[:_HEAD], whole[at:end], blocks)


def _count(head: bytes | bytearray) -> int:
    return int.from_bytes(head[_HEAD - _COUNT : _HEAD], "little")


def _sizes(blocks: Sequence[Block]) -> bytes:
    return b"".join([len(block).to_bytes(_SIZE, "little") for block in blocks])


def _sizes_in(data: bytearray | memoryview) -> list[int]:
    return [int.from_bytes(data[at : at + _SIZE], "little") for at in range(0, len(data), _SIZE)]


def head_of(message: Message) -> Head:
    head = message.head
    number = int.from_bytes(head[:_NUMBER], "little")
    if len(head) == _NUMBER:
        return Head(number=number, done=True)
    reports = int.from_bytes(head[_NUMBER:_SPECIAL], "little")
    return Head(number=number, reports=reports, partial=bool(head[_SPECIAL] & _PARTIAL))


def outcomes_of(message: Message) -> list[Outcome]:
    # Written by our own worker over a private socket.
    found: list[Outcome] = pickle.loads(message.outcomes)  # noqa: S301
    if message.blocks:
        found.append(message.blocks if isinstance(message.blocks, Blocks) else Blocks(message.blocks))
    return found


def send(connection: socket.socket, message: Message, shelf: Shelf | None = None) -> None:
    """Sends a whole message, waiting as long as it takes; its blocks go to the `shelf` where there is room for them.

    Raises `OSError` when the other side is gone.
    """
    pieces = message.pieces
    lead = b"".join(pieces[:_LEAD])
    if shelf is not None and message.blocks and len(lead) + _PLACE < _WORTH_APART:
        place = shelf.put(message.blocks)
        if place is not None:
            head = lead[:_SPECIAL] + bytes([lead[_SPECIAL] | _SHELVED]) + lead[_SPECIAL + 1 : _HEAD]
            lead = head + place.to_bytes(_PLACE, "little") + lead[_HEAD:]
            connection.sendall(len(lead).to_bytes(_LENGTH, "little") + lead)
            return
    blocks = pieces[_LEAD:]
    connection.sendall((len(lead) + sum(map(len, blocks))).to_bytes(_LENGTH, "little") + lead)
    for block in blocks:
        connection.sendall(block)


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

    def __init__(self, connection: socket.socket, shelf: Shelf | None = None) -> None:
        connection.setblocking(False)
        self.connection = connection
        self._shelf = shelf
        self.ended = False
        self._in = bytearray()
        self._long: _Coming | None = None
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
            while self._long is not None:
                come = self.connection.recv_into(self._long.room)
                if not come:
                    self.ended = True
                    break
                if (message := self._long.took(come)) is not None:
                    found.append(message)
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
                    self._long = _Coming(length, memoryview(bytes(self._in[_LENGTH:])))
                    self._in.clear()
                return
            found.append(message_of(bytes(self._in[_LENGTH:end]), self._shelf))
            del self._in[:end]

    def close(self) -> None:
        self.connection.close()


def loaded(message: bytes) -> Any:
    """What the parent sent: a job, or a unit with its number."""
    return pickle.loads(message)  # noqa: S301  # from our own parent


class _Coming:
    """A long message that is received where it stays, each block for itself: memory for all of it at once would be new
    memory from the system each time, which costs more than to receive it."""

    def __init__(self, length: int, begun: memoryview) -> None:
        self._left = length
        self._pieces = [bytearray(_HEAD)]
        self._sizes: list[int] = []
        self.room = memoryview(self._pieces[0])
        while begun:
            size = min(len(self.room), len(begun))
            self.room[:size] = begun[:size]
            self.took(size)
            begun = begun[size:]

    def took(self, size: int) -> Message | None:
        """Counts what was received into `room`, where the next is to go from then on; the message when it is whole."""
        self._left -= size
        self.room = self.room[size:]
        if not self._left:
            return Message(self._pieces[0], self._pieces[2], self._pieces[3:])
        while not self.room:
            self._pieces.append(bytearray(self._next()))
            self.room = memoryview(self._pieces[-1])
        return None

    def _next(self) -> int:
        """The size of the next piece: sizes of blocks, outcomes, then the blocks."""
        known = len(self._pieces)
        if known == 1:
            return _SIZE * _count(self._pieces[0])
        if known == 2:
            self._sizes = _sizes_in(self._pieces[1])
            return self._left - sum(self._sizes)
        return self._sizes[known - 3]
