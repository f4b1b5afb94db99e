"""What forms send: texts by name, of the names that are asked for and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from assay.model.review import storable
from assay.web.refusals import RefusedError

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1_000
_LONGEST = 10_000
_LONGER = {"rows": 500_000}
"""Of fields that take whole files. Their pages give no limit: a browser would cut what is pasted without a word."""


class Form(Mapping[str, str]):
    """The first text of each name; `every` gives all of one name."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = tuple(pairs)
        self._first = dict(reversed(self._pairs))

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def text(self, name: str) -> str:
        """The text, without spaces around it; empty where there is none."""
        return self._first.get(name, "").strip()

    def every(self, name: str) -> list[str]:
        """All texts of a name."""
        return [text for each, text in self._pairs if each == name]

    def number(self, name: str) -> int:
        """A whole number. Raises `RefusedError`."""
        text = self.text(name)
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise RefusedError(f"'{name}' has to be a whole number")
        return int(text)

    def day(self, name: str) -> date | None:
        """A day as 2027-01-31, if one is given. Raises `RefusedError`."""
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RefusedError(f"'{name}' has to be a day, such as 2027-01-31") from None


async def posted(request: Request) -> Form:
    """The form of a request; empty where there is none. Raises `RefusedError` for one that is not to be read."""
    if request.method in ("GET", "HEAD") or not request.headers.get("content-type", "").startswith(_FORM):
        return Form(())
    told = await request.form(max_fields=_MOST_FIELDS, max_files=0)
    pairs = [(name, storable(value)) for name, value in told.multi_items() if isinstance(value, str)]
    for name, value in pairs:
        most = _LONGER.get(name, _LONGEST)
        if len(value) > most:
            raise RefusedError(f"a field such as this has at most {most:,} characters")
    return Form(pairs)


Posted = Annotated[Form, Depends(posted)]
