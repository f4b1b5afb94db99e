"""Starting confined readers, asking them, and ending them. One that has read a file well reads the next one, too."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, Any

from assay.confined.frames import END, FAILED, HEADER, MOST, Frame
from assay.errors import LimitError, ReadError

PACKAGE = "assay.confined"
_SILENT = 300.0
_SERVED = 200
_CHUNK = 256 * 1024
_END_SECONDS = 2.0
# The reader may end at SIGPROF, its own limit of processor time; how it is called is never part of what is read.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")


class Reader:
    """One process that runs `assay.confined.MODULE`."""

    def __init__(self, module: str) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter and a module of ours
                [sys.executable, "-P", "-c", f"from {PACKAGE}.{module} import main; main()"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.settimeout(_SILENT)
        self._connection = ours
        self.served = 0

    def ask(self, source: IO[bytes], request: dict[str, Any]) -> Iterator[Frame]:
        """The frames that answer `request` about the file `source`. Raises `ReadError` where the reader ends early."""
        try:
            with _descriptor(source) as descriptor:
                socket.send_fds(self._connection, [json.dumps(request).encode()], [descriptor])
            while True:
                letter, length = HEADER.unpack(self._take(HEADER.size))
                if length > MOST:
                    raise ReadError("corrupt", "its reader answers with more than anything can hold; it may be hostile")
                frame = Frame(letter, self._take(length))
                if letter == END:
                    self.served += 1
                    return
                yield frame
        except TimeoutError:
            raise LimitError("too slow", f"its reader said nothing for {_SILENT:.0f} seconds") from None
        except (BrokenPipeError, ConnectionError, EOFError):
            raise self._ended() from None

    def _take(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._connection.recv(min(size, _CHUNK))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _ended(self) -> ReadError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.returncode
        if code == -signal.SIGPROF:
            return LimitError("too slow", "it takes more processor time than a part of a document may")
        if code is not None and code < 0:
            return ReadError("corrupt", f"its reader was ended by signal {-code}; the file is damaged, or hostile")
        return ReadError("corrupt", "its reader ended; the file is damaged, or hostile")

    @property
    def is_usable(self) -> bool:
        return self._process.poll() is None and self.served < _SERVED

    def end(self) -> None:
        """Ends the process. It holds nothing but open files."""
        self._connection.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


_idle: dict[tuple[int, str], list[Reader]] = {}
_lock = threading.Lock()


def read(module: str, source: IO[bytes], request: dict[str, Any]) -> Iterator[Frame]:
    """What `assay.confined.MODULE` says of the open file `source`, a real one or not. Raises `ReadError`.

    A reader is asked for one file at a time, and is of one process: a copy of this one starts its own.
    """
    mine = (os.getpid(), module)
    reader = _usable(mine) or Reader(module)
    whole = False
    try:
        for frame in reader.ask(source, request):
            if frame.letter == FAILED:
                reader.served = _SERVED  # whatever it is in, the next file gets another one
            yield frame
        whole = True
    finally:
        if whole and reader.is_usable:
            with _lock:
                _idle.setdefault(mine, []).append(reader)
        else:
            reader.end()


def _usable(mine: tuple[int, str]) -> Reader | None:
    while True:
        with _lock:
            idle = _idle.get(mine)
            reader = idle.pop() if idle else None
        if reader is None or reader.is_usable:
            return reader
        reader.end()


@contextlib.contextmanager
def _descriptor(source: IO[bytes]) -> Iterator[int]:
    """A file of the system with what `source` holds."""
    try:
        descriptor = source.fileno()
    except (OSError, AttributeError):
        descriptor = -1
    if descriptor >= 0:
        yield descriptor
        return
    source.seek(0)
    with tempfile.TemporaryFile() as copy:
        while piece := source.read(_CHUNK):
            copy.write(piece)
        copy.flush()
        yield copy.fileno()
