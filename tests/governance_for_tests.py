"""Catalogs with tables in them, judged under a configuration as a scan would."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from assay.app.scan import recording
from assay.detect import ruleset
from assay.detect.cache import read_all
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.formats import UTF8, Kind
from assay.model import ColumnRecord, ColumnSketch, Coverage, Governance, Identifier, Level, Summary, TableRecord
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport
from assay.store.engine import Catalog
from assay.tables.judge import named
from assay.tables.judges import Judges

Frame = Mapping[str, Sequence[str]]

PATIENTS: Frame = {
    "id": [str(n) for n in range(1, 41)],
    "mbr_ssn": [f"{536 + n}-{21 + n}-{4399 + n}" for n in range(40)],
    "contact": [f"person{n}@harbour-clinic.org" if n % 5 else "none" for n in range(40)],
    "kartenblatt": [f"{700100200 + 37 * n}" for n in range(40)],
    "staff_badge": [f"BDG{204800 + n}" for n in range(40)],
    "phone": ["(415) 867-5309", *(f"ask desk {n}" for n in range(39))],
    "colour": ["red", "green", "blue", "black"] * 10,
}


@cache
def shipped_identifiers() -> tuple[Identifier, ...]:
    return tuple(read_all((), cache=None, builtin=True)[0])


def judged(
    frame: Frame, name: str, resource: str, governance: Governance, cache_dir: Path | None = None
) -> tuple[list[ColumnSketch], list[ColumnRecord], TableRecord]:
    """What a scan of these columns gives."""
    rules = ruleset.load(governance=governance, cache=cache_dir)
    detector = Detector(rules, Fingerprinter(b"0" * 32))
    report = SplitReport(resource=resource)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame)
    writer.writerows(zip(*frame.values(), strict=True))
    document = Document(
        name=f"{name}.csv",
        resource=resource,
        member=None,
        kind=Kind.DELIMITED,
        head=text.getvalue().encode(),
        encoding=UTF8,
    )
    judge = Judges(governance=governance).of(rules)
    for _ in scan_document(io.BytesIO(), document, detector, report, judge=judge):
        pass
    sketches = list(report.tables[0].columns)
    columns, table = judge.records(
        sketches, resource=resource, table=name, meanings=judge.meanings(named(sketches), name)
    )
    return sketches, columns, table


def fill(
    catalog: Catalog, governance: Governance, frames: Mapping[str, Frame], cache_dir: Path | None = None
) -> dict[str, list[ColumnRecord]]:
    """Keeps the tables in the catalog as one run; resource `file:///srv/NAME.csv`. Returns their columns' records."""
    run = recording.begin(catalog, ["file:///srv"], ruleset="r1", governance=governance.digest)
    found = {}
    for name, frame in frames.items():
        resource = f"file:///srv/{name}.csv"
        assert run.unchanged(resource, name, None) is None
        sketches, columns, table = judged(frame, name, resource, governance, cache_dir)
        run.table(resource, None, sketches, columns, table)
        found[name] = columns
    run.finish(
        Summary(
            target="file:///srv",
            level=Level.PUBLIC,
            resources=len(frames),
            findings=0,
            gaps=0,
            skips=0,
            seconds=0.0,
            bytes_read=0,
            by_level={},
            by_identifier={},
            test_values_ignored=0,
            suppressed=0,
            coverage=Coverage(),
            because="",
        )
    )
    return found
