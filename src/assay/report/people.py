"""The page that a person reads after a scan: grouped by resource, the worst first, short, 80 columns wide."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from assay.model import Coverage, Gap, Level, Locator, Skip, Summary, TableRecord, band
from assay.report.again import is_nothing_read, told_again
from assay.report.printable import counted, duration, local_path, pad, printable, shorten, size, width, wrapped
from assay.report.snippets import SnippetOf, no_snippet
from assay.report.spelling import Named, spelled, within
from assay.report.tally import Hits, ResourceTally, Tally

_MANY_STARS = re.compile(r"\*{5,}")

Paint = Callable[[str, str], str]
"""Colours a text with a style: a level's name, `strong` or `faint`."""

_SHOWN_RESOURCES = 25
_SHOWN_IDENTIFIERS = 8
_SHOWN_GAPS = 8
_SHOWN_COLUMNS = 6
_SHOWN_TABLES = 4
_WIDE = 72
_NAME_CELLS = 24
_NARROW_NAME_CELLS = 20
_PLACE_CELLS = 8
_FIELD_CELLS = 14
_GAP_LINES = 4
_STARS = 4
_RATE_NEEDS_BYTES = 1_000_000


def plain(text: str, _style: str) -> str:
    """No colour."""
    return text


@dataclass(frozen=True, kw_only=True)
class People:
    """How the page is laid out: `columns` wide, paths relative to `base`, coloured by `paint`."""

    columns: int = 80
    base: str = field(default_factory=os.getcwd)
    paint: Paint = plain
    snippet_of: SnippetOf = no_snippet

    def page(self, tally: Tally) -> Iterator[str]:
        """The lines of the page."""
        shown = 0
        hidden = tally.dropped
        for resource in tally.kept():
            if not resource.is_interesting:
                continue
            if shown == _SHOWN_RESOURCES:
                hidden += 1
                continue
            shown += 1
            yield from self._resource(resource)
            yield ""
        if hidden:
            yield from self._wrapped(
                f"… and {counted(hidden, 'more resource')} with findings; --format jsonl lists them all."
            )
            yield ""
        yield from self._gaps(tally)
        if tally.skips:
            total = tally.skips.total()
            reasons = ", ".join(f"{count:,} {printable(reason)}" for reason, count in tally.skips.most_common(6))
            yield from self._wrapped(f"Left out by policy: {total:,} ({reasons})")
            for skip in tally.not_copied[:_SHOWN_GAPS]:
                yield from self._gap(skip)
        if tally.summary is not None:
            yield from self._summary(tally, tally.summary)

    def path(self, uri: str) -> str:
        """How a resource is called: its path from `base`, else its absolute path, else its URI."""
        return spelled(Named(uri), base=self.base)

    def _resource(self, resource: ResourceTally) -> Iterator[str]:
        label = pad(resource.level.upper(), 12)
        review = "  needs review" if resource.needs_review else ""
        path = shorten(self.path(resource.resource), self.columns - 14 - len(review), keep_end=True)
        yield f"{self.paint(label, resource.level)}  {self.paint(path, 'strong')}{self.paint(review, 'faint')}"
        hits = resource.worst_first()
        for found in hits[:_SHOWN_IDENTIFIERS]:
            yield self._hits(found, _only_member(resource.resource))
            if self.columns >= _WIDE and (said := self._said(resource.resource, found)):
                yield "    " + self.paint(shorten(said, self.columns - 4), "faint")
        if len(hits) > _SHOWN_IDENTIFIERS:
            rest = hits[_SHOWN_IDENTIFIERS:]
            names = ", ".join(f"{found.identifier} {found.count:,}" for found in rest)
            yield "  " + shorten(f"… and {names}", self.columns - 2)
        yield from self._columns(resource)
        yield from self._tables(resource)
        if not resource.coverage.complete:
            for line in wrapped(_share_read(resource.coverage), self.columns, first="  "):
                yield self.paint(line, "faint")

    def _hits(self, found: Hits, only_member: str) -> str:
        strength = "test" if found.test_values == found.count else band(found.confidence)
        if self.columns < _WIDE:
            name = pad(shorten(found.identifier, _NARROW_NAME_CELLS), _NARROW_NAME_CELLS)
            row = f"  {name} {found.count:>5,}  {strength:<6} "
        else:
            name = pad(shorten(found.identifier, _NAME_CELLS), _NAME_CELLS)
            row = f"  {name} {found.count:>7,}  {found.level:<12}  {strength:<9} "
        room = self.columns - width(row)
        if room < _PLACE_CELLS:
            return row.rstrip()
        places: list[str] = []
        for locator, redacted in found.places:
            place = f"{_where(locator, only_member)} {_few_stars(printable(redacted))}".strip()
            if places and width("  ".join((*places, place))) > room:
                break
            places.append(shorten(place, room))
        return (row + self.paint("  ".join(places), "faint")).rstrip()

    def _said(self, resource: str, found: Hits) -> str:
        """The masked line of the first place that may be shown."""
        lines = (self.snippet_of(resource, at, _few_stars(redacted)) for at, redacted in found.places)
        return printable(next(filter(None, lines), ""))

    def _columns(self, resource: ResourceTally) -> Iterator[str]:
        """Columns that were told by more than the findings that are listed already, and opinions, which are no findings."""
        told = [column for column in resource.columns if column.is_opinion or column.detected_type not in resource.hits]
        for column in sorted(told, key=lambda column: -column.confidence)[:_SHOWN_COLUMNS]:
            name = printable(within(Named(column.resource, column.table, column.column)))
            reason = shorten(printable(column.detection_reason), self.columns - 4) if column.detection_reason else ""
            of = f": {column.detected_type}, {column.confidence:.0f} of 100"
            # What is cut can still be asked for, as long as it is cut once.
            name = shorten(name, max(_PLACE_CELLS, self.columns - width(of) - len("  column ")))
            yield shorten(f"  column {name}{of}", self.columns)
            if reason:
                yield "    " + self.paint(reason, "faint")
        if len(told) > _SHOWN_COLUMNS:
            yield f"  … and {counted(len(told) - _SHOWN_COLUMNS, 'more column')}"

    def _tables(self, resource: ResourceTally) -> Iterator[str]:
        """How many rows are alike in quasi-identifiers: the tables that were raised and the smallest classes first."""
        several = len(resource.tables) > 1
        shown = sorted(resource.tables, key=_smallest_first)[:_SHOWN_TABLES]
        for table in shown:
            found = table.k_anonymity
            if found is not None:
                of = f"table {shorten(printable(table.table_name), self.columns // 2)}: " if several else ""
                yield from wrapped(f"{of}{printable(found.because)}", self.columns, first="  ", indent="    ")
        if len(resource.tables) > len(shown):
            yield f"  … and {counted(len(resource.tables) - len(shown), 'more table')} with quasi-identifiers"

    def _gaps(self, tally: Tally) -> Iterator[str]:
        if not tally.gap_count:
            return
        gaps = counted(tally.gap_count, "gap")
        for line in self._wrapped(f"Not read: {gaps}. What could not be read may hold anything."):
            yield self.paint(line, "strong")
        for gap in tally.gaps[:_SHOWN_GAPS]:
            yield from self._gap(gap)
        if tally.gap_count > _SHOWN_GAPS:
            yield from wrapped(
                f"… and {tally.gap_count - _SHOWN_GAPS:,} more; --format jsonl lists them all.",
                self.columns,
                first="  ",
            )
        yield ""

    def _gap(self, gap: Gap | Skip) -> Iterator[str]:
        reason = printable(f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason)
        path = self.path(gap.resource)
        if width(path) + width(reason) + 4 <= self.columns:
            yield f"  {path}  {reason}"
            return
        yield "  " + shorten(path, self.columns - 2, keep_end=True)
        lines = list(islice(wrapped(reason, self.columns, first="    ", indent="    "), _GAP_LINES + 1))
        if len(lines) > _GAP_LINES:
            # A sentence that ends in its middle would look as if that were all of it.
            lines[_GAP_LINES - 1 :] = [shorten(f"{lines[_GAP_LINES - 1]} …", self.columns)]
        yield from lines

    def _summary(self, tally: Tally, summary: Summary) -> Iterator[str]:
        if summary.interrupted:
            for line in self._wrapped("INTERRUPTED: these results are partial."):
                yield self.paint(line, "strong")
        found = counted(summary.findings, "finding") if summary.findings else "Nothing found"
        if summary.sensitive_columns:
            columns = f"{summary.sensitive_columns:,} of {counted(summary.columns, 'column')} sensitive"
            found = f"{found} and {columns}" if summary.findings else columns
        of = counted(summary.resources, "resource")
        because = printable(summary.because)
        level = because if because.startswith(summary.level) else f"{summary.level}: {because}"
        yield from self._wrapped(f"{found} in {of}; the whole is {level}")
        levels = [f"{summary.by_level[level]:,} {level}" for level in Level if summary.by_level.get(level)]
        if len(levels) > 1:
            yield from self._wrapped(f"By level: {', '.join(levels)}")
        for told in (*told_again(summary), _reading(summary)):
            yield from self._wrapped(told)
        if summary.sampling:
            yield from self._wrapped(f"Sampled: {printable(summary.sampling)}")
        if summary.test_values_ignored:
            ignored = counted(summary.test_values_ignored, "test value")
            yield from self._wrapped(f"{ignored} ignored; --include-test-values shows them")
        if summary.suppressed:
            yield from self._wrapped(
                f"{counted(summary.suppressed, 'finding')} accepted by allow lists, baselines or 'assay:allow' comments"
            )
        if summary.known_columns:
            yield from self._wrapped(f"{counted(summary.known_columns, 'sensitive column')} known by the baseline")
        yield from self._wrapped(_next(tally, summary))

    def _wrapped(self, text: str) -> Iterator[str]:
        return wrapped(text, self.columns)


