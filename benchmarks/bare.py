"""The bare automaton over a folder: assay's own compiled database on the same bytes, with a callback that does nothing.

Run as `python -m benchmarks.bare FOLDER CACHE`; prints one JSON object. Loading the database and reading the files are
not timed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from assay.detect import ruleset


def main(folder: str, cache: str) -> int:
    """Scans every file below `folder`, each in one call."""
    rules = ruleset.load(cache=Path(cache))
    database = rules.database
    assert database is not None
    data = [path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()]

    def nothing(*_match: object) -> None:
        return None

    wall, cpu = time.perf_counter(), time.process_time()
    for block in data:
        database.scan(block, match_event_handler=nothing)
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
    candidates = 0

    def count(*_match: object) -> None:
        nonlocal candidates
        candidates += 1

    for block in data[:64]:
        database.scan(block, match_event_handler=count)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": spent,
                "bytes": sum(map(len, data)),
                "files": len(data),
                "expressions": len(rules.targets),
                "identifiers": len(rules.identifiers),
                "candidates_per_mb": candidates / max(1, sum(map(len, data[:64]))) * 1e6,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
