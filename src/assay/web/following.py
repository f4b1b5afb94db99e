"""Scans as they go on, told as server-sent events (HTML Living Standard, section 9.2): one whenever something has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from assay.app.serving.asking import may_see
from assay.errors import CatalogError
from assay.model.identity import Actor
from assay.store import scans
from assay.store.scans import Scan
from assay.web.refusals import RefusedError
from assay.web.state import Serving

_LOOK_SECONDS = 0.5
_SILENT_SECONDS = 15.0
_LONGEST_SECONDS = 300.0
"""Then whoever listens asks anew, and it is looked at anew whether they may."""


def document(scan: Scan) -> dict[str, Any]:
    """A scan as programs are told of it."""
    told = scan._asdict() | {"targets": list(scan.targets), "gaps": list(scan.gaps), "notes": list(scan.notes)}
    del told["covers"]
    return told


def known(served: Serving, actor: Actor, scan_id: str) -> Scan:
    """The scan of an id. Raises `RefusedError` where there is none that this one may see."""
    with served.desk.catalog.reading() as connection:
        scan = scans.one(connection, scan_id[:64]) if scan_id.isascii() and scan_id.isprintable() else None
    if scan is None or not may_see(actor, scan):
        raise RefusedError("there is no such scan", status=404)
    return scan


def followed(served: Serving, actor: Actor, scan: Scan) -> StreamingResponse:
    """The events of a scan until it is over. Raises `RefusedError` where somebody has too many open already."""
    key = actor.token or actor.user.id
    if not served.streams.begin(key):
        raise RefusedError("you follow too many scans at once; close some", status=429, wait=5)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    stream = _Following(_events(served, scan.id), media_type="text/event-stream", headers=headers)
    stream.ended = lambda: served.streams.end(key)
    return stream


class _Following(StreamingResponse):
    """Says when it is over, also where somebody is gone before the first event is asked for: what only the events would say
    in their end, they would not say then."""

    ended: Callable[[], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.ended()


async def _events(served: Serving, scan_id: str, clock: Callable[[], float] = time.monotonic) -> AsyncIterator[bytes]:
    began = said = clock()
    version = 0
    yield b"retry: 2000\n\n"
    while not served.stopping.is_set() and clock() - began < _LONGEST_SECONDS:
        try:
            scan = await run_in_threadpool(_look, served, scan_id)
        except CatalogError:
            # Whoever listens connects anew, and is told by an answer what is wrong.
            return
        if scan is None:
            return
        if scan.version != version:
            version, said = scan.version, clock()
            yield b"id: %d\nevent: scan\ndata: %s\n\n" % (version, orjson.dumps(document(scan)))
        elif clock() - said > _SILENT_SECONDS:
            said = clock()
            yield b": still here\n\n"
        if scan.is_over:
            yield b"event: end\ndata: {}\n\n"
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _look(served: Serving, scan_id: str) -> Scan | None:
    with served.desk.catalog.reading() as connection:
        return scans.one(connection, scan_id)
