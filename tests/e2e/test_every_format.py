"""One file of every format, each with values planted at known places: every value is found there, and shown nowhere."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from packing import tarred, zipped
from planting import (
    KEY,
    Plant,
    Planted,
    fingerprint,
    leaks,
    of_kind,
    plant,
    readable,
    records,
    shown_too_much,
    with_check_digit,
)

from assay.detect.cache import read_all

BUILT_IN = {identifier.name: identifier for identifier in read_all((), cache=None, builtin=True)[0]}
OUTPUTS = ("jsonl", "json", "table", "sarif", "csv", "parquet", "html", "junit", "ocsf")


def grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file: its planted text, how the text becomes bytes, and what its findings must say besides."""

    name: str
    planted: Planted
    pack: Callable[[bytes], bytes] = bytes
    codec: str = "utf-8"
    bom: bytes = b""
    table: dict[str, str | None] | None = None


def ssn(number: int, **more: Any) -> Plant:
    return Plant(identifier="SSN", value=f"512-44-7{number:03}", **more)


def mail(number: int, **more: Any) -> Plant:
    return Plant(identifier="EMAIL", value=f"wren{number}.halloway@posteo.de", **more)


def card(number: int, **more: Any) -> Plant:
    return Plant(identifier="CREDIT_CARD", value=grouped(with_check_digit(f"44853756041{number:04}")), **more)


def password(number: int, **more: Any) -> Plant:
    return Plant(identifier="PASSWORD", value=f"Tq8w{number}ZrkLmVx", **more)


NOTE = plant(
    "Dear Zoë, 漢字 and 😀 first.\n\nThe SSN is \u27e60\u27e7; write to \u27e61\u27e7\nor use card \u27e62\u27e7.\n",
    ssn(100),
    mail(100),
    card(1000),
)
LATIN = plant(
    "Größe und Länge, für alle.\nDie E-Mail ist \u27e60\u27e7 (café)\nSSN \u27e61\u27e7\n", mail(101), ssn(101)
)
JAPANESE = plant(
    "お客様の氏名は山田太郎です。電話番号と住所は東京都千代田区です。\n" * 3
    + "メール: \u27e60\u27e7\nSSN \u27e61\u27e7 です。\n",
    mail(102),
    ssn(102),
)
CRLF = plant("one\r\ntwo \u27e60\u27e7\r\n\r\nthree SSN \u27e61\u27e7\r\n", mail(103), ssn(103))
SOURCE = plant(
    'import os\n\n# ask \u27e60\u27e7\ndef connect():\n    password = "\u27e61\u27e7"\n    return password\n',
    mail(104),
    password(104),
)
SCRIPT = plant(
    "// \u27e60\u27e7\nconst config = { password: '\u27e61\u27e7', retries: 3 };\n", mail(105), password(105)
)
LOG = plant(
    "2026-03-05T10:11:12.345Z INFO [w-1] started\n2026-03-05T10:11:13.001Z WARN login of \u27e60\u27e7 failed\n"
    "2026-03-05T10:11:14.777Z DEBUG ssn=\u27e61\u27e7 ok\n",
    mail(106),
    ssn(106),
)
MARKDOWN = plant("# Notes\n\n- **SSN**: `\u27e60\u27e7`\n- [mail](mailto:\u27e61\u27e7)\n", ssn(107), mail(107))
HTML = plant(
    "<!DOCTYPE html>\n<html><body>\n<p>SSN <b>\u27e60\u27e7</b></p>\n<a href='mailto:\u27e61\u27e7'>x</a>\n</body></html>\n",
    ssn(108),
    mail(108),
)


def table(delimiter: str, first: int, *, ends: str = "\n", header: bool = True, broken: bool = True) -> Planted:
    """Three rows of id, email, ssn and a note in quotes, with a line break if `broken`; rows are numbered from 1."""
    template = [delimiter.join(["id", "email", "ssn", "note"])] if header else []
    plants: list[Plant] = []
    for row in (1, 2, 3):
        at = len(plants)
        template.append(
            delimiter.join(
                [
                    f"A{row}",
                    f"\u27e6{at}\u27e7",
                    f"\u27e6{at + 1}\u27e7",
                    f'"said{delimiter}{ends if broken else " "}card \u27e6{at + 2}\u27e7 then"',
                ]
            )
        )
        names = ("email", "ssn", "note") if header else ("column_2", "column_3", "column_4")
        plants += [
            mail(first + row, field=names[0], row=row),
            ssn(first + row, field=names[1], row=row),
            card(1000 + first + row, field=names[2], row=row),
        ]
    return plant(ends.join(template) + ends, *plants)


