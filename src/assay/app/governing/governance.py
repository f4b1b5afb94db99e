"""The governance configuration in effect: what ships, and over it the rows of a catalog or of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.governing.governance_files import WrittenRows, read_rows
from assay.errors import ConfigError
from assay.model import Governance, Identifier
from assay.tables.configuration import TABLES, Row, Rows
from assay.tables.defaults import shipped_rows
from assay.tables.governing import check_rows
from assay.tables.merging import merge, merged

if TYPE_CHECKING:
    from assay.store.engine import Catalog
    from assay.store.governance import RowChange

_LOOKED_BACK = 100
"""Changes of the configuration that are looked back over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration by its rows. `version` counts the changes in the catalog; it is 0 without one."""

    shipped: Rows
    stored: Rows
    identifiers: frozenset[str]
    version: int = 0

    @property
    def governance(self) -> Governance:
        """What is in effect."""
        return merge(self.shipped, self.stored)

    @property
    def rows(self) -> dict[str, dict[str, Row]]:
        """Table → id → row, those that are not active too."""
        return merged(self.shipped, self.stored)

    def proposed(self, rows: Rows, file: WrittenRows | None = None) -> Configuration:
        """The configuration with these rows, which are checked. Raises `ConfigError` that tells of every bad one."""
        whole, problems = check_rows(rows, self.shipped, self.stored, self.identifiers)
        if problems:
            if file is not None:
                raise file.refused(problems)
            raise ConfigError("\n".join(_alone(problem.reason, problem.table, problem.row_id) for problem in problems))
        shipped, stored = merged(self.shipped, {}), merged({}, self.stored)
        for name, found in whole.items():
            for row in found:
                row_id = row[TABLES[name].key]
                stored[name][row_id] = row
                # What is as it ships again follows what ships from now on.
                if shipped[name].get(row_id) == row:
                    del stored[name][row_id]
        return Configuration(
            shipped=self.shipped,
            stored={name: list(found.values()) for name, found in stored.items()},
            identifiers=self.identifiers,
            version=self.version,
        )

    def reset(self, table: str, row_id: str) -> Configuration:
        """The configuration without the stored row of this id. Raises `ConfigError` where the rest does not hold then."""
        stored = {
            name: [row for row in rows if (name, row[TABLES[name].key]) != (table, row_id)]
            for name, rows in self.stored.items()
        }
        without = Configuration(shipped=self.shipped, stored={}, identifiers=self.identifiers, version=self.version)
        return without.proposed({name: rows for name, rows in stored.items() if rows})

    def changes_to(self, other: Configuration) -> list[RowChange]:
        """What has to be written so that the stored rows are those of `other`."""
        from assay.store.governance import RowChange  # only where there is a catalog

        before, after, stored = self.rows, other.rows, merged({}, other.stored)
        return [
            RowChange(table=name, row_id=row_id, before=before[name].get(row_id), after=stored[name].get(row_id))
            for name in TABLES
            for row_id in sorted({*before[name], *after[name]})
            if before[name].get(row_id) != after[name].get(row_id)
        ]


def _alone(reason: str, table: str, row_id: str) -> str:
    return f"{table} {row_id}: {reason}" if row_id else f"{table}: {reason}"


def shipped(identifiers: Sequence[Identifier]) -> Configuration:
    """What holds where nothing is configured."""
    return Configuration(
        shipped=shipped_rows(identifiers), stored={}, identifiers=frozenset(item.name for item in identifiers)
    )


def of_catalog(catalog: Catalog, identifiers: Sequence[Identifier]) -> Configuration:
    """What the catalog has stored, over what ships."""
    from assay.store import governance  # only where there is a catalog

    with catalog.reading() as connection:
        version, stored = governance.stored(connection)
    base = shipped(identifiers)
    return Configuration(shipped=base.shipped, stored=_whole(stored), identifiers=base.identifiers, version=version)


def earlier(catalog: Catalog, identifiers: Sequence[Identifier], digest: str) -> Governance | None:
    """The configuration of that digest which the catalog has, or had before its latest changes; `None` if it is none."""
    from assay.store import governance  # only where there is a catalog

    base = shipped(identifiers).shipped
    with catalog.reading() as connection:
        _, stored = governance.stored(connection)
        changes = governance.history(connection)
    rows = merged({}, _whole(stored))
    for _, undone in islice(groupby((None, *changes), key=lambda each: each and each.version), _LOOKED_BACK):
        for each in undone:
            if each is not None and each.change.table in TABLES:
                _undo(each.change, rows)
        found = merge(base, {name: list(of_table.values()) for name, of_table in rows.items()})
        if found.digest == digest:
            return found
    return None


def as_of(catalog: Catalog, identifiers: Sequence[Identifier], version: int) -> Configuration:
    """The configuration as it was when it was that version. Raises `ConfigError` where it never was, or what it says does not
    hold any more."""
    from assay.store import governance  # only where there is a catalog

    base = shipped(identifiers)
    with catalog.reading() as connection:
        newest, stored = governance.stored(connection)
        changes = governance.history(connection)
    if not 0 <= version <= newest:
        raise ConfigError(f"there is no version {version}; the newest is {newest}")
    rows = merged({}, _whole(stored))
    for each in changes:
        if each.version > version and each.change.table in TABLES:
            _undo(each.change, rows)
    found = base.proposed({name: list(of_table.values()) for name, of_table in rows.items() if of_table})
    return replace(found, version=newest)


def _undo(change: RowChange, rows: dict[str, dict[str, Row]]) -> None:
    """What was in effect before a change is what counts, whether it was stored or shipped."""
    if change.before is None:
        rows[change.table].pop(change.row_id, None)
    else:
        (rows[change.table][change.row_id],) = _whole({change.table: [dict(change.before)]})[change.table]


def of_file(file: Path, identifiers: Sequence[Identifier]) -> Configuration:
    """What a file of rows says, over what ships. Raises `ConfigError` that tells of every bad row and its line."""
    found = read_rows(file)
    return shipped(identifiers).proposed(found.rows, found)


def current(catalog: Catalog, identifiers: Sequence[Identifier]) -> Governance:
    """The configuration that the catalog has now."""
    return of_catalog(catalog, identifiers).governance


def in_effect(identifiers: Sequence[Identifier], *, file: Path | None, catalog: Catalog | None) -> Governance:
    """The configuration of a scan: that of the catalog, else of the file, else what ships.

    Raises `ConfigError` where both a catalog with rows and a file are given: one of them would be passed over.
    """
    if catalog is None:
        return (of_file(file, identifiers) if file is not None else shipped(identifiers)).governance
    stored = of_catalog(catalog, identifiers)
    if file is None:
        return stored.governance
    if stored.version:
        raise ConfigError(
            f"there is a configuration in the catalog and one in {file}; import the file with 'assay governance import' "
            "and take 'governance' out of the settings"
        )
    return of_file(file, identifiers).governance


@dataclass(slots=True)
class Watched:
    """The configuration of a catalog for a process that runs long: each look costs one small query until it changes."""

    catalog: Catalog
    identifiers: Sequence[Identifier]
    _version: int = field(default=-1, init=False)
    _governance: Governance | None = field(default=None, init=False)

    def current(self) -> Governance:
        """What is in effect now."""
        from assay.store import governance  # only where there is a catalog

        with self.catalog.reading() as connection:
            version = governance.version(connection)
        if self._governance is None or version != self._version:
            found = of_catalog(self.catalog, self.identifiers)
            self._version, self._governance = found.version, found.governance
        return self._governance


def _whole(stored: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Rows with the columns that their tables have now; those that an older assay did not know are as by default."""
    return {
        name: [{column.name: row.get(column.name, column.default) for column in TABLES[name].columns} for row in rows]
        for name, rows in stored.items()
        if name in TABLES
    }
