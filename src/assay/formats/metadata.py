"""Metadata of documents (`docProps/core.xml`, `meta.xml` and the like) → names and values."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from assay.errors import LimitError, ReadError
from assay.formats.windows import Readable

_CHUNK = 64 * 1024
_DEEPEST = 500


def values(stream: Readable, most: int = 4 * 1024 * 1024) -> Iterator[tuple[str, str]]:
    """Names and values of a part of metadata: each element that holds text, by its `name` or its parent's, or its own.

    Raises `ReadError` after what came before the damage.
    """
    found: list[tuple[str, str]] = []
    stack: list[tuple[str, list[str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise LimitError("nesting", f"its XML is nested more than {_DEEPEST} deep")
        local = name.rpartition("|")[2]
        named = next((value for at, value in attributes.items() if at.rpartition("|")[2] == "name"), "")
        inherited = stack[-1][0] if stack and "vt" in name.lower() else ""
        stack.append((named or inherited or local, []))

    def end(_: str) -> None:
        called, text = stack.pop()
        value = "".join(text).strip()
        if value:
            found.append((called, value))

    def refuse(*_: object) -> None:
        raise ReadError("corrupt", "its XML declares a document type, which no document does; it may be hostile")

    parser = expat.ParserCreate(namespace_separator="|")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1][1].append(data) if stack else None
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    error: ReadError | None = None
    try:
        read = 0
        while read < most and (piece := stream.read(_CHUNK)):
            read += len(piece)
            parser.Parse(piece, False)
    except LimitError:
        raise
    except ReadError as damage:
        error = damage
    except (expat.ExpatError, ValueError, UnicodeError, LookupError):
        error = ReadError("corrupt", "its XML is damaged or cut short; restore it from a copy")
    yield from found
    if error is not None:
        raise error