JSON = plant(
    '{\n  "people": [\n    {"ssn": "\u27e60\u27e7", "contact": {"email": "\u27e61\u27e7"}},\n    {"ssn": "\u27e62\u27e7", "odd key": ["\u27e63\u27e7"]}\n  ],\n'
    '  "note": "say \\"hi\\"\\n\u27e64\u27e7"\n}\n',
    ssn(120, field="ssn", json_path="$.people[0].ssn"),
    mail(120, field="email", json_path="$.people[0].contact.email"),
    ssn(121, field="ssn", json_path="$.people[1].ssn"),
    mail(121, field="odd key", json_path="$.people[1]['odd key'][0]"),
    mail(122, field="note", json_path="$.note"),
)
JSON_LINES = plant(
    '{"email": "\u27e60\u27e7", "n": 1}\n{"user": {"ssn": "\u27e61\u27e7"}}\n{"email": "\u27e62\u27e7"}\n',
    mail(123, field="email", json_path="$.email"),
    ssn(123, field="ssn", json_path="$.user.ssn"),
    mail(124, field="email", json_path="$.email"),
)
XML = plant(
    '<?xml version="1.0"?>\n<people>\n  <person email="\u27e60\u27e7"><ssn>\u27e61\u27e7</ssn></person>\n  <note>a &amp; b \u27e62\u27e7</note>\n</people>\n',
    mail(125, field="email"),
    ssn(125, field="ssn"),
    mail(126, field="note"),
)
YAML = plant(
    "people:\n  - ssn: \u27e60\u27e7\n    email: '\u27e61\u27e7'\n  - password: \u27e62\u27e7\nnote: |\n  first\n  mail \u27e63\u27e7 here\n",
    ssn(127, field="ssn", json_path="$.people[0].ssn"),
    mail(127, field="email", json_path="$.people[0].email"),
    password(127, field="password", json_path="$.people[1].password"),
    mail(128, field="note", json_path="$.note"),
)
INI = plant(
    "; settings\n[mail]\nemail = \u27e60\u27e7\n\n[db]\npassword = \u27e61\u27e7\n",
    mail(129, field="email"),
    password(129, field="password"),
)
ENV = plant(
    "export CONTACT_EMAIL=\u27e60\u27e7\nDB_PASSWORD='\u27e61\u27e7'\n",
    mail(130, field="CONTACT_EMAIL"),
    password(130, field="DB_PASSWORD"),
)
TOML = plant(
    '[owner]\nemail = "\u27e60\u27e7"\n\n[[db]]\npassword = "\u27e61\u27e7"\n',
    mail(131, field="email"),
    password(131, field="password"),
)
SQL = plant(
    "CREATE TABLE people (id int, email text, ssn text);\nINSERT INTO people VALUES\n (1, '\u27e60\u27e7', '\u27e61\u27e7'),\n (2, 'it''s', '\u27e62\u27e7');\n"
    "INSERT INTO other (ssn, note) VALUES ('\u27e63\u27e7', 'x');\nCOPY public.members (email, ssn) FROM stdin;\n\u27e64\u27e7\t\u27e65\u27e7\n\\.\n",
    mail(132, field="email"),
    ssn(132, field="ssn"),
    ssn(133, field="ssn"),
    ssn(134, field="ssn"),
    mail(135, field="email"),
    ssn(135, field="ssn"),
)


def within(planted: Planted, member: str) -> Planted:
    return replace(planted, plants=[replace(each, member=member) for each in planted.plants])


def in_zip(name: str) -> Callable[[bytes], bytes]:
    return lambda body: zipped({"empty/": b"", name: body, "other.txt": b"nothing here"})


def in_tar(name: str) -> Callable[[bytes], bytes]:
    return lambda body: tarred({name: body})


