"""Values of BSON → values of JSON, with numbers and times as text. Source: https://bsonspec.org/spec.html"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import Binary, DBRef, Decimal128, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS

from assay.formats.values import as_text, bytes_text

_UUIDS = (3, 4)


class Plain:
    """Documents as JSON has them. `binary` counts values that are no text."""

    def __init__(self) -> None:
        self.binary = 0

    def of(self, value: Any) -> Any:
        """A value. Whole doubles are written as what they are, as JavaScript has no other numbers: card numbers, too."""
        if isinstance(value, Mapping):
            return {str(name): self.of(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str(value)  # code is text of a type of its own
        return self._text(value)

    def _text(self, value: Any) -> Any:
        if isinstance(value, Binary | bytes):
            return self._bytes(value)
        if isinstance(value, ObjectId | uuid.UUID):
            return str(value)
        if isinstance(value, Decimal128):
            return as_text(value.to_decimal())
        if isinstance(value, DatetimeMS):
            return str(int(value))  # a year that the calendar here does not have
        if isinstance(value, Timestamp):
            return as_text(value.as_datetime())
        if isinstance(value, Regex):
            return value.pattern if isinstance(value.pattern, str) else bytes_text(value.pattern)
        if isinstance(value, DBRef):
            return self.of(dict(value.as_doc()))
        if isinstance(value, MinKey | MaxKey):
            return None
        return value.isoformat(" ") if isinstance(value, datetime) else as_text(value)

    def _bytes(self, value: bytes) -> str | None:
        kind = value.subtype if isinstance(value, Binary) else 0
        if kind in _UUIDS and len(value) == 16:
            return str(uuid.UUID(bytes=bytes(value)))
        text = bytes_text(bytes(value)) or None
        if text is None and value:
            self.binary += 1
        return text
