"""What the service models say of parameters and clients do not check: values of enumerations, the most and the longest, patterns.

For services that speak JSON: those check all of a request so before they look at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_CODES = {"securityhub": "InvalidInputException", "sqs": "InvalidParameterValue"}
# Takes or leaves each of its items for itself.
_APART = frozenset({"securityhub.BatchImportFindings"})
# The model of DynamoDB's items is of what they hold, not of what may be asked.
_UNMODELLED = frozenset({"AttributeValue"})


def check(request: Request, _: State) -> None:
    """For every operation. Raises `RefusedError` for the first that is wrong."""
    if request.protocol not in ("json", "rest-json") or request.operation.input_shape is None or request.name in _APART:
        return
    wrong = next(_wrong(request.operation.input_shape, request.parameters, ""), None)
    if wrong is not None:
        path, constraint = wrong
        message = (
            f"1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must {constraint}"
        )
        raise RefusedError(_CODES.get(request.service, "ValidationException"), message, 400)


def _wrong(shape: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if shape.name in _UNMODELLED or value is None:
        return
    if shape.type_name == "structure":
        for name, given in value.items():
            if name in shape.members:
                yield from _wrong(shape.members[name], given, f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list":
        yield from _outside(shape, len(value), path, "length")
        for place, given in enumerate(value, start=1):
            yield from _wrong(shape.member, given, f"{path}.{place}.member")
    elif shape.type_name == "map":
        yield from _outside(shape, len(value), path, "length")
        for key, given in value.items():
            yield from _wrong(shape.key, key, f"{path}.key")
            yield from _wrong(shape.value, given, f"{path}.{key}.member")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _outside(shape, len(value), path, "length")
        yield from _unlisted(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double") and isinstance(value, (int, float)):
        yield from _outside(shape, value, path, "value")


def _outside(shape: Any, size: float, path: str, of: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield path, f"have {of} greater than or equal to {least}"
    if most is not None and size > most:
        yield path, f"have {of} less than or equal to {most}"


def _unlisted(shape: Any, value: str, path: str) -> Iterator[tuple[str, str]]:
    listed = shape.metadata.get("enum")
    if listed and value not in listed:
        yield path, f"satisfy enum value set: [{', '.join(listed)}]"
    pattern = _compiled(shape.metadata.get("pattern"))
    if pattern is not None and not pattern.fullmatch(value):
        yield path, f"satisfy regular expression pattern: {pattern.pattern}"


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """`None` for what is written for another engine."""
    if pattern is None:
        return None
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
