"""Values as drivers and readers of tables give them → text, one way for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

# Control characters that text has not: with any of them, bytes that are no UTF-8 are no text in another encoding either.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Beyond it doubles no longer hold every integer, and nobody keeps numbers of something in them.
_WHOLE = 1e18
_EXPONENT = 400
_JSON = orjson.OPT_NON_STR_KEYS


def as_text(value: Any) -> str | None:
    """One value as text; `None` for null and for what stands for it (NaN).

    Whole floats lose their `.0` (a card number in a column of floats is its digits), times are ISO 8601 with a blank,
    lists and mappings JSON. Bytes are decoded where they are text, and empty where they are not.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _encodable(value)
    if value is None:
        return None
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return _digits(value)
    if kind is float:
        return _float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes_text(bytes(value))
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict | list | tuple | set | frozenset):
        return _json(value)
    return _other(value)


def bytes_text(data: bytes) -> str:
    """Bytes of an undeclared encoding: UTF-8, else Windows-1252 if nothing speaks against text, else empty."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "" if _CONTROL.search(data) else data.decode("cp1252", "replace")
    return "" if "\0" in text and _CONTROL.search(data.rstrip(b"\0")) else text


def declared_text(data: bytes) -> str:
    """Bytes that are declared to be text: UTF-8, else Windows-1252, as old programs leave it there."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _encodable(text: str) -> str:
    """Lone surrogates, which no encoding can write, replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        return hex(value)  # Python refuses to write thousands of decimal digits, which takes quadratic time


def floats(values: Sequence[float]) -> list[str | None]:
    """Floats as `as_text` writes each of them."""
    if all(map(float.is_integer, values)) and min(values) > -_WHOLE and max(values) < _WHOLE:
        return list(map(str, map(int, values)))
    texts = list(map(repr, values))
    together = "".join(texts)
    if "e" in together or "n" in together or "-0.0" in together:
        return [_float(value) for value in values]  # exponents, NaN and infinity, and what is no negative zero
    return [text[:-2] if text[-2:] == ".0" else text for text in texts]


def _float(value: float) -> str | None:
    if value != value:
        return None
    return str(int(value)) if -_WHOLE < value < _WHOLE and value.is_integer() else repr(value)


def _decimal(value: Decimal) -> str | None:
    if value.is_nan():
        return None
    exponent = value.as_tuple().exponent
    return str(value) if not isinstance(exponent, int) or abs(exponent) > _EXPONENT else format(value, "f")


def _json(value: Any) -> str:
    try:
        return orjson.dumps(_sequence(value), default=_inner, option=_JSON).decode()
    except (TypeError, ValueError, RecursionError):
        pass
    try:
        return _encodable(json.dumps(_sequence(value), default=_inner, ensure_ascii=False, skipkeys=True))
    except (TypeError, ValueError, RecursionError):
        return _other(value)


def _sequence(value: Any) -> Any:
    """A collection of a type of its own as a plain one, which is all that the writers of JSON know."""
    return dict(value) if isinstance(value, dict) else list(value)


def _inner(value: Any) -> Any:
    return _sequence(value) if isinstance(value, dict | list | tuple | set | frozenset) else as_text(value)


def _other(value: Any) -> str:
    try:
        return _encodable(str(value))
    except Exception:  # noqa: BLE001  # of a driver's own type; what it says may quote the value
        return ""
