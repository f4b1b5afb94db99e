"""Makes the generated pages of docs/ from the things that they describe.

python tools/docs.py            writes docs/cli.md, docs/configuration.md, docs/controls.md, docs/coverage.md, docs/formats.md,
                                docs/governance.md, docs/identifiers.md, docs/quality-identifiers.md, docs/quality-calibration.md and its
                                diagrams
python tools/docs.py --check    exits with 1 and names the pages that are not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from calibration_page import calibration_page, reliability
from coverage_page import coverage_page
from formats_page import formats_page
from governance_page import governance_page
from protection_page import protection_page
from quality_page import quality_page

from assay.app.config.places import FILE_NAME
from assay.app.config.settingkeys import KEYS
from assay.app.config.settings import CONFIG_VARIABLE, SECRET_VARIABLES
from assay.cli.__main__ import assay
from assay.detect.cache import read_all
from assay.detect.seen import standing
from assay.model import Category, Example, Identifier

DOCS = Path(__file__).resolve().parent.parent / "docs"
_MADE = "<!-- Made by tools/docs.py; change what it describes, then run it. -->"
_COLUMNS = 80


def cli_page() -> str:
    """Every command with its help."""
    lines = [_MADE, "", "# Command line", ""]
    with click.Context(assay, info_name="assay", terminal_width=_COLUMNS, **assay.context_settings) as context:
        lines += _command(context)
    return "\n".join(lines)


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    depth = context.command_path.count(" ") + 2
    yield f"{'#' * depth} {context.command_path}"
    yield ""
    yield "```text"
    yield from (line.rstrip() for line in command.get_help(context).splitlines())
    yield "```"
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                with click.Context(child, info_name=name, parent=context) as inner:
                    yield from _command(inner)


def configuration_page() -> str:
    """Every setting."""
    lines = [
        _MADE,
        "",
        "# Configuration",
        "",
        f"Settings stand in `{FILE_NAME}`, which is looked for in the current folder and, inside a Git repository,",
        f"in its parents up to the repository's root; `--config FILE` or `{CONFIG_VARIABLE}` names another. A variable",
        "of the environment counts more than the file, and an option more than both. A path in the file is",
        "relative to the file's folder. In a variable, the items of a list are separated by `:`.",
        "`assay config show` prints what is in effect and where each value comes from; `assay config check` checks it.",
        "",
        "| key | variable | value | default | what it does |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{key.name}` | `{key.variable}` | {key.kind} | {_cell(key.default_told)} | {_cell(key.help)} |"
        for key in KEYS
    ]
    lines += [
        "",
        f"`{SECRET_VARIABLES[0]}` holds the key of the fingerprints itself, instead of a file; it is never shown.",
        f"`{SECRET_VARIABLES[1]}` likewise holds the key that signs the catalog's audit log.",
        f"`{SECRET_VARIABLES[3]}` is the secret of the desk at its identity provider (`oidc_issuer`), where it has one.",
        f"{', '.join(f'`{name}`' for name in SECRET_VARIABLES[4:])} are the secrets of channels ([desk.md](desk.md#who-is-told)).",
        "",
        "```toml",
        'identifiers = ["rules/"]',
        'exclude = ["*.min.js", "vendor/"]',
        "min_confidence = 0.7",
        'fail_on = "confidential"',
        'allow = "allow.yaml"',
        "```",
        "",
    ]
    return "\n".join(lines)


def identifiers_page() -> str:
    """Every built-in identifier: a table, then each with its examples."""
    found, _ = read_all((), cache=None, builtin=True)
    lines = [
        _MADE,
        "",
        "# Identifiers",
        "",
        f"{len(found)} identifiers are built in. *Proven*, *unseen* and *preview* are explained in [quality-identifiers.md](quality-identifiers.md).",
        "",
    ]
    for category in Category:
        group = sorted((item for item in found if item.category is category), key=lambda item: item.name)
        if not group:
            continue
        lines += [
            f"## {category}",
            "",
            "| identifier | what | sensitivity | level | standing | regions | frameworks |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| [{item.name}](#{item.name.lower()}) | {_cell(item.title)} | {item.sensitivity} | {item.level} | "
            f"{standing(item)} | {_cell(', '.join(item.regions))} | {', '.join(item.frameworks)} |"
            for item in group
        ]
        lines.append("")
        for item in group:
            lines += _identifier(item)
    return "\n".join(lines)


def _identifier(item: Identifier) -> Iterator[str]:
    yield f"### {item.name}"
    yield ""
    yield f"{item.title} (`{item.path}`). {item.description}".strip()
    yield ""
    for heading, examples in (("Found", item.finds), ("Not found", item.ignores), ("Known misses", item.known_misses)):
        if examples:
            yield f"{heading}:"
            yield ""
            for example in examples:
                yield _example(example)
            yield ""
    if item.source:
        yield f"Source: {', '.join(_source(source) for source in item.source)}"
        yield ""


def _example(example: Example) -> str:
    because = f" — {_prose(example.because)}" if example.because else ""
    return f"- {_code(example.text)}{because}"


def _code(text: str) -> str:
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _prose(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|") or "-"


def _source(source: str) -> str:
    return f"<{source}>" if source.startswith(("https://", "http://")) else _prose(source)


def governance() -> str:
    """The tables of the governance configuration."""
    return f"{_MADE}\n\n{governance_page()}"


def controls() -> str:
    """What becomes of each control of a standard."""
    return protection_page(_MADE)


def coverage() -> str:
    """What other products' types are here."""
    return f"{_MADE}\n\n{coverage_page()}"


def quality() -> str:
    """How often each identifier is right."""
    found, _ = read_all((), cache=None, builtin=True)
    return quality_page(_MADE, found)


PAGES: dict[str, Callable[[], str]] = {
    "controls.md": controls,
    "formats.md": lambda: formats_page(_MADE),
    "cli.md": cli_page,
    "configuration.md": configuration_page,
    "identifiers.md": identifiers_page,
    "governance.md": governance,
    "coverage.md": coverage,
    "quality-identifiers.md": quality,
    "quality-calibration.md": lambda: calibration_page(_MADE),
    "reliability-light.svg": lambda: reliability("light"),
    "reliability-dark.svg": lambda: reliability("dark"),
}


def main(arguments: list[str]) -> int:
    """Writes the pages, or with `--check` compares them."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = []
    for name, make in PAGES.items():
        file = DOCS / name
        text = make()
        if arguments and (not file.exists() or file.read_text(encoding="utf-8") != text):
            stale.append(f"docs/{name}")
        elif not arguments:
            file.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name}: is not what the code says; run python tools/docs.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
