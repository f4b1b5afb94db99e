"""Documents → fields: nested keys become columns of their own, `address.city`, `phones[].number`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

MOST_FIELDS = 500
_DEEPEST = 12
_MOST_ITEMS = 100
_SHARE = 0.6
_LEAST = 1
_FIRST = 64

Field = list[str | None]


def holds_documents(values: Sequence[str | None]) -> bool:
    """Whether most of the values are JSON objects or arrays, by how they begin and end; one of the first has to be."""
    if not any(value and value[0] in "{[" for value in values[:_FIRST]):
        return False
    filled = [value for value in values if value]
    likely = sum(value[0] in "{[" and value.rstrip()[-1:] in ("}", "]") for value in filled)
    return likely >= _LEAST and likely >= _SHARE * len(filled)


def documents(values: Iterable[str | None]) -> Iterator[Any]:
    """The values parsed; what is no JSON object or array is `None`."""
    for value in values:
        document = None
        if value and value[0] in "{[":
            try:
                document = orjson.loads(value)
            except orjson.JSONDecodeError:
                document = None
        yield document if isinstance(document, dict | list) else None


def fields(of: Iterable[Any], prefix: str = "") -> tuple[dict[str, Field], int]:
    """Path → its values over all documents, `None` where a document has none, and how many paths were left out.

    Of an array every item counts (at most 100), so that a field may have more values than there are documents.

    >>> fields([{"a": {"b": 1}, "c": [{"d": "x"}, {"d": "y"}]}, {"a": {"b": 2.5}}])
    ({'a.b': ['1', '2.5'], 'c[].d': ['x', 'y']}, 0)
    """
    found: dict[str, Field] = {}
    left_out: set[str] = set()
    for document in of:
        for path, value in leaves(document, prefix):
            column = found.get(path)
            if column is None:
                if len(found) >= MOST_FIELDS:
                    left_out.add(path)
                    continue
                column = found[path] = []
            column.append(value)
    return found, len(left_out)


def is_whole(document: Any, depth: int = 0) -> bool:
    """Whether `fields` takes all of a document's values, as far as its own depth and the length of its arrays go."""
    if isinstance(document, dict):
        return depth < _DEEPEST and all(is_whole(inner, depth + 1) for inner in document.values())
    if isinstance(document, list):
        whole = depth < _DEEPEST and len(document) <= _MOST_ITEMS
        return whole and all(is_whole(inner, depth + 1) for inner in document)
    return True


def leaves(
    value: Any, path: str = "", depth: int = 0, *, most_items: int | None = _MOST_ITEMS
) -> Iterator[tuple[str, str | None]]:
    """A document's values as text, each with its path; of an array the first `most_items` (`None`: all)."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key), depth + 1, most_items=most_items)
    elif isinstance(value, list) and depth < _DEEPEST:
        for inner in value[:most_items]:
            yield from leaves(inner, f"{path}[]", depth + 1, most_items=most_items)
    else:
        yield path or "value", _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
