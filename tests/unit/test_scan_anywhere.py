"""Cutting a file anywhere, into windows or into splits, changes no finding and no column."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assay.detect.cache import read_all
from assay.detect.engine import Detector
from assay.formats import Window
from assay.formats.windows import windows
from assay.model import AssetRef, ColumnSketch, Finding
from assay.scanning import cut, document
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup, scan_split
from assay.sources.file import file_uri
from assay.tables.sketch import merge

FILLER = [
    "The quick brown fox jumps over the lazy dog and says nothing of note.",
    "Größe, naïveté, 漢字かな交じり文 and emoji 😀 are text as well;",
    "\tfor (int i = 0; i < count; i++) { total += values[i] * 3; }",
    "2024-03-05T10:11:12.345Z INFO [worker-7] request 3f2a done in 12 ms",
    "",
    "lorem ipsum " * 30,
]


@cache
def examples() -> tuple[str, ...]:
    """Texts with something to find, of every identifier."""
    identifiers, _ = read_all((), cache=None, builtin=True)
    return tuple(example.text for identifier in identifiers for example in identifier.finds)


def text_of(seed: int, length: int) -> str:
    """About `length` characters of filler with examples in between."""
    dice = random.Random(seed)
    lines: list[str] = []
    have = 0
    while have < length:
        lines.append(dice.choice(examples()) if dice.random() < 0.5 else dice.choice(FILLER))
        have += len(lines[-1]) + 1
    ends = dice.choice(["\n", "\n", "\r\n"])
    return ends.join(lines) + dice.choice(["", ends])


def asset_of(path: Path) -> AssetRef:
    return AssetRef(kind="file", uri=file_uri(str(path)), path=str(path), size=path.stat().st_size)


SETUP = ScanSetup()
"""One for all: its judge of columns takes longer to make than any of these files to read."""

Result = tuple[list[Finding], list[tuple[str, list[ColumnSketch]]], dict[str, int], int]


def scanned(path: Path, detector: Detector) -> Result:
    """Findings, columns, counts and rows of a file, its splits in order."""
    findings: list[Finding] = []
    tables: dict[str, list[ColumnSketch]] = {}
    counts: dict[str, int] = {}
    rows = 0
    for split in cut.splits_of(asset_of(path)):
        for part in scan_split(split, detector, SETUP):
            if not isinstance(part, SplitReport):
                findings += part.findings
                continue
            assert not part.gaps
            rows += part.rows or 0
            for name, (number, _) in part.counts.items():
                counts[name] = counts.get(name, 0) + number
            for table in part.tables:
                tables[table.table] = (
                    merge(tables[table.table], table.columns) if table.table in tables else table.columns
                )
    for columns in tables.values():
        for column in columns:
            # Whether values of one part are more alike than chance is told by that part alone.
            column.features.alike, column.features.by_chance, column.features.pure = {}, {}, {}
    return findings, sorted(tables.items()), counts, rows


RIGHT = 4_096
"""The margin after a window in these tests: longer than any value in them, and short enough that small texts are cut."""


class Sizes:
    """Sets sizes of windows and of splits, and counts the windows since then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._set = monkeypatch.setattr
        self.windows = 0
        self.right = RIGHT
        self._set(document, "windows", self._counted)

    def _counted(self, *arguments: Any, **options: Any) -> Iterator[Window]:
        for window in windows(*arguments, **options, right=self.right):
            self.windows += 1
            yield window

    def __call__(self, *, core: int | None = None, part: int | None = None) -> None:
        self.windows = 0
        for name in ("CORE", "TABLE_CORE"):
            self._set(document, name, core or 1 << 22)
        for name in ("LARGE", "PART", "TABLE_PART"):
            self._set(cut, name, part or 1 << 30)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Sizes:
    return Sizes(monkeypatch)


def differences(one: Result, other: Result) -> str:
    left, right = set(one[0]), set(other[0])
    gone = [f"- {each.identifier} {each.redacted} {each.location.start}" for each in one[0] if each not in right]
    new = [f"+ {each.identifier} {each.redacted} {each.location.start}" for each in other[0] if each not in left]
    return "\n".join([*gone[:5], *new[:5]])


