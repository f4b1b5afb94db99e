"""Damages files of every kind that is read, and keeps those with which a scan goes wrong.

    python tools/fuzz.py                       each seed cut at every kilobyte, and 200 times damaged
    python tools/fuzz.py --times 5000 --first 200 --only letter.docx

Everything is read in a process beside, within 3 GiB of memory and 20 seconds of processor time for one file. What ends it, what takes
longer, a mistake of ours (gap `internal error`) and a file cut short that seems to be clean go to `tests/data/fuzz/`, with
a line in `found.tsv` of what it was; `tests/security/test_fuzzed.py` reads them again.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import random
import resource
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

fuzzing: Any = importlib.import_module("fuzzing")  # of the tests

_MEMORY = 3 << 30
_SECONDS = 20
_PATIENCE = 600.0


def _cases(data: bytes, seed: str, first: int, times: int) -> Iterator[tuple[str, bytes, bool]]:
    if not first:
        yield from ((f"cut at {len(each):,}", each, True) for each in fuzzing.cut(data))
    for number in range(first, first + times):
        yield f"damaged, number {number}", fuzzing.damaged(data, random.Random(f"{seed} {number}")), False


def _serve(connection: Connection, path: Path, seed: str) -> None:
    """Reads `path` each time that it is asked to."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    while True:
        is_cut = connection.recv()
        spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + _SECONDS, resource.RLIM_INFINITY))
        connection.send(fuzzing.wrong(path, seed, is_cut=is_cut))


class _Reader:
    def __init__(self, path: Path, seed: str) -> None:
        self._given = path, seed
        self._start()

    def _start(self) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(theirs, *self._given), daemon=True
        )
        self._process.start()
        theirs.close()

    def wrong(self, *, is_cut: bool) -> str | None:
        self._ours.send(is_cut)
        try:
            if self._ours.poll(_PATIENCE):
                found: str | None = self._ours.recv()
                return found
            said = "hangs"
        except EOFError:
            self._process.join()
            said = f"ended by {self._process.exitcode}: signals -24 (time), -6 and -11 (a library)"
        self.end()
        self._start()
        return said

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first damage: others than before")
    parser.add_argument("--only", action="append", default=[])
    given = parser.parse_args()
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for seed, data in fuzzing.seeds(place).items():
            if given.only and seed not in given.only:
                continue
            path, number, bad = place / "x", 0, 0
            reader = _Reader(path, seed)
            for what, case, is_cut in _cases(data, seed, given.first, given.times):
                path.write_bytes(case)
                number += 1
                said = reader.wrong(is_cut=is_cut)
                if said is not None:
                    bad += 1
                    _keep(case, seed, f"{what}: {said}")
            reader.end()
            print(f"{seed}: {number} read, {bad} kept", flush=True)
            broken += bad
    return 1 if broken else 0


def _keep(data: bytes, seed: str, said: str) -> None:
    name = fuzzing.name_of(data, seed)
    if not (fuzzing.BROKEN / name).exists():
        (fuzzing.BROKEN / name).write_bytes(data)
        with (fuzzing.BROKEN / "found.tsv").open("a", encoding="utf-8") as listed:
            listed.write(f"{name}\t{said}\n")


if __name__ == "__main__":
    sys.exit(main())
