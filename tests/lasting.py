"""Servers that all processes of a test run share: the first starts one, and it ends with the last, however that ends."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol


class Server(Protocol):
    """A named tuple that JSON can hold."""

    @property
    def folder(self) -> str: ...

    @property
    def pid(self) -> int: ...


@contextmanager
def lasting(shared: Path, name: str, start: Callable[[], Server], how: signal.Signals) -> Iterator[list[Any]]:
    """The fields of the server; `how` is the signal that ends it at once."""
    noted, users = shared / f"{name}.json", shared / f"{name}.users"
    with users.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with (shared / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not noted.exists():
                server = start()
                noted.write_text(json.dumps(server))
                command = [
                    sys.executable,
                    "-c",
                    _WATCH,
                    server.folder,
                    str(server.pid),
                    str(int(how)),
                    str(users),
                    str(noted),
                ]
                subprocess.Popen(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/"
                )
        yield json.loads(noted.read_text())


# Whoever uses the server holds a lock, which no process takes with it: when none is left, the server goes.
_WATCH = """
import fcntl, os, shutil, signal, sys, time
folder, pid, how, users, noted = sys.argv[1:]
with open(users) as lock:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(0.5)
    if os.path.exists(noted):
        os.unlink(noted)
    try:
        os.kill(int(pid), int(how))
        for _ in range(100):
            time.sleep(0.1)
            os.kill(int(pid), 0)
        os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.2)
    except ProcessLookupError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
"""
