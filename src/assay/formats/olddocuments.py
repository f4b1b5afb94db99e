"""Documents of Word and presentations of PowerPoint until 2003: their texts, and metadata of both.

Word's text is put together from its pieces (MS-DOC 2.4.1), with footnotes, headers, comments, endnotes and text boxes; PowerPoint's
is in atoms (MS-PPT 2.9), also in those that a later save has replaced. Formatting is not read.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from assay.errors import ReadError
from assay.formats.compound import Compound
from assay.formats.kinds import Kind
from assay.formats.oldproperties import properties
from assay.formats.parts import Member, Unread, Within, extracted, labelled

_FIB = 0x1AA
_MAGIC = 0xA5EC
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_LENGTHS = 0x4C
# In the order of the text; what macros once had is nothing that is read.
_STORIES = ("", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes", "text boxes of headers")
_CLX = 0x1A2
_COMPRESSED = 1 << 30
_MOST = 64 * 1024 * 1024
_SIGNS = {
    0x0D: "\n", 0x0B: "\n", 0x0C: "\n", 0x07: "\t", 0x13: " ", 0x14: " ", 0x15: "", 0x1E: "-", 0x1F: "", 0x00: "",
    **dict.fromkeys((0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08), ""),
}  # fmt: skip
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x01\x00\x00\x00\x6c\x00\x00\x00")

_RECORD = struct.Struct("<HHI")
_CHARS, _BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_SLIDE, _NOTES, _LIST, _PERSIST, _DIRECTORY, _OBJECT = 0x03EE, 0x03F0, 0x0FF0, 0x03F3, 0x1772, 0x1011
_ENCRYPTION = 0x2F14
_LOCKED = bytes.fromhex("dfc4d1f3")
_DEEPEST = 64
# Storages of objects in workbooks.
_EMBEDDED = re.compile(r"MBD[0-9A-F]{8}")


def read_word(book: Compound, within: Within) -> Iterator[Member | Unread]:
    """The document's texts: the body, and each of the others as a member."""
    stream = next(book.read("WordDocument"))
    if len(stream) < _FIB or _number(stream, 0, 2) != _MAGIC:
        detail = "it is a document of Word before 97, or damaged; save it in a newer format and scan that"
        yield Unread(within.path, ReadError("unsupported format", detail))
        return
    flags = _number(stream, 0x0A, 2)
    if flags & _ENCRYPTED:
        yield Unread(within.path, ReadError("encrypted", "it needs a password; save it without and scan that"))
        return
    table = next(book.read("1Table" if flags & _SECOND_TABLE else "0Table"), b"")
    try:
        text = _pieces(stream, table)
    except (struct.error, IndexError, ValueError):
        raise _damaged() from None
    at = 0
    for number, story in enumerate(_STORIES):
        length = _number(stream, _LENGTHS + 4 * number)
        if length > len(text) - at:
            yield Unread(within.path, _damaged())
            length = len(text) - at
        said = _plain(text[at : at + length])
        at += length
        if said.strip():
            within.budget.made_bytes(len(said), within.path or within.name, whole=len(said))
            yield extracted(within.join(story) if story else within.path, said.encode("utf-8", "replace"))
    yield from besides(book, within)
    if any(picture in part for part in book.read("Data") for picture in _PICTURES):
        yield Member(within.join("Data"), Kind.IMAGE, b"", io.BytesIO())


def _pieces(stream: bytes, table: bytes) -> str:
    """The whole text, from the table of its pieces."""
    start, size = _number(stream, _CLX), _number(stream, _CLX + 4)
    clx = table[start : start + size]
    at = 0
    while clx[at] == 1:
        at += 3 + _number(clx, at + 1, 2)
    if clx[at] != 2:
        raise ValueError
    listed = clx[at + 5 : at + 5 + _number(clx, at + 1)]
    count = (len(listed) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", listed)
    found, made = [], 0
    for number in range(count):
        length = ends[number + 1] - ends[number]
        place = _number(listed, 4 * (count + 1) + 8 * number + 2)
        is_short = bool(place & _COMPRESSED)
        first = (place & ~_COMPRESSED) // 2 if is_short else place
        data = stream[first : first + length * (1 if is_short else 2)]
        made += len(data)
        if length < 0 or made > _MOST or len(data) < length:
            raise ValueError
        piece = data.decode("cp1252" if is_short else "utf-16-le", "replace")
        # Lengths of the parts of the text count these codes.
        found.append(piece if len(piece) == length else _units(data))
    return "".join(found)


def _units(data: bytes) -> str:
    """UTF-16 with a character for each of its codes, so that positions stay what they are."""
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])))


