"""Messages of Outlook (MS-OXMSG, in a compound file): their texts, people, headers and attached files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from assay.errors import LimitError, ReadError
from assay.formats.compound import Compound
from assay.formats.kinds import Kind
from assay.formats.mailtext import encoding_of
from assay.formats.parts import Member, Unread, Within, extracted, labelled

_PROPERTY = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")
_DEEPEST = 8
_TEXT, _TEXT8, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_BODY, _HTML, _RICH, _CODEPAGE = "1000", "1013", "1009", 0x3FDE
_DATA, _NAMES = "3701", ("3707", "3704", "3001")
# Names of properties (MS-OXPROPS) that say what a value is; others are free text.
_CALLED = {
    "0037": "subject",
    "0C1A": "from, full name",
    "0042": "from, full name",
    "0C1F": "email",
    "5D01": "email",
    "3003": "email",
    "39FE": "email",
    "3001": "full name",
    "3A16": "company",
    "3A08": "phone",
    "3A1C": "mobile phone",
    "3A09": "phone",
}
# Of the form and the store, not of the message.
_LEFT_OUT = frozenset({"001A", "003D", "300B", "0E1D", "65E0", "65E2", "0070"})
# What every compressed text is taken to begin with (MS-OXRTFCP 2.1.2.1).
_COMMON = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_RICHEST = 64 * 1024 * 1024


def read_message(book: Compound, within: Within) -> Iterator[Member | Unread]:
    """The message that a compound file is."""
    yield from _message(book, 0, within, "", 0)


def _message(book: Compound, storage: int, within: Within, prefix: str, depth: int) -> Iterator[Member | Unread]:
    if depth >= _DEEPEST:
        yield Unread(within.path, LimitError("nesting", f"messages are nested more than {_DEEPEST} deep"))
        return
    names = book.within(storage)
    texts, kept = _texts(book, names)
    body, html = texts.pop(_BODY, ""), texts.pop(_HTML, "")
    path = within.join(prefix.rstrip("/")) if prefix else within.path
    told = [(_CALLED.get(key, ""), value) for key, value in sorted(texts.items())]
    for name, number in sorted(names.items()):
        if name.startswith("__recip"):
            told += [
                (_CALLED.get(key, ""), value) for key, value in sorted(_texts(book, book.within(number))[0].items())
            ]
    yield labelled(path, told)
    if body.strip():
        yield extracted(path, body.replace("\r\n", "\n").encode("utf-8", "replace"))
    if html.strip():
        yield extracted(path, html.encode("utf-8", "replace"), kind=Kind.HTML)
    if _RICH in kept and not body.strip() and not html.strip():
        rich = _uncompressed(kept[_RICH])
        if rich is None:
            yield Unread(path, ReadError("corrupt", "its text is compressed and cannot be unpacked; it is damaged"))
        else:
            yield from within.entry(io.BytesIO(rich), f"{prefix}body.rtf")
    number = 0
    for name, at in sorted(names.items()):
        if name.startswith("__attach"):
            number += 1
            yield from _attached(book, at, within, prefix, number, depth)


def _attached(
    book: Compound, storage: int, within: Within, prefix: str, number: int, depth: int
) -> Iterator[Member | Unread]:
    names = book.within(storage)
    texts, kept = _texts(book, names)
    called = next((texts[key] for key in _NAMES if texts.get(key, "").strip()), f"attachment{number}")
    called = prefix + called.replace("\\", "/").rsplit("/", 1)[-1].strip()
    inner = names.get(f"__substg1.0_{_DATA}{_OBJECT}")
    if _DATA in kept:
        yield from within.entry(io.BytesIO(kept[_DATA]), called)
    elif inner is not None and "__properties_version1.0" in book.within(inner):
        yield from _message(book, inner, within, f"{called}/", depth + 1)
    elif inner is not None:
        detail = f"{within.join(called)!r} is an object of another program, which cannot be read yet"
        yield Unread(within.join(called), ReadError("unsupported format", detail))


def _texts(book: Compound, names: dict[str, int]) -> tuple[dict[str, str], dict[str, bytes]]:
    """Texts of a storage by the number of their property, and what is bytes."""
    texts: dict[str, str] = {}
    kept: dict[str, bytes] = {}
    charset = _charset(book, names)
    for name, at in names.items():
        found = _PROPERTY.fullmatch(name)
        if found is None or found[1].upper() in _LEFT_OUT:
            continue
        key, kind = found[1].upper(), found[2].upper()
        if kind == _TEXT:
            texts[key] = book.content(at).decode("utf-16-le", "replace").rstrip("\0")
        elif kind == _TEXT8 or (kind == _BINARY and key == _HTML):
            data = book.content(at).rstrip(b"\0")
            texts[key] = data.decode(encoding_of(charset, data[:4096]).name, "replace")
        elif kind == _BINARY and key in (_RICH, _DATA):
            kept[key] = book.content(at)
    return texts, kept


def _charset(book: Compound, names: dict[str, int]) -> str:
    """The code page of texts in bytes, from the fixed properties: entries of 16 bytes behind a header."""
    at = names.get("__properties_version1.0")
    data = book.content(at) if at is not None else b""
    for start in range(len(data) % 16, len(data) - 15, 16):
        kind, key = (
            int.from_bytes(data[start : start + 2], "little"),
            int.from_bytes(data[start + 2 : start + 4], "little"),
        )
        if key == _CODEPAGE and kind == 3:
            page = int.from_bytes(data[start + 8 : start + 12], "little")
            return {65001: "utf-8", 20127: "ascii", 28591: "cp1252"}.get(page, f"cp{page}")
    return "ascii"


def _uncompressed(data: bytes) -> bytes | None:
    """Text as MS-OXRTFCP packs it; `None` where it is damaged."""
    if len(data) < 16:
        return None
    size = int.from_bytes(data[4:8], "little")
    if size > _RICHEST:
        return None
    if data[8:12] == b"MELA":
        return data[16 : 16 + size]
    if data[8:12] != b"LZFu":
        return None
    window = bytearray(_COMMON.ljust(4096, b"\0"))
    write, at = len(_COMMON), 16
    out = bytearray()
    while at < len(data) and len(out) < size:
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if control >> bit & 1:
                pair = int.from_bytes(data[at : at + 2], "big")
                at += 2
                start, length = pair >> 4, (pair & 15) + 2
                if start == write:
                    return bytes(out)
                piece = bytes(0)
                for step in range(length):
                    byte = window[(start + step) % 4096]
                    window[write] = byte
                    write = (write + 1) % 4096
                    piece += bytes((byte,))
                out += piece
            else:
                out.append(data[at])
                window[write] = data[at]
                write, at = (write + 1) % 4096, at + 1
    return bytes(out)
