"""Text from outside (file names, column names) made safe to show on a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

# Cc: escape sequences; Cf: bidirectional overrides, invisible marks; Zl, Zp: line breaks; Cs: bytes that were no UTF-8.
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


_DAY = len("2026-01-31")
_SHORT_ID = 10


def printable(text: str) -> str:
    """`text` with every character that a terminal would act on, or not show, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    hidden = unicodedata.category(character) in _HIDDEN
    return character.encode("unicode_escape").decode("ascii") if hidden else character


def width(text: str) -> int:
    """How many terminal cells `text` takes; `text` must be printable."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, cells: int, *, keep_end: bool = False) -> str:
    """`text` in at most `cells` terminal cells, cut with `…` at its end, or with `keep_end` at its beginning."""
    if width(text) <= cells:
        return text
    kept: list[str] = []
    left = cells - 1
    for character in reversed(text) if keep_end else text:
        left -= _cells(character)
        if left < 0:
            break
        kept.append(character)
    return "…" + "".join(reversed(kept)) if keep_end else "".join(kept) + "…"


def pad(text: str, cells: int) -> str:
    """`text` filled with spaces to `cells` terminal cells."""
    return text + " " * (cells - width(text))


def wrapped(text: str, columns: int, *, first: str = "", indent: str = "  ", whole: bool = False) -> Iterator[str]:
    """`text` broken at its spaces into lines of at most `columns` cells, `indent` before all but the first. With `whole` no word is cut: what
    is to be copied, such as an ARN in a command, may be longer than a line."""
    line, is_empty = first, True
    for word in text.split():
        short = word if whole else shorten(word, columns - max(len(first), len(indent)))
        if not is_empty and width(line) + 1 + width(short) > columns:
            yield line
            line, is_empty = indent, True
        line = line + short if is_empty else f"{line} {short}"
        is_empty = False
    if not is_empty:
        yield line


def local_path(uri: str) -> str:
    """A `file://` URI as the path it stands for (undecodable bytes as surrogates); other URIs as they are.

    A blob of a repository is the path that it had, and what brought it: `/srv/app/a.yml (commit 3f2a1b0c9d, 2026-01-31)`.
    """
    if uri.startswith("git:///"):
        place, _, options = uri.partition("?")
        told = [part.partition("=")[::2] for part in options.split("&") if part]
        about = ", ".join(
            value[:_DAY] if name == "date" else f"{name} {value[:_SHORT_ID]}" for name, value in told if value
        )
        path = _decoded(place[len("git://") :])
        return f"{path} ({about})" if about else path
    return _decoded(uri[len("file://") :]) if uri.startswith("file:///") else uri


def _decoded(path: str) -> str:
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogateescape")


def size(count: int) -> str:
    """Bytes for people, in powers of 1000: `812 bytes`, `34.1 MB`."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `1,204 files`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """`0.4 s`, `75 s` as `1:15`, hours as `2:05:00`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
