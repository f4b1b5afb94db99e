"""Records made-up tables for ever, or so many, and says after each that is through; run as a process that tests kill."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.store.engine import open_catalog

FINDINGS = 30
COLUMNS = 5


def main(url: str, first: int, count: int, pause_at: int, resume: bool, prefix: str) -> None:
    """Tables `first` … of `prefix`; at `pause_at` it says so in the middle of one and waits to be killed."""
    recording = begin(open_catalog(url), [prefix], ruleset="r", resume=resume)
    print("resumed" if recording.resumed else "began", recording.run, flush=True)
    again = 0
    for number in range(first, first + count):
        uri, table = f"{prefix}/t{number:04}", f"t{number:04}"
        if recording.unchanged(uri, table, None) is not None:
            again += 1
            continue
        for at in range(FINDINGS):
            recording.take(made.finding(resource=uri, redacted=f"{number}-{at}"))
        if number == pause_at:
            print("middle", flush=True)
            sys.stdin.read()
        columns = [made.column(resource=uri, table=table, column=f"c{at}") for at in range(COLUMNS)]
        recording.table(uri, None, (), columns, made.table(resource=uri, table_name=table))
        recording.take(made.classification(resource=uri))
    recording.finish(made.summary())
    print("answered", again, flush=True)


if __name__ == "__main__":
    url, first, count, pause_at, resume, prefix = sys.argv[1:7]
    # Small batches and early writes, so that a few tables show what many would.
    import assay.app.scan.recording as module

    module._BATCH = int(os.environ.get("BATCH", "100"))
    module._EARLY = 10
    main(url, int(first), int(count), int(pause_at), resume == "resume", prefix)