def _smallest_first(table: TableRecord) -> tuple[bool, float, str]:
    found = table.k_anonymity
    is_raised = found is not None and found.raised_from is not None
    return (not is_raised, math.inf if found is None or found.k is None else found.k, table.table_name)


def _only_member(resource: str) -> str:
    """The member of a compressed file that is not worth naming: `notes.txt` of `notes.txt.gz`."""
    return local_path(resource).rsplit("/", 1)[-1].rpartition(".")[0]


def _where(at: Locator, only_member: str) -> str:
    parts = []
    if at.member is not None and at.member != only_member:
        parts.append(shorten(printable(at.member), 24, keep_end=True))
    if at.sheet is not None:
        parts.append(shorten(printable(at.sheet), _FIELD_CELLS))
    if at.page is not None:
        parts.append(f"page {at.page}")
    if at.line is not None:
        parts.append(f"{at.line}:{at.column}" if at.column is not None else f"{at.line}")
    elif at.row is not None:
        parts.append(f"row {at.row}")
    place = ":".join(parts)
    if at.field:
        place += f" {shorten(printable(at.field), _FIELD_CELLS)}"
    return place


def _few_stars(redacted: str) -> str:
    """A long run of stars says nothing that a short one does not."""
    return _MANY_STARS.sub("*" * _STARS, redacted)


