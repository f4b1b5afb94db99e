"""`python tools/mutations.py`: takes out, one after the other, the lines that make writing to AWS safe, and says whether tests notice that pass
with them; with `--of desk` those that make the desk safe, with `--of formats` those of snippets, pictures, copies and baselines.

`--record` notes the day beside each that was noticed, and takes that of the others away. `--page` writes the page of them
instead, `--check` says whether it is up to date; words as arguments narrow it to what has all of them in its name or its file, `--never` to what never was noticed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from mutating import Mutating, Mutation

ROOT = Path(__file__).parents[1]
_HEAD = """# What holds when assay writes to AWS

Each line is something that must not be lost when the code changes: an order, a merge, a limit, a page, an answer of success
that names failures. `python tools/mutations.py` runs the test beside it, takes the line out, runs it again, and says whether it
fails then. `{{each}}` stands for what the line is about. A test fails where a call that writes, as the code declares them, has no line here.
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
_HEAD_OF_FORMATS = """# What holds of snippets, pictures, masked copies and baselines

Each line is something that must not be lost when the code changes: what is not shown, what is taken out of a copy, what is told anew. `python
tools/mutations.py --of formats` takes it out and says whether the test beside it fails.
This page is made of `tests/cases/format_mutations.yaml`. {seen}

| about | what holds | where | the test that fails without it | last taken out and noticed |
|---|---|---|---|---|
"""
_ENTRY = re.compile(r"(?m)^(?=- call:)")
_NOTICED = re.compile(r"(?m)^  noticed: .*\n")

EVERY = "every write"
_READS = (
    "Describe", "Get", "List", "Head", "Scan", "Query", "BatchGet", "Lookup", "Search", "Select", "Detect", "Contains", "Receive", "Assume",
    "Converse", "Invoke",
)  # fmt: skip
"""How operations begin that change nothing; the last two ask a model."""


def is_write(operation: str) -> bool:
    """
    >>> is_write("s3.GetObject"), is_write("s3.PutObject")
    (False, True)
    """
    return not operation.partition(".")[2].startswith(_READS)


class Listed(NamedTuple):
    """Where a list stands, its page, and how that begins. `apart`: each is run in a copy, as its tests start servers."""

    file: Path
    page: Path
    head: str
    apart: bool = False


AWS = Listed(ROOT / "tests/cases/mutations.yaml", ROOT / "docs/aws-writes.md", _HEAD)
DESK = Listed(ROOT / "tests/cases/desk_mutations.yaml", ROOT / "docs/desk-checks.md", _HEAD_OF_DESK, apart=True)
FORMATS = Listed(ROOT / "tests/cases/format_mutations.yaml", ROOT / "docs/format-checks.md", _HEAD_OF_FORMATS)
LISTS = {"aws": AWS, "desk": DESK, "formats": FORMATS}


def mutations(of: Listed) -> list[dict[str, Any]]:
    """All of them, as they are listed."""
    found: list[dict[str, Any]] = yaml.safe_load(of.file.read_text(encoding="utf-8"))
    return found


