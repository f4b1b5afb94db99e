"""Starting worker processes, and ending them."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from assay.engines.channel import Channel
from assay.engines.local import Job
from assay.engines.shelf import Shelf

_HELD_BACK = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ENTRY = "from assay.engines.worker import main; main()"
_END_SECONDS = 5.0
_POLL_SECONDS = 0.002


@dataclass(slots=True, kw_only=True)
class Worker:
    """A worker as its parent sees it. `queue` holds the numbers of the units it was given, the one in work first."""

    pid: int
    channel: Channel
    fresh: subprocess.Popen[bytes] | None = None
    queue: deque[int] = field(default_factory=deque)
    ready: bool = False
    code: int | None = None
    gone: bool = False

    def is_gone(self) -> bool:
        """Whether the process has ended; `code` is its exit code then, negative for a signal, if it can be known."""
        if self.gone:
            return True
        if self.fresh is not None:
            self.code = self.fresh.poll()
            self.gone = self.code is not None
            return self.gone
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            self.gone = True  # someone else has collected its exit code
            return True
        if pid:
            self.code = os.waitstatus_to_exitcode(status)
            self.gone = True
        return self.gone

    def wait(self) -> bool:
        """Gives the process some time to end; whether it did."""
        limit = time.monotonic() + _END_SECONDS
        while not self.is_gone():
            if time.monotonic() > limit:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def kill(self) -> None:
        """Ends the process. It holds nothing but nameless temporary files."""
        if not self.is_gone():
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                self.gone = True


def may_fork() -> bool:
    """Whether a copy of this process is sound: only if no other thread may hold a lock that the copy would wait for.

    Threads of libraries count, too (data frames, linear algebra), hence the kernel's count of them.
    """
    if not hasattr(os, "fork") or sys.platform == "darwin" or threading.active_count() > 1:
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def start(job: Job, others: Iterable[Worker], *, fork: bool, room: int = 0) -> Worker:
    """A new worker. With `fork` a copy of this process, whose detector is made; else an interpreter of its own.

    A copy has `room` for lines in common with this process.

    Raises `OSError` if the system has no room for one.
    """
    here, there = socket.socketpair()
    try:
        with there:
            if not fork:
                return _fresh(job, here, there)
            # A forked child has our ends of all channels open too, and would keep the others from seeing theirs close.
            inherited = [here, *(worker.channel.connection for worker in others)]
            return _forked(job, here, there, inherited, _shelf(job, room))
    except BaseException:
        here.close()
        raise


def _forked(
    job: Job, here: socket.socket, there: socket.socket, inherited: list[socket.socket], shelf: Shelf | None
) -> Worker:
    from assay.engines.worker import become

    # A signal between the fork and the child's own handlers would run the parent's handlers in the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        pid = os.fork()
        if pid == 0:
            become(there, job, inherited, shelf)
        if shelf is not None:
            shelf.keep_back()
        return Worker(pid=pid, channel=Channel(here, shelf))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _shelf(job: Job, room: int) -> Shelf | None:
    """Room for lines; `None` where there are none, or no memory for it: they go through the socket, then."""
    if not job.render or not room:
        return None
    try:
        return Shelf(room)
    except OSError:
        return None


def _fresh(job: Job, here: socket.socket, there: socket.socket) -> Worker:
    # -P, and no empty entry: a module of that name in the current folder, which may be what is scanned, is never run.
    found = [str(Path(entry).resolve()) for entry in sys.path if entry]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-P", "-c", _ENTRY, str(there.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[there.fileno()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
    )
    worker = Worker(pid=process.pid, channel=Channel(here), fresh=process)
    worker.channel.write(pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
    return worker
