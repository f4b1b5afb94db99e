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
_KINDS = frozenset(
    [
        "code",
        "markdown",
        "raw",
        "heading",
        "stream",
        "display_data",
        "execute_result",
        "error",
        "pyout",
        "pyerr",
        "stdout",
        "stderr",
        "python",
    ]
)
_COUNTS = frozenset(["execution_count", "prompt_number", "level"])
_MOST_RUNS = 100_000


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
            else:
                yield from _json(cell, f"{path}[{number}]", within)
    yield from _json(_rest(notebook), "$", within)


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


def _rest(notebook: dict[str, Any]) -> dict[str, Any]:
    """What is no cell: metadata of the notebook and of its sheets, and whatever else there is."""
    if isinstance(notebook.get("cells"), list):
        return {key: value for key, value in notebook.items() if key != "cells"}
    sheets = [
        {key: value for key, value in sheet.items() if key != "cells" or not isinstance(value, list)}
        if isinstance(sheet, dict)
        else sheet
        for sheet in notebook["worksheets"]
    ]
    return {**notebook, "worksheets": sheets}


def _cell(cell: dict[str, Any], path: str, within: Within) -> Iterator[Member | Unread]:
    kind = Kind.SOURCE if cell.get("cell_type") == "code" else Kind.MARKDOWN
    rest = dict(cell)
    for key in ("source", "input"):
        if _is_text(cell.get(key)):
            yield from _text(rest.pop(key), f"{path}.{key}", kind, within)
    outputs = cell.get("outputs")
    if isinstance(outputs, list):
        # Those that are none keep their place in the list.
        rest["outputs"] = [None if isinstance(output, dict) else output for output in outputs]
        if not any(rest["outputs"]):
            del rest["outputs"]
        for number, output in enumerate(outputs):
            if isinstance(output, dict):
                yield from _output(output, f"{path}.outputs[{number}]", within)
    attachments = cell.get("attachments")
    if isinstance(attachments, dict):
        rest["attachments"] = {name: held for name, held in attachments.items() if not isinstance(held, dict)}
        for name, held in attachments.items():
            if isinstance(held, dict):
                yield from _shown(held, f"{path}.attachments", within, str(name))
    yield from _json(_telling(rest), path, within)


def _output(output: dict[str, Any], path: str, within: Within) -> Iterator[Member | Unread]:
    rest = dict(output)
    for key in ("text", "traceback", "evalue"):
        if _is_text(output.get(key)):
            yield from _text(
                rest.pop(key), f"{path}.{key}", Kind.TEXT, within, lines="\n" if key == "traceback" else ""
            )
    data = rest.pop("data") if isinstance(output.get("data"), dict) else None
    if data is not None:
        yield from _shown(data, f"{path}.data", within, "output")
    else:
        media = {key: value for key, value in rest.items() if _is_media(key)}
        rest = {key: value for key, value in rest.items() if key not in media}
        yield from _shown(media, path, within, "output")
    yield from _json(_telling(rest), path, within)


def _telling(rest: dict[str, Any]) -> dict[str, Any]:
    """What is left of a cell or an output without what its kind says, which every one has."""
    return {
        key: value
        for key, value in rest.items()
        if value
        and not (isinstance(value, str) and value in _KINDS)
        and not (key in _COUNTS and isinstance(value, int) and value < _MOST_RUNS)
    }


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _is_media(key: str) -> bool:
    return "/" in key or key in ("html", "latex", "svg", "png", "jpeg")


def _shown(held: dict[str, Any], path: str, within: Within, name: str) -> Iterator[Member | Unread]:
    """What an output or an attachment is in each of its types."""
    for media, value in held.items():
        where = f"{path}[{media!r}]"
        is_file = (media.startswith(_PICTURES) and media != "image/svg+xml") or media in ("png", "jpeg")
        data = _decoded(value) if is_file else None
        if data is not None:
            yield from within.entry(io.BytesIO(data), name)
        elif _is_text(value):
            yield from _text(value, where, Kind.HTML if "html" in media else Kind.TEXT, within)
        else:
            yield from _json(value, where, within)


def _decoded(value: Any) -> bytes | None:
    """The bytes of a picture or another file, `None` where it is no base64."""
    if not _is_text(value):
        return None
    try:
        return binascii.a2b_base64("".join(_joined(value).split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def _joined(value: str | list[str], lines: str = "") -> str:
    return value if isinstance(value, str) else lines.join(value)


def _text(value: str | list[str], path: str, kind: Kind, within: Within, lines: str = "") -> Iterator[Member]:
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
    # A value alone is no document: it stands in a list of one.
    alone = not isinstance(value, dict | list)
    text = orjson.dumps([value] if alone else value)
    if len(text) > 2:
        yield extracted(within.path, text, kind=Kind.JSON)._replace(located=partial(_within, path=path, alone=alone))


def _located(at: Locator, path: str) -> Locator:
    return replace(at, byte_start=None, byte_end=None, json_path=path)


def _within(at: Locator, path: str, alone: bool) -> Locator:
    inner = (at.json_path or "$").removeprefix("$")
    inner = inner.removeprefix("[0]") if alone else inner
    return Locator(json_path=path + inner, field=at.field)
