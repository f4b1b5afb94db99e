"""Templates: everything that is put into one is escaped, and what is missing is an error."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assay.model.identity import Role
from assay.model.review import QueueItem
from assay.report.printable import counted, printable, size
from assay.report.spelling import Named, spelled
from assay.review import rights
from assay.store.texts import as_json
from assay.web.assets import asset_url
from assay.web.state import is_partial, page_asked

THEMES = ("light", "dark")
_OF_ADMINISTRATORS = (
    ("/people", "People"),
    ("/notifications", "Notifications"),
    ("/audit", "Audit"),
    ("/settings", "Settings"),
)
_NOWHERE = "/\0"
"""No folder: paths are shown whole, since whoever looks is somewhere else."""


@cache
def templates() -> Environment:
    """All templates, compiled as they are asked for."""
    made = Environment(
        loader=PackageLoader("assay.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "printable": lambda text: printable(str(text)),
        "number": lambda count: f"{count:,}",
        "size": size,
        "ago": ago,
        "moment": lambda at: shown_at(at.isoformat()),
        "at": shown_at,
        "iso": lambda at: at.isoformat(timespec="seconds"),
        "words": lambda name: str(name).replace("_", " "),
        "sentence": sentence,
        "written": written,
    }
    made.globals |= {"asset": asset_url, "counted": counted, "place": place, "today": today, "Role": Role}
    return made


def page(
    request: Request, template: str, /, *, status: int = 200, headers: dict[str, str] | None = None, **given: Any
) -> HTMLResponse:
    """A page, or with a name that begins with `_` a part of one."""
    actor = getattr(request.state, "actor", None)
    around = {
        "actor": actor,
        "csrf": getattr(request.state, "csrf", ""),
        "is_admin": actor is not None and rights.everywhere(actor.grants, Role.ADMIN),
        "sees_all": actor is not None and rights.everywhere(actor.grants, Role.VIEWER),
        "is_steward": actor is not None and rights.anywhere(actor.grants, Role.STEWARD),
        "partial": is_partial(request),
        "path": request.url.path,
        "here": page_asked(request),
        "theme": theme if (theme := request.cookies.get("theme")) in THEMES else "",
    }
    around["pages"] = (
        ("/", "Overview", True),
        ("/review", "Review", True),
        ("/resources", "Resources", True),
        ("/scans", "Scans", True),
        ("/reports", "Reports", True),
        ("/plans", "Plans", around["sees_all"]),
        ("/incidents", "Incidents", around["sees_all"]),
        ("/phases", "Phases", around["sees_all"]),
        ("/governance", "Governance", True),
        ("/glossary", "Glossary", True),
        ("/models", "Models", around["sees_all"]),
    )
    around["admin_pages"] = _OF_ADMINISTRATORS if around["is_admin"] else ()
    body = templates().get_template(template).render(**(around | given))
    return HTMLResponse(body, status_code=status, headers=headers)


def place(item: QueueItem) -> str:
    """Where a question is about, as every command takes it."""
    subject = item.question.subject
    return spelled(Named(subject.resource, subject.table, subject.column), base=_NOWHERE)


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in words that fit a line."""
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit) + " ago"
    return "just now"


def shown_at(moment: str, *, seconds: bool = False) -> Markup:
    """A moment in UTC, as it is stored, for people; it does not break over lines.

    >>> shown_at("2027-01-31T09:30:12.345Z")
    Markup('<time datetime="2027-01-31T09:30:12.345Z">2027-01-31 09:30 UTC</time>')
    """
    told = moment[: 19 if seconds else 16].replace("T", " ")
    return Markup('<time datetime="{}">{} UTC</time>').format(moment, told)


def sentence(text: str) -> str:
    """A message, which begins in small letters, as a sentence by itself.

    >>> sentence("no file is named SSN.csv")
    'No file is named SSN.csv.'
    """
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def written(value: Any) -> str:
    """A part of a setting, as whoever knows the API reads it.

    >>> written(None), written("Enabled"), written({"Days": 30, "On": True}), written(7)
    ('–', 'Enabled', '{"Days":30,"On":true}', '7')
    """
    if value is None:
        return "–"
    return value if isinstance(value, str) else as_json(value)


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()
