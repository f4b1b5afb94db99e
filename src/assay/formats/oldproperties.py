"""Metadata of compound files (MS-OLEPS: property sets): title, author, company, and what users named themselves."""

from __future__ import annotations

from collections.abc import Iterator

_SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_DOCUMENT = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
_NAMES = {
    _SUMMARY: {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 8: "lastmodifiedby"},
    _DOCUMENT: {2: "category", 14: "manager", 15: "company"},
}
_CODEPAGE, _DICTIONARY = 1, 0
_TEXT, _WIDE = 0x1E, 0x1F
_UTF16 = 1200
_MOST = 4096
_LONGEST = 1024 * 1024


def properties(stream: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of a stream of property sets; nothing of what is damaged."""
    for number in range(min(_number(stream, 24), 2)):
        place = 28 + 20 * number
        kind, start = stream[place : place + 16], _number(stream, place + 16)
        if start and start + 8 <= len(stream):
            yield from _section(stream[start:], _NAMES.get(kind))


def _section(data: bytes, names: dict[int, str] | None) -> Iterator[tuple[str, str]]:
    listed = {
        _number(data, at): _number(data, at + 4)
        for at in range(8, min(8 + 8 * min(_number(data, 4), _MOST), len(data) - 7), 8)
    }
    page = _number(data, listed[_CODEPAGE] + 4, 2) if _CODEPAGE in listed else 1252
    named = names if names is not None else dict(_dictionary(data, listed.get(_DICTIONARY, 0), page))
    for key, at in listed.items():
        kind, size = _number(data, at), _number(data, at + 4)
        if key in (_CODEPAGE, _DICTIONARY) or kind not in (_TEXT, _WIDE) or size > _LONGEST:
            continue
        raw = data[at + 8 : at + 8 + size * (2 if kind == _WIDE else 1)]
        value = _decoded(raw, _UTF16 if kind == _WIDE else page)
        if key in named and value:
            yield named[key], value


def _dictionary(data: bytes, at: int, page: int) -> Iterator[tuple[int, str]]:
    """Names of the properties that users made."""
    if not at:
        return
    count, at = min(_number(data, at), _MOST), at + 4
    for _ in range(count):
        key, size = _number(data, at), min(_number(data, at + 4), _LONGEST)
        size *= 2 if page == _UTF16 else 1
        yield key, _decoded(data[at + 8 : at + 8 + size], page)
        at += 8 + (-(-size // 4) * 4 if page == _UTF16 else size)


def _decoded(raw: bytes, page: int) -> str:
    codec = "utf-16-le" if page == _UTF16 else "utf-8" if page == 65001 else f"cp{page}"
    try:
        text = raw.decode(codec, "replace")
    except LookupError:
        text = raw.decode("cp1252", "replace")
    return text.split("\0", 1)[0].strip()


def _number(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")
