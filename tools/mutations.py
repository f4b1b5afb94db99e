"""`python tools/mutations.py`: takes out, one after the other, the lines that make writing to AWS safe, and says whether tests notice;
with `--of desk` those that make the desk safe.

`--record` notes the day beside each that was noticed, and takes that of the others away. `--page` writes the page of them
instead, `--check` says whether it is up to date; a text as an argument narrows it to calls with it.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
_HEAD = """# What holds when assay writes to AWS

Each line is something that must not be lost when the code changes: an order, a merge, a limit, a page, an answer of success
that names failures. `python tools/mutations.py` takes it out in a copy and says whether the test beside it
fails.
This page is made of `tests/cases/mutations.yaml`. {seen}

| call | what holds | where | the test that fails without it | last taken out and noticed |
|---|---|---|---|---|
"""
_HEAD_OF_DESK = """# What holds at the desk

Each line is a check that must not be lost when the code changes: who may do what, whose form it is, what is shown. `python tools/mutations.py
--of desk` takes it out in a copy and says whether the test beside it fails.
This page is made of `tests/cases/desk_mutations.yaml`. {seen}

| about | what holds | where | the test that fails without it | last taken out and noticed |
|---|---|---|---|---|
"""
_ENTRY = re.compile(r"(?m)^(?=- call:)")
_NOTICED = re.compile(r"(?m)^  noticed: .*\n")


class Listed(NamedTuple):
    """Where a list stands, its page, and how that begins."""

    file: Path
    page: Path
    head: str


LISTS = {
    "aws": Listed(ROOT / "tests/cases/mutations.yaml", ROOT / "docs/aws-writes.md", _HEAD),
    "desk": Listed(ROOT / "tests/cases/desk_mutations.yaml", ROOT / "docs/desk-checks.md", _HEAD_OF_DESK),
}


def mutations(of: Listed) -> list[dict[str, Any]]:
    """All of them, as they are listed."""
    found: list[dict[str, Any]] = yaml.safe_load(of.file.read_text(encoding="utf-8"))
    return found


def page(of: Listed) -> str:
    """The page of them."""
    listed = mutations(of)
    rows = (
        f"| `{each['call']}` | {each['holds']} | `{each['file']}` | {'; '.join(f'`{test}`' for test in each['tests'])} "
        f"| {each.get('noticed') or 'never'} |\n"
        for each in listed
    )
    seen = sum("noticed" in each for each in listed)
    return of.head.format(seen=f"Of its {len(listed)} lines {seen} were taken out, and noticed.") + "".join(rows)


def record(of: Listed, results: Mapping[int, bool], day: date) -> None:
    """Notes which were noticed, by their places in the list."""
    head, *entries = _ENTRY.split(of.file.read_text(encoding="utf-8"))
    for place, noticed in results.items():
        entry = _NOTICED.sub("", entries[place])
        entries[place] = entry + (f"  noticed: {day}\n" if noticed else "")
    of.file.write_text(head + "".join(entries), encoding="utf-8")


def fails(mutation: dict[str, Any], source: Path) -> bool:
    """Whether tests notice that the line is gone from a copy of the program, which is as it was afterwards."""
    file = source / "assay" / mutation["file"]
    text = file.read_text(encoding="utf-8")
    if text.count(mutation["old"]) != 1:
        raise SystemExit(f"{mutation['file']}: {mutation['old']!r} stands there {text.count(mutation['old'])} times")
    file.write_text(text.replace(mutation["old"], mutation["new"]), encoding="utf-8")
    paths = [str(source), str(ROOT), str(ROOT / "tests")]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(paths)}
    # What pyproject.toml says of paths comes before the environment.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        "0",
        "-o",
        f"pythonpath={' '.join(paths)}",
    ]
    try:
        codes = [
            subprocess.run(
                [*command, *shlex.split(test)], cwd=ROOT, env=environment, capture_output=True, check=False
            ).returncode
            for test in mutation["tests"]
        ]
    finally:
        file.write_text(text, encoding="utf-8")
    # 1 is a test that failed; anything else is no proof.
    if not set(codes) <= {0, 1}:
        raise SystemExit(f"{mutation['tests']}: pytest ended with {codes}")
    return 1 in codes


def main() -> int:
    """1 where a line may be taken out and nobody notices, or the page is not up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("call", nargs="?", default="")
    parser.add_argument("--of", choices=sorted(LISTS), default="aws")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    of = LISTS[asked.of]
    if asked.page:
        of.page.write_text(page(of), encoding="utf-8")
        return 0
    if asked.check:
        return int(any(each.page.read_text(encoding="utf-8") != page(each) for each in LISTS.values()))
    results: dict[int, bool] = {}
    # One copy for all: what is compiled of its rules is used again.
    with tempfile.TemporaryDirectory(prefix="assay-mutation-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source)
        for place, each in enumerate(mutations(of)):
            if asked.call in each["call"]:
                results[place] = noticed = fails(each, source)
                print(f"{'red  ' if noticed else 'GREEN'} {each['call']}: {each['holds']}", flush=True)
                if asked.record:
                    record(of, {place: noticed}, datetime.now(UTC).date())
    return int(not all(results.values()))


if __name__ == "__main__":
    sys.exit(main())