def nested(body: bytes) -> bytes:
    return gzip.compress(in_tar("outer/in.zip")(in_zip("deep/people.csv")(bz2.compress(body))))


COLUMNS: dict[str, str | None] = {"id": None, "email": "EMAIL", "ssn": "SSN", "note": "CREDIT_CARD"}
CASES = [
    Case(name="note.txt", planted=NOTE),
    Case(name="note-bom.txt", planted=NOTE, bom=b"\xef\xbb\xbf"),
    Case(name="note-16le.txt", planted=NOTE, codec="utf-16-le", bom=b"\xff\xfe"),
    Case(name="note-16be.txt", planted=NOTE, codec="utf-16-be", bom=b"\xfe\xff"),
    Case(name="note-32.txt", planted=NOTE, codec="utf-32-le", bom=b"\xff\xfe\x00\x00"),
    Case(name="note-latin.txt", planted=LATIN, codec="latin-1"),
    Case(name="note-sjis.txt", planted=JAPANESE, codec="cp932"),
    Case(name="note-crlf.txt", planted=CRLF),
    Case(name="no-extension", planted=NOTE),
    Case(name="app.py", planted=SOURCE),
    Case(name="app.js", planted=SCRIPT),
    Case(name="server.log", planted=LOG),
    Case(name="notes.md", planted=MARKDOWN),
    Case(name="page.html", planted=HTML),
    Case(name="people.csv", planted=table(",", 140), table=COLUMNS),
    Case(name="people-crlf.csv", planted=table(",", 150, ends="\r\n"), table=COLUMNS),
    Case(name="people-semicolon.csv", planted=table(";", 160), table=COLUMNS),
    Case(name="people.tsv", planted=table("\t", 170), table=COLUMNS),
    Case(name="people.psv", planted=table("|", 180), table=COLUMNS),
    Case(name="people-pipe.txt", planted=table("|", 220, broken=False), table=COLUMNS),
    Case(name="people-16.csv", planted=table(",", 190), codec="utf-16-le", bom=b"\xff\xfe", table=COLUMNS),
    Case(
        name="people-bare.csv",
        planted=table(",", 200, header=False),
        table={"column_1": None, "column_2": "EMAIL", "column_3": "SSN", "column_4": "CREDIT_CARD"},
    ),
    Case(name="people.json", planted=JSON),
    Case(name="people.jsonl", planted=JSON_LINES),
    Case(name="people.xml", planted=XML),
    Case(name="people.yaml", planted=YAML),
    Case(name="app.ini", planted=INI),
    Case(name=".env", planted=ENV),
    Case(name="app.toml", planted=TOML),
    Case(name="dump.sql", planted=SQL),
    Case(name="note.txt.gz", planted=within(NOTE, "note.txt"), pack=gzip.compress),
    Case(name="note.txt.bz2", planted=within(NOTE, "note.txt"), pack=bz2.compress),
    Case(name="people.json.xz", planted=within(JSON, "people.json"), pack=lzma.compress),
    Case(
        name="people.jsonl.zst",
        planted=within(JSON_LINES, "people.jsonl"),
        pack=lambda body: zstandard.ZstdCompressor().compress(body),
    ),
    Case(name="all.zip", planted=within(YAML, "a/b/people.yaml"), pack=in_zip("a/b/people.yaml")),
    Case(name="all.tar", planted=within(XML, "a/people.xml"), pack=in_tar("a/people.xml")),
    Case(name="all.tgz", planted=within(SQL, "dump.sql"), pack=lambda body: gzip.compress(in_tar("dump.sql")(body))),
    Case(name="csv.zip", planted=within(table(",", 210), "d/people.csv"), pack=in_zip("d/people.csv"), table=COLUMNS),
    Case(name="wide.zip", planted=within(NOTE, "n.txt"), pack=in_zip("n.txt"), codec="utf-16-le", bom=b"\xff\xfe"),
]


def body_of(case: Case) -> bytes:
    """The decoded file's bytes: of the member, where it is packed."""
    return case.bom + case.planted.text.encode(case.codec)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("formats")
    for case in CASES:
        (place / case.name).write_bytes(case.pack(body_of(case)))
    return place


