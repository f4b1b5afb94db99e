"""The document: what is told first, in which order, and what the browser may do with it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files

from assay.model import Identifier, Level, Summary
from assay.report.levels import COLOURS
from assay.report.printable import printable, shorten
from assay.report.snippets import SnippetOf, no_snippet
from assay.report.tally import Tally
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
        target = "" if summary is None else printable(summary.target)
        yield from self._head(
            f"{shorten(target, _TITLE, keep_end=True)}: sensitive data" if target else "Sensitive data"
        )
        paths = Paths.of(tally, SHOWN_RESOURCES)
        yield Markup("<body>") + tag("a", "Skip to the resources", href="#where", class_="skip")
        yield tag("header", self._title(summary), verdict(summary), facts(tally), class_="top")
        yield Markup("<main>")
        yield gaps(tally, paths)
        yield by_level(summary)
        yield found(tally, self.identifiers)
        yield from resources(tally, paths, self.identifiers, SHOWN_RESOURCES, self.snippet_of)
        yield left_out(tally)
        yield Markup("</main>")
        yield self._foot()
        yield tag("script", _script()) + Markup("</body></html>\n")

    def _head(self, title: str) -> Iterator[Markup]:
        style, script = _style(), _script()
        policy = (
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "base-uri 'none'; form-action 'none'"
        )
        yield Markup('<!DOCTYPE html>\n<html lang="en"><head>')
        yield tag("meta", charset="utf-8")
        yield Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
        yield tag("meta", name="viewport", content="width=device-width, initial-scale=1")
        yield tag("meta", name="color-scheme", content="light dark")
        yield tag("meta", name="referrer", content="no-referrer")
        yield tag("meta", name="robots", content="noindex")
        yield tag("title", title)
        yield tag("style", style) + Markup("</head>\n")

    def _title(self, summary: Summary | None) -> Markup:
        target = "an unfinished scan" if summary is None else summary.target
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


def _style() -> Markup:
    colours = "".join(f"--{level}:{colour};" for level, colour in COLOURS.items())
    return Markup(f":root{{{colours}}}\n{_asset('page.css')}")


def _script() -> Markup:
    return Markup(_asset("page.js"))


def _asset(file: str) -> str:
    return files(__package__).joinpath(file).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    """As a content security policy names an inline text (CSP Level 3, 6.7.2)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
