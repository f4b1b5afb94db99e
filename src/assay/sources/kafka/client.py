"""A consumer that belongs to no group: it is told where to read, and commits nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from assay.errors import ReadError, UsageError
from assay.sources.kafka.address import Address
from assay.sources.kafka.failures import SECONDS, code_of, failure_of

_GROUP = "assay"
# Errors that say more of why nobody answers than that nobody does, the clearest last.
_TELLING = ("_RESOLVE", "_SSL", "SASL_AUTHENTICATION_FAILED", "_AUTHENTICATION")


class Extent(NamedTuple):
    """Offsets of a partition: of its first record, and behind its last one."""

    partition: int
    low: int
    high: int


class Client:
    """One connection to a cluster. All methods raise `ReadError`. Raises `UsageError` where it cannot be configured."""

    def __init__(self, address: Address) -> None:
        try:
            import confluent_kafka
        except ImportError:
            raise UsageError("kafka://… is read with confluent-kafka: pip install 'assay[kafka]'") from None
        self._library = confluent_kafka
        self._seen: set[int] = set()
        try:
            self._consumer = confluent_kafka.Consumer(
                {
                    "client.id": "assay",
                    # The library asks for a name of a group, which stays without members and offsets.
                    "group.id": _GROUP,
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "auto.offset.reset": "earliest",
                    "enable.partition.eof": True,
                    "allow.auto.create.topics": False,
                    # What was written by a transaction that failed is kept as well as all else.
                    "isolation.level": "read_uncommitted",
                    "queued.min.messages": 2_000,
                    "queued.max.messages.kbytes": 32 * 1024,
                    # A place to read from changes often: what was asked for before must not keep a broker for long, nor
                    # a queue that was full the library.
                    "fetch.wait.max.ms": 10,
                    "fetch.queue.backoff.ms": 10,
                    "log_level": 0,
                    "error_cb": self._noted,
                    **address.configuration(),
                }
            )
        except (confluent_kafka.KafkaException, ValueError, TypeError) as error:
            # Its message may quote an option.
            given = address.configuration()
            missing = [name for name in given if name.endswith(".location") and not os.path.exists(str(given[name]))]
            if missing:
                raise UsageError(
                    f"{address.shown}: there is no file where {' and '.join(sorted(missing))} should be; check the path"
                ) from None
            raise UsageError(
                f"{address.shown}: its options cannot be used (error {code_of(error)}); check security.protocol and "
                "sasl.mechanism, and that files of certificates are there and can be read"
            ) from None

    def close(self) -> None:
        self._consumer.close()

    def topics(self) -> Mapping[str, Sequence[int]]:
        """All topics that may be seen, with their partitions. None is asked for by name, which might make it."""
        try:
            told = self._consumer.list_topics(timeout=SECONDS)
        except self._library.KafkaException as error:
            raise self._failure(error) from None
        return {name: sorted(topic.partitions) for name, topic in told.topics.items() if topic.error is None}

    def extents(self, topic: str, since: datetime | None) -> list[Extent]:
        """What there is now of each partition, from a time on."""
        numbers = self.topics().get(topic)
        if numbers is None:
            raise failure_of(self._library.KafkaError.UNKNOWN_TOPIC_OR_PART)
        place = self._library.TopicPartition
        try:
            found = [
                Extent(number, *self._consumer.get_watermark_offsets(place(topic, number), timeout=SECONDS))
                for number in numbers
            ]
            if since is None:
                return found
            moment = int(since.timestamp() * 1000)
            begun = self._consumer.offsets_for_times([place(topic, each.partition, moment) for each in found], SECONDS)
        except self._library.KafkaException as error:
            raise self._failure(error) from None
        starts = {each.partition: each.offset for each in begun}
        # Of a partition without records since then no offset is told, nor by brokers that do not look at times.
        unsure = [each for each in found if starts.get(each.partition, -1) < 0 and each.high > each.low]
        newer = self._newer(topic, unsure, moment)
        return [
            each._replace(
                low=max(each.low, start)
                if (start := starts.get(each.partition, -1)) >= 0
                else each.low
                if each.partition in newer
                else each.high
            )
            for each in found
        ]

    def _newer(self, topic: str, extents: Sequence[Extent], moment: int) -> set[int]:
        """Partitions whose last record came then (milliseconds) or later, or does not tell when."""
        left = {each.partition for each in extents}
        newer: set[int] = set()
        if left:
            self.go_to(topic, {each.partition: each.high - 1 for each in extents})
        until = time.monotonic() + SECONDS
        while left:
            messages, ended = self.some(len(extents))
            for message in messages:
                kind, at = message.timestamp()
                if kind == self._library.TIMESTAMP_NOT_AVAILABLE or at >= moment:
                    newer.add(message.partition())
                left.discard(message.partition())
            left -= ended
            if left and time.monotonic() > until:
                raise self.stalled()
        return newer

    def go_to(self, topic: str, offsets: Mapping[int, int]) -> None:
        """What is read next begins at these offsets of partitions, and is of no others."""
        place = self._library.TopicPartition
        try:
            self._consumer.assign([place(topic, number, offset) for number, offset in offsets.items()])
        except self._library.KafkaException as error:
            raise self._failure(error) from None

    def some(self, most: int) -> tuple[list[Any], set[int]]:
        """Records as they come within a tenth of a second, and partitions that have ended."""
        try:
            messages: list[Any] = self._consumer.consume(most, timeout=0.1)
        except self._library.KafkaException as error:
            raise self._failure(error) from None
        found: list[Any] = []
        ended: set[int] = set()
        for message in messages:
            failed = message.error()
            if failed is None:
                found.append(message)
            elif failed.code() == self._library.KafkaError._PARTITION_EOF:
                ended.add(message.partition())
            elif not failed.retriable():
                raise failure_of(failed.code())
        return found, ended

    def stalled(self) -> ReadError:
        """Why no records come."""
        return self._failure(None)

    def _noted(self, error: Any) -> None:
        self._seen.add(int(error.code()))

    def _failure(self, error: Any) -> ReadError:
        self._consumer.poll(0)  # lets what was noted meanwhile arrive
        codes = self._library.KafkaError
        telling = [code for name in _TELLING if (code := getattr(codes, name)) in self._seen]
        code = code_of(error) if error is not None else codes._TIMED_OUT
        is_silence = code in (codes._TRANSPORT, codes._TIMED_OUT, codes._ALL_BROKERS_DOWN)
        return failure_of(telling[-1] if telling and is_silence else code)
