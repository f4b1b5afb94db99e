"""Reading the fields of an event that may hold anything. What is wrong is told by its place, never by its content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any

_MILLISECONDS = 10_000_000_000
# What is told on must be what it is called: a field of any text would carry it into logs and tables.
# Servers of one's own have regions such as `dc1`.
_REGION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}(?:-[A-Za-z0-9_]{1,20}){0,4}")
_ACCOUNT = re.compile(r"[0-9]{12}")


class Malformed(Exception):  # noqa: N818  # it never leaves this package: what is told is a `Refused`
    """A field that is not what its shape says. `where` is its path, `reason` a constant."""

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


class Fields:
    """An object of an event, and where it stands in it."""

    __slots__ = ("_value", "where")

    def __init__(self, value: Mapping[str, Any], where: str = "") -> None:
        self._value = value
        self.where = where

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def has(self, name: str, value: str) -> bool:
        """Whether a field is this text."""
        found = self._value.get(name)
        return isinstance(found, str) and found == value

    def raw(self, name: str) -> Any:
        """The value as it is, `None` where there is none."""
        return self._value.get(name)

    def place(self, name: str) -> str:
        """The path of a field."""
        shown = name.encode("utf-8", "backslashreplace").decode()
        return f"{self.where}.{shown}" if self.where else shown

    def under(self, name: str) -> Fields:
        """An object. Raises `Malformed`."""
        value = self._value.get(name)
        if not isinstance(value, Mapping):
            raise Malformed(_wanted(value, "an object"), self.place(name))
        return Fields(value, self.place(name))

    def each(self, name: str) -> Sequence[Fields]:
        """The objects of a list. Raises `Malformed`."""
        value = self._value.get(name)
        if not isinstance(value, list):
            raise Malformed(_wanted(value, "a list"), self.place(name))
        found = []
        for number, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise Malformed(_wanted(item, "an object"), f"{self.place(name)}[{number}]")
            found.append(Fields(item, f"{self.place(name)}[{number}]"))
        return found

    def text(self, name: str) -> str:
        """A text that is not empty. Raises `Malformed`."""
        value = self._value.get(name)
        if not isinstance(value, str) or not value:
            raise Malformed("is empty" if value == "" else _wanted(value, "a text"), self.place(name))
        if not _is_unicode(value):
            raise Malformed("is no Unicode", self.place(name))
        return value

    def text_or_none(self, name: str) -> str | None:
        """A text; `None` where there is none, or an empty one. Raises `Malformed`."""
        value = self._value.get(name)
        return None if value is None or value == "" else self.text(name)

    def region(self, name: str) -> str | None:
        """A region such as `us-gov-west-1`; `None` where there is none. Raises `Malformed`."""
        return self._formed(name, _REGION, "must be a region")

    def account(self, name: str) -> str | None:
        """An account of twelve digits; `None` where there is none. Raises `Malformed`."""
        return self._formed(name, _ACCOUNT, "must be an account of twelve digits")

    def account_of_arn(self, name: str) -> str | None:
        """The account in an ARN; `None` where there is no ARN, or none in it. Raises `Malformed`."""
        arn = self.text_or_none(name)
        parts = [] if arn is None else arn.split(":", 5)
        if len(parts) != 6 or not parts[4]:
            return None
        return Fields({name: parts[4]}, self.where).account(name)

    def _formed(self, name: str, form: re.Pattern[str], reason: str) -> str | None:
        value = self.text_or_none(name)
        if value is not None and not form.fullmatch(value):
            raise Malformed(reason, self.place(name))
        return value

    def size(self, name: str) -> int | None:
        """A number of bytes; `None` where there is none. Raises `Malformed`."""
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
            raise Malformed("must be a number of bytes", self.place(name))
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """A time: ISO 8601, or seconds or milliseconds since 1970; `None` where there is none. Raises `Malformed`."""
        value = self._value.get(name)
        if value is None or value == "":
            return None
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return datetime.fromtimestamp(value / 1_000 if value > _MILLISECONDS else value, UTC)
            if isinstance(value, str):
                found = datetime.fromisoformat(value)
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            pass
        raise Malformed("must be a time", self.place(name))


def _is_unicode(text: str) -> bool:
    """Whether it can be written: JSON lets half of a pair (`"\\ud800"`) stand alone, which no encoding has."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wanted(value: Any, kind: str) -> str:
    return "is missing" if value is None else f"must be {kind}"
