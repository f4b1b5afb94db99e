"""One table that is open: random items from all over it, or every item by several readers at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, NamedTuple

from assay.aws.failures import refusals
from assay.errors import AwsError, ReadError
from assay.formats.rows import sampled_cell
from assay.model import TableInfo
from assay.ports import TableBatch
from assay.sources.dynamodb.kind import TABLES
from assay.sources.dynamodb.pace import Pace, units_a_second
from assay.sources.dynamodb.values import Columns

_PLACES = 40
_FEWEST, _MOST = 3, 5
"""A sample is of `_PLACES` segments of between so many times as many."""

_READERS = 4
_WHOLE = 400 * 1024
"""No item is larger than this, so that no value is."""

Item = Mapping[str, Any]


class _Page(NamedTuple):
    items: Sequence[Item]
    following: Mapping[str, Any] | None


class DynamoTable:
    """A table, as `DescribeTable` tells of it. Its items are read without a promise that the newest are seen."""

    def __init__(self, client: Any, uri: str, table: Mapping[str, Any]) -> None:
        # The count is some hours old: of a new table it is 0.
        rows = table.get("ItemCount") or None
        size = table.get("TableSizeBytes") or 0
        self._client = client
        self._name = str(table["TableName"])
        self._pace = Pace(units_a_second(table), item_bytes=size / rows if rows and size else 1_024)
        self._stopped = threading.Event()
        self.info = TableInfo(resource=uri, table=self._name, columns=(), rows=rows)

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Items from the beginnings of random segments; all items where there are no more than `rows`."""
        columns = Columns()
        batch = columns.batch(self._drawn(rows, seed), sampled_cell(rows))
        self._tell(columns, batch.rows)
        return batch

    def read(self) -> Iterator[TableBatch]:
        """Every item, page by page, as pages come."""
        columns = Columns()
        read = 0
        self._stopped.clear()
        with ThreadPoolExecutor(_READERS, thread_name_prefix="segments") as pool:
            coming: dict[Future[_Page], int] = {
                pool.submit(self._page, segment, _READERS, None): segment for segment in range(_READERS)
            }
            try:
                while coming:
                    done, _ = wait(coming, return_when=FIRST_COMPLETED)
                    for future in done:
                        segment = coming.pop(future)
                        page = future.result()
                        if page.following is not None:
                            coming[pool.submit(self._page, segment, _READERS, page.following)] = segment
                        if page.items:
                            read += len(page.items)
                            yield columns.batch(page.items, _WHOLE)
            finally:
                self._stopped.set()
                for future in coming:
                    future.cancel()
                self._tell(columns, read)

    def _tell(self, columns: Columns, read: int) -> None:
        """Notes what reading has shown."""
        rows = self.info.rows
        left_out = {"binary": columns.binary} if columns.binary else {}
        self.info = replace(self.info, rows=None if rows is not None and rows < read else rows, left_out=left_out)

    def _drawn(self, rows: int, seed: int) -> Iterator[Item]:
        """At most `rows` items. Each is read once, but for a table that has grown since its items were counted."""
        count = self.info.rows
        if count is None or count <= rows:
            few: list[Item] = []
            for found in self._from_the_start(rows + 1):
                few += found
                if len(few) > rows:
                    break
            else:
                yield from few
                return
            # There are more than were counted: the first of them are no sample.
            few.clear()
            self.info = replace(self.info, rows=None)
        draw = random.Random(seed)
        each = -(-rows // _PLACES)
        # Another number of segments is another set of places where they begin.
        segments = draw.randint(_FEWEST * _PLACES, _MOST * _PLACES)
        if count is not None and count > rows:
            segments = max(1, min(segments, count // each))
        left = rows
        waiting: list[tuple[int, Mapping[str, Any] | None]] = [(number, None) for number in range(segments)]
        while waiting and left:
            draw.shuffle(waiting)
            following: list[tuple[int, Mapping[str, Any] | None]] = []
            for segment, start in waiting:
                page = self._page(segment, segments, start, most=min(each, left))
                yield from page.items[:left]
                left -= min(left, len(page.items))
                if not left:
                    return
                if page.following is not None:
                    following.append((segment, page.following))
            waiting = following

    def _from_the_start(self, most: int) -> Iterator[Sequence[Item]]:
        """Pages of the whole table, one after the other, of at most so many items altogether."""
        start: Mapping[str, Any] | None = None
        while most:
            page = self._page(0, 1, start, most=most)
            yield page.items
            most -= len(page.items)
            start = page.following
            if start is None:
                return

    def _page(self, segment: int, segments: int, start: Mapping[str, Any] | None, *, most: int | None = None) -> _Page:
        """The next page of a segment. Raises `ReadError`."""
        self._pace.wait()
        if self._stopped.is_set() and most is None:
            return _Page((), None)
        items = self._pace.page(_READERS if most is None else 1)
        asked: dict[str, Any] = {
            "TableName": self._name,
            "Limit": items if most is None else min(items, most),
            "ReturnConsumedCapacity": "TOTAL",
        }
        if segments > 1:
            asked |= {"Segment": segment, "TotalSegments": segments}
        if start is not None:
            asked["ExclusiveStartKey"] = start
        try:
            answer = self._client.scan(**asked)
        except refusals() as error:
            raise TABLES.refused(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        found: Sequence[Item] = answer.get("Items") or ()
        self._pace.spent(float((answer.get("ConsumedCapacity") or {}).get("CapacityUnits") or 0.5), len(found))
        return _Page(found, answer.get("LastEvaluatedKey") or None)
