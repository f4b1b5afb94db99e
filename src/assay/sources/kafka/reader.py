"""One topic that is open: records from random places of its partitions, or every record up to where they end now."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from assay.formats.payload import parts
from assay.formats.records import Record, Records
from assay.formats.rows import sampled_cell
from assay.formats.values import bytes_text
from assay.model import TableInfo
from assay.ports import TableBatch
from assay.sources.kafka.client import Client, Extent
from assay.sources.kafka.failures import STALLED_SECONDS

KEY, HEADERS = "(key)", "(headers)"

_PLACES = 40
"""Where a sample begins to read, in all partitions together; of more partitions so many are drawn."""

_AT_ONCE = 500
_SAMPLED_BYTES = 64 * 1024 * 1024
_WHOLE = 64 * 1024 * 1024
_NUMBERS = (4, 8)
_NO_TIME = 0

Message = Any
"""A message as the library has it."""


class KafkaTopic:
    """A topic whose partitions have these extents. Offsets count records, and what was compacted away.

    Records that came before `since` are not looked at.
    """

    def __init__(
        self, client: Client, uri: str, name: str, extents: Sequence[Extent], *, since: datetime | None = None
    ) -> None:
        self._client = client
        self._name = name
        self._extents = [each for each in extents if each.high > each.low]
        self._records = Records()
        self._since = 0 if since is None else int(since.timestamp() * 1000)
        narrowed = "" if since is None else f"records that came before {since:%Y-%m-%d %H:%M:%S} UTC"
        self.info = TableInfo(resource=uri, table=name, columns=(), rows=self._count(), narrowed=narrowed)

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Records from random places; all where there are no more than `rows`."""
        self._records.restart()
        drawn = _Drawn(rows)
        is_all = self._count() <= rows
        if not is_all:
            for places in self._places(rows, random.Random(seed)):
                # Partitions answer in any order; what is drawn does not depend on it.
                drawn.add(sorted(chain.from_iterable(self._pages(places)), key=_place))
        if is_all:
            is_all = self._filled(drawn, [self._extents])
        elif not drawn.is_full:
            # Places met one another, or there were gaps where others have been.
            is_all = self._filled(drawn, [[each] for each in self._extents])
        batch = self._records.batch([_record(each) for each in drawn.messages], sampled_cell(rows))
        self._tell(batch.rows, whole=is_all)
        return batch

    def _filled(self, drawn: _Drawn, rounds: Sequence[Sequence[Extent]]) -> bool:
        """Takes what is missing from the beginning of partitions, round by round. Whether nothing is left then."""
        for extents in rounds:
            for messages in self._pages({each.partition: (each.low, each.high) for each in extents}):
                drawn.add(messages)
                if drawn.is_full:
                    return self._count() <= len(drawn.messages)
        return True

    def read(self) -> Iterator[TableBatch]:
        """Every record that there was when the topic was opened, as they come."""
        self._records.restart()
        read = 0
        try:
            for messages in self._pages({each.partition: (each.low, each.high) for each in self._extents}):
                batch = self._records.batch([_record(each) for each in messages], _WHOLE)
                read += batch.rows
                yield batch
        finally:
            self._tell(read, whole=True)

    def _count(self) -> int:
        return sum(each.high - each.low for each in self._extents)

    def _tell(self, read: int, *, whole: bool) -> None:
        """Notes what reading has shown."""
        count = self._count()
        self.info = replace(
            self.info,
            rows=count if count > read else None,
            left_out=dict(self._records.left_out),
            missed=tuple(self._records.missed.items()),
            cut_short=not whole,
        )

    def _places(self, rows: int, draw: random.Random) -> Iterator[Mapping[int, tuple[int, int]]]:
        """Rounds of ranges of offsets, one of each partition."""
        extents = list(self._extents)
        draw.shuffle(extents)
        extents = extents[:_PLACES]
        rounds = max(1, _PLACES // len(extents))
        each = -(-rows // (rounds * len(extents)))
        for _ in range(rounds):
            starts = {
                one.partition: (draw.randint(one.low, max(one.low, one.high - each)), one.high) for one in extents
            }
            yield {number: (start, min(start + each, high)) for number, (start, high) in starts.items()}

    def _pages(self, ranges: Mapping[int, tuple[int, int]]) -> Iterator[Sequence[Message]]:
        """Records of ranges of offsets, by partition. Raises `ReadError`, also where none comes for a minute."""
        left = {number: end - start for number, (start, end) in ranges.items() if end > start}
        if not left:
            return
        self._client.go_to(self._name, {number: ranges[number][0] for number in left})
        waited_from = time.monotonic()
        while left:
            # For more than are wanted the client would wait, though nothing is missing.
            messages, ended = self._client.some(min(_AT_ONCE, sum(left.values())))
            found = []
            for message in messages:
                number, offset = message.partition(), message.offset()
                start, end = ranges.get(number, (0, 0))
                kind, came = message.timestamp()
                is_old = kind != _NO_TIME and came < self._since
                if start <= offset < end and not is_old:
                    found.append(message)
                if offset >= end - 1:
                    left.pop(number, None)
                elif number in left:
                    left[number] = end - 1 - max(offset, start - 1)
            for number in ended:
                left.pop(number, None)
            if found:
                yield found
            if messages or ended:
                waited_from = time.monotonic()
            elif time.monotonic() - waited_from > STALLED_SECONDS:
                raise self._client.stalled()


class _Drawn:
    """Records of a sample, each once."""

    def __init__(self, wanted: int) -> None:
        self.messages: list[Message] = []
        self._wanted = wanted
        self._known: set[tuple[int, int]] = set()
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return len(self.messages) >= self._wanted or self._bytes >= _SAMPLED_BYTES

    def add(self, messages: Sequence[Message]) -> None:
        for message in messages:
            place = _place(message)
            if place not in self._known and not self.is_full:
                self._known.add(place)
                self.messages.append(message)
                self._bytes += len(message)


def _place(message: Message) -> tuple[int, int]:
    return message.partition(), message.offset()


def _record(message: Message) -> Record:
    about: dict[str, Any] = {}
    key = message.key()
    if key is not None:
        about[KEY] = _key(key)
    headers = message.headers()
    if headers:
        about[HEADERS] = _headers(headers)
    return Record(message.value(), about)


def _key(key: bytes) -> Any:
    """A document, text, or a whole number; `None` for what is nothing of it."""
    first = next(parts(key))
    if first.documents:
        return first.documents[0] if len(first.documents) == 1 else list(first.documents)
    if first.text is None and len(key) in _NUMBERS:
        return str(int.from_bytes(key, "big", signed=True))
    return first.text


def _headers(given: Sequence[tuple[str, bytes | None]]) -> dict[str, Any]:
    """By name; one that comes again has all its values."""
    found: dict[str, list[str | None]] = {}
    for name, value in given:
        found.setdefault(name, []).append(None if value is None else bytes_text(value) or None)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
