"""`python tools/mutations.py`: takes out, one after the other, the lines that make writing to AWS safe, and says whether tests notice that pass
with them.

`--record` notes the day beside each that was noticed, and takes that of the others away. `--page` writes docs/aws-writes.md
instead, `--check` says whether it is up to date; words as arguments narrow it to what has all of them in its name or its file.
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
from typing import Any

import pytest
import yaml
from mutating import Mutating, Mutation

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests/cases/mutations.yaml"
PAGE = ROOT / "docs/aws-writes.md"
_HEAD = """# What holds when assay writes to AWS

Each line is something that must not be lost when the code changes: an order, a merge, a limit, a page, an answer of success
that names failures. `python tools/mutations.py` runs the test beside it, takes the line out, runs it again, and says whether it
fails then. `{{each}}` stands for what the line is about. A test fails where a call that writes, as the code declares them, has no line here.
This page is made of `tests/cases/mutations.yaml`. {seen}

| call | what holds | where | the test that fails without it | last taken out and noticed |
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


def mutations() -> list[dict[str, Any]]:
    """All of them, as they are listed."""
    found: list[dict[str, Any]] = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return found


def covered(writes: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Protectors (else modules) and the calls of theirs for which something is listed; `writes` are those of what an entry is `each` of."""
    told: set[tuple[str, str]] = set()
    for each in mutations():
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


def page() -> str:
    """The page of them."""
    listed = mutations()
    rows = (
        f"| {_of(each)} | {each['holds']} | `{each['file']}` | {'; '.join(f'`{test}`' for test in each['tests'])} "
        f"| {each.get('noticed') or 'never'} |\n"
        for each in listed
    )
    seen = sum("noticed" in each for each in listed)
    many = sum(len(each.get("each", (None,))) for each in listed)
    return _HEAD.format(
        seen=f"Of its {len(listed)} lines, {many} with each protector that a line is about, {seen} were taken out, and noticed."
    ) + "".join(rows)


def _of(entry: Mapping[str, Any]) -> str:
    names = [f"`{name}`" for name in (*entry.get("each", ()), *entry.get("of", ()))]
    calls = entry["call"] if entry["call"] == EVERY else ", ".join(f"`{call}`" for call in entry["call"].split())
    return f"{calls} of {', '.join(names)}" if names else calls


def record(results: Mapping[int, bool], day: date) -> None:
    """Notes which were noticed, by their places in the list."""
    head, *entries = _ENTRY.split(LIST.read_text(encoding="utf-8"))
    for place, noticed in results.items():
        entry = _NOTICED.sub("", entries[place])
        entries[place] = entry + (f"  noticed: {day}\n" if noticed else "")
    LIST.write_text(head + "".join(entries), encoding="utf-8")


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


def expanded() -> list[tuple[int, Mutation]]:
    """Each mutation with its place in the list; what holds for many protectors is one for each of them, of which every one has to be
    noticed."""
    told = []
    for place, each in enumerate(mutations()):
        for name in each.get("each") or (None,):
            tests = tuple(test.replace("{each}", str(name)) for test in each["tests"])
            called = f"{each['call']}: {each['holds']}" + (f" ({name})" if name else "")
            one = Mutation(name=called, file=each["file"], old=each["old"], new=each["new"], tests=tests)
            told.append((place, one))
    return told


def run(chosen: Sequence[Mutation]) -> tuple[dict[str, bool], list[str]]:
    """Whether each was noticed, by name, and which tests fail as it is."""
    whole = Mutating(mutations=chosen)
    files = sorted({test.partition(" -k ")[0] for each in chosen for test in each.tests})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    code = pytest.main(["-o", "addopts=", "-p", "no:terminal", "-n", "0", *files], plugins=[whole])
    # 5: no test ran, which is so where all mutations are looked at in copies.
    if code not in (0, 1, 5):
        raise SystemExit(f"pytest ended with {int(code)}")
    apart = [each for each in chosen if each.name in whole.apart]
    for each in apart:
        with tempfile.TemporaryDirectory(prefix="assay-mutation-") as folder:
            whole.noticed[each.name] = fails(each, Path(folder))
        print(f"{'red  ' if whole.noticed[each.name] else 'GREEN'} {each.name}", flush=True)
    return whole.noticed, whole.broken


def main() -> int:
    """1 where a line may be taken out and nobody notices, or the page is not up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("call", nargs="*")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if asked.page:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if asked.check:
        return int(PAGE.read_text(encoding="utf-8") != page())
    chosen = [
        (place, each) for place, each in expanded() if all(word in f"{each.name} {each.file}" for word in asked.call)
    ]
    noticed, broken = run([each for _, each in chosen])
    for test in broken:
        print(f"fails as it is: {test}")
    if asked.record:
        told: dict[int, bool] = {}
        for place, each in chosen:
            told[place] = told.get(place, True) and noticed.get(each.name, False)
        record(told, datetime.now(UTC).date())
    return int(bool(broken) or not all(noticed.get(each.name) for _, each in chosen))


if __name__ == "__main__":
    sys.exit(main())
