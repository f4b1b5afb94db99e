"""One collection that is open: documents that the server draws, or every document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from assay.formats.documents import DocumentColumns
from assay.formats.rows import sampled_cell
from assay.model import TableInfo
from assay.ports import TableBatch
from assay.sources.mongodb.failures import STATEMENT_SECONDS, errors, failure_of
from assay.sources.mongodb.values import Plain

_WHOLE = 16 * 1024 * 1024
"""No document is larger, so that no value is."""

_AT_ONCE = 500
_MILLISECONDS = STATEMENT_SECONDS * 1000


class MongoCollection:
    """A collection, or a view where `is_view`, of which nobody knows how many documents it has."""

    def __init__(self, collection: Any, uri: str, name: str, *, is_view: bool) -> None:
        self._collection = collection
        self._counted = not is_view
        self.info = TableInfo(resource=uri, table=name, columns=(), kind="view" if is_view else "table")

    def sample(self, rows: int, seed: int) -> TableBatch:  # noqa: ARG002  # the server draws by none
        """Documents that the server draws at random, other ones each time; all where there are no more than `rows`."""
        with _asked():
            count = self._collection.estimated_document_count(maxTimeMS=_MILLISECONDS) if self._counted else None
            found = None
            if count is not None and count <= rows:
                found = list(self._collection.find({}, limit=rows + 1, max_time_ms=_MILLISECONDS))
            if found is None or len(found) > rows:
                drawn = [{"$sample": {"size": rows}}]
                found = list(self._collection.aggregate(drawn, maxTimeMS=_MILLISECONDS, allowDiskUse=True))
        plain = Plain()
        batch = DocumentColumns().batch(map(plain.of, found), sampled_cell(rows))
        # The count is that of the collection's metadata: it may be old.
        self._tell(plain, count if count is not None and count > batch.rows else None)
        return batch

    def read(self) -> Iterator[TableBatch]:
        """Every document, some hundred at a time."""
        plain, columns = Plain(), DocumentColumns()
        try:
            with _asked():
                documents = iter(self._collection.find({}, batch_size=_AT_ONCE))
            while found := self._some(documents):
                yield columns.batch(map(plain.of, found), _WHOLE)
        finally:
            self._tell(plain, None)

    def _some(self, documents: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        with _asked():
            return list(islice(documents, _AT_ONCE))

    def _tell(self, plain: Plain, rows: int | None) -> None:
        left_out = {"binary": plain.binary} if plain.binary else {}
        self.info = replace(self.info, rows=rows, left_out=left_out)


@contextmanager
def _asked() -> Iterator[None]:
    """Raises `ReadError` for errors of the driver, and for documents that it cannot decode."""
    try:
        yield
    except errors() as error:
        raise failure_of(error) from None
