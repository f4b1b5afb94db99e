"""Large files → splits that many workers read at once, each knowing exactly where it stands in the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import IO

from assay.errors import ReadError
from assay.formats import Kind, sniff
from assay.formats.delimited import sniff_dialect
from assay.formats.encoding import detect
from assay.model import AssetRef, Split
from assay.scanning.document import DELIMITED_NAMES
from assay.scanning.opened import Objects, open_asset
from assay.scanning.split import unpacks_itself

LARGE = 16 * 1024 * 1024
LARGE_TABLE = 3 * 1024 * 1024
LARGE_OBJECT = 32 * 1024 * 1024
"""Above this an object is cut, too: what is cut is fetched twice."""
PART = 8 * 1024 * 1024
TABLE_PART = 1024 * 1024
_HEAD = 64 * 1024
_MAX_PART = 64 * 1024 * 1024
# Formats whose lines can be read alone; the others need what came before (open keys, tags, statements).
_BY_LINE = frozenset({Kind.TEXT, Kind.SOURCE, Kind.MARKDOWN, Kind.DELIMITED, Kind.JSONL})


def splits_of(asset: AssetRef, *, sample_above: int | None = None, objects: Objects = ()) -> Iterator[Split]:
    """The splits of one file or object. Those above `sample_above` bytes are read in three regions only.

    Cutting counts lines, rows and code points, which costs one quick pass over the file.
    """
    size = asset.size or 0
    if sample_above is not None and size > sample_above:
        yield Split(asset=asset, sampled="start, middle and end of a large object")
        return
    named = asset.label.lower().endswith(DELIMITED_NAMES)
    # What is found in a table can be twenty times as long: it waits in memory while others are before it.
    local = LARGE_TABLE if named else LARGE
    if size <= (local if asset.path is not None else LARGE_OBJECT):
        yield Split(asset=asset)
        return
    # Threads here would keep workers from being forked.
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open_asset(asset, objects, ahead=False))
            head = stream.read(_HEAD)
        except (OSError, ReadError):
            yield Split(asset=asset)  # the worker meets it again, and reports it
            return
        kind = sniff(head, asset.label)
        # To guess the encoding of what is no text takes as long as to read many megabytes of it.
        encoding = detect(head) if kind in _BY_LINE else None
        if encoding is None or encoding.name != "utf-8" or encoding.returns or unpacks_itself(stream, head, size):
            yield Split(asset=asset)
            return
        dialect = sniff_dialect(head, named=named) if kind is Kind.DELIMITED else None
        delimiter = dialect.delimiter if dialect else None
        stream.seek(0)
        by_record = delimiter is not None or kind is Kind.JSONL
        yield from _cut(asset, size, stream, delimiter, encoding.bom, by_record=by_record)


def _cut(
    asset: AssetRef, size: int, stream: IO[bytes], delimiter: str | None, bom: int, *, by_record: bool
) -> Iterator[Split]:
    step = TABLE_PART if delimiter else PART
    from assay.formats.grid import record_count, record_end

    part = start = line = char = line_char = row = 0
    data = b""
    while True:
        try:
            more = stream.read(step) or b""
        except (OSError, ReadError):
            more = b""  # the worker that reads this place meets the error too, and reports it
        data += more
        ended = not more or (len(data) < step and start + len(data) >= size)
        cut = 0
        if not ended:
            cut = record_end(data, delimiter, False)[0] if delimiter else data.rfind(b"\n") + 1
            if not cut and by_record and len(data) < _MAX_PART:
                continue
        # What follows a record that will not end stays in one part: cut within it, its columns and keys would be lost.
        if ended or (not cut and by_record):
            yield Split(
                asset=asset, part=part, parts=part + 1, start=start, line=line, char=char, line_char=line_char, row=row
            )
            return
        if not cut:
            cut = len(data)
            while cut > 1 and cut > len(data) - 4 and data[cut - 1] & 0xC0 == 0x80:
                cut -= 1
            if data[cut - 1] >= 0xC0:
                cut -= 1
        yield Split(
            asset=asset,
            part=part,
            parts=None,
            start=start,
            end=start + cut,
            line=line,
            char=char,
            line_char=line_char,
            row=row,
        )
        done, data = data[:cut], data[cut:]
        text = done[bom:] if part == 0 else done
        newline = text.rfind(b"\n")
        if newline >= 0:
            line_char = char + _characters(text[: newline + 1])
        char += _characters(text)
        line += text.count(b"\n")
        row += record_count(done, delimiter, False) if delimiter else 0
        start += cut
        part += 1


def _characters(text: bytes) -> int:
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
