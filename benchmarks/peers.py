"""The tools that assay is measured against, installed from PyPI into their own environment, `benchmarks/.venv`."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.corpora import Corpus
from benchmarks.measure import BenchmarkError, Contestant, Sample, run

PRESIDIO = {
    "patterns": "presidio PatternRecognizers, called one by one",
    "engine-patterns": "presidio AnalyzerEngine, pattern recognisers",
    "engine": "presidio AnalyzerEngine, no language model",
}
"""Modes of `presidio_patterns.py`, from the least that it must do."""
REQUIREMENTS = ("kingfisher-bin", "detect-secrets>=1.5", "presidio-analyzer>=2.2")
HOME = Path(__file__).parent / ".venv"
_SCRIPT = Path(__file__).parent / "presidio_patterns.py"
_FOUND_SOMETHING = frozenset({0, 200, 205})


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The installed peers."""

    home: Path
    cache: Path
    versions: dict[str, str]

    def kingfisher(self, tree: Path, *, jobs: int, core: int | None = None, turbo: bool = False) -> Contestant:
        """Its own rules and confidence, every file and finding; no validation, update check or git history."""
        command = [
            str(self.home / "bin" / "kingfisher"), "scan", str(tree), "--no-validate", "--no-update-check", "--quiet",
            "--git-history", "none", "--max-file-size", "0", "--no-dedup", "--jobs", str(jobs),
            "--format", "jsonl", "--output", "/dev/null", "--rule-cache-dir", str(self.cache / "kingfisher"),
        ]  # fmt: skip
        if turbo:
            command.append("--turbo")
        return Contestant(
            name=f"kingfisher{' --turbo' if turbo else ''} --jobs {jobs}",
            command=command,
            core=core,
            good=_FOUND_SOMETHING,
        )

    def kingfisher_extent(self, tree: Path) -> tuple[int, int]:
        """How many files and bytes kingfisher says that it scanned."""
        scan = self.kingfisher(tree, jobs=1)
        report = self.cache / "kingfisher.json"
        command = [
            {"jsonl": "json", "/dev/null": str(report)}.get(word, word) for word in scan.command if word != "--no-dedup"
        ]
        run(replace(scan, command=command))
        summary = json.loads(report.read_text(encoding="utf-8"))["metadata"]["summary"]
        report.unlink()
        return int(summary["blobs_scanned"]), int(summary["bytes_scanned"])

    def detect_secrets(self, tree: Path, *, core: int | None = None) -> Contestant:
        """All its plugins, unverified. It reads only below the working folder, hence the `cd`."""
        words = [str(self.home / "bin" / "detect-secrets"), "scan", "--all-files", "--no-verify", "."]
        return Contestant(name="detect-secrets", command=["env", "-C", str(tree), *words], core=core)

    def presidio(self, tree: Path, *, mode: str, core: int | None = None) -> Contestant:
        """A mode of `presidio_patterns.py`; its own clock counts, without start-up."""
        command = [str(self.home / "bin" / "python"), str(_SCRIPT), mode, str(tree)]
        return Contestant(name=PRESIDIO[mode], command=command, core=core, timer=own_clock)


def own_clock(sample: Sample) -> Sample:
    """The times that the measured program printed as JSON, instead of those of its whole process."""
    facts = json.loads(sample.output)
    return replace(sample, wall=float(facts["seconds"]), cpu=float(facts["cpu"]))


def install(cache: Path) -> Peers:
    """The peers, installed first if they are not there. Raises `BenchmarkError` when that fails."""
    python = HOME / "bin" / "python"
    if not (HOME / "bin" / "kingfisher").exists():
        print("installing the peers into benchmarks/.venv …", file=sys.stderr)
        venv.create(HOME, with_pip=True, clear=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=False)
        if done.returncode:
            raise BenchmarkError("the peers could not be installed from PyPI; --no-peers measures assay alone")
    query = "import importlib.metadata as m, sys; print(*(m.version(n) for n in sys.argv[1:]))"
    names = ("kingfisher-bin", "detect-secrets", "presidio-analyzer")
    found = subprocess.run([str(python), "-c", query, *names], check=True, capture_output=True, text=True)
    cache.mkdir(parents=True, exist_ok=True)
    return Peers(home=HOME, cache=cache, versions=dict(zip(names, found.stdout.split(), strict=True)))


def prove_same_files(peers: Peers, corpus: Corpus, ours: set[str]) -> None:
    """Raises `BenchmarkError` unless assay and kingfisher both read exactly the files of the corpus.

    assay names each file. kingfisher only counts: as many files and as many bytes as the folder holds.
    """
    there = {path.absolute().as_uri() for path in corpus.tree.rglob("*") if path.is_file()}
    if ours != there:
        raise BenchmarkError(f"{corpus.name}: assay read {len(ours & there)} of {len(there)} files")
    files, size = peers.kingfisher_extent(corpus.tree)
    if (files, size) != (corpus.files, corpus.bytes):
        raise BenchmarkError(
            f"{corpus.name}: kingfisher read {files} files, {size} bytes of {corpus.files} files, {corpus.bytes} bytes"
        )
