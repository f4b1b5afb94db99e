"""What is asked of a client of Kafka while ranges of offsets are read, and when that ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assay.sources.kafka.client import Extent
from assay.sources.kafka.reader import KafkaTopic


class Message(NamedTuple):
    number: int
    place: int
    at: int = 0

    def partition(self) -> int:
        return self.number

    def offset(self) -> int:
        return self.place

    def timestamp(self) -> tuple[int, int]:
        return 1, self.at


class Client:
    """Gives what was made ready, and never more than is asked for; notes what it was asked."""

    def __init__(self, *messages: Message, ended: Mapping[int, int] | None = None) -> None:
        self.queue = list(messages)
        self.ended = dict(ended or {})
        """Partitions that end, each after so many answers."""
        self.asked: list[int] = []
        self.began: Mapping[int, int] = {}

    def go_to(self, _topic: str, offsets: Mapping[int, int]) -> None:
        self.began = offsets

    def some(self, most: int) -> tuple[list[Any], set[int]]:
        self.asked.append(most)
        given, self.queue = self.queue[:most], self.queue[most:]
        assert given or self.ended, "nothing is left to be given"
        over = {number for number, after in self.ended.items() if len(self.asked) >= after}
        return given, over


def read(client: Client, ranges: Mapping[int, tuple[int, int]]) -> list[tuple[int, int]]:
    extents = [Extent(number, 0, 10_000) for number in ranges]
    topic = KafkaTopic(client, "kafka://x/t", "t", extents)  # type: ignore[arg-type]
    return [(message.number, message.place) for messages in topic._pages(ranges) for message in messages]


def test_no_more_is_asked_for_than_is_wanted() -> None:
    client = Client(*(Message(0, 100 + at) for at in range(50)), *(Message(1, 7 + at) for at in range(50)))
    found = read(client, {0: (100, 120), 1: (7, 12)})
    assert found == [(0, 100 + at) for at in range(20)] + [(1, 7 + at) for at in range(5)]
    # 25 of both; then, as twenty of them were followed by others of the same partition, what is missing.
    assert client.asked[0] == 25
    assert set(client.asked[1:]) == {5}
    assert client.began == {0: 100, 1: 7}


def test_no_more_than_a_page_is_asked_for_at_once() -> None:
    client = Client(*(Message(0, at) for at in range(1_200)))
    assert len(read(client, {0: (0, 1_200)})) == 1_200
    assert client.asked == [500, 500, 200]


def test_gaps_are_not_waited_for() -> None:
    """What was compacted away is not there: the next record tells, and at the end that the partition ends."""
    inside = Client(Message(0, 10), Message(0, 11), Message(0, 19), Message(0, 20))
    assert read(inside, {0: (10, 20)}) == [(0, 10), (0, 11), (0, 19)]
    beyond = Client(Message(0, 10), Message(0, 500))
    assert read(beyond, {0: (10, 20)}) == [(0, 10)]
    at_end = Client(Message(0, 10), Message(1, 3), ended={0: 2, 1: 3})
    assert read(at_end, {0: (10, 20), 1: (0, 9)}) == [(0, 10), (1, 3)]
    assert at_end.asked == [19, 9 + 5, 5]


def test_what_lies_before_a_range_counts_for_nothing() -> None:
    client = Client(Message(0, 3), Message(0, 4), Message(0, 10), Message(0, 11))
    assert read(client, {0: (10, 12)}) == [(0, 10), (0, 11)]
    assert client.asked == [2, 2]


def test_of_empty_ranges_nothing_is_asked() -> None:
    client = Client()
    assert read(client, {0: (5, 5)}) == []
    assert client.asked == []
    other = Client(Message(1, 0))
    assert read(other, {0: (5, 5), 1: (0, 1)}) == [(1, 0)]
    assert other.began == {1: 0}
