"""Build the corpus of labelled columns: fetch, generate, split by source, write; and its third part.

Usage: python build.py --cache CACHE --out OUT
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sys
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

import blind_values
import foreign
import generated
import labels
from foreign import Table
from labels import Kinds, Label, Mark

HERE = Path(__file__).parent
SEED = 20261129
PARTS = ("dev", "second")
#: Where the later parts are described.
BLIND = "blind"
#: Made later, of sources and with value generators of their own.
LATER = ("third", "final")
#: Sources that share one schema are never parted.
FAMILY = {"population": "synthea_fhir"}


def _foreign_labels(tables: list[Table], kinds: Kinds, file: str) -> list[Label]:
    marks = labels.read_marks(HERE / file)
    return [
        label for table in tables for label in _rows(table, marks.get((table.source, table.name), {}), kinds, "foreign")
    ]


def _rows(table: Table, marks: dict[str, Mark], kinds: Kinds, origin: str) -> list[Label]:
    unknown = sorted(set(marks) - set(table.header))
    if unknown:
        raise ValueError(f"{table.source}/{table.name} has no column {unknown[0]}")
    return [
        kinds.label(
            table.source,
            table.name,
            column,
            marks.get(column, Mark()),
            (row[at] for row in table.rows),
            origin,
        )
        for at, column in enumerate(table.header)
    ]


def split(rows: list[Label]) -> dict[str, str]:
    """Give each source to a part, at random, so that origins and health data are in both.

    Sources are shuffled within origin and kind and go, one by one, to the part that has the
    fewer columns of that kind so far. The tables of a source are never parted.
    """
    size: dict[str, int] = defaultdict(int)
    kind: dict[str, tuple[str, bool]] = {}
    for row in rows:
        name = FAMILY.get(row.source, row.source)
        size[name] += 1
        health = kind.get(name, ("", False))[1] or row.category == "PHI"
        kind[name] = (row.origin, health)
    rng = random.Random(SEED)
    part: dict[str, str] = {}
    total = dict.fromkeys(PARTS, 0)
    for group in sorted(set(kind.values())):
        names = sorted(name for name, own in kind.items() if own == group)
        rng.shuffle(names)
        filled = dict.fromkeys(PARTS, 0)
        for name in names:
            chosen = min(PARTS, key=lambda p: (filled[p], total[p], p))
            part[name] = chosen
            filled[chosen] += size[name]
            total[chosen] += size[name]
    return part | {name: part[family] for name, family in FAMILY.items()}


def split_later(rows: list[Label]) -> dict[str, str]:
    """Give the later sources to the two parts in turn, in an order that their names' digests make, by origin."""
    part: dict[str, str] = {}
    for origin in sorted({row.origin for row in rows}):
        names = sorted({row.source for row in rows if row.origin == origin}, key=_digest)
        for at, name in enumerate(names):
            part.setdefault(name, LATER[at % 2])
    return part


def _digest(name: str) -> str:
    return sha256(f"assay columns:{name}".encode()).hexdigest()


def write(out: Path, tables: list[Table], rows: list[Label], part: dict[str, str]) -> None:
    """Write `PART/SOURCE/TABLE.csv` and `PART/labels.csv`, the part of each source being given."""
    for table in tables:
        folder = out / part[table.source] / table.source
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(table.header)
            writer.writerows(table.rows)
    for name in dict.fromkeys(part.values()):
        labels.write(out / name / "labels.csv", (r for r in rows if part[r.source] == name))


def halves(cache: Path, kinds: Kinds) -> tuple[list[Table], list[Label]]:
    """Make the tables that are split between `dev` and `second`, and their labels."""
    tables = foreign.build(HERE / "foreign.toml", cache, SEED)
    rows = _foreign_labels(tables, kinds, "labels_foreign.txt")
    return _with_generated(tables, rows, kinds, HERE / "schemas", generated.FAKER)


def blind(cache: Path, kinds: Kinds) -> tuple[list[Table], list[Label]]:
    """Make the tables of the later parts and their labels."""
    tables = foreign.build(HERE / "foreign.toml", cache, SEED, part=BLIND)
    rows = _foreign_labels(tables, kinds, "labels_blind.txt")
    kit = blind_values.kit(HERE / "foreign.toml", cache)
    return _with_generated(tables, rows, kinds, HERE / "schemas" / BLIND, kit)


def _with_generated(
    tables: list[Table], rows: list[Label], kinds: Kinds, schemas: Path, kit: generated.Kit
) -> tuple[list[Table], list[Label]]:
    for schema in generated.read_schemas(sorted(schemas.glob("*.txt")), kit):
        table = generated.build(schema, SEED, kit)
        marks = {column.header: column.mark for column in schema.columns}
        tables = [*tables, table]
        rows = [*rows, *_rows(table, marks, kinds, "generated")]
    return tables, rows


def main() -> None:
    """Read the command line and build."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        # A locale of the value library walks a set, whose order follows the hash seed.
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"PYTHONHASHSEED": "0"})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for fetched packages")
    parser.add_argument("--out", type=Path, required=True, help="folder for dev/, second/, third/ and final/")
    options = parser.parse_args()
    kinds = Kinds.read(HERE / "types.toml")
    tables, rows = halves(options.cache, kinds)
    write(options.out, tables, rows, split(rows))
    tables, rows = blind(options.cache, kinds)
    write(options.out, tables, rows, split_later(rows))


if __name__ == "__main__":
    main()
