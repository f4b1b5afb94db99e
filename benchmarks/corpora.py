"""Seeded corpora: `python -m benchmarks.corpora NAME…` writes them below `benchmarks/corpus/`.

Each corpus is a folder with `tree/` (what is scanned), `planted.jsonl` (every planted value with its place) and
`manifest.json` (files, bytes, counts). Equal name, size and seed give equal bytes on every machine, except for
`machine`, which copies text that is already there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from benchmarks import documents
from benchmarks.documents import Document, Planted

MIB = 1 << 20
SEED = 20_250
_FORMAT = 4
DEFAULT_FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A corpus on disk. `size` is what was asked for, `bytes` what was written."""

    name: str
    seed: int
    size: int
    files: int
    bytes: int
    planted: dict[str, int]
    digest: str
    folder: Path

    @property
    def tree(self) -> Path:
        """What is scanned."""
        return self.folder / "tree"

    def values(self) -> Iterator[tuple[str, int, str, str]]:
        """Every planted value: path below the tree, byte offset, identifier, value."""
        with (self.folder / "planted.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                path, offset, identifier, value = json.loads(line)
                yield path, offset, identifier, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of corpus: its documents, and its size in a full and a quick run (bytes; of `many-files` the files)."""

    make: Callable[[Random, int], Iterator[Document]]
    full: int
    quick: int
    about: str


KINDS = {
    "sparse": Kind(
        make=documents.sparse, full=96 * MIB, quick=8 * MIB, about="source, logs and prose; a value every 32 KiB"
    ),
    "machine": Kind(
        make=documents.machine,
        full=96 * MIB,
        quick=8 * MIB,
        about="text of this machine: Python's library, /usr/share/doc",
    ),
    "dense": Kind(make=documents.dense, full=48 * MIB, quick=4 * MIB, about="CSV, a value every 40 bytes"),
    "many-files": Kind(make=documents.many_files, full=30_000, quick=2_000, about="small source files"),
    "huge-csv": Kind(make=documents.huge_csv, full=5 << 30, quick=64 * MIB, about="one CSV; a value every 16 KiB"),
    "huge-text": Kind(
        make=documents.huge_text, full=5 << 30, quick=64 * MIB, about="one text, a tenth of it on one line"
    ),
    "clean-ids": Kind(make=documents.clean_ids, full=12 * MIB, quick=2 * MIB, about="lists of UUIDs and digests"),
    "clean-logs": Kind(make=documents.clean_logs, full=12 * MIB, quick=2 * MIB, about="logs with timestamps"),
    "clean-web": Kind(make=documents.clean_web, full=12 * MIB, quick=2 * MIB, about="minified CSS and JavaScript"),
    "clean-locks": Kind(
        make=documents.clean_locks, full=12 * MIB, quick=2 * MIB, about="lock files of package managers"
    ),
}


def build(name: str, *, folder: Path = DEFAULT_FOLDER, size: int | None = None, seed: int = SEED) -> Corpus:
    """The corpus `name`, written below `folder` unless it is there already. Raises `KeyError` for an unknown name."""
    kind = KINDS[name]
    wanted = kind.full if size is None else size
    home = folder / f"{name}-{wanted}-{seed}"
    manifest = home / "manifest.json"
    if manifest.is_file():
        kept = json.loads(manifest.read_text(encoding="utf-8"))
        if kept.pop("format", None) == _FORMAT:
            return Corpus(**kept, folder=home)
    if home.exists():
        shutil.rmtree(home)
    corpus = _write(name, home, wanted, seed, kind.make(Random(f"{name} {seed}"), wanted))
    facts = asdict(corpus)
    del facts["folder"]
    manifest.write_text(json.dumps({"format": _FORMAT, **facts}, indent=1) + "\n", encoding="utf-8")
    return corpus


def _write(name: str, home: Path, size: int, seed: int, made: Iterable[Document]) -> Corpus:
    tree = home / "tree"
    tree.mkdir(parents=True)
    files = total = 0
    counts: Counter[str] = Counter()
    state = hashlib.sha256()
    with (home / "planted.jsonl").open("w", encoding="utf-8") as places:
        for path, pieces in made:
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            state.update(f"{path}\0".encode())
            offset = 0
            with target.open("wb", buffering=MIB) as out:
                for piece in pieces:
                    if isinstance(piece, Planted):
                        line = [path, offset + len(piece.before.encode()), piece.identifier, piece.value]
                        places.write(json.dumps(line, ensure_ascii=False) + "\n")
                        counts[piece.identifier] += 1
                        data = f"{piece.before}{piece.value}{piece.after}".encode()
                    else:
                        data = piece if isinstance(piece, bytes) else piece.encode()
                    out.write(data)
                    state.update(data)
                    offset += len(data)
            files += 1
            total += offset
    return Corpus(
        name=name,
        seed=seed,
        size=size,
        files=files,
        bytes=total,
        planted=dict(sorted(counts.items())),
        digest=state.hexdigest(),
        folder=home,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line: builds the named corpora and prints what they hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpora", description="Write benchmark corpora.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(KINDS)}; default: all but the huge ones"
    )
    parser.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="where to write (default: benchmarks/corpus)")
    parser.add_argument("--size", type=int, help="bytes, or files for many-files; default: each corpus's own")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    names = options.names or [name for name in KINDS if not name.startswith("huge")]
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        parser.error(f"no corpus named '{unknown[0]}'; there are {', '.join(KINDS)}")
    for name in names:
        size = options.size or (KINDS[name].quick if options.quick else None)
        corpus = build(name, folder=options.dir, size=size, seed=options.seed)
        values = sum(corpus.planted.values())
        print(f"{name}: {corpus.files} files, {corpus.bytes / MIB:.1f} MiB, {values} values, {corpus.tree}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
