"""Runs the server: one process or several, listening where they were told, until they are asked to end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from assay.app.identity.passwords import Passwords
from assay.app.identity.signingin import Door
from assay.app.reviews.desk import Desk
from assay.app.serving.roots import Root
from assay.errors import UsageError
from assay.web.application import served
from assay.web.limits import TALLIES, Limits
from assay.web.state import Serving
from assay.web.tally import shared_file

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_GRACE_SECONDS = 10


def _is_safe(public_url: str) -> bool:
    """Whether no password is read on its way there: by TLS, or by no way at all, as to the port of a container that this machine alone reaches."""
    parts = urlsplit(public_url)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def serve(
    desk: Desk,
    *,
    host: str,
    port: int,
    public_url: str | None,
    tell: Callable[[str], None],
    roots: Sequence[Root] = (),
    beside: Callable[[Sequence[int]], AbstractContextManager[None]] = lambda _files: nullcontext(),
    servers: int = 1,
) -> None:
    """Serves the desk, from which `roots` may be scanned. `tell` is given lines for the one who started it; `beside` has the other ones of
    several `servers` listen to the same address, and count requests together, by open files. Raises `UsageError` for an address that cannot be used."""
    if host not in _LOOPBACK and not (public_url is not None and _is_safe(public_url)):
        raise UsageError(
            f"--host {host}: others could read passwords on their way; put a proxy with TLS in front, and give the address "
            "that people come to: --public-url https://desk.example.org"
        )
    with closing(_listening(host, port)) as listening:
        shown = f"[{host}]" if ":" in host else host
        origin = (public_url or f"http://{shown}:{listening.getsockname()[1]}").rstrip("/")
        counted = None if servers == 1 or os.name != "posix" else shared_file(TALLIES)
        serving = _serving(desk, origin, roots, counted)
        notifier = serving.notifier
        application = served(serving)
        tell(f"The desk of {desk.catalog.shown} is at {origin}/")
        if (secret := serving.door.first_link()) is not None:
            tell("Nobody can sign in yet. This link makes the first administrator; it works once, for an hour:")
            tell(f"{origin}/welcome/{secret}")
        if notifier.channels:
            notifier.start()
        with _after_term():
            try:
                with beside([listening.fileno(), *([] if counted is None else [counted])]):
                    _run(application, serving, listening, behind_proxy=public_url is not None)
            finally:
                notifier.stop()


def serve_as_another(
    desk: Desk, *, files: Sequence[int], public_url: str | None, roots: Sequence[Root], parent: int
) -> None:
    """Serves the desk as one more server, at the address that the first one, of the process `parent`, listens to by the first of these open
    `files`; by the second they count requests together."""
    with closing(socket.socket(fileno=files[0])) as listening:
        host, port = listening.getsockname()[:2]
        origin = (public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/")
        serving = _serving(desk, origin, roots, files[1] if len(files) > 1 else None)
        with _after_term():
            _run(served(serving), serving, listening, behind_proxy=public_url is not None, parent=parent)


def _serving(desk: Desk, origin: str, roots: Sequence[Root], counted: int | None) -> Serving:
    door = Door(catalog=desk.catalog, passwords=Passwords())
    limits = Limits() if counted is None else Limits.shared(counted)
    return Serving(desk=desk, door=door, origin=origin, roots=roots, limits=limits)


def _run(
    application: ASGIApp, serving: Serving, listening: socket.socket, *, behind_proxy: bool, parent: int | None = None
) -> None:
    desk = serving.desk
    # What clears values from reasons and finds them takes a moment to be loaded: not while the first steward waits.
    threading.Thread(target=lambda: (desk.redact(""), desk.find("")), daemon=True).start()
    # It would log where in the program something went wrong with what was in the way; the desk's own log does not.
    logging.getLogger("uvicorn.error").disabled = True
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    try:
        _Server(config, serving.stopping, parent).run(sockets=[listening])
    finally:
        serving.uploads.close()
        if "working" in serving.__dict__:  # a change that was begun is ended, and stands in the journal
            serving.working.close()


class _Server(uvicorn.Server):
    """Has what would go on for long end, where the server is to end."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event, parent: int | None) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._parent = parent

    async def on_tick(self, counter: int) -> bool:
        """Ten times in a second. One that was started by another server ends where that is gone."""
        if self._parent is not None and os.getppid() != self._parent:
            self._stopping.set()
            return True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        self._stopping.set()
        super().handle_exit(sig, frame)


@contextmanager
def _after_term() -> Iterator[None]:
    """Goes on after the server has ended by SIGTERM, which it raises once more: what stands beside it is to end, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(128)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        raise UsageError(f"{host}:{port}: cannot be listened on: {error.strerror}; choose another --port") from None
    return made
