"""Documents nested very deep, and documents of one line: read once, not again for each of their keys and values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.detect.document import hits_in, structure_of
from assay.detect.engine import Detector
from assay.formats.json import string_bounds
from assay.formats.structure import Window

SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "json keys": ("a.json", lambda n: '{"ssn":' * n + '"536-90-4399"' + "}" * n),
    "json values": ("a.json", lambda n: '{"a":"x@acme-corp.com","b":' * n + '"536-90-4399"' + "}" * n),
    "json lines": ("a.jsonl", lambda n: '{"ssn":' * n + '"536-90-4399"' + "}" * n + "\n"),
    "yaml flow": ("a.yaml", lambda n: "x: " + '{"ssn": ' * n + '"536-90-4399"' + "}" * n),
    "yaml dashes": ("a.yaml", lambda n: "- " * n + "ssn: 536-90-4399\n"),
    "xml": ("a.xml", lambda n: "<?xml version='1.0'?>" + "<ssn>" * n + "536-90-4399" + "</ssn>" * n),
    "toml": ("a.toml", lambda n: "a = " + "{ssn = " * n + '"536-90-4399"' + "}" * n),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_at_the_bottom_is_found(detector: Detector, shape: str) -> None:
    name, made = SHAPES[shape]
    text = made(5_000)
    hits = [hit for hit in hits_in(detector, text.encode(), name) if hit.rule.name == "SSN"]
    assert [text[hit.start : hit.end] for hit in hits] == ["536-90-4399"]


class Counted(bytes):
    """Bytes that count how many of them `find` and `rfind` may look at."""

    looked_at = 0

    def rfind(self, sub: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        found = super().rfind(sub, start, len(self) if end is None else end)
        Counted.looked_at += (len(self) if end is None else end) - max(found, start)
        return found


def test_the_string_around_an_escape_is_found_by_its_quote() -> None:
    data = Counted(b"{" + b'"k":"x\\u00e9 y",' * 4_000 + b'"z":1}')
    Counted.looked_at = 0
    at = data.find(b"\\u", 50_000)
    assert string_bounds(data, at) == (at - 1, at + 8)
    assert Counted.looked_at < 100


def test_inline_tables_are_not_read_to_the_end_for_each_of_their_keys() -> None:
    data = ("a = " + "{ssn = " * 300 + '"536-90-4399"' + "}" * 300).encode()
    _, structure = structure_of(data, "a.toml")
    window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
    keys = [at for at in range(len(data)) if data.startswith(b"ssn", at)]
    places = structure.places(window, keys)
    spans = [place.governs for place in places if place is not None and place.governs is not None]
    assert sum(high - low for low, high in spans) == len("536-90-4399")
