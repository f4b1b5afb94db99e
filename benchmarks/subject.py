"""assay as the thing measured: its command lines, and what its output says about a corpus."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.corpora import Corpus
from benchmarks.measure import Contestant

_SCANNED = frozenset({0, 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one scan reported. `found` of `planted` values were found at their very place and under their name."""

    resources: frozenset[str]
    findings: int
    by_identifier: dict[str, int]
    bytes: int
    gaps: int
    planted: int
    found: int
    missed: dict[str, int]
    elsewhere: int


def command() -> list[str]:
    """The installed `assay` of this Python's environment, or the module."""
    installed = Path(sys.executable).with_name("assay")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "assay.cli"]


def scan(
    tree: Path,
    *,
    jobs: int,
    output: Path,
    cache: Path,
    core: int | None = None,
    options: Sequence[str] = (),
    name: str = "",
) -> Contestant:
    """`assay scan` with all identifiers, everything read, all findings written to a file."""
    words = [
        *command(),
        "scan",
        str(tree),
        "--jobs",
        str(jobs),
        "--format",
        "jsonl",
        "--output",
        str(output),
        "--quiet",
    ]
    return Contestant(
        name=name or f"assay --jobs {jobs}",
        command=[*words, "--full", "--no-gitignore", *options],
        core=core,
        # Neither models nor keys of whoever measures take part.
        environment={"XDG_CACHE_HOME": str(cache), "XDG_CONFIG_HOME": str(cache / "config")},
        good=_SCANNED,
    )


def read_outcome(output: Path, corpus: Corpus) -> Outcome:
    """Compares what a scan wrote with what the corpus holds."""
    resources: set[str] = set()
    by_identifier: Counter[str] = Counter()
    places: set[tuple[str, int, str]] = set()
    size = gaps = 0
    root = f"{corpus.tree.absolute()}/"
    with output.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            kind = record["kind"]
            if kind == "finding":
                by_identifier[record["identifier"]] += 1
                path = unquote(urlsplit(record["resource"]).path).removeprefix(root)
                places.add((path, record["location"]["byte_start"], record["identifier"]))
            elif kind == "classification":
                resources.add(record["resource"])
                size += record["coverage"]["bytes_read"] or 0
            elif kind == "gap":
                gaps += 1
    missed: Counter[str] = Counter()
    planted = 0
    for path, offset, identifier, _ in corpus.values():
        planted += 1
        if (path, offset, identifier) in places:
            places.discard((path, offset, identifier))
        else:
            missed[identifier] += 1
    return Outcome(
        resources=frozenset(resources),
        findings=sum(by_identifier.values()),
        by_identifier=dict(by_identifier.most_common()),
        bytes=size,
        gaps=gaps,
        planted=planted,
        found=planted - sum(missed.values()),
        missed=dict(missed),
        elsewhere=len(places),
    )
