"""`python -m benchmarks.run`: all measurements in one run, printed as ratios side by side.

`--quick` takes small corpora and a few minutes; the full run writes 11 GB and takes about an hour on two cores.
`--write docs/benchmarks.md` keeps the report. Wall times on a machine that does other things are only indications, so
processor seconds stand beside them, rounds take turns, and the load at the start is reported.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.metadata
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import assay
from benchmarks import corpora, floor, peers, subject
from benchmarks.corpora import Corpus
from benchmarks.measure import BenchmarkError, Contestant, Timing, first_line, machine, peak_memory, rounds
from benchmarks.peers import PRESIDIO, Peers
from benchmarks.report import MB, Claim, Section, render

PARTS = ("throughput", "long", "slow-peers", "start-up", "clean", "memory")
_FAST = ("sparse", "machine", "dense", "many-files")
_CLEAN = ("clean-ids", "clean-logs", "clean-web", "clean-locks")
_LONG = ("sparse", "dense")
_TIMES = 4
_SAMPLES = {"sparse": 1_000_000, "dense": 200_000}
_PIPELINE, _BARE, _SECRETS = "assay --jobs 1, one core", "bare hyperscan, one core", "assay --jobs 2, SECRETS only"
_KINGFISHER = "kingfisher --jobs 1, one core"
_FLOOR = "assay --jobs 1, one core, floor set only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where things are and how thoroughly to measure."""

    folder: Path
    quick: bool
    repeats: int
    peers: Peers | None
    huge: int

    @property
    def cache(self) -> Path:
        """assay's cache folder during the run, warm after the first."""
        return self.folder / "cache"

    @property
    def output(self) -> Path:
        """Where findings are written."""
        return self.folder / "findings.jsonl"

    def corpus(self, name: str, size: int | None = None) -> Corpus:
        """A corpus of this run's size."""
        kind = corpora.KINDS[name]
        wanted = size or (kind.quick if self.quick else self.huge if name.startswith("huge") else kind.full)
        say(f"corpus {name}")
        return corpora.build(name, folder=self.folder, size=wanted)

    def assay(
        self, tree: Path, jobs: int, *, core: int | None = None, options: Sequence[str] = (), name: str = ""
    ) -> Contestant:
        """One `assay scan`."""
        return subject.scan(
            tree, jobs=jobs, output=self.output, cache=self.cache, core=core, options=options, name=name
        )


def say(message: str) -> None:
    """Progress, on standard error."""
    print(f"· {message}", file=sys.stderr, flush=True)


def throughput(bench: Bench) -> list[Section]:
    """assay, the bare automaton and kingfisher on the same files, taking turns."""
    sections = []
    for name in _FAST:
        corpus = bench.corpus(name)
        tree = corpus.tree
        contestants = [
            Contestant(
                name=_BARE,
                command=[sys.executable, "-m", "benchmarks.bare", str(tree), str(bench.cache / "assay")],
                core=0,
                timer=peers.own_clock,
            ),
            bench.assay(tree, 1, core=0, name=_PIPELINE),
            bench.assay(tree, 1),
            bench.assay(tree, 2),
            bench.assay(tree, 1, core=0, options=floor.options(), name=_FLOOR),
        ]
        if name == "many-files":
            contestants.append(bench.assay(tree, 2, options=("--category", "SECRETS"), name=_SECRETS))
        if bench.peers:
            contestants += [
                replace(bench.peers.kingfisher(tree, jobs=1, core=0), name=_KINGFISHER),
                bench.peers.kingfisher(tree, jobs=1),
                bench.peers.kingfisher(tree, jobs=2),
                bench.peers.kingfisher(tree, jobs=2, turbo=True),
            ]
        say(f"{name}: {len(contestants)} contestants, {bench.repeats} rounds")
        timings = rounds(contestants, bench.repeats)
        bench_outcome = _outcome(bench, corpus)
        sections.append(
            Section(
                title=f"{name}: {corpora.KINDS[name].about}",
                corpus=corpus,
                timings=timings,
                claims=_claims(name, corpus, timings),
                notes=bench_outcome,
            )
        )
    return sections


def long(bench: Bench) -> list[Section]:
    """Two jobs against one on corpora several times as large: of two seconds of work start-up is a good part."""
    sections = []
    for name in _LONG:
        kind = corpora.KINDS[name]
        corpus = bench.corpus(name, _TIMES * (kind.quick if bench.quick else kind.full))
        contestants = [bench.assay(corpus.tree, 1), bench.assay(corpus.tree, 2)]
        if bench.peers:
            contestants += [bench.peers.kingfisher(corpus.tree, jobs=jobs) for jobs in (1, 2)]
        say(f"{name}, {_TIMES} times as large: {bench.repeats} rounds")
        timings = rounds(contestants, bench.repeats)
        ratio = timings["assay --jobs 1"].wall / timings["assay --jobs 2"].wall
        claim = Claim(what=f"two jobs / one, {_TIMES} times as large", value=ratio, least=1.7)
        title = f"{name}, {_TIMES} times as large"
        sections.append(Section(title=title, corpus=corpus, timings=timings, claims=[claim], notes=[]))
    return sections


