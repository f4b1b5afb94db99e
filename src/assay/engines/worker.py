"""A worker process: units in, outcomes out. A copy of its parent, or an interpreter of its own."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterable
from typing import NoReturn

from assay.engines.channel import READY, Message, loaded, pack, pack_done, receive, send
from assay.engines.local import Job, work
from assay.engines.shelf import Shelf
from assay.model import Split

_EX_SOFTWARE = 70
# A window of a table makes tens of thousands of objects that all go at its end: not worth a look at each few hundred.
_COLLECT_AFTER = (200_000, 20, 100)
_OWN_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def serve(connection: socket.socket, job: Job, shelf: Shelf | None = None) -> None:
    """Works until the parent is gone; lines are put on the `shelf` that it has in common with it. Raises `RuleError` and `UsageError` if no detector can be made."""
    detector = job.recipe.make()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        send(connection, Message(READY))
        waiting: deque[tuple[int, list[Split]]] = deque()
        while True:
            # What comes next is fetched while this is worked at, where it has to be fetched.
            while not waiting or _has_come(connection):
                message = receive(connection)
                if message is None:
                    return
                waiting.append(loaded(message))
                job.fetch(waiting[-1][1])
            number, unit = waiting.popleft()
            for outcomes in work(unit, detector, job):
                send(connection, pack(number, outcomes), shelf)
            send(connection, pack_done(number))
    except OSError:
        return  # the parent is gone, and nobody is left to tell


def _has_come(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def become(connection: socket.socket, job: Job, inherited: Iterable[socket.socket], shelf: Shelf | None) -> NoReturn:
    """What a forked child does from its first moment on: it never returns into the parent's code.

    Nothing of the parent's is flushed, finalised or printed a second time, and its standard streams are let go, so that
    who reads them sees them end with the parent.
    """
    code = _EX_SOFTWARE
    try:
        gc.freeze()
        for other in inherited:
            other.close()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        own_signals()
        serve(connection, job, shelf)
        code = 0
    finally:
        os._exit(code)


def own_signals() -> None:
    """Ctrl-C is the parent's to handle; what else ends processes ends this one."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _OWN_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, *_OWN_SIGNALS))


def main() -> None:
    """Entry point of a fresh interpreter: its one argument is the number of its end of the socket pair."""
    own_signals()
    connection = socket.socket(fileno=int(sys.argv[1]))
    message = receive(connection)
    if message is not None:
        serve(connection, loaded(message))