def _share_read(coverage: Coverage) -> str:
    if coverage.bytes_total > coverage.bytes_read:
        text = f"read in part: {size(coverage.bytes_read)} of {size(coverage.bytes_total)}"
    else:
        text = "read in part"
    if coverage.missed_upper_bound is None:
        return text
    # Of what was found there may be more anywhere.
    return f"{text}; what was not found is in at most {coverage.missed_upper_bound:.2%} of the rows (95 % bound)"


def _bound(coverage: Coverage) -> str:
    if coverage.missed_upper_bound is None:
        return ""
    return f"; at most {coverage.missed_upper_bound:.1%} of the rest may hold findings (95 % bound)"


def _reading(summary: Summary) -> str:
    timed = summary.seconds > 0 and summary.bytes_read >= _RATE_NEEDS_BYTES
    rate = f" ({size(int(summary.bytes_read / summary.seconds))}/s)" if timed else ""
    spent = f"in {duration(summary.seconds)}{rate}"
    if is_nothing_read(summary):
        return f"Done {spent}; nothing had to be read."
    if summary.unchanged or summary.judged_again:
        whole = "" if summary.coverage.complete else ", not all of it"
        return f"Read what had changed, {size(summary.bytes_read)}, {spent}{whole}{_bound(summary.coverage)}."
    coverage = summary.coverage
    if coverage.complete:
        return f"Read {size(summary.bytes_read)} {spent}: everything that was to be read."
    if coverage.bytes_total > coverage.bytes_read:
        share = coverage.bytes_read / coverage.bytes_total
        of = f"{size(coverage.bytes_read)} of {size(coverage.bytes_total)} ({share:.1%})"
        return f"Read {of} {spent}{_bound(coverage)}."
    return f"Read {size(summary.bytes_read)} {spent}, not everything{_bound(coverage)}."


def _next(tally: Tally, summary: Summary) -> str:
    if summary.interrupted:
        return "Next: run the same command again for the whole."
    if summary.findings:
        return "Next: --format jsonl gives every finding with its evidence; --allow FILE accepts known values."
    if tally.gap_count:
        return "Next: make the resources named above readable, and scan them again."
    return ""