PROPERTY = settings(
    max_examples=15,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PROPERTY
@given(seed=st.integers(0, 10**9), length=st.integers(12_000, 40_000), core=st.integers(1, 6_000))
def test_windows_of_any_core(
    seed: int, length: int, core: int, small: Sizes, tmp_path: Path, detector: Detector
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(text_of(seed, length).encode())
    small()
    whole = scanned(path, detector)
    small(core=max(core, length // 40))
    pieces = scanned(path, detector)
    assert small.windows > 1
    assert pieces == whole, differences(whole, pieces)


@PROPERTY
@given(seed=st.integers(0, 10**9), length=st.integers(500, 30_000), part=st.integers(64, 8_000))
def test_splits_of_any_size(
    seed: int, length: int, part: int, small: Sizes, tmp_path: Path, detector: Detector
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(text_of(seed, length).encode())
    small()
    whole = scanned(path, detector)
    small(part=max(part, length // 40))
    pieces = scanned(path, detector)
    assert pieces == whole, differences(whole, pieces)


def values() -> list[tuple[str, str]]:
    """(field name, value) pairs that hold something, and some that do not."""
    return [
        ("ssn", "536-90-4399"),
        ("email", "zoë.müller@posteo.de"),
        ("email", "ada.stone@posteo.de"),
        ("card_number", "4485 0118 3162 1647"),
        ("iban", "DE59 7001 0080 0012 3456 78"),
        ("cvv", "737"),
        ("dob", "1984-07-22"),
        ("patient_name", "Grace Okafor"),
        ("note", 'He said "call 601-55-3127", then\nleft; gone, over'),
        ("note", "漢字 and 😀 & more <b>"),
        ("password", "Kq7vX2pL9!r"),
        ("token", "ghp_" + "x" * 10),
        ("count", "17"),
        ("empty", ""),
    ]


def _csv(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter=dice.choice(",;\t|"), lineterminator=dice.choice(["\n", "\r\n"]))
    names = [name for name, _ in values()]
    writer.writerow([f"{name}_{index}" for index, name in enumerate(names)])
    for row in rows:
        have = dict(enumerate(value for _, value in row))
        writer.writerow([have.get(index, "") for index in range(len(names))])
    return out.getvalue()


def _json(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    import json

    return json.dumps(
        {"people": [dict(row) for row in rows]}, indent=dice.choice([None, 1, 2]), ensure_ascii=dice.random() < 0.5
    )


def _jsonl(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    import json

    return "".join(json.dumps(dict(row), ensure_ascii=dice.random() < 0.5) + "\n" for row in rows)


def _xml(rows: list[list[tuple[str, str]]], _dice: random.Random) -> str:
    from xml.sax.saxutils import escape, quoteattr

    body = "\n".join(
        "<person>"
        + "".join(f"<{name} at={quoteattr(value)}>{escape(value)}</{name}>" for name, value in row)
        + "</person>"
        for row in rows
    )
    return f'<?xml version="1.0"?>\n<people>\n{body}\n</people>\n'


def _yaml(rows: list[list[tuple[str, str]]], _dice: random.Random) -> str:
    import yaml

    return str(yaml.safe_dump({"people": [dict(row) for row in rows]}, allow_unicode=True))


def _ini(rows: list[list[tuple[str, str]]], _dice: random.Random) -> str:
    flat = [(index, name, value.replace("\n", " ")) for index, row in enumerate(rows) for name, value in row]
    return "".join(f"[person.{index}]\n{name} = {value}\n" for index, name, value in flat)


def _sql(rows: list[list[tuple[str, str]]], _dice: random.Random) -> str:
    def quoted(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    out = ["CREATE TABLE people (ssn text, email text, note text);"]
    for row in rows:
        names = ", ".join(name for name, _ in row)
        out.append(f"INSERT INTO people ({names}) VALUES ({', '.join(quoted(value) for _, value in row)});")
    return "\n".join(out) + "\n"


def _nested(dice: random.Random, depth: int = 0) -> tuple[str, Any]:
    """A name and what stands under it: a value, a list, or an object whose names may speak of it too."""
    name, value = dice.choice(values())
    kind = dice.random()
    if kind < 0.4 or depth > 2:
        return name, value
    if kind < 0.6:
        return name, [dice.choice(values())[1] for _ in range(dice.randint(1, 9))]
    if kind < 0.7:
        return name, {"value": value, "type": "string", "note": "of no interest, " * dice.randint(1, 20)}
    return dice.choice([name, "details"]), dict(_nested(dice, depth + 1) for _ in range(dice.randint(1, 5)))


def _tree(rows: list[list[tuple[str, str]]], dice: random.Random) -> dict[str, Any]:
    return {"people": [dict(_nested(dice) for _ in row) for row in rows[:120]]}


def _nested_json(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    import json

    return json.dumps(_tree(rows, dice), indent=dice.choice([None, 1, 2]), ensure_ascii=dice.random() < 0.5)


def _nested_yaml(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    import yaml

    return str(yaml.safe_dump(_tree(rows, dice), allow_unicode=True, sort_keys=False))


def _nested_xml(rows: list[list[tuple[str, str]]], dice: random.Random) -> str:
    from xml.sax.saxutils import escape, quoteattr

    def element(name: str, content: Any) -> str:
        if isinstance(content, dict):
            return f"<{name}>" + "".join(element(*item) for item in content.items()) + f"</{name}>\n"
        if isinstance(content, list):
            return f"<{name}>" + "".join(element("item", item) for item in content) + f"</{name}>\n"
        return f"<{name} at={quoteattr(content)}>{escape(content)}</{name}>"

    return '<?xml version="1.0"?>\n' + element("root", _tree(rows, dice))


def _html(rows: list[list[tuple[str, str]]], _dice: random.Random) -> str:
    from html import escape

    body = "\n".join(
        f'<p class="{name}" title="{escape(value)}">{escape(value)}</p>' for row in rows for name, value in row
    )
    return f"<!DOCTYPE html>\n<html><body>\n{body}\n</body></html>\n"


STRUCTURED = {
    "people.csv": _csv,
    "people.json": _json,
    "people.jsonl": _jsonl,
    "people.xml": _xml,
    "people.yaml": _yaml,
    "people.ini": _ini,
    "people.sql": _sql,
    "people.html": _html,
    "nested.json": _nested_json,
    "nested.yaml": _nested_yaml,
    "nested.xml": _nested_xml,
}


def document_of(name: str, seed: int) -> bytes:
    dice = random.Random(seed)
    rows = [dice.sample(values(), dice.randint(2, 8)) for _ in range(dice.randint(120, 250))]
    return STRUCTURED[name](rows, dice).encode()


@pytest.mark.parametrize("name", STRUCTURED)
def test_windows_of_structured_text(name: str, small: Sizes, tmp_path: Path, detector: Detector) -> None:
    # What is nested under a key is longer than a value.
    small.right = 32_768 if name.startswith("nested") else RIGHT

    @settings(parent=PROPERTY, max_examples=6)
    @given(seed=st.integers(0, 10**9), core=st.integers(1, 3_000))
    def holds(seed: int, core: int) -> None:
        raw = document_of(name, seed)
        path = tmp_path / name
        path.write_bytes(raw)
        small()
        whole = scanned(path, detector)
        assert whole[0]
        small(core=max(core, len(raw) // 40))
        pieces = scanned(path, detector)
        assert small.windows > 1
        assert pieces == whole, differences(whole, pieces)

    holds()


@pytest.mark.parametrize("name", ["people.csv", "people.jsonl"])
def test_splits_of_structured_text(name: str, small: Sizes, tmp_path: Path, detector: Detector) -> None:
    @settings(parent=PROPERTY, max_examples=12)
    @given(seed=st.integers(0, 10**9), part=st.integers(64, 4_000))
    def holds(seed: int, part: int) -> None:
        raw = document_of(name, seed)
        path = tmp_path / name
        path.write_bytes(raw)
        small()
        whole = scanned(path, detector)
        assert whole[0]
        small(part=max(part, len(raw) // 40))
        pieces = scanned(path, detector)
        assert pieces == whole, differences(whole, pieces)

    holds()


def test_a_long_value_across_every_cut(small: Sizes, tmp_path: Path, detector: Detector) -> None:
    dice = random.Random(7)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = "\n".join("".join(dice.choice(alphabet) for _ in range(64)) for _ in range(50))
    kind = "RSA PRIVATE KEY"
    key = f"-----BEGIN {kind}-----\nMIIJKAIBAAKCAgEA{body}\n-----END {kind}-----\n"
    path = tmp_path / "deploy.txt"
    path.write_text("some words before\n" * 600 + key + "and after it, 536-90-4399 is an SSN\n" * 3)
    small()
    whole = scanned(path, detector)
    assert {"PRIVATE_KEY", "SSN"} <= {each.identifier for each in whole[0]}
    for core in range(64, 4_200, 193):
        small(core=core)
        pieces = scanned(path, detector)
        assert small.windows > 1
        assert pieces == whole, f"core {core}: {differences(whole, pieces)}"