def _outcome(bench: Bench, corpus: Corpus) -> list[str]:
    rounds([bench.assay(corpus.tree, 2)], 0)
    outcome = subject.read_outcome(bench.output, corpus)
    notes = [f"{outcome.findings:,} findings written, {outcome.gaps} gaps."]
    if outcome.planted:
        missed = ", ".join(f"{name} {count:,}" for name, count in sorted(outcome.missed.items()))
        notes.append(
            f"{outcome.found:,} of {outcome.planted:,} planted values found at their place and by their name"
            f"{f' (missed: {missed})' if missed else ''}; {outcome.elsewhere:,} findings elsewhere."
        )
    if bench.peers:
        peers.prove_same_files(bench.peers, corpus, set(outcome.resources))
        notes.append(
            f"Same files, proven: assay names each of the {corpus.files:,} files of the folder in its classifications; "
            f"kingfisher counts {corpus.files:,} files and {corpus.bytes:,} bytes, which is all there is."
        )
    return notes


def _claims(name: str, corpus: Corpus, timings: dict[str, Timing]) -> list[Claim]:
    ours, two = timings[_PIPELINE], timings["assay --jobs 2"]
    # Processor seconds: that ratio holds on a machine that does other things, too.
    claims = [Claim(what="throughput, whole set / floor set", value=timings[_FLOOR].cpu / ours.cpu, least=0.8)]
    if name in ("sparse", "machine"):
        bare = timings[_BARE]
        claims.append(Claim(what="whole pipeline / bare hyperscan, one core", value=bare.wall / ours.wall, least=0.6))
        if _KINGFISHER in timings:
            claims.append(
                Claim(what="assay / kingfisher, MB/s, one core", value=timings[_KINGFISHER].wall / ours.wall, least=1)
            )
    if name == "dense":
        claims.append(
            Claim(what="MB/s with two jobs, every finding written", value=corpus.bytes / two.wall / MB, least=10)
        )
    if name == "many-files" and "kingfisher --jobs 2" in timings:
        theirs = timings["kingfisher --jobs 2"].wall
        claims.append(Claim(what="time / kingfisher's, all identifiers, two jobs", value=two.wall / theirs, most=1.5))
        claims.append(
            Claim(what="time / kingfisher's, SECRETS only, two jobs", value=timings[_SECRETS].wall / theirs, most=1)
        )
    claims.append(Claim(what="two jobs / one", value=timings["assay --jobs 1"].wall / two.wall, least=1.7))
    return claims


