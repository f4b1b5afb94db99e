"""`python -m benchmarks.s3_listing`: memory and requests of listing very many keys, and of scanning what has not changed.

`--keys N` are listed in three patterns by `assay scan --estimate`; `--objects N` are scanned into a catalog, and again. The
bucket is `benchmarks.emulated_pages`, in a process of its own; the memory is the highest of the scanning process, without
its workers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.emulated_pages import PATTERNS
from benchmarks.measure import BenchmarkError

_MB = 1_000_000
# Runs the command line in a process that tells its own highest memory at its end.
_MEASURED = """
import resource, sys
from assay.cli.__main__ import run
code = run(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


class Measured(NamedTuple):
    """Seconds, the highest memory in bytes, and the requests that were made."""

    seconds: float
    memory: int
    lists: int
    gets: int

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.memory / _MB:.0f} MB, {self.lists:,} LIST, {self.gets:,} GET requests"


@contextmanager
def bucket(pattern: str, keys: int, size: int) -> Iterator[str]:
    """The URL of a bucket that is there meanwhile."""
    command = [sys.executable, "-m", "benchmarks.emulated_pages", pattern, str(keys), str(size)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def counts(url: str) -> dict[str, int]:
    """Requests that a bucket was asked since it is there."""
    with urllib.request.urlopen(f"{url}/-/counts") as answer:
        found: dict[str, int] = json.load(answer)
        return found


def measured(url: str, folder: Path, *arguments: str) -> Measured:
    """One `assay scan` of the bucket; its settings and keys are in `folder`."""
    before = counts(url)
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
    }
    started = time.monotonic()
    command = [sys.executable, "-c", _MEASURED, "scan", "s3://emulated", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        raise BenchmarkError(f"assay scan: exit code {done.returncode}: {done.stderr[-500:]}")
    after = counts(url)
    memory = int(next(line for line in done.stderr.splitlines() if line.startswith("peak ")).split()[1]) * 1024
    return Measured(seconds, memory, after["lists"] - before["lists"], after["gets"] - before["gets"])


def main() -> None:
    """Prints a line for each measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.keys:
            listing(asked.keys, Path(name))
        if asked.objects:
            rescan(asked.objects, Path(name))


def listing(keys: int, folder: Path) -> None:
    """Lists, and a scan in which nothing has to be fetched."""
    for pattern in PATTERNS:
        with bucket(pattern, keys, 1_000) as url:
            print(f"list {keys:,} keys, {pattern}: {measured(url, folder, '--estimate')}", flush=True)
    with bucket("folders", keys, 0) as url:
        found = measured(url, folder, "--format", "jsonl", "--output", str(folder / "out.jsonl"))
        print(f"scan {keys:,} empty objects, folders: {found}", flush=True)


def rescan(objects: int, folder: Path) -> None:
    """A scan into a catalog, and a second one."""
    catalog = str(folder / "catalog.sqlite")
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder)}
    made = [sys.executable, "-m", "assay", "catalog", "init", "--catalog", catalog]
    subprocess.run(made, check=True, env=environment, capture_output=True)
    options = ("--format", "jsonl", "--output", str(folder / "out.jsonl"), "--catalog", catalog)
    with bucket("folders", objects, 1_000) as url:
        print(f"scan {objects:,} objects into a catalog: {measured(url, folder, *options)}", flush=True)
        print(f"again, none changed: {measured(url, folder, *options)}", flush=True)


if __name__ == "__main__":
    main()
