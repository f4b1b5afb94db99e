"""Word until 2003: pieces of text in bytes and in UTF-16, and what is told of damaged ones."""

from __future__ import annotations

import contextlib
import random
import struct
from collections.abc import Iterator

import pytest

from assay.errors import ReadError
from assay.formats.olddocuments import read_powerpoint, read_word
from assay.formats.parts import Unread, Within
from assay.formats.streams import Budget, Limits


class Book:
    """What is asked of a compound file."""

    def __init__(self, **streams: bytes) -> None:
        self._streams = {name.replace("_", " ").strip(): data for name, data in streams.items()}
        self.names = frozenset(self._streams)

    def read(self, name: str) -> Iterator[bytes]:
        if name in self._streams:
            yield self._streams[name]


def within() -> Within:
    return Within("x", "", 1, Budget(Limits(), None), lambda _stream, _name: iter(()))


def word(*pieces: tuple[str, bool], lengths: tuple[int, ...]) -> Book:
    """A document of Word 97 (MS-DOC 2.5, 2.9.38); of each piece whether it has two bytes a character."""
    stream = bytearray(0x400)
    ends, places = [0], []
    for text, is_wide in pieces:
        data = text.encode("utf-16-le" if is_wide else "cp1252")
        places.append(struct.pack("<HIH", 0, len(stream) if is_wide else len(stream) * 2 | 1 << 30, 0))
        ends.append(ends[-1] + len(data) // (2 if is_wide else 1))
        stream += data
    struct.pack_into("<H", stream, 0, 0xA5EC)
    struct.pack_into("<H", stream, 0x0A, 0x0200)
    struct.pack_into(f"<{len(lengths)}I", stream, 0x4C, *lengths)
    listed = struct.pack(f"<{len(ends)}I", *ends) + b"".join(places)
    clx = b"\x01\x02\0ab\x02" + struct.pack("<I", len(listed)) + listed
    struct.pack_into("<II", stream, 0x1A2, 0, len(clx))
    return Book(WordDocument=bytes(stream), **{"1Table": clx})


def texts(book: Book) -> dict[str, str]:
    return {member.path: member.head.decode() for member in read_word(book, within()) if not isinstance(member, Unread)}


def test_pieces_in_two_widths_and_characters_of_two_codes_keep_the_parts_apart() -> None:
    body = "Zoë 😀 Привет, "
    book = word((body, True), ("SSN 512-44-7001\rnote 512-44-7002\r", False), lengths=(len(body) + 1 + 16, 17))
    assert texts(book) == {"": "Zoë 😀 Привет, SSN 512-44-7001\n", "footnotes": "note 512-44-7002\n"}


def test_cells_breaks_and_signs() -> None:
    text = "id\x07ssn\x07\x07512\x1e44\x1e7001\x0bnext\x1fline\x01\x0c"
    assert texts(word((text, False), lengths=(len(text),))) == {"": "id\tssn\n512-44-7001\nnextline\n"}


def test_parts_that_are_longer_than_the_text_are_told() -> None:
    found = list(read_word(word(("short", False), lengths=(9,)), within()))
    assert [each.error.reason for each in found if isinstance(each, Unread)] == ["corrupt"]
    assert [each.head for each in found if not isinstance(each, Unread)] == [b"short"]


def test_a_document_before_97_is_told() -> None:
    (found,) = read_word(Book(WordDocument=b"\xdb\xa5" + bytes(600)), within())
    assert isinstance(found, Unread)
    assert found.error.reason == "unsupported format"


def test_any_bytes_give_texts_or_an_error_of_ours() -> None:
    book = word(("SSN 512-44-7001", True), ("and more", False), lengths=(10, 13))
    dice = random.Random(3)
    for _ in range(300):
        streams = {}
        for name in ("WordDocument", "1Table"):
            data = bytearray(next(book.read(name)))
            for _ in range(dice.choice((1, 8, 64))):
                data[dice.choice((dice.randrange(len(data)), 0x4C, 0x1A2, 7, 9)) % len(data)] = dice.randrange(256)
            streams[name] = bytes(data)
        with contextlib.suppress(ReadError):
            list(read_word(Book(**streams), within()))


@pytest.mark.parametrize("seed", range(40))
def test_any_records_give_texts_or_a_gap(seed: int) -> None:
    dice = random.Random(seed)
    stream = b""
    for _ in range(dice.randrange(40)):
        kind = dice.choice((0x03E8, 0x03EE, 0x0FF0, 0x03F3, 0x1772, 0x0FA0, 0x0FA8, 0x0FBA))
        body = dice.randbytes(dice.randrange(60))
        length = len(body) if dice.random() < 0.8 else dice.randrange(1 << 32)
        stream += struct.pack("<HHI", dice.choice((0, 0xF, 0x2F)), kind, length) + body
    book = Book(PowerPoint_Document=stream)
    for found in read_powerpoint(book, within()):
        assert not isinstance(found, Unread) or found.error.reason == "corrupt"


def test_deep_records_are_told() -> None:
    stream = b""
    for _ in range(200):
        stream = struct.pack("<HHI", 0xF, 0x03EE, len(stream)) + stream
    (found,) = read_powerpoint(Book(PowerPoint_Document=stream), within())
    assert isinstance(found, Unread)
