"""The audit log, and whether it holds. For administrators: it tells of all resources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.store.auditlog import Wanted, newest
from assay.store.proof import Proof, verify
from assay.web.access import Admin
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_AT_ONCE = 100
_LONGEST = 4_000
_turn = threading.Lock()


@router.get("/audit", response_model=None)
def show(request: Request, served: Served, _actor: Admin) -> Response:
    """The newest entries."""
    return _page(request, served, None)


@router.post("/audit/verify", response_model=None)
def prove(request: Request, served: Served, _actor: Admin) -> Response:
    """Reads the whole log and all rows, and says whether anything was changed past assay. One at a time."""
    with one_at_a_time():
        proof = verify(served.desk.catalog)
    return _page(request, served, proof)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Raises `RefusedError` while it is verified for somebody else."""
    if not _turn.acquire(blocking=False):
        raise RefusedError("it is being verified for somebody already; wait a moment", status=429, wait=10)
    try:
        yield
    finally:
        _turn.release()


def _page(request: Request, served: Serving, proof: Proof | None) -> Response:
    asked = {
        name: request.query_params.get(name, "").strip()[:1_000] or None for name in ("action", "actor", "resource")
    }
    since, until = (_day(request.query_params.get(name, "")) for name in ("since", "until"))
    wanted = Wanted(since=since, until=until, **asked)
    before = request.query_params.get("before", "")
    last = int(before) if before.isdecimal() and before.isascii() and len(before) < 19 else None
    with served.desk.catalog.reading() as connection:
        found = newest(connection, wanted, _AT_ONCE + 1, before=last)
    entries = found[-_AT_ONCE:]
    older = None
    if len(found) > _AT_ONCE:
        given = {
            "action": wanted.action,
            "actor": wanted.actor,
            "resource": wanted.resource,
            "since": since,
            "until": until,
        }
        named = {name: value for name, value in given.items() if value}
        older = f"/audit?{urlencode(named | {'before': str(entries[0]['seq'])})}"
    shown: list[dict[str, Any]] = [
        {**entry, "told": {name: _text(entry[name]) for name in ("details", "before", "after")}}
        for entry in reversed(entries)
    ]
    told: dict[str, Any] = {"entries": shown, "asked": asked, "proof": proof, "older": older, "is_first": last is None}
    return page(request, "audit.html", **told, since=since, until=until)


def _day(text: str) -> str | None:
    """A day as 2027-01-31, if one is given. Raises `RefusedError`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise RefusedError("a day is written 2027-01-31") from None


def _text(value: Any) -> str:
    if value in (None, {}):
        return ""
    told = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    # An entry may tell of a hundred thousand rows.
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}\n… the rest stands in 'assay audit export'"
