"""Events with duplicates in any order, and a worker that is killed every so often: is anything lost, or done twice?

    python -m benchmarks.worker_kills --events 20000 --every 20 --catalog sqlite

Each event is one change of one row of one of 500 tables, sent `--copies` times. The queue is the emulator's, over HTTP; workers
are processes of the command line, killed by SIGKILL at random moments. At the end every event has to be done once, with one
entry in the audit log, every table to have one change of level, and the audit log to hold.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

TABLES = 500
_TOLD_SECONDS = 15.0
AHEAD = 150
"""Messages that are in the queue at most: the emulator looks through all of them for every batch."""


def main() -> int:
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder, _emulator() as url:
        os.environ.update(
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
            AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            AWS_REGION="eu-west-1",
            AWS_EC2_METADATA_DISABLED="true",
        )
        return _measured(given, folder, url)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, help="send no more after so long, and end with what was sent")
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two kills, on average")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--catalog", default="sqlite", help="sqlite, or the URL of an empty PostgreSQL database")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _measured(given: argparse.Namespace, folder: str, url: str) -> int:
    from awsservers import Aws
    from workers_for_tests import SSN, queues, row_changed

    from assay.store.engine import open_catalog

    where = str(Path(folder) / "catalog.db") if given.catalog == "sqlite" else given.catalog
    catalog = open_catalog(where, create=True)
    queue = queues(Aws(url=url, strict=None))
    draw = random.Random(given.seed)
    told = [(number, row_changed(number, table=f"t{number % TABLES}", ssn=SSN)) for number in range(given.events)]
    told *= given.copies
    # Copies come anywhere, far from each other.
    draw.shuffle(told)
    sent: set[int] = set()
    began = time.monotonic()
    ends = None if given.minutes is None else began + 60 * given.minutes
    sending = threading.Thread(target=_send, args=(queue, told, sent, ends), daemon=True)
    sending.start()
    kills, before, due, told_at = 0, 0, None, began
    workers = [_worker(where, queue.url, given) for _ in range(given.workers)]
    while (done := _done(catalog)) < len(sent) or sending.is_alive() or queue.waiting():
        time.sleep(0.5)
        for at, worker in enumerate(workers):
            if worker.poll() is not None:
                workers[at] = _worker(where, queue.url, given)
        # A worker that is killed before it has done anything shows nothing.
        if due is None and done > before:
            due = time.monotonic() + given.every * draw.uniform(0.5, 1.5)
        if due is not None and time.monotonic() > due and (done < len(sent) or sending.is_alive()):
            at = draw.randrange(len(workers))
            workers[at].kill()
            kills, before = kills + 1, done
            due = None
        if time.monotonic() - told_at > _TOLD_SECONDS:
            told_at = time.monotonic()
            print(f"{told_at - began:7.0f} s  {done:,} of {given.events:,} events done, {kills} kills", flush=True)
    seconds = time.monotonic() - began
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    for worker in workers:
        worker.wait(timeout=60)
    return _told(catalog, len(sent), queue.sent, kills, seconds, len(queue.dead_letters()))


def _told(catalog: Any, number: int, messages: int, kills: int, seconds: float, dead: int) -> int:
    from sqlalchemy import func, select
    from workers_for_tests import audited, statuses

    from assay.store.proof import verify
    from assay.store.schema.catalog import outbox, resources

    entries = Counter(entry["event"] for entry in audited(catalog))
    with catalog.reading() as connection:
        changes = int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())
        tables = int(connection.execute(select(func.count()).select_from(resources)).scalar_one())
    found = {
        "events": number,
        "messages": messages,
        "kills": kills,
        "seconds": round(seconds),
        "statuses": dict(statuses(catalog)),
        "audited once": sum(number == 1 for number in entries.values()),
        "audited more often": sum(number > 1 for number in entries.values()),
        "changes of level": changes,
        "tables": tables,
        "dead letters": dead,
        "audit log holds": verify(catalog).holds,
    }
    for name, value in found.items():
        print(f"{name:>20}: {value}")
    good = (
        found["statuses"] == {"done": number}
        and found["audited once"] == number
        and found["audited more often"] == dead == 0
        and changes == found["tables"]
        and found["audit log holds"]
    )
    print("nothing lost, nothing twice" if good else "NOT AS IT SHOULD BE")
    return 0 if good else 1


def _send(queue: Any, told: list[tuple[int, dict[str, Any]]], sent: set[int], ends: float | None) -> None:
    for number, body in told:
        while queue.sent % 50 == 0 and queue.waiting() > AHEAD:
            time.sleep(0.1)
        if ends is not None and time.monotonic() > ends:
            return
        sent.add(number)
        queue.send(body)


def _done(catalog: Any) -> int:
    from sqlalchemy import func, select

    from assay.store.schema.events import events

    with catalog.reading() as connection:
        return int(
            connection.execute(select(func.count()).select_from(events).where(events.c.status == "done")).scalar_one()
        )


def _worker(catalog: str, url: str, given: argparse.Namespace) -> subprocess.Popen[bytes]:
    options = ["--queue", url, "--catalog", catalog, "--no-tags", "--visible-after", "10"]
    command = [sys.executable, "-m", "assay", "worker", *options, "--concurrency", str(given.concurrency)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def _emulator() -> Any:
    """The emulator as a process of its own."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
