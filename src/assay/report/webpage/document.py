"""The document: what is told first, in which order, and what the browser may do with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assay.model import Identifier, Level, Summary
from assay.report.printable import printable, shorten
from assay.report.snippets import SnippetOf, no_snippet
from assay.report.tally import Tally
from assay.report.webpage.frame import asset, head, level_colours
from assay.report.webpage.markup import Markup, name, tag
from assay.report.webpage.overview import by_level, facts, found, gaps, left_out, verdict
from assay.report.webpage.parts import Paths
from assay.report.webpage.resources import resources

SHOWN_RESOURCES = 300
SHOWN_PLACES = 5
"""Places shown of each identifier in a resource."""

_TITLE = 120
_LEVELS = {
    Level.RESTRICTED: "would do serious harm in the wrong hands: identity numbers, cards, health data, live credentials",
    Level.CONFIDENTIAL: "tells something of a person or an agreement that is not for everyone",
    Level.INTERNAL: "is of little harm by itself, and not meant for the public",
    Level.UNCLASSIFIED: "nothing was found, but not everything could be read; treat it as internal",
    Level.PUBLIC: "everything was read and nothing was found; it is public once its owner says so",
}


@dataclass(frozen=True, kw_only=True)
class WebPage:
    """The page. `made` is when, `version` that of this package; `identifiers` give names of identifiers a title,
    `snippet_of` the masked line of a finding."""

    made: datetime
    version: str
    identifiers: Mapping[str, Identifier] = field(default_factory=dict)
    snippet_of: SnippetOf = no_snippet

    def document(self, tally: Tally) -> Iterator[Markup]:
        """The pieces of the document, in their order."""
        summary = tally.summary
        target = "" if summary is None else printable(_called(summary.target))
        title = f"{shorten(target, _TITLE, keep_end=True)}: sensitive data" if target else "Sensitive data"
        yield from head(title, style=_style(), script=_script())
        paths = Paths.of(tally, SHOWN_RESOURCES)
        yield Markup("<body>") + tag("a", "Skip to the resources", href="#where", class_="skip")
        yield tag("header", self._title(summary), verdict(summary), facts(tally), class_="top")
        yield Markup("<main>")
        yield gaps(tally, paths)
        yield by_level(summary)
        yield found(tally, self.identifiers)
        yield from resources(tally, paths, self.identifiers, SHOWN_RESOURCES, self.snippet_of)
        yield left_out(tally, paths)
        yield Markup("</main>")
        yield self._foot()
        yield tag("script", _script()) + Markup("</body></html>\n")

    def _title(self, summary: Summary | None) -> Markup:
        target = "an unfinished scan" if summary is None else _called(summary.target)
        when = tag("time", f"{self.made:%Y-%m-%d %H:%M} UTC", datetime=self.made.isoformat(timespec="seconds"))
        return tag("p", "Sensitive data in", class_="over") + tag("h1", name(target)) + tag("p", when, class_="when")

    def _foot(self) -> Markup:
        meanings = (
            tag("div", tag("dt", tag("span", str(level), class_=f"level {level}")), tag("dd", meaning))
            for level, meaning in _LEVELS.items()
        )
        return tag(
            "footer",
            tag("h2", "What the levels mean"),
            tag("dl", meanings, class_="meanings"),
            tag(
                "p",
                "No value stands on this page: of each only a redacted form is shown, and beside it only plain words, … for all else. "
                "Places are line:column, or the row and column of a table. Finding nothing is no proof that nothing is there.",
            ),
            tag("p", f"Made by assay {self.version}.", class_="faint"),
        )


def _called(target: str) -> str:
    """What was scanned. A page is read elsewhere, where nobody knows which folder a dot was."""
    scheme = "git:" if target.startswith("git:") else ""
    path = target.removeprefix(scheme)
    return f"{scheme}{os.path.realpath(path)}" if path.rstrip("/") in (".", "..") else target


def _style() -> Markup:
    return Markup(f":root{{{level_colours()}}}\n{asset('page.css')}")


def _script() -> Markup:
    return Markup(asset("page.js"))
