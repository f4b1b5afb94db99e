"""The page of formats: what the contract suite's case files say of each, `tests/cases/formats/*.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "formats"
_SUITE = "tests/contract/test_formats_documents.py"
_HEAD = f"""
# Formats

A tour of the formats that assay opens, made from the contract suite's case files. *Proven*: the suite reads files that another program
or a library made, and finds each value that was planted at its place. *Preview*: read, but by no file of another program in this suite.
What each reader takes out of a file is told in [documents.md](documents.md), what is left out in [limits.md](limits.md#formats).
Files named here lie in `tests/data/documents` and are read by `{_SUITE}`; what libraries make is made anew by each run of the tests.

| format | state | files by | values | a gap, as tested | not in this suite |
|---|---|---|---:|---|---|
"""


def cases() -> list[dict[str, Any]]:
    """What each case file says, by name of the format."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_CASES.glob("*.yaml"))]
    return sorted(found, key=lambda case: str(case["format"]).lower())


def formats_page(made: str) -> str:
    """The page: a table of all formats, then each with its files and where their values stand."""
    lines = [made, *_HEAD.splitlines()]
    lines += [_row(case) for case in cases()]
    for case in cases():
        lines += _format(case)
    return "\n".join([*lines, ""])


def _row(case: dict[str, Any]) -> str:
    files = case.get("files", [])
    makers = dict.fromkeys([*(file["by"] for file in files), *case.get("made_with", [])])
    values = sum(len(file["places"]) for file in files)
    gaps = "; ".join(f"{gap['what']}: `{gap['reason']}`" for gap in case.get("gaps", []))
    cells = (case["format"], case["state"], ", ".join(makers), str(values or ""), gaps, case.get("not_here", ""))
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def _format(case: dict[str, Any]) -> list[str]:
    lines = ["", f"## {case['format']}", "", f"Read by `{case['reader']}`: {case['read']}."]
    for file in case.get("files", []):
        lines += ["", f"`{file['name']}`, by {file['by']}:", ""]
        places: dict[str, int] = {}
        for place in file["places"].values():
            places[place] = places.get(place, 0) + 1
        lines += [f"- {count} in {f'`{place}`' if place else 'its text'}" for place, count in places.items()]
    if case.get("made_with"):
        lines += ["", f"Made by the tests with {', '.join(case['made_with'])}."]
    for gap in case.get("gaps", []):
        lines += ["", f"Gap `{gap['reason']}`, {gap['what']}: `{gap.get('file') or gap['test']}`."]
    return lines
