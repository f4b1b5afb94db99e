"""What surrounds every request, as plain ASGI: the host it asks for, how large it is, headers of the answer, a log line."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.app.serving.uploads import LARGEST
from assay.store.texts import moment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
MOST_BYTES = 1 << 20
"""Of a request's body."""

LARGEST_SHEET = 8 << 20

LARGER = {"/api/v1/classify/files": LARGEST, "/review/sheet": LARGEST_SHEET}
"""Of the body of requests that bring files."""

_DIGITS = 12
"""Of the length of a body; numbers of thousands of digits are none."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NULL = re.compile(rb"\x00|%00")
_HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    # With `no-referrer` browsers would not say where a form comes from.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


PROBES = frozenset({"/health", "/ready"})
"""What a load balancer or Kubernetes asks by the address of this very process, under whatever name; it tells nothing of the desk's."""


class Guarded:
    """The application behind checks of host and size, with the headers that keep a browser careful."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], is_secure: bool) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        more = (("strict-transport-security", "max-age=31536000"),) if is_secure else ()
        self.headers = [(name.encode(), value.encode()) for name, value in (*_HEADERS, *more)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = message.setdefault("headers", [])
                names = {name.lower() for name, _ in told}
                told += [pair for pair in self.headers if pair[0] not in names]
                if b"cache-control" not in names:
                    told.append((b"cache-control", b"no-store"))
            await send(message)

        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self.hosts and scope["path"] not in PROBES:
            await _short(sending, 421, "this is not the address that the desk is served under")
            return
        if _CONTROL.search(scope["path"]) or _NULL.search(scope["query_string"]):
            await _short(sending, 400, "an address has no control characters")
            return
        length, most = headers.get(b"content-length", b"0"), most_of(scope["path"])
        if not length.isdigit() or len(length) > _DIGITS or int(length) > most:
            await _short(sending, 413, f"a request to this address has at most {most:,} bytes")
            return
        await self.app(scope, _counted(receive, most), sending)


class TooLargeError(HTTPException):
    """A body that goes on after what it may have."""

    def __init__(self) -> None:
        # Of this kind, since whoever reads a body for a call takes any other error for a body that is none.
        super().__init__(413)


def most_of(path: str) -> int:
    """How many bytes the body of a request to an address may have."""
    return LARGER.get(path, MOST_BYTES)


def _counted(receive: Receive, most: int) -> Receive:
    """The body, refused where it goes on for too long without having said so."""
    got = 0

    async def receiving() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise TooLargeError
        return message

    return receiving


async def _short(send: Send, status: int, detail: str) -> None:
    body = orjson.dumps({"type": "about:blank", "status": status, "title": detail, "detail": detail})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Logged:
    """One line of JSON for each request: the route, not the path, which may hold names; no header, no value."""

    def __init__(
        self, app: ASGIApp, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self.stream = stream
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, and tells of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = self.clock(), 0
        scope.setdefault("state", {})["request"] = identity = secrets.token_hex(8)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", identity.encode()))
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            actor = scope["state"].get("actor")
            log(
                "request",
                stream=self.stream,
                request=identity,
                method=scope["method"] if scope["method"].isalpha() else "?",
                route=getattr(scope.get("route"), "path", None),
                status=status,
                ms=round((self.clock() - began) * 1000, 1),
                user=None if actor is None else actor.user.id,
            )


def log(message: str, *, level: str = "info", stream: TextIO | None = None, **facts: object) -> None:
    """Writes one line to standard error. Messages are constants, facts are fields."""
    line = orjson.dumps({"at": moment(), "level": level, "message": message, **facts}, default=repr).decode()
    # As one piece: other threads, and servers beside this one, write to the same place.
    written = stream or sys.stderr
    # Where nobody takes it any more, or its disk is full, requests are answered all the same.
    with suppress(OSError, ValueError):
        written.write(f"{line}\n")
        written.flush()
