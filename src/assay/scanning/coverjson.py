"""JSON and JSON Lines copied with values replaced: strings stay strings, numbers become strings, escapes stay whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import orjson

from assay.formats import Readable
from assay.scanning.covers import STARS, Cover, Spelling, Writable

_DEEPEST = 12
_PIECE = 1024 * 1024
_BLANK = re.compile(rb"\s*+")
# Besides JSON itself the comments and the quotes of JSON5, and words without quotes.
_TOKEN = re.compile(
    rb"//[^\r\n]*+|/\*.*?\*/|[{}\[\]:,]|[^\s{}\[\]:,\"'/]++|/"
    rb"|\"(?:[^\"\\\n]++|\\[^\n])*+\"|'(?:[^'\\\n]++|\\[^\n])*+'|[\"'][^\n]*+",
    re.DOTALL,
)

Shown: TypeAlias = Callable[[str, str], str | None]
"""What is shown of a value at a path of keys: `None` where it stays."""


class Token(NamedTuple):
    """A token of JSON as it is written, and where it begins."""

    start: int
    text: bytes


def tokens(source: Readable) -> Iterator[Token | bytes]:
    """The tokens of a file, and the blanks between them as bytes; together they are the file."""
    data, at, begins, ended = source.read(_PIECE), 0, 0, False
    while True:
        blank = _BLANK.match(data, at)
        stop = blank.end() if blank is not None else at
        if stop > at:
            yield data[at:stop]
            at = stop
        found = _TOKEN.match(data, at)
        # What reaches to the end of what was read may go on behind it, as may a comment whose end is not there.
        if not ended and (
            found is None or found.end() == len(data) or (data.startswith(b"/*", at) and found.group() == b"/")
        ):
            more = source.read(max(_PIECE, len(data) - at))
            ended = not more
            begins += at
            data, at = data[at:] + more, 0
            if not ended:
                continue
            found = _TOKEN.match(data, at)
        if at == len(data):
            return
        text = data[at:] if found is None else found.group()
        yield Token(begins + at, text)
        at += len(text)


class _Path:
    """The path of keys that the next token stands at, as `formats.nested` names it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new document begins."""
        self._open: list[tuple[bytes, str]] = []
        self._key: str | None = None
        self._is_value = True

    def enter(self, text: bytes) -> str | None:
        """Takes a token; the path if it is a value."""
        if text in (b"{", b"["):
            self._open.append((text, self._name()))
            self._key, self._is_value = None, text == b"["
            return None
        if text in (b"}", b"]"):
            if self._open:
                self._open.pop()
            self._is_value = not self._open or self._open[-1][0] == b"["
            return None
        if text == b":":
            self._is_value = True
            return None
        if text == b",":
            self._is_value = not self._open or self._open[-1][0] == b"["
            return None
        if text.startswith((b"//", b"/*")):
            return None
        if not self._is_value:
            self._key = meant(text)
            return None
        return self._name() or "value"

    def _name(self) -> str:
        if not self._open:
            return ""
        kind, path = self._open[-1]
        if len(self._open) > _DEEPEST:
            return path
        if kind == b"[":
            return f"{path}[]"
        key = self._key or ""
        return f"{path}.{key}" if path else key


def meant(text: bytes) -> str:
    """What a string or another scalar says."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode("utf-8", "replace").strip("\"'")
    return value if isinstance(value, str) else text.decode("utf-8", "replace")


def copy_json(
    source: Readable,
    target: Writable,
    covers: Iterable[Cover],
    spelling: Spelling,
    *,
    by_line: bool = False,
    shown: Shown | None = None,
) -> None:
    """Copies a file in UTF-8 or an encoding that has its signs of JSON, with what is covered replaced, and with what
    is `shown` of values at some paths; with `by_line` each line is a document. The covers are `apart`."""
    waiting = iter(covers)
    cover = next(waiting, None)
    path = _Path()
    for token in tokens(source):
        if isinstance(token, bytes):
            target.write(token)
            if by_line and b"\n" in token:
                path.begin()
            continue
        start, text = token
        end = start + len(text)
        within = []
        while cover is not None and cover.start < end:
            if cover.end > start:
                within.append(cover)
            if cover.end > end:
                # What goes on beyond this token has been shown with it.
                cover = Cover(end, cover.end, STARS)
                break
            cover = next(waiting, None)
        at = path.enter(text) if shown is not None else None
        whole = shown(at, meant(text)) if shown is not None and at is not None else None
        if whole is not None and meant(text) and text != b"null":
            target.write(_string(whole, text, spelling))
        else:
            target.write(_covered(text, start, within, spelling) if within else text)


def _string(shown: str, text: bytes, spelling: Spelling) -> bytes:
    quote = text[:1] if text[:1] in (b'"', b"'") else b'"'
    return quote + spelling.written(shown) + quote


def _covered(text: bytes, start: int, within: Iterable[Cover], spelling: Spelling) -> bytes:
    """A token of which some is covered."""
    if text in (b"{", b"}", b"[", b"]", b":", b","):
        return text
    if text[:1] not in (b'"', b"'") and not text.startswith(b"/"):
        return _string(next(iter(within)).shown, text, spelling)
    low = 2 if text.startswith((b"//", b"/*")) else 1
    is_closed = len(text) > 1 and text[-1] == text[0] and not text.startswith(b"/")
    high = len(text) - 1 if is_closed else len(text) - 2 if text.startswith(b"/*") else len(text)
    out, at = [text[:low]], low
    for cover in within:
        first, last = max(cover.start - start, at), min(cover.end - start, high)
        if first < last:
            out += [text[at:first], spelling.written(cover.shown)]
            at = last
    found = b"".join(out) + text[at:]
    if text.startswith(b'"') and _parses(text) and not _parses(found):
        # It was cut within an escape.
        return _string(STARS, text, spelling)
    return found


def _parses(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
