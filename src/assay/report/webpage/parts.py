"""What several parts of the page show alike: levels, paths, places, shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from assay.model import Coverage, Level, Locator
from assay.report.printable import counted, local_path, printable, shorten, size
from assay.report.tally import Tally
from assay.report.webpage.markup import Markup, join, name, tag, text

_MANY_STARS = re.compile(r"\*{5,}")
_STARS = "****"
_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Paths:
    """How resources are called: without the folders that all of them share, which are told once."""

    below: str = ""

    @classmethod
    def of(cls, tally: Tally, resources: int) -> Paths:
        """For the worst `resources` of a tally, its gaps, and what was not copied."""
        shown = [found.resource for found in islice(tally.kept(), resources)]
        shown += [gap.resource for gap in tally.gaps] + [skip.resource for skip in tally.not_copied]
        return cls(below=_shared([local_path(uri) for uri in shown]))

    def shown(self, uri: str) -> Markup:
        """The path, its folders fainter than its last part."""
        path = shorten(printable(local_path(uri).removeprefix(self.below)), _LONGEST, keep_end=True)
        folder, slash, last = path.rpartition("/")
        faint = tag("span", _breakable(folder + slash), class_="folder") if slash else ""
        return tag("bdi", faint, tag("span", _breakable(last), class_="file"), class_="path")


def _shared(paths: list[str]) -> str:
    """The folder that all paths lie in, its slash included; empty where there is but one path, or no folder."""
    if len(set(paths)) < 2:
        return ""
    first, last = min(paths), max(paths)
    alike = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    folder = first[: first.rfind("/", 0, alike) + 1]
    return "" if folder == "/" else folder


def _breakable(path: str) -> Markup:
    """A path that may be broken after its slashes."""
    return Markup("/<wbr>".join(map(text, path.split("/"))))


def badge(level: Level) -> Markup:
    """A level in its colour."""
    return tag("span", str(level), class_=f"level {level}")


def kind_of(identifier: str) -> Markup:
    """An identifier's name."""
    return tag("code", Markup("_<wbr>".join(map(text, identifier.split("_")))), class_="kind")


def place(at: Locator, redacted: str, only_member: str) -> Markup:
    """Where a finding stands, and its redacted form."""
    parts: list[str] = []
    if at.member is not None and at.member != only_member:
        parts.append(name(at.member))
    if at.table is not None:
        parts.append(name(at.table))
    if at.sheet is not None:
        parts.append(name(at.sheet))
    if at.page is not None:
        parts.append(f"page {at.page}")
    if at.line is not None:
        parts.append(f"{at.line}:{at.column}" if at.column is not None else f"{at.line}")
    elif at.row is not None:
        parts.append(f"row {at.row:,}")
    if at.field:
        parts.append(name(at.field))
    where = join(piece for part in parts for piece in (part, " "))
    return tag("span", where, class_="place") + tag("code", _MANY_STARS.sub(_STARS, redacted))


def only_member(uri: str) -> str:
    """The member of a compressed file that is not worth naming: `notes.txt` of `notes.txt.gz`."""
    return local_path(uri).rsplit("/", 1)[-1].rpartition(".")[0]


def share(coverage: Coverage) -> str:
    """How much was read, in words."""
    if coverage.complete:
        return "everything that was to be read"
    told = "not everything"
    if coverage.rows_total and coverage.rows_read is not None and coverage.rows_read < coverage.rows_total:
        told = f"{coverage.rows_read:,} of {counted(coverage.rows_total, 'row')}"
    elif coverage.bytes_total > coverage.bytes_read:
        told = f"{size(coverage.bytes_read)} of {size(coverage.bytes_total)}"
    if coverage.missed_upper_bound is not None:
        told += f"; at most {coverage.missed_upper_bound:.1%} of the rest may hold findings (95 % bound)"
    return told
