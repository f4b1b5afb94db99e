"""Labels of columns: the text file of the foreign tables, and the rows of `labels.csv`."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = ("source", "table", "column", "category", "type", "note", "origin")
_HARMLESS = frozenset({"NONE", "ORGANIZATION"})


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a column holds: a type, an own quasi mark and a note."""

    type: str = "NONE"
    quasi: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Label:
    """A row of `labels.csv`."""

    source: str
    table: str
    column: str
    category: str
    type: str
    note: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """The categories of types, and the types that are never an error."""

    category: dict[str, str]
    quasi: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Kinds:
        """Read `types.toml`."""
        document = tomllib.loads(path.read_text("utf-8"))
        category = {t: c for c, types in document["category"].items() for t in types}
        return cls(category=category, quasi=frozenset(document["quasi"]))

    def label(self, source: str, table: str, column: str, mark: Mark, values: Iterable[str], origin: str) -> Label:
        """Give the row of a column; a column without values is marked `empty`."""
        kind = mark.type
        category = self.category.get(kind, "PII")
        if kind in _HARMLESS or kind.endswith("_ORG"):
            category = "NONE"
        notes = [mark.note] if mark.note else []
        if mark.quasi or kind in self.quasi:
            notes.insert(0, "quasi")
        if not any(value.strip() for value in values):
            notes.insert(0, "empty")
        return Label(
            source=source,
            table=table,
            column=column,
            category=category,
            type=kind,
            note="; ".join(notes),
            origin=origin,
        )


def parse_mark(text: str) -> Mark:
    """Read `TYPE`, `TYPE?` (quasi here) and a note after `#`."""
    kind, _, note = (part.strip() for part in text.partition("#"))
    return Mark(type=kind.rstrip("?") or "NONE", quasi=kind.endswith("?"), note=note)


def read_marks(path: Path) -> dict[tuple[str, str], dict[str, Mark]]:
    """Read the marks of the foreign tables, by source and table, then by column."""
    marks: dict[tuple[str, str], dict[str, Mark]] = {}
    for line in _lines(path):
        if line.startswith("["):
            source, _, table = line.strip("[]").partition("/")
            current = marks.setdefault((source, table), {})
        else:
            body, _, note = line.partition(" # ")
            column, _, kind = body.strip().rpartition(" ")
            current[column] = parse_mark(f"{kind} # {note}")
    return marks


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def write(path: Path, rows: Iterable[Label]) -> None:
    """Write `labels.csv`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow([getattr(row, name) for name in HEADER])
