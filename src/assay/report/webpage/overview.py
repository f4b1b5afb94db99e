"""What is told of the whole: verdict, numbers, what could not be read, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from assay.model import Gap, Identifier, Level, Skip, Summary
from assay.report.again import is_nothing_read, told_again
from assay.report.printable import counted, duration, size
from assay.report.tally import NOT_COPIED, Tally
from assay.report.webpage.markup import Markup, join, name, table, tag, text
from assay.report.webpage.parts import Paths, badge, kind_of, share

_SHOWN_TYPES = 30
_SHOWN_GAPS = 100
_OPEN_GAPS = 10
_BAR = 1_000
_LEAST = 6


def verdict(summary: Summary | None) -> Markup:
    """The level of the whole, and why."""
    if summary is None or summary.interrupted:
        partial = tag("p", "Interrupted: these results are partial.", class_="warning", role="alert")
    else:
        partial = Markup()
    if summary is None:
        return partial
    because = summary.because.removeprefix(f"{summary.level} because ").removeprefix(f"{summary.level}: ")
    again = join(tag("p", line, class_="note") for line in told_again(summary))
    return partial + tag("p", badge(summary.level), " ", tag("span", _sentence(because)), class_="verdict") + again


def facts(tally: Tally) -> Markup:
    """The numbers."""
    summary = tally.summary
    if summary is None:
        return Markup()
    told = [("Findings", f"{summary.findings:,}", _accepted(summary), "")]
    if summary.columns:
        told.append(("Sensitive columns", f"{summary.sensitive_columns:,}", f"of {summary.columns:,}", ""))
    told.append(("Resources", f"{summary.resources:,}", _sampled(summary), ""))
    if tally.gap_count:
        told.append(("Not read", f"{tally.gap_count:,}", tag("a", "see what and why", href="#gaps"), "bad"))
    complete = summary.coverage.complete
    told.append(("Read", size(summary.bytes_read), _read(summary), "" if complete else "bad"))
    return tag(
        "dl",
        (
            tag("div", tag("dt", title), tag("dd", tag("strong", number), tag("span", more)), class_=kind or None)
            for title, number, more, kind in told
        ),
        class_="facts",
    )


def gaps(tally: Tally, paths: Paths) -> Markup:
    """What should have been read and could not be, by reason."""
    if not tally.gap_count:
        return Markup()
    by_reason = sorted(tally.gaps[:_SHOWN_GAPS], key=lambda gap: (-tally.gap_reasons[gap.reason], gap.reason))
    groups = [(reason, list(some)) for reason, some in groupby(by_reason, key=lambda gap: gap.reason)]
    listed = {reason for reason, _ in groups}
    rest = [(reason, count) for reason, count in tally.gap_reasons.most_common() if reason not in listed]
    return tag(
        "section",
        tag("h2", f"Not read: {counted(tally.gap_count, 'gap')}", id="gaps-title"),
        tag("p", "What could not be read may hold anything."),
        (_listed(reason, some, tally.gap_reasons[reason], paths) for reason, some in groups),
        tag("p", "Also: ", ", ".join(f"{count:,} {reason}" for reason, count in rest)) if rest else "",
        id="gaps",
        aria_labelledby="gaps-title",
        class_="warning",
    )


def _listed(reason: str, some: Sequence[Gap | Skip], count: int, paths: Paths) -> Markup:
    some = some[:_SHOWN_GAPS]
    more = count - len(some)
    return tag(
        "details",
        tag("summary", tag("strong", f"{count:,}"), " ", reason),
        tag(
            "ul",
            (tag("li", paths.shown(gap.resource), " ", tag("span", gap.detail, class_="faint")) for gap in some),
            tag("li", f"… and {more:,} more; --format jsonl lists all", class_="faint") if more else "",
        ),
        open=count <= _OPEN_GAPS,
    )


def by_level(summary: Summary | None) -> Markup:
    """How many resources are of each level."""
    if summary is None or not any(summary.by_level.values()):
        return Markup()
    counts = [(level, summary.by_level[level]) for level in Level if summary.by_level.get(level)]
    legend = (tag("li", tag("span", class_=f"swatch {level}"), f"{count:,} {level}") for level, count in counts)
    return tag(
        "section",
        tag("h2", "Resources by level", id="levels-title"),
        tag(
            "svg",
            _bars(counts),
            viewBox=f"0 0 {_BAR} 14",
            preserveAspectRatio="none",
            aria_hidden="true",
            class_="bar",
        ),
        tag("ul", legend, class_="legend"),
        aria_labelledby="levels-title",
    )


def _bars(counts: list[tuple[Level, int]]) -> Iterator[Markup]:
    """Rectangles side by side. The smallest can still be seen."""
    total = sum(count for _, count in counts)
    room = _BAR - _LEAST * len(counts)
    left = 0.0
    for level, count in counts:
        width = _LEAST + room * count / total
        yield tag("rect", x=f"{left:.1f}", width=f"{max(1.0, width - 2):.1f}", height=14, class_=f"fill {level}")
        left += width


def found(tally: Tally, identifiers: Mapping[str, Identifier]) -> Markup:
    """Kinds of data, the worst first."""
    summary = tally.summary
    values = {} if summary is None else summary.by_identifier
    kinds = {*values, *tally.columns}
    if not kinds:
        return Markup()
    levels = {hits.identifier: hits.level for resource in tally.kept() for hits in resource.hits.values()} | {
        name: identifier.level for name, identifier in identifiers.items() if name in kinds
    }

    def order(kind: str) -> tuple[int, int, str]:
        level = levels.get(kind)
        return (-level.rank if level is not None else 0, -values.get(kind, 0) - tally.columns[kind], kind)

    ordered = sorted(kinds, key=order)
    heads = [("Type", ""), ("What", "what"), ("Level", ""), ("Findings", "number")]
    heads += [("Columns", "number")] if tally.columns else []
    rows = []
    for kind in ordered[:_SHOWN_TYPES]:
        known, level = identifiers.get(kind), levels.get(kind)
        row = [
            kind_of(kind),
            text(known.title if known is not None else ""),
            badge(level) if level is not None else Markup("–"),
            text(f"{values.get(kind, 0):,}"),
        ]
        rows.append([*row, text(f"{tally.columns[kind]:,}")] if tally.columns else row)
    rest = ordered[_SHOWN_TYPES:]
    more = f"… and {counted(len(rest), 'more type')}: {', '.join(rest)}" if rest else ""
    return tag(
        "section",
        tag("h2", "What was found", id="found-title"),
        table(heads, rows, "What was found", is_short=True),
        tag("p", more, class_="faint") if more else "",
        aria_labelledby="found-title",
    )


def left_out(tally: Tally, paths: Paths) -> Markup:
    """What policy leaves out; of masked copies what of it."""
    if not tally.skips:
        return Markup()
    counts = [(reason, count) for reason, count in tally.skips.most_common(20) if reason != NOT_COPIED]
    return tag(
        "section",
        tag("h2", f"Left out by policy: {tally.skips.total():,}", id="left-out-title"),
        tag("ul", (tag("li", f"{count:,} ", name(reason)) for reason, count in counts)) if counts else "",
        _listed(NOT_COPIED, tally.not_copied, tally.skips[NOT_COPIED], paths) if tally.not_copied else "",
        aria_labelledby="left-out-title",
    )


def _sentence(because: str) -> str:
    return f"{because[:1].upper()}{because[1:].removesuffix('.')}."


def _accepted(summary: Summary) -> str:
    told = [
        f"{counted(summary.test_values_ignored, 'test value')} ignored" if summary.test_values_ignored else "",
        f"{summary.suppressed:,} accepted by allow lists, baselines or comments" if summary.suppressed else "",
        f"{counted(summary.known_columns, 'column')} known by the baseline" if summary.known_columns else "",
    ]
    return "; ".join(filter(None, told))


def _sampled(summary: Summary) -> str:
    return f"sampled: {summary.sampling}" if summary.sampling else ""


def _read(summary: Summary) -> str:
    coverage = summary.coverage
    read = summary.bytes_read
    if is_nothing_read(summary):
        return f"nothing had to be read, in {duration(summary.seconds)}"
    whole = "" if coverage.complete else f"{share(coverage).removeprefix(f'{size(read)} ')}, "
    return f"{whole}in {duration(summary.seconds)}"
