"""CSV and Parquet: a row for each result."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from cases.sinks import FileForm, name_of


def _found(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(name_of(row["resource"]), row["identifier"]) for row in rows if row["kind"] == "finding"}


def _csv(body: bytes) -> set[tuple[str, str]]:
    return _found(csv.DictReader(io.StringIO(body.decode(), newline="")))


def _parquet(body: bytes) -> set[tuple[str, str]]:
    import pyarrow.parquet as pq

    return _found(pq.read_table(io.BytesIO(body)).to_pylist())


FORMS = (FileForm("csv", _csv), FileForm("parquet", _parquet))
