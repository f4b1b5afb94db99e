"""HTML that is put together of elements, so that every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from assay.report.printable import printable, shorten

_EMPTY = frozenset({"input", "meta"})
_LONGEST = 300


class Markup(str):
    """A text that is HTML already. What is added to it is escaped if it is not."""

    __slots__ = ()

    def __add__(self, other: str) -> Markup:
        return Markup(str.__add__(self, text(other)))


Content = str | Iterable[str]
"""Markup, or plain text, which is escaped; or several of them."""


def tag(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """The element. A trailing `_` of an attribute's name is dropped, others become `-`; `None` and `False` leave it out."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(printable(str(value)))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    end = "" if name in _EMPTY else f"</{name}>"
    return Markup(f"<{name}{given}>{join(content)}{end}")


def join(content: Iterable[Content]) -> Markup:
    """All of it, one after the other."""
    return Markup("".join(text(item) if isinstance(item, str) else join(item) for item in content))


def text(content: str) -> Markup:
    """The text, escaped if it is not markup; characters that no one would see are shown as escapes."""
    return content if isinstance(content, Markup) else Markup(escape(printable(content)))


def name(content: str) -> Markup:
    """A name from outside: cut where it is very long, and of a direction of its own that does not turn what is around it."""
    return tag("bdi", shorten(printable(content), _LONGEST))


def table(
    heads: Iterable[tuple[str, str]], rows: Iterable[Iterable[Content]], label: str, *, is_short: bool = False
) -> Markup:
    """A table of cells; `heads` are (title, class) of its columns, the first of which heads the rows.

    Unless `is_short`, a narrow screen shows the cells of a row below one another. Browsers forget by that what they are,
    so the roles that the elements have by themselves are told.
    """
    titles = list(heads)
    head = tag(
        "tr",
        (tag("th", title, scope="col", role="columnheader", class_=kind or None) for title, kind in titles),
        role="row",
    )
    body = (
        tag(
            "tr",
            (
                tag("th", cell, scope="row", role="rowheader", class_=kind or None)
                if index == 0
                else tag("td", cell, role="cell", class_=kind or None, data_label=title)
                for index, ((title, kind), cell) in enumerate(zip(titles, row, strict=True))
            ),
            role="row",
        )
        for row in rows
    )
    return tag(
        "table",
        tag("thead", head, role="rowgroup"),
        tag("tbody", body, role="rowgroup"),
        role="table",
        aria_label=label,
        class_=None if is_short else "long",
    )
