"""Labelled tables as scans see them: the sketches of their columns, with what the labels say."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.detect.cache import read_all
from assay.model import ColumnSketch
from assay.store.engine import open_catalog
from assay.store.sketches import stored_tables
from benchmarks.column_quality import QUASI, without_headers

HARMLESS = "NONE"
CALLED = {"DIAGNOSIS_TEXT": "DIAGNOSIS", "PROCEDURE_TEXT": "MEDICAL_PROCEDURE"}
"""What labels call otherwise than identifiers are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A table: its source, whether its headers were hidden, the sketches of its columns, and of each column what the label says:
    a type, `NONE`, or `None` where finding or missing it is no error."""

    source: str
    hidden: bool
    table: str
    sketches: tuple[ColumnSketch, ...]
    says: tuple[str | None, ...]


def labelled(part: Path, *, hidden: bool) -> Iterator[Labelled]:
    """Every table of a folder of `benchmarks/columns/build.py`, scanned without any learned model."""
    with (part / "labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {(row["source"], row["table"], row["column"]): row for row in csv.DictReader(lines)}
    with tempfile.TemporaryDirectory() as folder:
        told, url = part, str(Path(folder) / "c.db")
        names: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        if hidden:
            told = Path(folder) / "hidden"
            told.mkdir()
            names = without_headers(part, told)
        assay = [sys.executable, "-m", "assay"]
        env = {**os.environ, "ASSAY_LEARNED": "false"}
        subprocess.run([*assay, "catalog", "init", "--catalog", url], check=True, capture_output=True)
        subprocess.run(
            [*assay, "scan", str(told), "--catalog", url, "--quiet"], check=False, capture_output=True, env=env
        )
        with open_catalog(url) as catalog, catalog.reading() as connection:
            for stored in stored_tables(connection):
                source, file = stored.resource.rsplit("/", 2)[-2:]
                columns = [sketch for _, sketch in stored.columns if sketch is not None]
                keys = [(source, file.removesuffix(".csv"), sketch.name) for sketch in columns]
                yield Labelled(
                    source=source,
                    hidden=hidden,
                    table=stored.table,
                    sketches=tuple(columns),
                    says=tuple(_said(labels.get(names.get(key, key))) for key in keys),
                )


def _said(row: dict[str, str] | None) -> str | None:
    if row is None or row["type"] in QUASI or row["type"].endswith("_ORG"):
        return None
    note = row["note"].lower()
    if "empty" in note or "quasi" in note:
        return None
    return HARMLESS if row["category"] == "NONE" else CALLED.get(row["type"], row["type"])


def known_types() -> frozenset[str]:
    """The names of all identifiers."""
    return frozenset(item.name for item in read_all((), cache=None, builtin=True, examples=False, broken=[])[0])
