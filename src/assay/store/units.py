"""What is written at once: a reading of one resource or table with all that came of it, and what is concluded."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay.model import Classification, ColumnRecord, ColumnSketch, Finding, Gap, Skip, TableRecord
from assay.store.nouns import finding_row
from assay.store.texts import as_json, clean, derived


class TableResult(NamedTuple):
    """A table's record and those of its columns, in the table's order. `sketches` are of the same columns, or none.

    `extent` says how much of a table of a database was read, as JSON.
    """

    record: TableRecord
    columns: Sequence[ColumnRecord]
    sketches: Sequence[ColumnSketch]
    extent: Mapping[str, Any] | None = None


class Verdict(NamedTuple):
    """What is concluded of a resource, and the reading that it comes of."""

    classification: Classification
    reading: str
    change: str | None


@dataclass(slots=True, kw_only=True)
class Unit:
    """One reading. `table` is null for a resource that is no table; `same_as` is the reading that holds still,
    so that it was not read again; `found_in` that which found the same as this one did.

    `written` counts findings that went to the catalog before the unit was whole; they count for nothing until it is.
    """

    resource: str
    table: str | None = None
    change: str | None = None
    reading: str = field(default_factory=lambda: secrets.token_hex(16))
    same_as: str | None = None
    found_in: str | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    written: int = 0
    omissions: list[Gap | Skip] = field(default_factory=list)
    tables: list[TableResult] = field(default_factory=list)
    classification: Classification | None = None
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, finding: Finding) -> None:
        """Takes a finding; only its row is kept."""
        row = finding_row(finding)
        self._hash.update(as_json(row).encode())
        self.rows.append(row)

    def settle(self) -> None:
        """Its rows are in the catalog now."""
        self.written += len(self.rows)
        self.rows.clear()

    @property
    def resource_id(self) -> str:
        return resource_id(self.resource)

    @property
    def findings(self) -> int:
        """How many findings it has."""
        return self.written + len(self.rows)

    @property
    def gaps(self) -> int:
        """How much of it could not be read."""
        return sum(isinstance(item, Gap) for item in self.omissions)

    def digest(self) -> str:
        """Of findings and omissions: equal where another reading found the same."""
        told = self._hash.copy()
        told.update(as_json([[type(item).__name__, item.reason, item.detail] for item in self.omissions]).encode())
        return str(told.hexdigest())[:32]


def resource_id(uri: str) -> str:
    """The id of a resource."""
    return derived("resource", clean(uri))


def table_id(uri: str, table: str) -> str:
    """The id of a table of a resource."""
    return derived("table", clean(uri), clean(table))


def column_ids(of_table: str, names: Sequence[str]) -> list[str]:
    """The ids of a table's columns. Files may have several of one name: the second has an id of its own."""
    seen: dict[str, int] = {}
    ids = []
    for name in map(clean, names):
        seen[name] = seen.get(name, 0) + 1
        ids.append(derived("column", of_table, name, str(seen[name])))
    return ids


def source_id(uri: str) -> str:
    """The id of what a resource is one of many of: the folder of a file or an object, a database."""
    if uri.startswith(("file:", "s3:")):
        return derived("source", uri.rpartition("/")[0])
    scheme, _, rest = uri.partition("://")
    return derived("source", scheme, *rest.split("/")[:2])
