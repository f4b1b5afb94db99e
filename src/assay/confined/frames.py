"""What passes between a confined reader and its parent: a letter, a length, and so many bytes."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections.abc import Callable
from typing import IO, Any, NamedTuple

HEADER = struct.Struct("!cI")
MOST = 256 * 1024 * 1024
"""Longer frames are not believed."""

TEXT = b"T"
NAMED = b"N"
FILE = b"F"
DATA = b"D"
NOTE = b"W"
GLYPHS = b"G"
PIXELS = b"P"
FAILED = b"E"
END = b"."

_REQUEST = 64 * 1024
_MEGABYTE = 1024 * 1024


class Frame(NamedTuple):
    """One message: the letter says what `data` is."""

    letter: bytes
    data: bytes


class Outlet:
    """The reader's end: every frame that goes out gives it the time of one frame again."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def put(self, letter: bytes, data: bytes = b"") -> None:
        """Sends one frame; waits where the parent is behind."""
        self._connection.sendall(HEADER.pack(letter, len(data)))
        if data:
            self._connection.sendall(data)
        self.go_on()

    def tell(self, letter: bytes, **facts: Any) -> None:
        """Sends facts as one frame."""
        self.put(letter, json.dumps(facts).encode())

    def go_on(self) -> None:
        """Processor time, not time of the clock: a busy machine is no reason to give up. The signal ends the process."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)


def serve(read: Callable[[IO[bytes], dict[str, Any], Outlet], None], memory: int, seconds: float) -> None:
    """Answers requests on the standard input, which is a socket, until the parent closes it."""
    connection = socket.socket(fileno=0)
    _confine(memory)
    outlet = Outlet(connection, seconds)
    while True:
        message, descriptors, _, _ = socket.recv_fds(connection, _REQUEST, 1)
        if not message or not descriptors:
            return
        with os.fdopen(descriptors[0], "rb") as source:
            source.seek(0)
            outlet.go_on()
            try:
                read(source, json.loads(message), outlet)
            except MemoryError:
                outlet.tell(FAILED, reason="memory")
            except (BrokenPipeError, ConnectionError):
                return
            outlet.put(END)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _confine(memory: int) -> None:
    import contextlib
    import ctypes
    import resource
    import sys

    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, memory * _MEGABYTE),
    ):
        # A lower limit that is there already stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    if sys.platform == "linux":
        # prctl(2): PR_SET_PDEATHSIG, and PR_SET_NO_NEW_PRIVS.
        libc = ctypes.CDLL(None)
        libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)
        libc.prctl(38, 1, 0, 0, 0)
