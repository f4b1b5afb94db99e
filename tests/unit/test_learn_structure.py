"""What a text is like, counted at once, is what regular expressions count one by one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.learn.documents import features_of
from assay.learn.structure import _per_line, _per_text, structure

LINES = {
    "lines of a key": rb"(?m)^[ \t\r]*[A-Za-z][A-Za-z0-9_. -]{0,30}[:=]",
    "quoted lines": rb"(?m)^>",
    "indented lines": rb"(?m)^[ \t\r]+[^ \t\r\n]",
    "blank lines": rb"(?m)^[ \t\r]*$",
    "lines of capitals": rb"(?m)^(?=[^a-z\n]*$)(?:[^\n]*[A-Z]){3}",
    "comment lines": rb"(?m)^[ \t\r]*(?:#|//|/\*|--|;)",
    "bullets": rb"(?m)^[ \t\r]*(?:[-*+][ \t\r]|\xe2|\[.?\]|[0-9]{1,2}[.)][ \t\r]|\([a-z]\)[ \t\r])",
}
TEXTS = {
    "numbers": rb"[0-9]+",
    "sums of money": rb"(?=[0-9][.,][0-9]{2}(?![0-9]))",
    "times": rb"(?=[0-9]:[0-9]{2})",
    "dates": rb"(?=[0-9][-/.](?:[0-9]|[0-9]{2})[-/.][0-9])",
    "tags": rb"<[A-Za-z/]",
}
SHOWN = (
    b"Total: 12.50\n- one\n* two\n12) three\n(a) four\n[x] five\n[] six\n",
    b"> quoted\n>> twice\n  # comment\n// another\n/* third */\n-- fourth\n;fifth\n",
    b"2024-01-02T10:11:12Z INFO x\nJan  2 10:11:12 host\nERROR y\nCHAPTER ONE\n\n   \n\tKey name = 1.5, 3,22 and 1/2/03\n",
    b"<html><b>x</b></html>\r\n\r\n  a: b\r\n",
    b"\n" * 9,
    b"9" * 20,
    b"    " * 9,
    b"a",
    b"1.234 and 1.23\n",
    b"k" * 31 + b": x\n" + b"k" * 32 + b": x\n",
)


def _seen(text: bytes) -> tuple[dict[str, int], dict[str, int]]:
    data = text + b"\n" * 8
    padded = np.frombuffer(data, dtype=np.uint8)
    digit = np.frombuffer(bytes(48 <= byte < 58 for byte in data), dtype=bool)
    per_line = {name: int(np.count_nonzero(mask)) for name, mask in _per_line(data, padded, len(text)).items()}
    return per_line, _per_text(data, padded, digit, len(text))


def _agree(text: bytes) -> None:
    per_line, per_text = _seen(text)
    for name, expression in LINES.items():
        assert per_line[name] == len(re.findall(expression, text)), (name, text)
    for name, expression in TEXTS.items():
        assert per_text[name] == len(re.findall(expression, text)), (name, text)


@pytest.mark.parametrize("text", SHOWN)
def test_lines_and_marks_are_counted_as_expressions_would(text: bytes) -> None:
    _agree(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="aB1 .,:-/>\t\n#=<[]()*;xX", min_size=1, max_size=90))
def test_so_are_those_of_any_text(text: str) -> None:
    _agree(text.encode())


def test_lines_of_a_log_begin_with_a_time_or_a_level() -> None:
    lines = (
        b"2024-01-02T10:11:12Z INFO x",
        b"[2024/01/02] x",
        b"Jan  2 10:11:12 host x",
        b"ERROR x",
        b'{"time": 1}',
    )
    for line in lines:
        assert _seen(line)[0]["stamped lines"] == 1, line
    for line in (b"A line of words", b"CHAPTER x", b"x 2024-01-02", b"", b"Mr. Smith", b"20240102 x"):
        assert _seen(line)[0]["stamped lines"] == 0, line


def test_words_in_other_quotes_are_words_and_parts_of_names_are_none() -> None:
    filler = b" qqqq" * 30
    said = features_of("\u201cinvoice\u201d \u2013 report\u00a0summary".encode() + filler)
    assert said is not None
    assert {"invoice", "report", "summary"} <= said.keys()
    parts = features_of("invoice_no invoice7 invoice@report résuméinvoice".encode() + filler)
    assert parts is not None
    assert not {"invoice", "report"} & parts.keys()


def test_every_share_has_its_step() -> None:
    told = list(structure(b"x" * 100, 5))
    assert len(told) == len({each.partition("=")[0] for each in told})
    assert "w:digits=0" in told