def _plain(text: str) -> str:
    """Lines and cells. Two marks of cells end a row."""
    plain = text.replace("\x07\x07", "\n").translate(_SIGNS)
    # What was kept apart for its positions is put together again.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_powerpoint(book: Compound, within: Within) -> Iterator[Member | Unread]:
    """The texts of slides and notes, and all others."""
    stream = next(book.read("PowerPoint Document"))
    user = next(book.read("Current User"), b"")
    if "EncryptedSummary" in book.names or user[12:16] == _LOCKED:
        yield Unread(within.path, ReadError("encrypted", "it needs a password; save it without and scan that"))
        return
    show = _Show(stream)
    try:
        show.read(0, len(stream), 0, "", None)
    except (struct.error, IndexError, ValueError):
        show.is_damaged = True
    if show.is_encrypted:
        yield Unread(within.path, ReadError("encrypted", "it needs a password; save it without and scan that"))
        return
    for (part, page), texts in show.texts.items():
        said = "".join(f"{text}\n" for text in texts)
        within.budget.made_bytes(len(said), within.path or within.name, whole=len(said))
        member = extracted(within.join(part) if part else within.path, said.encode("utf-8", "replace"), page=page)
        yield member
    if show.is_damaged:
        yield Unread(within.path, _damaged())
    if show.objects:
        detail = f"{show.objects} embedded objects cannot be read; save it in a newer format and scan that"
        yield Unread(within.path, ReadError("unsupported format", detail))
    yield from besides(book, within)
    if any(book.read("Pictures")):
        yield Member(within.join("Pictures"), Kind.IMAGE, b"", io.BytesIO())


class _Show:
    """The records of a presentation. `texts` are by what holds them and the number of the slide."""

    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._places = dict(_directory(stream))
        self._pages: dict[int, int] = {}
        self.texts: dict[tuple[str, int | None], list[str]] = {}
        self.objects = 0
        self.is_damaged = self.is_encrypted = False
        self._number_slides()

    def _number_slides(self) -> None:
        """Which page the slide at each place is: in the order of the list of slides."""
        for at, kind, _, length in _records(self._stream, 0, len(self._stream)):
            if kind != 0x03E8:
                continue
            pages: dict[int, int] = {}
            for inner, held, instance, size in _records(self._stream, at + 8, at + 8 + length):
                if held != _LIST or instance:
                    continue
                for atom, of, _, _ in _records(self._stream, inner + 8, inner + 8 + size):
                    if of == _PERSIST and atom + 12 <= len(self._stream):
                        pages[_number(self._stream, atom + 8)] = len(pages) + 1
            if pages:
                self._pages = {self._places[key]: page for key, page in pages.items() if key in self._places}

    def read(self, start: int, end: int, depth: int, part: str, page: int | None) -> None:
        """Collects the texts of the records from `start` to `end`."""
        if depth > _DEEPEST:
            raise ValueError
        listed = 0
        for at, kind, instance, length in _records(self._stream, start, end):
            body, stop = at + 8, at + 8 + length
            if stop > end:
                self.is_damaged = True
                stop = end
            if kind in (_CHARS, _STRING):
                self._add(self._stream[body:stop].decode("utf-16-le", "replace"), part, page)
            elif kind == _BYTES:
                self._add(self._stream[body:stop].decode("latin-1"), part, page)
            elif kind == _PERSIST:
                listed += 1
                page = listed if part == "" else page
            elif kind == _OBJECT:
                self.objects += 1
            elif kind == _ENCRYPTION:
                self.is_encrypted = True
            elif _number(self._stream, at, 2) & 0xF == 0xF:
                inner, shown = part, page
                if kind == _SLIDE:
                    shown = self._pages.get(at)
                elif kind == _NOTES or (kind == _LIST and instance == 2):
                    inner = "notes"
                elif kind == _LIST and instance == 1:
                    inner = "masters"
                self.read(body, stop, depth + 1, inner, shown)

    def _add(self, text: str, part: str, page: int | None) -> None:
        plain = text.replace("\r", "\n").replace("\x0b", "\n").replace("\0", "")
        texts = self.texts.setdefault((part, page), [])
        if plain.strip() and plain not in texts[-1:]:
            texts.append(plain)


def _records(stream: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Where each record begins, its type, its instance and the length of what it holds."""
    at = start
    while at + 8 <= min(end, len(stream)):
        first, kind, length = _RECORD.unpack_from(stream, at)
        yield at, kind, first >> 4, length
        at += 8 + length


def _directory(stream: bytes) -> Iterator[tuple[int, int]]:
    """Numbers of what is kept, and where it is; a later save's come later."""
    for at, kind, _, length in _records(stream, 0, len(stream)):
        if kind != _DIRECTORY:
            continue
        place, stop = at + 8, min(at + 8 + length, len(stream))
        while place + 4 <= stop:
            told = _number(stream, place)
            first, count = told & 0xFFFFF, told >> 20
            for number in range(count):
                if place + 8 + 4 * number > stop:
                    break
                yield first + number, _number(stream, place + 4 + 4 * number)
            place += 4 + 4 * count


def besides(book: Compound, within: Within) -> Iterator[Member | Unread]:
    """Metadata, and what is not read."""
    told = [
        pair
        for name in ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
        for each in book.read(name)
        for pair in properties(each)
    ]
    if told:
        yield labelled(within.path, told)
    names = book.names
    if names & {"Macros", "_VBA_PROJECT", "VBA"}:
        yield Unread(
            within.path, ReadError("unsupported format", "its macros cannot be read; save them as text and scan that")
        )
    pooled = "ObjectPool" in names and any(name.startswith("_") and name[1:].isdecimal() for name in names)
    if pooled or any(_EMBEDDED.fullmatch(name) for name in names):
        detail = "embedded objects cannot be read; save it in a newer format and scan that"
        yield Unread(within.path, ReadError("unsupported format", detail))


def _damaged() -> ReadError:
    return ReadError("corrupt", "its text is damaged or cut short; restore it from a copy")


def _number(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")
