"""Notebooks of Jupyter (nbformat 3 and 4): each cell's text and outputs as people see them, with their path in the file.

A notebook that is damaged or too large is read as the JSON that it is.
"""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import IO, Any

import orjson

from assay.formats.kinds import Kind
from assay.formats.parts import Member, Unread, Within, extracted
from assay.formats.sniff import sniff
from assay.model import Locator

_HEAD = 64 * 1024
_MOST = 128 * 1024 * 1024
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*")
_PICTURES = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Cells, outputs and metadata of the notebook."""
    source.seek(0)
    data = source.read(_MOST + 1)
    try:
        notebook = orjson.loads(data.removeprefix(b"\xef\xbb\xbf")) if len(data) <= _MOST else None
    except orjson.JSONDecodeError:
        notebook = None
    sheets = _sheets(notebook)
    if sheets is None or notebook is None:
        source.seek(0)
        head = source.read(_HEAD)
        yield Member(within.path, Kind.JSON, head, source)
        return
    for path, cells in sheets:
        for number, cell in enumerate(cells):
            if isinstance(cell, dict):
                yield from _cell(cell, f"{path}[{number}]", within)
    rest = {key: value for key, value in notebook.items() if key not in ("cells", "worksheets")}
    yield from _json(rest, "$", within)


def _sheets(notebook: Any) -> list[tuple[str, list[Any]]] | None:
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return [("$.cells", notebook["cells"])]
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    found = []
    for number, sheet in enumerate(sheets):
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            found.append((f"$.worksheets[{number}].cells", sheet["cells"]))
    return found


def _cell(cell: dict[str, Any], path: str, within: Within) -> Iterator[Member | Unread]:
    kind = Kind.SOURCE if cell.get("cell_type") == "code" else Kind.MARKDOWN
    for key in ("source", "input"):
        yield from _text(cell.get(key), f"{path}.{key}", kind, within)
    outputs = cell.get("outputs")
    for number, output in enumerate(outputs if isinstance(outputs, list) else ()):
        if isinstance(output, dict):
            yield from _output(output, f"{path}.outputs[{number}]", within)
    attachments = cell.get("attachments")
    for name, held in attachments.items() if isinstance(attachments, dict) else ():
        if isinstance(held, dict):
            yield from _shown(held, f"{path}.attachments", within, str(name))
    rest = {key: value for key, value in cell.items() if key not in ("source", "input", "outputs", "attachments")}
    yield from _json(rest, path, within)


def _output(output: dict[str, Any], path: str, within: Within) -> Iterator[Member | Unread]:
    for key in ("text", "traceback", "evalue"):
        yield from _text(output.get(key), f"{path}.{key}", Kind.TEXT, within, lines="\n" if key == "traceback" else "")
    data = output.get("data")
    yield from _shown(data if isinstance(data, dict) else output, f"{path}.data" if data else path, within, "output")


def _shown(held: dict[str, Any], path: str, within: Within, name: str) -> Iterator[Member | Unread]:
    """What an output or an attachment is in each of its types."""
    for media, value in held.items():
        if "/" not in media and media not in ("html", "latex", "svg", "png", "jpeg"):
            continue
        where = f"{path}[{media!r}]"
        if (media.startswith(_PICTURES) and media != "image/svg+xml") or media in ("png", "jpeg"):
            yield from _file(value, name, within)
        elif isinstance(value, str | list):
            yield from _text(value, where, Kind.HTML if "html" in media else Kind.TEXT, within)
        else:
            yield from _json(value, where, within)


def _file(value: Any, name: str, within: Within) -> Iterator[Member | Unread]:
    try:
        data = binascii.a2b_base64(_joined(value))
    except (binascii.Error, ValueError):
        return
    yield from within.entry(io.BytesIO(data), name)


def _joined(value: Any, lines: str = "") -> str:
    if isinstance(value, str):
        return value
    return lines.join(part for part in value if isinstance(part, str)) if isinstance(value, list) else ""


def _text(value: Any, path: str, kind: Kind, within: Within, lines: str = "") -> Iterator[Member]:
    text = _joined(value, lines).encode("utf-8", "replace")
    if not text.strip():
        return
    if kind is Kind.TEXT:
        found = sniff(text[:_HEAD], "output.txt")
        kind = found if found.is_text else kind
    member = extracted(within.path, text, kind=kind)
    yield member._replace(located=partial(_located, path=path))


def _json(value: Any, path: str, within: Within) -> Iterator[Member]:
    """What is neither text nor output: metadata and the like."""
    if not value:
        return
    text = orjson.dumps(value)
    if len(text) > 2:
        yield extracted(within.path, text, kind=Kind.JSON)._replace(located=partial(_within, path=path))


def _located(at: Locator, path: str) -> Locator:
    return replace(at, byte_start=None, byte_end=None, json_path=path)


def _within(at: Locator, path: str) -> Locator:
    inner = (at.json_path or "$").removeprefix("$")
    return Locator(json_path=path + inner, field=at.field)
