"""A value is the same value at its own place, however its format spells it."""

from __future__ import annotations

import html
import json
import random
import tomllib
from collections.abc import Callable

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.formats.written import blank_simple, blank_text

VALUES = {
    "EMAIL": "ada.stone@posteo.de",
    "SSN": "536-90-4399",
    "AWS_ACCESS_KEY": "AKIAQ7W3E5R2T6Y2U4I6",
    "PHONE": "+44 20 7946 0958",
    "IBAN": "DE89 3704 0044 0532 0130 00",
}
BEFORE = ["", "x\n", "to:", "say\t", '"', "a\r\n", "<", "(", "note; ", "grüße, ", "漢\n", "😀 ", "a \\ b ", "it's "]
AFTER = ["", "\n", '"', ">", ")", "\tend", "; x", "\r\nend", " ü", ", 'x'"]


def _json(text: str, dice: random.Random, share: float) -> str:
    out = []
    for char in text:
        if dice.random() < share:
            units = char.encode("utf-16-be").hex()
            code = "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4))
            out.append(code.upper().replace("\\U", "\\u") if dice.random() < 0.5 else code)
        elif char == "/" and dice.random() < 0.5:
            out.append("\\/")
        else:
            out.append(json.dumps(char, ensure_ascii=dice.random() < 0.5)[1:-1])
    return "".join(out)


def _yaml(text: str, dice: random.Random, share: float) -> str:
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    out = []
    for char in text:
        forms = [f"\\U{ord(char):08x}"]
        forms += [f"\\u{ord(char):04X}"] if ord(char) < 0x10000 else []
        forms += [f"\\x{ord(char):02x}"] if ord(char) < 0x100 else []
        out.append(dice.choice(forms) if dice.random() < share else short.get(char, char))
    return "".join(out)


def _toml(text: str, dice: random.Random, share: float) -> str:
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return "".join(f"\\U{ord(char):08X}" if dice.random() < share else short.get(char, char) for char in text)


def _xml(text: str, dice: random.Random, share: float) -> str:
    return "".join(
        dice.choice([f"&#{ord(char)};", f"&#x{ord(char):x};"])
        if dice.random() < share or char == "\r"
        else html.escape(char)
        for char in text
    )


def _sql(text: str, _dice: random.Random, _share: float) -> str:
    return text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r")


def _plain(text: str, _dice: random.Random, _share: float) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'")


FORMATS: dict[str, tuple[str, Callable[[str, random.Random, float], str], Callable[[str], str]]] = {
    "a.json": ('{"first": 1, "k": "⟦⟧"}\n', _json, lambda raw: str(json.loads(f'"{raw}"'))),
    "a.jsonl": ('{"first": 1}\n{"k": ["⟦⟧"]}\n', _json, lambda raw: str(json.loads(f'"{raw}"'))),
    "a.yaml": ('first: 1\nk:\n  - "⟦⟧"\n', _yaml, lambda raw: str(yaml.safe_load(f'"{raw}"'))),
    "a.toml": ('first = 1\nk = "⟦⟧"\n', _toml, lambda raw: str(tomllib.loads(f'k = "{raw}"')["k"])),
    "a.xml": ('<?xml version="1.0"?>\n<r><k>⟦⟧</k></r>\n', _xml, html.unescape),
    "b.xml": ('<?xml version="1.0"?>\n<r k="⟦⟧"/>\n', _xml, html.unescape),
    "a.html": ("<!doctype html><body><p>⟦⟧</p></body>\n", _xml, html.unescape),
    "a.sql": ("INSERT INTO t (a, k) VALUES (1, '⟦⟧');\n", _sql, lambda raw: raw),
    "a.py": ("import os\nk = '⟦⟧'\n", _plain, lambda raw: raw),
    "a.log": ('2026-01-01 10:00:00 INFO got "⟦⟧" from it\n', _plain, lambda raw: raw),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_value_is_found_however_it_is_spelled(name: str, detector: Detector) -> None:
    template, write, read = FORMATS[name]
    expected = {}
    for identifier, value in VALUES.items():
        (hit,) = [hit for hit in hits_in(detector, value.encode(), "a.txt") if hit.rule.name == identifier]
        expected[identifier] = hit.fingerprint

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        st.sampled_from(sorted(VALUES)),
        st.sampled_from(BEFORE),
        st.sampled_from(AFTER),
        st.sampled_from([0.0, 0.1, 0.5, 1.0]),
        st.integers(0, 10**6),
    )
    def holds(identifier: str, before: str, after: str, share: float, seed: int) -> None:
        dice = random.Random(seed)
        written = write(before + VALUES[identifier] + after, dice, share)
        data = template.replace("⟦⟧", written).encode()
        hits = [hit for hit in hits_in(detector, data, name) if hit.rule.name == identifier]
        assert [hit.fingerprint for hit in hits] == [expected[identifier]], written
        assert read(data[hits[0].start : hits[0].end].decode()) == VALUES[identifier], written

    holds()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (rb"a\nada@b \t536 \rX", b"a \nada@b  \t536  \rX"),
        (rb"C:\new\table and \\srv\notes\tax", rb"C:\new\table and \\srv\notes\tax"),
        (rb"src\Models\notes.txt", rb"src\Models\notes.txt"),
        (rb'"C:\\new" "a\\nb"', rb'"C:\\new" "a\\nb"'),
        (rb'"{\"m\": \"x\\nada@b\"}"', b'"{\\"m\\": \\"x\\ \nada@b\\"}"'),
        (rb"to\x3aada@b \u003cada@b \u{61}da@b", b"to   :ada@b      <ada@b      \x01da@b"),
        (rb"\033[31mada@b \x1b[0mada@b", b"        ada@b        ada@b"),
        (b"\x1b[1;31mada@b\x1b[0m", b"       ada@b    "),
        (rb"\d+\.\w \u12", rb"\d+\.\w \u12"),
    ],
)
def test_escapes_in_plain_text(text: bytes, seen: bytes) -> None:
    assert len(seen) == len(text)
    assert blank_text(text) == seen


@given(st.text(alphabet="\\nrtxu0123abU\"'{}[m \n\x1bC:", max_size=60))
def test_blanking_keeps_the_length_and_what_is_not_escaped(text: str) -> None:
    data = text.encode()
    for blank in (blank_text, blank_simple):
        seen = blank(data)
        assert len(seen) == len(data)
        assert b"\\" in data or b"\x1b" in data or seen == data


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", r'{"id": 1, "ss\u006e": "536904399"}'),
        ("a.json", r'{"\u0073sn": 536904399, "n": [1]}'),
        ("a.jsonl", '{"id": 1}\n' + r'{"ss\u006e": "536904399"}' + "\n"),
        ("a.json", json.dumps({"person": {"número de seguro social": "536904399"}})),
        ("a.yaml", 'a: 1\n"ss\\x6e": "536904399"\n'),
    ],
)
def test_a_key_counts_however_it_is_spelled(name: str, text: str, detector: Detector) -> None:
    hits = [hit for hit in hits_in(detector, text.encode(), name) if hit.confidence >= 0.5]
    assert [(hit.rule.name, text.encode()[hit.start : hit.end]) for hit in hits] == [("SSN", b"536904399")]
