"""One stream that is open: records from all over what it retains, or every record of all its shards up to now."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from assay.errors import ReadError
from assay.formats.records import Record, Records
from assay.formats.rows import sampled_cell
from assay.model import TableInfo
from assay.ports import TableBatch
from assay.sources.kinesis.shards import FROM_THE_START, MOST, Page, Shard, Start

KEY = "(partition key)"

_PLACES = 40
"""Where a sample begins to read, in all shards together; of more shards so many are drawn."""

_EACH = 5
"""Places in one shard: the oldest record that is retained, and random times since."""

_EMPTY = 3
"""Pages without a record behind a place, until the next one is taken."""

_READERS = 4
_SAMPLED_BYTES = 64 * 1024 * 1024
_WHOLE = 10 * 1024 * 1024
"""No record is larger, so that no value is."""


class KinesisStream:
    """A stream with its shards. `begin` is the oldest time that is asked for, or retained; `until` when it was opened."""

    def __init__(
        self, uri: str, name: str, shards: Sequence[Shard], *, begin: datetime, until: datetime, since: datetime | None
    ) -> None:
        self._shards = shards
        self._begin, self._until = begin, until
        self._first: Start = FROM_THE_START if since is None else at(since)
        self._records = Records()
        narrowed = "" if since is None else f"records that came before {since:%Y-%m-%d %H:%M:%S} UTC"
        self.info = TableInfo(resource=uri, table=name, columns=(), narrowed=narrowed)

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Records from the oldest one and from random times on; all where there are no more than `rows`."""
        self._records.restart()
        drawn = _Drawn(rows)
        whole = self._draw(drawn, random.Random(seed))
        batch = self._records.batch([_record(each) for each in drawn.records], sampled_cell(rows))
        self._tell(cut_short=not whole)
        return batch

    def read(self) -> Iterator[TableBatch]:
        """Every record that there was when the stream was opened, page by page as pages come. Shards that cannot be read on
        are told when the others are read."""
        self._records.restart()
        failed: ReadError | None = None
        with ThreadPoolExecutor(_READERS, thread_name_prefix="shards") as pool:
            waiting = list(self._shards)
            coming: dict[Future[Page], Shard] = {}
            try:
                while waiting or coming:
                    while waiting and len(coming) < _READERS:
                        shard = waiting.pop(0)
                        shard.begin(self._first)
                        coming[pool.submit(shard.page)] = shard
                    done, _ = wait(coming, return_when=FIRST_COMPLETED)
                    for future in done:
                        shard = coming.pop(future)
                        try:
                            page = future.result()
                        except ReadError as error:
                            failed = failed or error
                            continue
                        if not page.ended:
                            coming[pool.submit(shard.page)] = shard
                        if page.records:
                            yield self._records.batch([_record(each) for each in page.records], _WHOLE)
            finally:
                for future in coming:
                    future.cancel()
                self._tell(cut_short=False)
        if failed is not None:
            raise failed

    def _tell(self, *, cut_short: bool) -> None:
        """Notes what reading has shown."""
        self.info = replace(
            self.info,
            left_out=dict(self._records.left_out),
            missed=tuple(self._records.missed.items()),
            cut_short=cut_short,
        )

    def _draw(self, drawn: _Drawn, draw: random.Random) -> bool:
        """Fills the sample. Whether that is all there is."""
        shards = list(self._shards)
        draw.shuffle(shards)
        shards = shards[:_PLACES]
        places = max(1, min(_EACH, _PLACES // max(1, len(shards))))
        each = -(-drawn.wanted // max(1, len(shards) * places))
        for number in range(places):
            for shard in shards:
                shard.begin(self._first if number == 0 else at(self._moment(draw)))
                for _ in range(_EMPTY):
                    page = shard.page(min(each, MOST))
                    drawn.add(shard, page)
                    if drawn.is_full:
                        return False
                    if page.records or page.ended:
                        break
        # There are fewer than that, or they lie close together.
        for shard in self._shards:
            shard.begin(self._first)
            while not (page := shard.page(min(drawn.wanted, MOST))).ended:
                drawn.add(shard, page)
                if drawn.is_full:
                    return False
            drawn.add(shard, page)
        return not drawn.is_full

    def _moment(self, draw: random.Random) -> datetime:
        return self._begin + timedelta(seconds=draw.random() * (self._until - self._begin).total_seconds())


def at(moment: datetime) -> Start:
    """From the first record on that came then or later."""
    return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": moment}


class _Drawn:
    """Records of a sample, each once."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.records: list[Mapping[str, Any]] = []
        self._known: set[tuple[str, str]] = set()
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return len(self.records) >= self.wanted or self._bytes >= _SAMPLED_BYTES

    def add(self, shard: Shard, page: Page) -> None:
        for record in page.records:
            name = (shard.id, record["SequenceNumber"])
            if name not in self._known and not self.is_full:
                self._known.add(name)
                self.records.append(record)
                self._bytes += len(record["Data"])


def _record(told: Mapping[str, Any]) -> Record:
    return Record(told["Data"], {KEY: told.get("PartitionKey")})