def slow_peers(bench: Bench, rates: dict[str, float]) -> list[Section]:
    """detect-secrets and Presidio on samples; assay's rate is that on the whole corpus, where start-up is spread."""
    if bench.peers is None:
        return []
    sections = []
    for name, size in _SAMPLES.items():
        corpus = bench.corpus(name, size // 4 if bench.quick else size)
        tree = corpus.tree
        contestants = [
            bench.assay(tree, 1, core=0, name="assay on the sample, start-up included"),
            bench.peers.detect_secrets(tree, core=0),
            *(bench.peers.presidio(tree, mode=mode, core=0) for mode in PRESIDIO),
        ]
        say(f"{name} sample: detect-secrets and presidio")
        timings = rounds(contestants, 1 if bench.quick else 3)
        claims, notes = [], []
        if name in rates:
            bars = {"detect-secrets": 50, PRESIDIO["engine-patterns"]: 100, PRESIDIO["engine"]: 100}
            for peer, least in bars.items():
                theirs = corpus.bytes / timings[peer].wall / MB
                claims.append(Claim(what=f"assay on all of {name} / {peer}", value=rates[name] / theirs, least=least))
            least_of_all = corpus.bytes / timings[PRESIDIO["patterns"]].wall / MB
            notes.append(
                f"assay on all of {name} is {rates[name] / least_of_all:.0f} times as fast as presidio's pattern recognisers called "
                "one by one, without the engine that applications call them by."
            )
        sections.append(Section(title=f"{name}, a sample", corpus=corpus, timings=timings, claims=claims, notes=notes))
    return sections


def start_up(bench: Bench) -> list[Section]:
    """The time to help and to the first finding, with a warm cache."""
    small = bench.folder / "small.txt"
    small.write_text("Please write to ralben.tordal@finmor.net, SSN 536-90-4399.\n", encoding="utf-8")
    warm = {"XDG_CACHE_HOME": str(bench.cache), "XDG_CONFIG_HOME": str(bench.cache / "config")}
    count = 5 if bench.quick else 20
    say("start-up")
    timings = rounds(
        [
            Contestant(name="python -c pass", command=[sys.executable, "-c", "pass"]),
            Contestant(name="assay --help", command=[*subject.command(), "--help"], environment=warm),
        ],
        count,
    )
    words = [*subject.command(), "scan", str(small), "--format", "jsonl", "--quiet"]
    first_line(words, warm)
    first = statistics.median(first_line(words, warm) for _ in range(count))
    claims = [
        Claim(what="assay --help, ms", value=timings["assay --help"].wall * 1000, most=150),
        Claim(what="first finding on a small file, ms", value=first * 1000, most=600),
    ]
    return [Section(title="Start-up", corpus=None, timings=timings, claims=claims, notes=[f"Median of {count}."])]


def clean(bench: Bench) -> list[Section]:
    """Findings per MB where there is nothing to find."""
    claims, notes = [], []
    for name in _CLEAN:
        corpus = bench.corpus(name)
        rounds([bench.assay(corpus.tree, 2)], 0)
        outcome = subject.read_outcome(bench.output, corpus)
        kinds = ", ".join(f"{kind} {number}" for kind, number in outcome.by_identifier.items()) or "none"
        notes.append(f"{name} ({corpus.bytes / MB:.1f} MB; {corpora.KINDS[name].about}): {kinds}.")
        claims.append(
            Claim(what=f"false findings per MB, {name}", value=outcome.findings / (corpus.bytes / MB), most=1)
        )
    return [Section(title="Nothing to find", corpus=None, timings={}, claims=claims, notes=notes)]


def memory(bench: Bench) -> list[Section]:
    """Peak memory on the huge files."""
    claims, notes = [], []
    for name in ("sparse", "dense", "huge-csv", "huge-text"):
        corpus = bench.corpus(name)
        for jobs in (1, 2):
            say(f"memory: {name}, --jobs {jobs}")
            peak, sample = peak_memory(bench.assay(corpus.tree, jobs))
            notes.append(
                f"{name} ({corpus.bytes / MB:,.0f} MB), --jobs {jobs}: {peak.together / MB:.0f} MB over all processes "
                f"({peak.counted_twice / MB:.0f} with shared pages counted for each), largest process {peak.largest / MB:.0f} MB, "
                f"{corpus.bytes / sample.wall / MB:.0f} MB/s."
            )
            claims.append(Claim(what=f"peak memory, MB, {name}, --jobs {jobs}", value=peak.together / MB, most=400))
        if corpus.planted:
            outcome = subject.read_outcome(bench.output, corpus)
            notes.append(f"{name}: {outcome.found:,} of {outcome.planted:,} planted values found at their place.")
    return [Section(title="Memory", corpus=None, timings={}, claims=claims, notes=notes)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure assay and its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="small corpora, three rounds")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each contestant (default 5, with --quick 3)")
    parser.add_argument("--no-peers", action="store_true", help="measure assay alone; nothing is installed")
    parser.add_argument("--dir", type=Path, default=corpora.DEFAULT_FOLDER, help="where corpora and results go")
    parser.add_argument(
        "--huge", type=int, default=5 << 30, metavar="BYTES", help="size of the huge files (default 5 GiB)"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the report as Markdown")
    options = parser.parse_args(arguments)
    parts = options.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part named '{min(unknown)}'; there are {', '.join(PARTS)}")
    shape = machine()
    # As pip leaves a package: with its bytecode beside it, whatever this Python is told about writing any.
    compileall.compile_dir(Path(assay.__file__).parent, quiet=1)
    options.dir.mkdir(parents=True, exist_ok=True)
    try:
        bench = Bench(
            folder=options.dir,
            quick=options.quick,
            repeats=options.rounds or (3 if options.quick else 5),
            peers=None if options.no_peers else peers.install(options.dir / "cache"),
            huge=options.huge,
        )
        sections: list[Section] = []
        if "throughput" in parts:
            sections += throughput(bench)
        if "slow-peers" in parts:
            sections += slow_peers(bench, _rates(sections))
        for part, measured in (("long", long), ("start-up", start_up), ("clean", clean), ("memory", memory)):
            if part in parts:
                sections += measured(bench)
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    versions = {"hyperscan": importlib.metadata.version("hyperscan"), **(bench.peers.versions if bench.peers else {})}
    given = sys.argv[1:] if arguments is None else list(arguments)
    text = render(
        sections, machine=shape, versions=versions, command=f"python -m benchmarks.run {' '.join(given)}".strip()
    )
    print(text)
    if options.quick:
        say("--quick: small corpora, so start-up weighs heavily; ratios of speed mean little")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    facts = [{claim.what: claim.value for claim in section.claims} for section in sections]
    (options.dir / "results.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return 0


def _rates(sections: Sequence[Section]) -> dict[str, float]:
    """assay's MB/s on one core, by corpus."""
    return {
        section.corpus.name: section.corpus.bytes / section.timings[_PIPELINE].wall / MB
        for section in sections
        if section.corpus and _PIPELINE in section.timings
    }


if __name__ == "__main__":
    sys.exit(main())
