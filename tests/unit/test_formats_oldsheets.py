"""Records of workbooks until 2003: texts that go on in other records, wide and narrow, of both versions."""

from __future__ import annotations

import random
import struct

import pytest

from assay.formats.oldsheets import _Texts

URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
EIGHT, FIVE = struct.pack("<HH", 0x0600, 0x0005), struct.pack("<HH", 0x0500, 0x0005)


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def told(stream: bytes) -> dict[str, list[str]]:
    said = _Texts()
    said.read(stream)
    return {place: texts for place, texts in said.texts.items() if texts}


def text_object(kind: int, *pieces: tuple[int, str]) -> bytes:
    """An object with a text in several records, each as wide as it says, and the records of its formats behind."""
    count = sum(len(text) for _, text in pieces)
    out = record(0x5D, struct.pack("<HHHH", 0x15, 0x12, kind, 1) + bytes(14))
    out += record(0x1B6, struct.pack("<HH", 0x212, 0) + bytes(6) + struct.pack("<HHI", count, 16, 0))
    for wide, text in pieces:
        out += record(0x3C, bytes((wide,)) + text.encode("utf-16-le" if wide else "latin-1"))
    return out + record(0x3C, bytes(16))


def wide(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def test_texts_of_excel_from_97_on() -> None:
    stream = record(0x809, EIGHT) + record(0x14, wide('&L&"Arial,Bold"left 1&CZoë 2')) + record(0x15, b"")
    stream += text_object(0x19, (0, "the SSN is 512-4"), (1, "4-7001 für")) + text_object(6, (0, "in a box"))
    stream += record(0x1C, struct.pack("<HHHH", 1, 1, 0, 1) + wide("Ben"))
    address = "mailto:ben@posteo.de\0".encode("utf-16-le")
    stream += record(0x1B8, bytes(32) + URL + struct.pack("<I", len(address)) + address)
    assert told(stream) == {
        "headers": ["\n left 1\nZoë 2"],
        "comments": ["the SSN is 512-44-7001 für", "Ben"],
        "text boxes": ["in a box"],
        "links": ["mailto:ben@posteo.de"],
    }


def test_texts_of_excel_5_and_95() -> None:
    stream = (
        record(0x809, FIVE)
        + record(0x42, struct.pack("<H", 1251))
        + record(0x14, bytes((5,)) + "Да 12".encode("cp1251"))
    )
    stream += record(0x1C, struct.pack("<HHH", 3, 2, 4000) + b"begins 512-4") + record(
        0x1C, struct.pack("<HHH", 0xFFFF, 0, 6) + b"4-7001"
    )
    assert told(stream) == {"headers": ["Да 12"], "comments": ["begins 512-44-7001"]}


def test_nothing_is_read_behind_what_says_that_it_is_encrypted() -> None:
    assert told(record(0x809, EIGHT) + record(0x2F, bytes(6)) + record(0x14, wide("noise"))) == {}


@pytest.mark.parametrize("version", [EIGHT, FIVE])
def test_whatever_the_bytes_nothing_is_raised(version: bytes) -> None:
    dice = random.Random(5)
    kinds = (0x14, 0x15, 0x1C, 0x3C, 0x42, 0x5D, 0x1B6, 0x1B8, 0x809)
    for _ in range(2_000):
        parts = (
            record(dice.choice(kinds), dice.choice((b"", URL)) + dice.randbytes(dice.randrange(24))) for _ in range(6)
        )
        stream = record(0x809, version) + b"".join(parts)
        told(stream[: dice.randrange(len(stream) + 1)])
