"""The report of a benchmark run as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.corpora import Corpus
from benchmarks.measure import Timing

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A measured ratio or number, and the bar it is held against: at least `least`, at most `most`."""

    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the bar is reached."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    @property
    def bar(self) -> str:
        """The bar in words."""
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One group of measurements."""

    title: str
    corpus: Corpus | None
    timings: Mapping[str, Timing]
    claims: Sequence[Claim]
    notes: Sequence[str]


def render(
    sections: Sequence[Section], *, machine: Mapping[str, str], versions: Mapping[str, str], command: str
) -> str:
    """The whole report."""
    lines = [
        "# Benchmarks",
        "",
        "Written by the run itself; repeat it with",
        "",
        f"    {command}",
        "",
        "MB are millions of bytes. Times are medians of rounds in which the contestants took turns; *spread* is the",
        "slowest round over the fastest. Processor seconds count all processes and threads. 'One core' means pinned",
        "to it. assay runs with all identifiers: it starts up, reads, detects and writes every finding as JSON Lines",
        "to a file. kingfisher runs with its own rules and default confidence, without validation, update check and",
        "git history. The bare scan calls the same compiled database on each file's bytes with a callback that does",
        "nothing; it neither starts, nor reads, nor writes. Where 'load before' is not near 0, other work shared the",
        "cores: then compare processor seconds, and take ratios of wall time as rough.",
        "'Floor set only' is the same scan for the identifiers that every such tool has (benchmarks/floor.py), in the same",
        "rounds on the same files; of those two, processor seconds are compared.",
        "",
        "| machine | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in machine.items()),
        *(f"| {name} | {value} |" for name, value in versions.items()),
        "",
        "## Against the bars",
        "",
        "| measured | value | bar | reached |",
        "|---|---:|---|---|",
    ]
    for section in sections:
        place = f" ({section.corpus.name})" if section.corpus else ""
        lines += [
            f"| {claim.what}{place} | {_number(claim.value)} | {claim.bar} | {'yes' if claim.met else '**no**'} |"
            for claim in section.claims
        ]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        if section.corpus:
            lines += [
                f"{section.corpus.files:,} files, {section.corpus.bytes / MB:.1f} MB, seed {section.corpus.seed}.",
                "",
            ]
        if section.timings:
            lines += _table(section)
        lines += [f"- {note}" for note in section.notes]
    return "\n".join(lines) + "\n"


def _table(section: Section) -> list[str]:
    size = section.corpus.bytes if section.corpus else 0
    heads = ["", "seconds", "processor s", *(["MB/s"] if size else []), "spread"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for name, timing in section.timings.items():
        cells = [name, f"{timing.wall:.3f}", f"{timing.cpu:.3f}"]
        if size:
            cells.append(_number(size / timing.wall / MB))
        lines.append(f"| {' | '.join([*cells, f'{timing.spread:.2f}'])} |")
    return [*lines, ""]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
