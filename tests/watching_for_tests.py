"""`assay watch` as a process that a test talks to, and what a catalog holds of a folder, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from running import running
from sqlalchemy import select

from assay.store.engine import Catalog, open_catalog
from assay.store.schema import catalog as schema

SSN = "536-90-4399"
DEADLINE = 300.0
SETTLE = 0.3


@dataclass(kw_only=True)
class Watch:
    """A watch that goes on: the records that it wrote so far, and what it said on standard error."""

    process: subprocess.Popen[bytes]
    records: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def until(self, holds: Callable[[], Any]) -> Any:
        """Waits until something holds, which is looked at whenever something was written, and gives it."""
        limit = time.monotonic() + DEADLINE
        with self._came:
            while not (found := holds()):
                assert time.monotonic() < limit, (self.records[-5:], self.said[-20:])
                assert self.process.poll() is None, self.said[-20:]
                self._came.wait(0.05)
        return found

    def levels(self) -> dict[str, str]:
        """The last level of each file that was classified, by its path."""
        return {path(each): each["level"] for each in list(self.records) if each["kind"] == "classification"}

    def classified(self, *files: Path) -> None:
        """Waits until each of these files was classified."""
        wanted = {str(each) for each in files}
        self.until(lambda: wanted <= set(self.levels()))

    def times(self, file: Path) -> int:
        """How often a file was classified."""
        return sum(each["kind"] == "classification" and path(each) == str(file) for each in list(self.records))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Asks it to end, and gives its exit code once all that it wrote is read."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended by itself and all that it wrote is read."""
        code = self.process.wait(timeout=DEADLINE)
        for reader in self.readers:
            reader.join(timeout=300)
        return code

    readers: list[threading.Thread] = field(default_factory=list)

    def _read(self, stream: Any, take: Callable[[str], None]) -> None:
        with suppress(ValueError, OSError):
            for line in stream:
                with self._came:
                    take(line.decode())
                    self._came.notify_all()

    def follow(self) -> None:
        for stream, take in (
            (self.process.stdout, lambda line: self.records.append(json.loads(line))),
            (self.process.stderr, lambda line: self.said.append(line.rstrip("\n"))),
        ):
            if stream is not None:
                reader = threading.Thread(target=self._read, args=(stream, take), daemon=True)
                reader.start()
                self.readers.append(reader)


def path(record: dict[str, Any]) -> str:
    """The path of the file that a record is about."""
    return str(record["resource"]).removeprefix("file://")


@contextmanager
def watch(
    *arguments: str | Path, settle: float = SETTLE, before: Sequence[str] = (), **options: Any
) -> Iterator[Watch]:
    """`assay watch ARGUMENT…` that writes JSON Lines, unless it is told otherwise; whatever becomes of it, it is gone afterwards."""
    command = [
        *before, sys.executable, "-m", "assay", "watch", "--format", "jsonl", "--settle", str(settle),
        *map(str, arguments),
    ]  # fmt: skip
    with running(command, limit=500.0, **options) as process:
        made = Watch(process=process)
        made.follow()
        yield made


def write(file: Path, text: str = "nothing in here\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def current(url: str) -> dict[str, Any]:
    """What a catalog holds now, by resource: what is concluded, found, omitted, and of tables."""
    with open_catalog(url) as catalog:
        return state(catalog)


def state(catalog: Catalog) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with catalog.reading() as connection:
        named = dict(map(tuple, connection.execute(select(schema.resources.c.id, schema.resources.c.uri))))
        readings = {}
        for row in connection.execute(select(schema.classifications)):
            found[named[row.resource_id]] = {"record": row.record, "findings": [], "omissions": [], "tables": []}
            readings[row.reading_id] = named[row.resource_id]
        for row in connection.execute(select(schema.findings).order_by(schema.findings.c.id)):
            if row.reading_id in readings:
                told = (row.identifier, row.fingerprint, row.confidence, row.location)
                found[readings[row.reading_id]]["findings"].append(told)
        for row in connection.execute(select(schema.omissions).order_by(schema.omissions.c.id)):
            if row.reading_id in readings:
                found[readings[row.reading_id]]["omissions"].append((row.kind, row.reason, row.detail))
        for row in connection.execute(select(schema.tables).order_by(schema.tables.c.name)):
            # A table of a resource that is gone would be one too many.
            found.setdefault(named[row.resource_id], {"tables": []})["tables"].append(row.record)
    return found


def scanned(folder: Path, url: str, *arguments: str) -> dict[str, Any]:
    """What a scan of the folder keeps in a new catalog."""
    open_catalog(url, create=True).close()
    done = subprocess.run(
        [sys.executable, "-m", "assay", "scan", str(folder), "--catalog", url, "--quiet", *arguments],
        capture_output=True,
        timeout=DEADLINE,
        env={**os.environ},
    )
    assert done.returncode in (0, 3), done.stderr
    return current(url)
