"""What the calls of the API share: who may call them, pages, and versions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from assay.model.identity import Actor, Role
from assay.web.access import Access
from assay.web.refusals import RefusedError

ApiViewer = Annotated[Actor, Depends(Access(Role.VIEWER, by_token=True))]
ApiSteward = Annotated[Actor, Depends(Access(Role.STEWARD, by_token=True))]
ApiViewerOfAll = Annotated[Actor, Depends(Access(Role.VIEWER, everywhere=True, by_token=True))]
ApiStewardOfAll = Annotated[Actor, Depends(Access(Role.STEWARD, everywhere=True, by_token=True))]

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
After = Annotated[str | None, Query(max_length=8_000, description="The cursor that the page before gave.")]
_TAG = re.compile(r'(?:W/)?"([A-Za-z0-9-]{1,32})\.([0-9]{1,9})"')


class Asked(BaseModel):
    """A body: fields that are not known are refused, so that none is silently passed over."""

    model_config = ConfigDict(extra="forbid", str_max_length=200_000)


class Page(BaseModel):
    """Some of what was asked for, and the cursor of what follows; null at the end."""

    items: list[dict[str, Any]]
    next: str | None


def cut(items: list[dict[str, Any]], after: int, limit: int) -> Page:
    """A page of a list that is had as a whole; its cursor says how many to pass over."""
    shown = items[after : after + limit]
    return Page(items=shown, next=str(after + limit) if len(items) > after + limit else None)


def cursor(after: str | None) -> str | None:
    """A cursor of a list that has an order. Raises `RefusedError` for a text that is none: a list that began anew would have no end."""
    if after and "~" not in after:
        raise NoCursorError
    return after


class NoCursorError(RefusedError):
    """What a call names as the page before is none."""

    def __init__(self) -> None:
        super().__init__("'after' is no cursor that a page of this list gave")


def moment_of(text: str | None, name: str) -> str | None:
    """A day, or a moment in UTC, as it is compared. Raises `RefusedError` for one that no calendar has."""
    if text is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(
            f"'{name}' has to be a day or a moment, such as 2027-01-31 or 2027-01-31T09:30:00Z"
        ) from None
    return text


def version_of(request: Request, item_id: str, *, what: str = "question") -> int:
    """The version that a call is based on: its `If-Match` header, as `ETag` gave it. Raises `RefusedError`."""
    given = request.headers.get("if-match")
    if given is None:
        raise RefusedError("say with If-Match which version this is based on: the ETag of the " + what, status=428)
    found = _TAG.fullmatch(given.strip())
    if found is None or found.group(1) != item_id:
        raise RefusedError(f"If-Match has to be the ETag of this {what}", status=412)
    return int(found.group(2))


def answers(model: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """That a call which succeeds is answered by this, for its description."""
    return {status: {"model": model}}


def based(what: str, *, is_required: bool = True) -> dict[str, Any]:
    """That a call names the version it is based on, as `version_of` takes it, for its description."""
    about = f"The ETag of the {what} that was looked at."
    header = {"name": "If-Match", "in": "header", "required": is_required, "description": about}
    return {"parameters": [header | {"schema": {"type": "string"}}]}
