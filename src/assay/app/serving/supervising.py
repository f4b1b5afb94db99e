"""Keeps a process beside the desk: a worker, or another server. It is started again where it ends, and ends with the desk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_GRACE_SECONDS = 30.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_LASTS = 60.0
"""A worker that went on for so long has not failed at its start."""


@dataclass(slots=True, kw_only=True)
class Beside:
    """One such process. `arguments` are those of the command line, `variables` what it is told besides (no password
    stands in an argument, where other users of the machine can read it). `called` is what it is in words, `passes` are files that it
    has open as well."""

    arguments: Sequence[str]
    variables: Mapping[str, str]
    tell: Callable[[str], None] = lambda _text: None
    called: str = "worker"
    passes: Sequence[int] = ()
    clock: Callable[[], float] = time.monotonic
    _stop: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts it, and sees that there is one."""
        self._thread = threading.Thread(target=self._keep, name="assay-desk-worker", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Asks it to end, which keeps what it was at, and waits for that."""
        self._stop.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread is not None:
            self._thread.join(_GRACE_SECONDS)

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            began = self.clock()
            # Ctrl-C reaches the desk alone, which then asks this one to end.
            self._process = subprocess.Popen(  # noqa: S603  # this program itself
                [sys.executable, "-m", "assay.cli.__main__", *self.arguments],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.variables},
                start_new_session=True,
                pass_fds=tuple(self.passes),
            )
            if self._stop.is_set():
                self._process.terminate()
            self._process.wait()
            if self._stop.is_set():
                return
            pause = _FIRST_PAUSE if self.clock() - began >= _LASTS else min(_LONGEST_PAUSE, pause * 2)
            self.tell(f"the {self.called} has ended; another one is started")
            self._stop.wait(pause)
