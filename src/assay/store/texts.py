"""Text and JSON that every database takes, and ids derived from content."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson


def clean(text: str) -> str:
    r"""`text` without what UTF-8 or PostgreSQL cannot hold: lone surrogates and null characters are written as escapes.

    >>> clean("a\x00b")
    'a\\x00b'
    """
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces. Dataclasses become objects. `TypeError` for what is no JSON."""
    return _dumped(value, orjson.OPT_SORT_KEYS)


def as_json(value: Any) -> str:
    """JSON in the order of the keys."""
    return _dumped(value, 0)


def _dumped(value: Any, option: int) -> str:
    try:
        text = orjson.dumps(value, option=option | orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        text = orjson.dumps(_cleaned(value), option=option | orjson.OPT_NON_STR_KEYS).decode()
    if "\\u0000" in text:
        # It may be a null character, or the escape of one in a text; only the former changes.
        text = orjson.dumps(_cleaned(orjson.loads(text)), option=option).decode()
    return text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _cleaned(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def derived(*parts: str) -> str:
    """The id of what has these parts: 32 hexadecimal digits, so that the same thing has the same id in every catalog.

    >>> derived("a", "b") == derived("a", "b") != derived("ab", "")
    True
    """
    told = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def digest(*parts: str) -> str:
    """SHA-256 of the parts in hexadecimal."""
    told = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def moment(at: datetime | None = None) -> str:
    """The time as it is stored; now by default.

    >>> moment(datetime(2024, 5, 1, 12, tzinfo=UTC))
    '2024-05-01T12:00:00.000000Z'
    """
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_run() -> str:
    """The id of a new run: the time, so that ids are in order, and a random end."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
