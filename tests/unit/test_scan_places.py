"""Offsets, bytes, lines and columns always point at the value that was redacted, in every encoding and format."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planting import KEY, at_its_place, fingerprint, shown_too_much

from assay.detect.cache import read_all
from assay.detect.engine import Detector
from assay.formats.windows import windows
from assay.model import AssetRef, Finding, Split
from assay.scanning import cut, document, sampling
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup, scan_split
from assay.sources.file import file_uri

SETUP = ScanSetup()
"""One for all: its judge of columns takes longer to make than a small file to read."""

BUILT_IN = {identifier.name: identifier for identifier in read_all((), cache=None, builtin=True)[0]}
EXAMPLES = [example.text for identifier in BUILT_IN.values() for example in identifier.finds]
WORDS = ["plain words", "Größe", "naïve café", "漢字かな", "😀 ok", "", "\t", "x" * 300, "Ω≈ç√"]
PROPERTY = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def found_in(raw: bytes, name: str, folder: Path, detector: Detector) -> Iterator[Finding]:
    path = folder / name
    path.write_bytes(raw)
    asset = AssetRef(kind="file", uri=file_uri(str(path)), path=str(path), size=len(raw))
    for part in scan_split(Split(asset=asset), detector, SETUP):
        if isinstance(part, SplitReport):
            assert not part.gaps
        else:
            yield from part.findings


def check(finding: Finding, value: str) -> None:
    identifier = BUILT_IN[finding.identifier]
    # Of a URL's value with %40 it is told by who found it: its own pattern as it stands, a general one as it is meant.
    texts = {value, unquote(value)}
    assert any(shown_too_much(finding.redacted, text, identifier) is None for text in texts)
    # Written escapes are not part of a value: a key with \\n in it is the key with line breaks.
    if "\\" not in value:
        assert finding.fingerprint in {fingerprint(text, identifier, KEY) for text in texts}
    assert sum(weight for _, _, weight in finding.evidence) == pytest.approx(finding.confidence, abs=0.001)


def text_of(seed: int, *, latin: bool = False) -> str:
    dice = random.Random(seed)
    lines = []
    for _ in range(dice.randint(1, 25)):
        word = dice.choice(WORDS)
        lines.append(f"{word} {dice.choice(EXAMPLES)}" if dice.random() < 0.6 else word)
    text = dice.choice(["\n", "\r\n"]).join(lines)
    return text.encode("latin-1", "ignore").decode("latin-1") if latin else text


ENCODINGS = [
    ("utf-8", b""),
    ("utf-8", b"\xef\xbb\xbf"),
    ("utf-16-le", b"\xff\xfe"),
    ("utf-16-be", b"\xfe\xff"),
    ("utf-32-le", b"\xff\xfe\x00\x00"),
]


@pytest.mark.parametrize("core", [64, 1 << 22])
@pytest.mark.parametrize(("codec", "bom"), ENCODINGS)
def test_plain_text_in_every_unicode_encoding(
    codec: str, bom: bytes, core: int, tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "windows", partial(windows, core=core))
    count = 0

    @settings(parent=PROPERTY, max_examples=15)
    @given(seed=st.integers(0, 10**9))
    def holds(seed: int) -> None:
        nonlocal count
        raw = bom + text_of(seed).encode(codec)
        for finding in found_in(raw, "notes.txt", tmp_path, detector):
            count += 1
            check(finding, at_its_place(finding, raw, codec, bom=len(bom)))

    holds()
    assert count


@pytest.mark.parametrize("codec", ["cp1252", "cp932", "euc_kr"])
def test_legacy_encodings(codec: str, tmp_path: Path, detector: Detector) -> None:
    head = {
        "cp1252": "Le client s'appelle François Lefèvre, né le 3 août à Besançon.\n",
        "cp932": "お客様の氏名は山田太郎です。電話番号と住所は東京都千代田区です。\n",
        "euc_kr": "고객의 이름은 김철수입니다. 전화번호와 주소가 있습니다.\n",
    }[codec]
    text = head * 3 + "".join(
        f"{head.strip()} write to user{number}@posteo.de, SSN 536-90-4{number}\n" for number in range(300, 330)
    )
    raw = text.encode(codec)
    found = list(found_in(raw, "notes.txt", tmp_path, detector))
    names = [finding.identifier for finding in found]
    assert (names.count("EMAIL"), names.count("SSN")) == (30, 30)
    for finding in found:
        check(finding, at_its_place(finding, raw, codec))


def test_invalid_bytes_move_nothing(tmp_path: Path, detector: Detector) -> None:
    @PROPERTY
    @given(
        st.lists(
            st.sampled_from(
                [b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80\x80", b"ok", "é".encode(), b"\x1b"]
            ),
            max_size=30,
        )
    )
    def holds(noise: list[bytes]) -> None:
        raw = (
            "Ünïcödé text wörds ".encode() * 120  # damaged places are few, else it is no UTF-8
            + b" ".join(noise)
            + b"\nwrite to ada.stone@posteo.de\n"
            + b" ".join(noise)
        )
        found = [each for each in found_in(raw, "notes.txt", tmp_path, detector) if each.identifier == "EMAIL"]
        (mail,) = found
        assert raw[mail.location.byte_start : mail.location.byte_end] == b"ada.stone@posteo.de"
        assert at_its_place(mail, raw) == "ada.stone@posteo.de"

    holds()


def _unescape_json(written: str) -> str:
    return str(json.loads(f'"{written}"'))


def _unescape_xml(written: str) -> str:
    import html

    return html.unescape(written)


def _as_it_is(written: str) -> str:
    return written


def _rows(seed: int) -> list[dict[str, str]]:
    dice = random.Random(seed)
    makers: dict[str, Callable[[], str]] = {
        "ssn": lambda: f"536-90-{dice.randint(1000, 9999)}",
        "email": lambda: f"ada{dice.randint(1, 999)}@posteo.de",
        "note": lambda: dice.choice(
            ['say "hi", then\nstop', "漢字 😀", "a & b < c", "tab\there", "back\\slash", "it's"]
        ),
        "text": lambda: dice.choice(['quote " 601-55-3127 "', "line\nSSN 601-55-3127", "é SSN 601-55-3127 & more"]),
        "password": lambda: f"Kq7{dice.randint(1, 999)}&v<X\"2p'L",
        "phone": lambda: f"+44 20 7946 {dice.randint(1000, 9999)}",
    }
    return [
        {name: makers[name]() for name in dice.sample(sorted(makers), dice.randint(1, 6))}
        for _ in range(dice.randint(2, 12))
    ]


def _json(rows: list[dict[str, str]], dice: random.Random) -> str:
    return json.dumps({"people": rows}, indent=dice.choice([None, 2]), ensure_ascii=dice.random() < 0.5)


def _jsonl(rows: list[dict[str, str]], dice: random.Random) -> str:
    return "".join(json.dumps(row, ensure_ascii=dice.random() < 0.5) + "\n" for row in rows)


def _csv(rows: list[dict[str, str]], dice: random.Random) -> str:
    import csv

    out = io.StringIO()
    writer = csv.DictWriter(out, ["ssn", "email", "note", "text", "password", "phone"], delimiter=dice.choice(",;\t|"))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _xml(rows: list[dict[str, str]], _dice: random.Random) -> str:
    from xml.sax.saxutils import escape, quoteattr

    return (
        "<people>\n"
        + "\n".join(
            "<p>"
            + "".join(f"<{name} was={quoteattr(value)}>{escape(value)}</{name}>" for name, value in row.items())
            + "</p>"
            for row in rows
        )
        + "\n</people>\n"
    )


def _yaml(rows: list[dict[str, str]], dice: random.Random) -> str:
    import yaml

    return str(yaml.safe_dump(rows, allow_unicode=dice.random() < 0.5, default_style=dice.choice([None, '"', "'"])))


def _sql(rows: list[dict[str, str]], _dice: random.Random) -> str:
    def quoted(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    return "".join(
        f"INSERT INTO people ({', '.join(row)}) VALUES ({', '.join(map(quoted, row.values()))});\n" for row in rows
    )


def _ini(rows: list[dict[str, str]], _dice: random.Random) -> str:
    return "".join(
        f"[p{index}]\n" + "".join(f"{name} = {' '.join(value.split())}\n" for name, value in row.items())
        for index, row in enumerate(rows)
    )


def _unescape_yaml(written: str) -> str:
    import yaml

    return str(yaml.safe_load(f'"{written}"')) if "\\" in written else written.replace("''", "'")


FORMATS: dict[str, tuple[Callable[[Any, random.Random], str], Callable[[str], str]]] = {
    "p.json": (_json, _unescape_json),
    "p.jsonl": (_jsonl, _unescape_json),
    "p.csv": (_csv, lambda written: written.replace('""', '"')),
    "p.xml": (_xml, _unescape_xml),
    "p.yaml": (_yaml, _unescape_yaml),
    "p.sql": (_sql, lambda written: written.replace("''", "'")),
    "p.ini": (_ini, _as_it_is),
}


@pytest.mark.parametrize("core", [97, 1 << 22])
@pytest.mark.parametrize("name", FORMATS)
def test_structured_text(
    name: str, core: int, tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, unescape = FORMATS[name]
    monkeypatch.setattr(document, "windows", partial(windows, core=core))
    places = 0

    @settings(parent=PROPERTY, max_examples=25)
    @given(seed=st.integers(0, 10**9))
    def holds(seed: int) -> None:
        nonlocal places
        raw = write(_rows(seed), random.Random(seed)).encode()
        for finding in found_in(raw, name, tmp_path, detector):
            places += 1
            written = at_its_place(finding, raw)
            identifier = BUILT_IN[finding.identifier]
            prints = {fingerprint(form, identifier, KEY) for form in (written, unescape(written))}
            assert finding.fingerprint in prints, (finding.identifier, written)

    holds()
    assert places


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a.json", r'{"email": "\u0061da.stone@posteo.de"}', r"\u0061da.stone@posteo.de"),
        ("a.json", r'{"note": "mail:\nada.stone@posteo.de"}', "ada.stone@posteo.de"),
        ("a.json", r'{"note": "C:\\ada.stone@posteo.de"}', "ada.stone@posteo.de"),
        ("a.xml", "<a>&#x61;da.stone@posteo.de</a>", "&#x61;da.stone@posteo.de"),
        ("a.xml", "<a>&lt;ada.stone@posteo.de&gt;</a>", "ada.stone@posteo.de"),
        ("a.json", r'{"note": "to\u003aada.stone@posteo.de"}', "ada.stone@posteo.de"),
        ("a.yaml", r'note: "to\x3aada.stone@posteo.de"', "ada.stone@posteo.de"),
        ("a.txt", "write to jörg.müller@posteo.de\n", "jörg.müller@posteo.de"),
    ],
)
def test_a_value_begins_where_it_begins(name: str, text: str, value: str, tmp_path: Path, detector: Detector) -> None:
    raw = text.encode()
    (mail,) = [each for each in found_in(raw, name, tmp_path, detector) if each.identifier == "EMAIL"]
    assert at_its_place(mail, raw) == value


def test_a_doubled_quote_before_a_delimiter_ends_no_cell(tmp_path: Path, detector: Detector) -> None:
    raw = b'name,note,ssn\n1,"say ""x"", then",536-90-4399\n2,plain,601-55-3127\n'
    found = [each for each in found_in(raw, "a.csv", tmp_path, detector) if each.identifier == "SSN"]
    assert [each.location.field for each in found] == ["ssn", "ssn"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "gb18030"]
)
def test_regions_of_a_large_file_in_any_encoding(
    codec: str, ending: str, tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "REGION", 8_001)
    word = "é" if codec == "latin-1" else "顧客のメール、連絡先" if codec in ("shift_jis", "gb18030") else "naïve 顧客"
    path = tmp_path / "a.txt"
    raw = "".join(f"{word} {number}: u{number}@posteo.de,{ending}" for number in range(2_000)).encode(codec)
    path.write_bytes(raw)
    asset = AssetRef(kind="file", uri=file_uri(str(path)), path=str(path), size=len(raw))
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(codec, codec)
    numbers = []
    for part in scan_split(Split(asset=asset, sampled="three regions"), detector, SETUP):
        if isinstance(part, SplitReport):
            assert not part.gaps
            continue
        for finding in part.findings:
            at = finding.location
            assert at.byte_start is not None
            assert (at.start, at.line) == (None, None)
            value = raw[at.byte_start : at.byte_end].decode(plain)
            assert value.endswith("@posteo.de")
            numbers.append(int(value[1:].partition("@")[0]))
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    assert numbers[-1] == 1_999
    # All that stands in three regions of 8,001 bytes, but for a line at the ends of each.
    assert len(numbers) * len(raw) > 20_000 * 2_000


@pytest.mark.parametrize("part", [20, 700, 3_000])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_a_byte_order_mark_moves_nothing_in_a_file_of_many_parts(
    name: str, part: int, tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("LARGE", "LARGE_TABLE", "PART", "TABLE_PART"):
        monkeypatch.setattr(cut, limit, part)
    text = "nummer,mail\n" + "".join(f"{number},ü{number}@posteo.de\n" for number in range(300))
    raw = text.encode("utf-8-sig")
    path = tmp_path / name
    path.write_bytes(raw)
    asset = AssetRef(kind="file", uri=file_uri(str(path)), path=str(path), size=len(raw))
    splits = list(cut.splits_of(asset))
    assert len(splits) > 1
    values = []
    for split in splits:
        for piece in scan_split(split, detector, SETUP):
            for finding in () if isinstance(piece, SplitReport) else piece.findings:
                at = finding.location
                assert at.start is not None
                assert at.byte_start is not None
                values.append(text[at.start : at.end])
                assert raw[at.byte_start : at.byte_end].decode() == values[-1]
                assert at.line == text.count("\n", 0, at.start) + 1
                assert at.column == at.start - text.rfind("\n", 0, at.start)
    assert [value.rpartition("@")[2] for value in values] == ["posteo.de"] * 300
