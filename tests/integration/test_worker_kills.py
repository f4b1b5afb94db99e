"""Workers that are killed in the middle, again and again, with duplicates in any order: each change has its effect once.

The long version, with its figures, is `benchmarks/worker_kills.py`.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from awsservers import Aws
from running import running
from sqlalchemy import func, select
from workers_for_tests import SSN, audited, queues, row_changed, statuses

from assay.store.engine import Catalog, open_catalog
from assay.store.proof import verify
from assay.store.schema.catalog import classification_versions, outbox, resources
from assay.store.schema.events import events

EVENTS = 36
KILLS = 2
LIMIT_SECONDS = 400


def command(url: str, queue: str, *more: str) -> list[str]:
    options = ["--queue", queue, "--catalog", url, "--visible-after", "5", "--concurrency", "3", "--no-tags"]
    return [sys.executable, "-m", "assay", "worker", *options, *more]


def done(catalog: Catalog) -> int:
    with catalog.reading() as connection:
        wanted = select(func.count()).select_from(events).where(events.c.status == "done")
        return int(connection.execute(wanted).scalar_one())


@pytest.mark.slow
def test_killed_again_and_again_every_change_has_its_effect_and_its_entry_once(
    catalog: Catalog, catalog_url: str, aws: Aws
) -> None:
    queue = queues(aws)
    draw = random.Random(11)
    told = [row_changed(number, table=f"t{number}", ssn=SSN) for number in range(EVENTS)] * 2
    draw.shuffle(told)
    queue.send(*told)
    kills = 0
    limit = time.monotonic() + LIMIT_SECONDS
    while done(catalog) < EVENTS:
        assert time.monotonic() < limit
        before = done(catalog)
        with running(command(catalog_url, queue.url), stderr=subprocess.DEVNULL) as process:
            # Killed while it works: once it has done a few more, if there is that much left.
            while done(catalog) < min(EVENTS, before + 8):
                assert process.poll() is None
                assert time.monotonic() < limit
                time.sleep(0.02)
            if kills < KILLS:
                process.kill()
                kills += 1
                continue
            while done(catalog) < EVENTS and time.monotonic() < limit:
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=300) == 0
    assert kills == KILLS
    assert statuses(catalog) == {"done": EVENTS}
    entries = Counter(entry["event"] for entry in audited(catalog))
    assert len(entries) == EVENTS
    assert set(entries.values()) == {1}
    with catalog.reading() as connection:
        assert connection.execute(select(func.count()).select_from(resources)).scalar_one() == EVENTS
        assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == EVENTS
        versions = connection.execute(select(classification_versions.c.version)).scalars().all()
    assert versions == [1] * EVENTS
    assert verify(catalog).holds
    assert queue.dead_letters() == []


def test_the_command_works_until_the_queue_is_empty_and_says_what_became_of_it(tmp_path: Path, aws: Aws) -> None:
    url = str(tmp_path / "catalog.db")
    open_catalog(url, create=True).close()
    queue = queues(aws)
    queue.send(row_changed(1, ssn=SSN), row_changed(1, ssn=SSN), "hello")
    with running(command(url, queue.url, "--until-empty", "--concurrency", "1")) as process:
        _, err = process.communicate(timeout=300)
        told = err.decode()
    assert process.returncode == 3, told
    assert told.splitlines()[0] == "assay: working on events; Ctrl-C ends it"
    assert told.splitlines()[-1] == "assay: 1 done, 1 repeated, 1 refused (1 to review)"
    with running([sys.executable, "-m", "assay", "worker", "--statistics", "--catalog", url]) as process:
        out, _ = process.communicate(timeout=300)
    page = out.decode()
    assert "2, told of again 1 time" in page
    assert "by status: done 1, refused 1" in page or "by status: refused 1, done 1" in page
    assert "1  is no JSON" in page
    assert SSN not in page + told