def scan(folder: Path, output_format: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "assay.cli", "scan", str(folder), "--format", output_format, "--no-gitignore"]
    return subprocess.run(command, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Records by file name."""
    done = scan(folder, "jsonl")
    assert done.returncode == 0, done.stderr
    by_name: dict[str, list[dict[str, Any]]] = {}
    for record in records(done.stdout):
        by_name.setdefault(record.get("resource", "summary").rsplit("/", 1)[-1], []).append(record)
    return by_name


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_value_is_found_at_its_place(case: Case, results: dict[str, list[dict[str, Any]]]) -> None:
    raw = body_of(case)
    text = case.planted.text
    found = {
        (record["identifier"], record["location"]["start"]): record for record in of_kind(results[case.name], "finding")
    }
    for value, start in zip(case.planted.plants, case.planted.starts, strict=True):
        record = found.pop((value.identifier, start), None)
        assert record is not None, f"{value.identifier} at {start} was not found; there are {sorted(found)}"
        at = record["location"]
        assert at["end"] == start + len(value.raw)
        before = text[:start]
        assert (at["line"], at["column"]) == (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        first = len(case.bom) + len(before.encode(case.codec))
        assert (at["byte_start"], at["byte_end"]) == (first, first + len(value.raw.encode(case.codec)))
        assert raw[at["byte_start"] : at["byte_end"]].decode(case.codec) == value.raw
        assert at["member"] == value.member
        for key in ("field", "json_path", "row"):
            expected = getattr(value, key)
            assert expected is None or at[key] == expected, key
        identifier = BUILT_IN[value.identifier]
        assert shown_too_much(record["redacted"], value.value, identifier) is None
        assert record["fingerprint"] == fingerprint(value.value, identifier, KEY)
        assert sum(item["weight"] for item in record["evidence"]) == pytest.approx(record["confidence"], abs=0.001)
        assert (at["page"], at["sheet"]) == (None, None)
    planted_spans = [
        (start, start + len(each.raw)) for each, start in zip(case.planted.plants, case.planted.starts, strict=True)
    ]
    for _, start in found:
        assert not any(low <= start < high for low, high in planted_spans), "one span gives one finding"


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_file_is_classified_by_what_it_holds(case: Case, results: dict[str, list[dict[str, Any]]]) -> None:
    (level,) = of_kind(results[case.name], "classification")
    expected = "restricted" if any(value.identifier != "EMAIL" for value in case.planted.plants) else "internal"
    assert level["level"] == expected
    assert level["coverage"]["complete"] is True
    counts: dict[str, int] = {}
    for record in of_kind(results[case.name], "finding"):
        counts[record["identifier"]] = counts.get(record["identifier"], 0) + 1
    assert level["identifiers"] == counts
    assert {value.identifier for value in case.planted.plants} <= set(counts)
    if case.pack is bytes:
        assert level["coverage"]["bytes_read"] == len(body_of(case))


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.table], ids=[case.name for case in CASES if case.table]
)
def test_tables_have_a_record_for_every_column(case: Case, results: dict[str, list[dict[str, Any]]]) -> None:
    assert case.table is not None
    columns = {record["column"]: record["detected_type"] for record in of_kind(results[case.name], "column")}
    assert columns == case.table
    (record,) = of_kind(results[case.name], "table")
    assert set(record["sensitive_columns"]) == {name for name, kind in case.table.items() if kind}
    (level,) = of_kind(results[case.name], "classification")
    assert level["coverage"]["rows_read"] == 3


@pytest.mark.parametrize("output_format", OUTPUTS)
def test_no_output_holds_a_clear_value(output_format: str, folder: Path) -> None:
    done = scan(folder, output_format)
    assert done.returncode == 0
    clear = {value.value for case in CASES for value in case.planted.plants}
    assert len(clear) > 90
    spaceless = {value.replace(" ", "") for value in clear} | {value.replace("-", "") for value in clear}
    shown = readable(done.stdout, output_format) + done.stdout + done.stderr
    assert leaks(shown, sorted(clear | spaceless)) == []
    if output_format in ("json", "sarif"):
        json.loads(done.stdout)
