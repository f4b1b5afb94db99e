"""A masked copy of a notebook of Jupyter: sources, outputs and metadata with values taken out, pictures as grey points."""

from __future__ import annotations

import base64
import json
from typing import Any

from assay.errors import ReadError
from assay.scanning.maskedoffice import grey, greyed
from assay.scanning.maskedvalues import Values
from assay.scanning.maskedxml import mask_text_of_xml

_MOST = 256 * 1024 * 1024
_FILES = ("audio/", "video/", "application/pdf", "application/octet-stream")
_TEXTS = frozenset(["source", "input", "text"])


def mask_notebook(data: bytes, values: Values) -> bytes:
    """The notebook as Jupyter writes one. Raises `ReadError`."""
    if len(data) > _MOST:
        raise ReadError("not copied", "it is too large to be masked in memory")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ReadError("not copied", "it is no notebook that could be written again") from None
    masked = _masked(notebook, values, "")
    text = json.dumps(masked, indent=1, ensure_ascii=False) + "\n"
    made = text.encode("utf-8", "surrogatepass")
    if values.is_in_bytes(made):
        raise ReadError("not copied", "a value in a part of it cannot be masked")
    return made


def _masked(node: Any, values: Values, key: str) -> Any:
    if isinstance(node, dict):
        return _mapping(node, values)
    if isinstance(node, list):
        if (key in _TEXTS or "/" in key) and all(isinstance(line, str) for line in node):
            # What is kept in lines is one text.
            return _text("".join(node), values, key).splitlines(keepends=True)
        return [_masked(each, values, "") for each in node]
    if isinstance(node, str):
        return _text(node, values, key)
    if isinstance(node, int | float) and not isinstance(node, bool) and values.find(str(node), ""):
        return values.masked(str(node), "")
    return node


def _mapping(node: dict[str, Any], values: Values) -> dict[str, Any]:
    made = {}
    for key, value in node.items():
        if values.find(key):
            raise ReadError("not copied", "has a key that is a value")
        if (key.startswith("image/") and key != "image/svg+xml") or key in ("png", "jpeg"):
            made[key] = base64.b64encode(grey()).decode("ascii")
        elif not key.startswith(_FILES):
            made[key] = _masked(value, values, key)
    return made


def _text(text: str, values: Values, key: str) -> str:
    return greyed(mask_text_of_xml(text, values, "") if "html" in key or "svg" in key else values.masked(text, ""))
