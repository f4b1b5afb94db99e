"""Processes that a test talks to, none of which can hold it up: past a limit they are killed, and reading from them ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

LIMIT_SECONDS = 400.0


def after(setup: str, module: str, *arguments: str) -> list[str]:
    """A command that runs `setup` (Python), then becomes `python -m module ARGUMENT…`.

    What `preexec_fn` would do between fork and exec, where a lock that another thread held waits for ever.
    """
    become = "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])"
    return [sys.executable, "-c", f"import os, sys\n{setup}\n{become}", module, *arguments]


@contextmanager
def running(
    command: Sequence[str], *, limit: float = LIMIT_SECONDS, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, pipes at both outputs and nothing at its input unless `options` differ.

    Afterwards the whole group is gone.
    """
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    with subprocess.Popen(command, start_new_session=True, **given) as process:
        watch = threading.Timer(limit, _kill_all, args=(process.pid,))
        watch.daemon = True
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            _kill_all(process.pid)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with suppress(OSError, ValueError):
                        stream.close()
            process.wait(timeout=300)


def _kill_all(group: int) -> None:
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)
