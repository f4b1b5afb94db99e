"""`python -m benchmarks.git_history KINGFISHER`: the history of a repository of about 1 GB of blobs, credentials only.

The repository is made of the text files of this machine's Python and its headers, in some thousand commits, each of which
changes a few files that came before. assay and kingfisher take turns; KINGFISHER is the program of kingfisher-bin.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import site
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_TEXTS = tuple(".c .cfg .css .h .html .js .json .md .po .py .pyi .rst .sh .svg .tcl .toml .txt .xml .yaml .yml".split())  # noqa: SIM905
_LONGEST = 400_000
_FILES, _EDITS = 20, 6
_NOISE = 0.02


def texts() -> list[Path]:
    """Text files of this machine, in an order that is drawn once."""
    folders = (*site.getsitepackages(), sysconfig.get_path("stdlib"), "/usr/include", "/usr/share")
    found = [
        Path(folder, name)
        for top in folders
        for folder, _, names in os.walk(top)
        for name in names
        if name.endswith(_TEXTS)
    ]
    usable = sorted({path for path in found if path.is_file() and path.stat().st_size < _LONGEST})
    random.Random(5).shuffle(usable)
    return usable


def commits(size: int) -> Iterator[list[tuple[bytes, bytes]]]:
    """Changes of (path, content), until all blobs together take `size` bytes. Some lines that are added are credentials."""
    draw = random.Random(7)
    live: list[tuple[bytes, bytes]] = []
    total = 0
    batch: list[tuple[bytes, bytes]] = []
    for path in texts():
        name, data = str(path).lstrip("/").encode(), path.read_bytes()
        if b'"' in name or b"\n" in name:
            continue
        batch.append((name, data))
        total += len(data)
        if len(batch) < _FILES:
            continue
        yield batch
        live, batch = [*live, *batch], []
        for _ in range(_EDITS):
            changes = []
            for _ in range(draw.randint(1, 3)):
                at = draw.randrange(len(live))
                lines = live[at][1].split(b"\n")
                key = b"".join(draw.choice([b"A", b"K", b"Q", b"Y", b"7", b"3", b"M", b"T"]) for _ in range(16))
                line = b'aws_key = "AKIA%b"' % key if draw.random() < _NOISE else b"x = %d" % draw.randrange(10**9)
                lines.insert(draw.randrange(len(lines)), line)
                live[at] = live[at][0], b"\n".join(lines)
                changes.append(live[at])
                total += len(live[at][1])
            yield changes
        if total > size:
            return


def build(place: Path, size: int) -> None:
    """Makes the bare repository, packed."""
    subprocess.run(["git", "init", "-q", "--bare", str(place)], check=True)
    with subprocess.Popen(["git", f"--git-dir={place}", "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number, changes in enumerate(commits(size)):
            _write(process.stdin, number, changes)
    subprocess.run(["git", f"--git-dir={place}", "gc", "-q"], check=True)


def _write(stream: IO[bytes], number: int, changes: list[tuple[bytes, bytes]]) -> None:
    stream.write(
        b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 6\nchange\n" % (1_500_000_000 + number)
    )
    for name, data in changes:
        stream.write(b"M 644 inline %b\ndata %d\n%b\n" % (name, len(data), data))
    stream.write(b"\n")


def timed(arguments: list[str]) -> tuple[float, float]:
    """Seconds, and processor seconds of all processes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(arguments, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3, 200):
        sys.exit(f"{arguments[0]} ended with {done.returncode}: {done.stderr.decode()[-400:]}")
    return time.monotonic() - start, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kingfisher")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/assay-git-history"))
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    place = given.folder / "repository.git"
    if not place.exists():
        build(place, given.megabytes * 1_000_000)
    out = str(given.folder / "found.jsonl")
    contestants = {
        "assay": [
            sys.executable, "-m", "assay.cli.__main__", "scan", f"git:{place}", "--history",
            "--category", "SECRETS", "--no-catalog", "--format", "jsonl", "--output", out,
        ],
        "kingfisher": [
            given.kingfisher, "scan", str(place), "--git-history", "full", "--no-validate", "--no-update-check",
            "--quiet", "--jobs", "2", "--format", "jsonl", "--output", out,
        ],
    }  # fmt: skip
    print(f"load {os.getloadavg()[0]:.1f}")
    for number in range(given.rounds + 1):
        for name, arguments in contestants.items():
            seconds, processor = timed(arguments)
            if number:  # the first fills caches
                print(f"{name:<12}{seconds:8.1f} s{processor:8.1f} processor seconds", flush=True)


if __name__ == "__main__":
    main()
