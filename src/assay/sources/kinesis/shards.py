"""One shard: its records page by page, at a rate that leaves it to those who read it for a living.

Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.errors import AwsError, ReadError
from assay.sources.kinesis.kind import STREAMS

MOST = 10_000
_APART_SECONDS = 0.25
"""Of the five reads a second that all readers of a shard share, no more than four; two that begin together leave one."""

_BYTES_A_SECOND = 1024 * 1024
"""Of the two MiB a second that they share, half."""

Start = Mapping[str, Any]
"""Where in a shard to begin, as `GetShardIterator` is asked."""

FROM_THE_START: Start = {"ShardIteratorType": "TRIM_HORIZON"}


class Page(NamedTuple):
    """Records as Kinesis has them, and whether there are no more of those that were there at the given time."""

    records: Sequence[Mapping[str, Any]]
    ended: bool


class Shard:
    """A place in a shard, moved on by every page. A closed shard ends; an open one ends where its records are newer than `until`,
    or where there are none that are not read. Iterators expire after five minutes, and are renewed behind the last record."""

    def __init__(
        self,
        client: Any,
        stream: str,
        shard: str,
        until: datetime,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = shard
        self._client = client
        self._stream = stream
        self._until = until
        self._sleep = sleep
        self._clock = clock
        self._next = clock()
        self._start: Start = FROM_THE_START
        self._iterator: str | None = None

    def begin(self, start: Start) -> None:
        """The next page is the first from here."""
        self._start, self._iterator = start, None

    def page(self, most: int = MOST) -> Page:
        """The next records, at most so many; there may be none, and more after them. Raises `ReadError`."""
        try:
            if self._iterator is None:
                self._iterator = self._placed()
            answer = self._records(most)
            if answer is None:
                self._iterator = self._placed()
                answer = self._records(most)
        except refusals() as error:
            raise STREAMS.refused(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        if answer is None:
            raise ReadError("unreadable", "its iterators expire as they are made; check the clock of this machine")
        records: Sequence[Mapping[str, Any]] = answer.get("Records") or ()
        self._iterator = answer.get("NextShardIterator")
        if records:
            self._start = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": records[-1]["SequenceNumber"],
            }
        wanted = [record for record in records if record["ApproximateArrivalTimestamp"] <= self._until]
        at_tip = not records and not answer.get("MillisBehindLatest")
        return Page(wanted, self._iterator is None or at_tip or len(wanted) < len(records))

    def _placed(self) -> str | None:
        """`None` where the shard has aged out of the stream, and its records with it."""
        try:
            answer = self._client.get_shard_iterator(StreamName=self._stream, ShardId=self.id, **self._start)
        except refusals() as error:
            if failure_of(error).reason != NOT_FOUND:
                raise
            self._client.describe_stream_summary(StreamName=self._stream)
            return None
        iterator: str = answer["ShardIterator"]
        return iterator

    def _records(self, most: int) -> Mapping[str, Any] | None:
        """An answer; `None` where the iterator has expired."""
        if self._iterator is None:
            return {}
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next = self._clock() + _APART_SECONDS
        try:
            answer: Mapping[str, Any] = self._client.get_records(ShardIterator=self._iterator, Limit=most)
        except refusals() as error:
            if code_of(error) == "ExpiredIteratorException":
                return None
            raise
        size = sum(len(record["Data"]) for record in answer.get("Records") or ())
        self._next = max(self._next, self._clock() + size / _BYTES_A_SECOND)
        return answer
