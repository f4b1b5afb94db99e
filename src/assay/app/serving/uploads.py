"""Classifies files that somebody sends: in a process beside, so that what a file does to a reader is not done to the desk.

Nothing of a file is written anywhere. A process that takes too long, or that a file brings to its end, is replaced, and the
file told as one that could not be read.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any
from urllib.parse import quote

import orjson

from assay.app.config.settings import Settings
from assay.model import Gap
from assay.model.options import ScanOptions
from assay.report.jsonlines import encode

LARGEST = 32 * 1024 * 1024
"""Of all that comes in one request, in bytes."""

_SECONDS = 60.0
_MOST_MEMBERS_BYTES = 256 * 1024 * 1024
_MOST_MEMORY = 3 * 1024**3
_DEEPEST = 4
_AT_ONCE = 2
_MOST_RECORDS = 2_000
"""Of each kind. What of these is left out is counted."""
LEFT_OUT = "left_out"
"""The kind of the record that says how many records of which kind are not told."""
_WHOLE = frozenset({"classification", "summary"})


class BusyError(Exception):
    """As many files as may be read at once are being read."""


@dataclass(kw_only=True)
class Uploads:
    """Reads files one at a time in each of some processes, which begin when the first file comes."""

    settings: Settings
    seconds: float = _SECONDS
    _idle: list[_Child] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    def classify(self, name: str, data: bytes, *, include_test_values: bool) -> list[dict[str, Any]]:
        """Records of a file in their published form, of each kind the first ones; findings are redacted. Raises `BusyError`."""
        if not self._room.acquire(timeout=self.seconds):
            raise BusyError
        try:
            with self._turn:
                child = self._idle.pop() if self._idle else None
            if child is None or not child.process.is_alive():
                child = _Child(self.settings)
            found = child.ask((name, data, include_test_values), self.seconds)
            if found is None:
                child.end()
                gap = Gap(
                    resource=uri_of(name),
                    reason="reader failed",
                    detail="reading it took too long, or ended the reader",
                )
                return [orjson.loads(encode(gap))]
            with self._turn:
                self._idle.append(child)
            return found
        finally:
            self._room.release()

    def close(self) -> None:
        """Ends the processes."""
        with self._turn:
            children, self._idle = self._idle, []
        for child in children:
            child.end()


def uri_of(name: str) -> str:
    """The URI of what came under a name: its last part."""
    return f"memory:upload/{quote(name)}"


class _Child:
    process: BaseProcess
    _pipe: Connection

    def __init__(self, settings: Settings) -> None:
        # Not forked: this process has threads, and what they hold locked would stay so.
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, settings), name="assay-upload", daemon=True)
        self.process.start()
        other.close()

    def ask(self, what: tuple[str, bytes, bool], seconds: float) -> list[dict[str, Any]] | None:
        try:
            self._pipe.send(what)
            if not self._pipe.poll(seconds):
                return None
            return [orjson.loads(line) for line in self._pipe.recv_bytes().splitlines()]
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self._pipe.close()


def _serve(pipe: Connection, settings: Settings) -> None:
    set_apart()
    from assay.app.learning.models import learner_of
    from assay.app.scan.keeping import begin
    from assay.app.scan.line import scan_within
    from assay.app.scan.recipe import recipe_of
    from assay.app.scan.running import Given, Within
    from assay.tables.judges import Judges

    plain = _options(settings, include_test_values=False)
    within = Within(recipe=recipe_of(plain, settings), judges=Judges(learned=learner_of(settings)), begun=begin)

    def records(name: str, data: bytes, *, include_test_values: bool) -> Iterator[bytes]:
        options = _options(settings, include_test_values=include_test_values)
        given = Given(uri_of(within.recipe.make().safe_name(name)), io.BytesIO(data), name)
        found: Counter[type] = Counter()
        kinds: dict[type, str] = {}
        for record in scan_within(within, None, options, settings=settings, given=given):
            kind = kinds.get(type(record))
            if kind is None or kind in _WHOLE or found[type(record)] < _MOST_RECORDS:
                line = encode(record)  # type: ignore[arg-type]  # nothing is rendered already
                kinds[type(record)] = kind or orjson.loads(line)["kind"]
                yield line
            found[type(record)] += 1
        more = {
            kinds[each]: number - _MOST_RECORDS
            for each, number in found.items()
            if number > _MOST_RECORDS and kinds[each] not in _WHOLE
        }
        if more:
            yield orjson.dumps({"kind": LEFT_OUT, "numbers": more}) + b"\n"

    while True:
        with suppress(EOFError, OSError, KeyboardInterrupt):
            name, data, include_test_values = pipe.recv()
            pipe.send_bytes(b"".join(records(name, data, include_test_values=include_test_values)))
            continue
        return


def _options(settings: Settings, *, include_test_values: bool) -> ScanOptions:
    return ScanOptions(
        min_confidence=settings.min_confidence,
        include_test_values=include_test_values,
        max_depth=_DEEPEST,
        max_member_bytes=_MOST_MEMBERS_BYTES,
    )


def set_apart() -> None:
    """Has this process, which reads for the desk, leave Ctrl-C to that, fail where a file would have it take all memory there is, and
    say nothing: what an error says that nobody foresaw may quote what is read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for as long as this process lives
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on every system

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, most))
