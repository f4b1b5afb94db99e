"""A masked copy of an RTF document: its text with values taken out, however its runs part them; pictures and themes are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assay.errors import ReadError
from assay.formats.rtf import Run, runs
from assay.scanning.maskedvalues import Span, Values

_MOST = 64 * 1024 * 1024
_GONE = frozenset(b"pict shppict nonshppict themedata datastore colorschememapping pgdsctbl".split())
_TOKEN = re.compile(rb"\\([A-Za-z]+)(-?[0-9]+)? ?|\\[^A-Za-z]|[{}]")


def mask_rtf(data: bytes, values: Values) -> bytes:
    """The document with its values masked. Raises `ReadError`."""
    if len(data) > _MOST:
        raise ReadError("not copied", "it is too large to be masked in memory")
    data = _without_pictures(data)
    read = list(runs(data))
    made = _written(data, read, _spread(read, values.find("".join(run.text for run in read), "")))
    # What is in none of its texts (names of styles, what other programs keep for themselves) is masked as it is written.
    raw = made.decode("latin-1")
    for span in reversed(values.find(raw)):
        raw = raw[: span.start] + b"".join(map(_escaped, span.shown)).decode("ascii") + raw[span.end :]
    made = raw.encode("latin-1")
    left = "".join(run.text for run in runs(made))
    if values.is_in_bytes(made) or values.is_in(left):
        raise ReadError("not copied", "a value in a part of it cannot be masked")
    return made


def _spread(read: Sequence[Run], spans: Sequence[Span]) -> dict[int, list[Span]]:
    """What each run has of the values; the first one shows what stands for the value."""
    found: dict[int, list[Span]] = {}
    index = at = 0
    for span in spans:
        while index < len(read) and at + len(read[index].text) <= span.start:
            at += len(read[index].text)
            index += 1
        says, each, begin = span.shown, index, at
        while each < len(read) and begin < span.end:
            run = read[each]
            low, high = max(0, span.start - begin), min(len(run.text), span.end - begin)
            # Ends of lines and cells between the parts of a value stay.
            if high > low and run.kind in ("text", "unicode") and run.text[low:high].strip():
                found.setdefault(each, []).append(Span(low, high, says))
                says = ""
            begin += len(run.text)
            each += 1
    return found


def _written(data: bytes, read: Sequence[Run], found: dict[int, list[Span]]) -> bytes:
    out: list[bytes] = []
    at = 0
    follows_word = drops = False
    for number, run in enumerate(read):
        spans = found.get(number)
        if run.kind == "unicode":
            drops = spans is not None
        if spans is None and not (drops and (run.kind == "fallback" or run.dropped)):
            follows_word = run.kind in ("word", "unicode")
            continue
        out.append(data[at : run.start])
        at = run.end
        if run.kind == "fallback":
            continue
        text = run.text
        for span in reversed(spans or ()):
            text = text[: span.start] + span.shown + text[span.end :]
        kept = b"" if drops or not run.dropped else data[run.start : run.start + run.dropped]
        said = kept + b"".join(map(_escaped, text))
        # What stands right behind a control word would be a part of it.
        glued = follows_word and not kept and data[run.start - 1 : run.start].isalnum() and said[:1].isalnum()
        out.append(b" " + said if glued else said)
        follows_word = False
    out.append(data[at:])
    return b"".join(out)


def _escaped(char: str) -> bytes:
    if char in "\\{}":
        return b"\\" + char.encode()
    if " " <= char <= "~":
        return char.encode()
    units = char.encode("utf-16-le", "surrogatepass")
    numbers = [int.from_bytes(units[place : place + 2], "little", signed=True) for place in range(0, len(units), 2)]
    return b"{\\uc1" + b"".join(b"\\u%d?" % number for number in numbers) + b"}"


def _without_pictures(data: bytes) -> bytes:
    """The document without groups that hold what is not read: pictures, themes as packed files, headers that LibreOffice keeps
    twice."""
    gone: list[tuple[int, int]] = []
    groups: list[int] = []
    marked: int | None = None
    at = 0
    while (token := _TOKEN.search(data, at)) is not None:
        at = token.end()
        said = token[0]
        if said == b"{":
            groups.append(token.start())
        elif said == b"}":
            begun = groups.pop() if groups else 0
            if marked is not None and len(groups) < marked:
                gone.append((begun, at))
                marked = None
        elif token[1] == b"bin" and token[2]:
            at += max(0, int(token[2]))
        elif token[1] in _GONE and marked is None and groups:
            marked = len(groups)
    out, last = [], 0
    for start, end in gone:
        out.append(data[last:start])
        last = end
    return b"".join((*out, data[last:]))