def covered(writes: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Protectors (else modules) and the calls of theirs for which something is listed; `writes` are those of what an entry is `each` of."""
    told: set[tuple[str, str]] = set()
    for each in mutations(AWS):
        calls = each["call"].split()
        for name in each.get("each", ()):
            told |= {(name.partition("+")[0], call) for call in writes[name]}
        for name in each.get("of", [] if "each" in each else [Path(each["file"]).stem]):
            if each["call"] != EVERY:
                told |= {(name, call) for call in calls}
            else:
                module = importlib.import_module(f"assay.protectors.{name}")
                told |= {(name, call) for call in module.CALLS if is_write(call)}
    return told


def page(of: Listed) -> str:
    """The page of them."""
    listed = mutations(of)
    rows = (
        f"| {_of(each)} | {each['holds']} | `{each['file']}` | {'; '.join(f'`{test}`' for test in each['tests'])} "
        f"| {each.get('noticed') or 'never'} |\n"
        for each in listed
    )
    seen = sum("noticed" in each for each in listed)
    many = sum(len(each.get("each", (None,))) for each in listed)
    each_of = f", {many} with each protector that a line is about" if many > len(listed) else ""
    return of.head.format(seen=f"Of its {len(listed)} lines{each_of}, {seen} were taken out, and noticed.") + "".join(
        rows
    )


def _of(entry: Mapping[str, Any]) -> str:
    names = [f"`{name}`" for name in (*entry.get("each", ()), *entry.get("of", ()))]
    if entry["call"] == EVERY:
        calls = EVERY
    else:
        # Of the desk it is said in words what a line is about.
        calls = ", ".join(f"`{call}`" for call in (entry["call"].split() if "." in entry["call"] else [entry["call"]]))
    return f"{calls} of {', '.join(names)}" if names else calls


def record(of: Listed, results: Mapping[int, bool], day: date) -> None:
    """Notes which were noticed, by their places in the list."""
    head, *entries = _ENTRY.split(of.file.read_text(encoding="utf-8"))
    for place, noticed in results.items():
        entry = _NOTICED.sub("", entries[place])
        entries[place] = entry + (f"  noticed: {day}\n" if noticed else "")
    of.file.write_text(head + "".join(entries), encoding="utf-8")


def fails(mutation: Mutation, folder: Path) -> bool:
    """Whether tests notice that the line is gone from a copy."""
    source = folder / "src"
    shutil.copytree(ROOT / "src", source)
    file = source / "assay" / mutation.file
    file.write_text(file.read_text(encoding="utf-8").replace(mutation.old, mutation.new), encoding="utf-8")
    paths = [str(source), str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    # What pyproject.toml says of paths comes before the environment.
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-o", f"pythonpath={' '.join(paths)}"]
    codes = [
        subprocess.run(
            [*command, *shlex.split(test)], cwd=ROOT, env=environment, capture_output=True, check=False
        ).returncode
        for test in mutation.tests
    ]
    # 1 is a test that failed; anything else is no proof.
    if not set(codes) <= {0, 1}:
        raise SystemExit(f"{mutation.tests}: pytest ended with {codes}")
    return 1 in codes


def expanded(of: Listed) -> list[tuple[int, Mutation]]:
    """Each mutation with its place in the list; what holds for many protectors is one for each of them, of which every one has to be
    noticed."""
    told = []
    for place, each in enumerate(mutations(of)):
        for name in each.get("each") or (None,):
            tests = tuple(test.replace("{each}", str(name)) for test in each["tests"])
            called = f"{each['call']}: {each['holds']}" + (f" ({name})" if name else "")
            one = Mutation(name=called, file=each["file"], old=each["old"], new=each["new"], tests=tests)
            told.append((place, one))
    return told


def run(chosen: Sequence[Mutation], *, apart: bool) -> tuple[dict[str, bool], list[str]]:
    """Whether each was noticed, by name, and which tests fail as it is."""
    whole = Mutating(mutations=() if apart else chosen)
    files = sorted({test.partition(" -k ")[0] for each in chosen for test in each.tests})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    code = 5 if apart else pytest.main(["-o", "addopts=", "-p", "no:terminal", "-n", "0", *files], plugins=[whole])
    # 5: no test ran, which is so where all mutations are looked at in copies.
    if code not in (0, 1, 5):
        raise SystemExit(f"pytest ended with {int(code)}")
    for each in chosen:
        # What a module made when it was imported keeps the functions that it made then: a green is looked at in a copy, too.
        if not apart and each.name not in whole.apart and whole.noticed.get(each.name, True):
            continue
        with tempfile.TemporaryDirectory(prefix="assay-mutation-") as folder:
            whole.noticed[each.name] = fails(each, Path(folder))
        print(f"{'red  ' if whole.noticed[each.name] else 'GREEN'} {each.name}", flush=True)
    return whole.noticed, whole.broken


def main() -> int:
    """1 where a line may be taken out and nobody notices, or the page is not up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("call", nargs="*")
    parser.add_argument("--of", choices=sorted(LISTS), default="aws")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--never", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    of = LISTS[asked.of]
    if asked.page:
        of.page.write_text(page(of), encoding="utf-8")
        return 0
    if asked.check:
        return int(any(each.page.read_text(encoding="utf-8") != page(each) for each in LISTS.values()))
    noted = ["noticed" in each for each in mutations(of)]
    chosen = [
        (place, each)
        for place, each in expanded(of)
        if all(word in f"{each.name} {each.file}" for word in asked.call) and not (asked.never and noted[place])
    ]
    noticed, broken = run([each for _, each in chosen], apart=of.apart)
    for test in broken:
        print(f"fails as it is: {test}")
    if asked.record:
        told: dict[int, bool] = {}
        for place, each in chosen:
            told[place] = told.get(place, True) and noticed.get(each.name, False)
        record(of, told, datetime.now(UTC).date())
    return int(bool(broken) or not all(noticed.get(each.name) for _, each in chosen))


if __name__ == "__main__":
    sys.exit(main())
