"""What a scan tells → entries of a baseline, and of which earlier ones it is known that they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from assay.app.scan.sources import folder_of, is_database, is_mongodb, is_named_database, is_remote
from assay.detect.baseline import K_ANONYMITY, Entry, Key, place_of
from assay.model import Classification, ColumnRecord, Finding, Gap, Measure, Skip, TableRecord
from assay.ports import Listed, Record
from assay.scanning.known import column_of
from assay.sources.file import file_uri
from assay.tables.standing import is_sensitive_as_a_whole

# Reasons of skips that say nothing of whether a value is still there.
_NOT_ASKED = frozenset(["excluded", "submodule", "not asked for"])


def value_of(finding: Finding, bases: Sequence[str]) -> Entry:
    """The entry of a value."""
    return Entry(
        place=place_of(finding.resource, *bases), identifier=finding.identifier, fingerprint=finding.fingerprint
    )


def entry_of(column: ColumnRecord, bases: Sequence[str]) -> Entry:
    """The entry of a sensitive column."""
    return Entry(
        place=place_of(column.resource, *bases),
        table=column.table,
        column=column.column,
        identifier=column.detected_type or "",
    )


def alike_of(table: TableRecord, bases: Sequence[str]) -> Entry | None:
    """The entry of a table that is raised because few of its rows are alike; `None` for another one."""
    found = table.k_anonymity
    if found is None or found.raised_from is None:
        return None
    return Entry(place=place_of(table.resource, *bases), table=table.table_name, identifier=K_ANONYMITY)


class Noticed:
    """The entries of what was told so far. Values in columns that hold them as a whole are known by the column.

    `unread` and `left_out` are places that could not be read, and that were not to be.
    """

    def __init__(self, bases: Sequence[str]) -> None:
        self._bases = bases
        self.found: dict[Key, Entry] = {}
        self.unread: set[str] = set()
        self.left_out: set[str] = set()
        # Of the resource that is being told: entries of values by where they stand.
        self._values: dict[tuple[str, str, str] | None, dict[Key, Entry]] = {}
        self._columns: list[ColumnRecord] = []
        self._tables: set[tuple[str, str]] = set()
        self._names: set[tuple[str, str, str]] = set()
        self._counted: set[tuple[str, str]] = set()
        self._whole: dict[str, bool] = {}

    def take(self, record: Record) -> None:
        """A record of the scan, in order."""
        if isinstance(record, Finding):
            if not record.test_value:
                column = column_of(record.location, record.resource)
                where = None if column is None else (*column, record.identifier)
                value = value_of(record, self._bases)
                self._values.setdefault(where, {})[value.key] = value
        elif isinstance(record, ColumnRecord):
            self._columns.append(record)
        elif isinstance(record, TableRecord):
            self._table(record)
        elif isinstance(record, Gap):
            self.unread.add(place_of(record.resource, *self._bases))
        elif isinstance(record, Skip) and record.reason in _NOT_ASKED:
            self.left_out.add(place_of(record.resource, *self._bases))
        elif isinstance(record, Classification):
            for values in self._values.values():
                self.found.update(values)
            self._values.clear()
            place = place_of(record.resource, *self._bases)
            self._whole[place] = self._whole.get(place, True) and record.coverage.complete

    def _table(self, record: TableRecord) -> None:
        place = place_of(record.resource, *self._bases)
        self._tables.add((place, record.table_name))
        for column in self._columns:
            self._names.add((place, column.table, column.column))
            if column.detected_type is None:
                continue
            where = (column.table, column.column, column.detected_type)
            # Of databases no values are told; what is a value or two in a text is known by these.
            if where not in self._values or is_sensitive_as_a_whole(column, record.rows_read):
                self._values.pop(where, None)
                self._add(entry_of(column, self._bases))
        self._columns.clear()
        alike = alike_of(record, self._bases)
        if alike is not None:
            self._add(alike)
        if record.k_anonymity is None or record.k_anonymity.measure is Measure.EXACT:
            self._counted.add((place, record.table_name))

    def _add(self, entry: Entry) -> None:
        self.found[entry.key] = entry

    def saw(self, entry: Entry) -> bool:
        """Whether the table of an entry was read, or of a value its resource."""
        return entry.place in self._whole if entry.is_value else (entry.place, entry.table) in self._tables

    def may_be_there(self, entry: Entry) -> bool:
        """Whether what was not found may be there nevertheless: what was read of it was a sample."""
        if entry.is_value or self._whole.get(entry.place, True):
            return False
        if entry.column:
            return (entry.place, entry.table, entry.column) in self._names
        return (entry.place, entry.table) in self._tables and (entry.place, entry.table) not in self._counted


@dataclass(slots=True, kw_only=True)
class LookedAt:
    """Where all that is there was told: what lies there and was not told is gone."""

    bases: Sequence[str]
    roots: list[str] = field(default_factory=list)
    objects: list[Listed] = field(default_factory=list)

    @classmethod
    def of(cls, targets: Sequence[str], bases: Sequence[str]) -> LookedAt:
        """What is looked at in these targets. What is excluded is told as left out."""
        made = cls(bases=bases)
        for target in targets:
            root = _database(target) if is_remote(target) else file_uri(folder_of(target))
            if root is not None:
                made.roots.append(place_of(root, *bases))
        return made

    def listed(self, listed: Listed) -> None:
        """A bucket, or a part of one, was listed to its end."""
        self.objects.append(listed)

    def at(self, place: str) -> bool:
        """Whether a place lies there."""
        return any(self._is_of(place, root) for root in self.roots) or any(
            place == each.uri or place.startswith(each.below) for each in self.objects
        )

    def _is_of(self, place: str, root: str) -> bool:
        """Whether a place lies in a target, as it is named or as the folder that the baseline lies in does."""
        holds = any(base.startswith(f"{root.rstrip('/')}/") for base in self.bases)
        return lies_in(place, root) or (holds and not is_uri(place))


def _database(target: str) -> str | None:
    """What the URIs of all tables of a database begin with; `None` where not all of them are looked at, or none tells."""
    if is_mongodb(target):
        from assay.sources.mongodb.address import parse as parse_mongodb  # only where there is one

        named = parse_mongodb(target)
        return None if named.collections else named.uri(named.database) if named.database else named.root
    if not is_database(target) or is_named_database(target):
        return None
    from assay.sources.sql.address import parse  # only where there is one

    address = parse(target)
    if address.schemas or address.tables:
        return None
    return address.uri() if address.is_file or not address.database else address.uri(address.database)


def lies_in(place: str, root: str) -> bool:
    """Whether a place is another, or lies below it."""
    plain = root.rstrip("/")
    return plain in ("", ".") or place == plain or place.startswith(f"{plain}/")


def is_uri(place: str) -> bool:
    """Whether a place is no path from the baseline's folder on."""
    scheme, mark, _ = place.partition("://")
    return bool(mark) and quote(scheme, safe="") == scheme
