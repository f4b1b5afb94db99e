"""What every page begins with: what the browser may do with it, its style, its title."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from assay.report.levels import COLOURS
from assay.report.webpage.markup import Markup, tag


def head(title: str, *, style: Markup, script: Markup) -> Iterator[Markup]:
    """All before the body. Nothing but this style and this script is let in."""
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


def level_colours() -> str:
    """The colours of levels, as the style names them."""
    return "".join(f"--{level}:{colour};" for level, colour in COLOURS.items())


def asset(file: str, package: str = __package__ or "") -> str:
    """A file that stands beside the code."""
    return files(package).joinpath(file).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    """As a content security policy names an inline text (CSP Level 3, 6.7.2)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
