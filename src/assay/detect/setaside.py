"""Files of users' folders whose expressions cannot be run: told with file and line, while the rest is looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from assay.detect.cache import Broken
from assay.detect.files import files_under
from assay.detect.written import read_written
from assay.detect.yamlmarks import load_with_marks
from assay.errors import RuleError
from assay.model import Identifier


class SetAside(NamedTuple):
    """The identifiers that run, and the files of those that do not."""

    identifiers: list[Identifier]
    broken: tuple[Broken, ...]


def set_aside(
    identifiers: Sequence[Identifier],
    untrusted: frozenset[str],
    paths: Sequence[Path],
    runs: Callable[[Sequence[Identifier]], object],
    error: RuleError,
) -> SetAside:
    """What is left without the files of folders at `paths` that cannot run. `runs` raises `RuleError` for what cannot.

    First each is tried alone; where all run alone, by halves beside the rest, since room may lack for all of them together.
    Raises `error` where no file of a folder is at fault: one that is named itself is not passed over.
    """
    files = _files(paths)
    own = [item for item in identifiers if item.path in untrusted and item.path in files]
    problems = {item.path: problem for item in own if (problem := _problem([item], runs))}
    if not problems:
        rest = [item for item in identifiers if item not in own]
        if _problem(rest, runs):
            raise error
        problems = _together(rest, own, runs)
    broken = [Broken(files[path], _told(files[path], path, problem)) for path, problem in sorted(problems.items())]
    left = [item for item in identifiers if item.path not in problems]
    if not broken:
        raise error
    return SetAside(left, tuple(broken))


def _files(paths: Sequence[Path]) -> dict[str, Path]:
    """The files of folders, by the ids that their identifiers have."""
    return {
        file.relative_to(root).with_suffix("").as_posix(): file
        for root in paths
        if root.is_dir()
        for file in files_under(root)
    }


def _problem(identifiers: Sequence[Identifier], runs: Callable[[Sequence[Identifier]], object]) -> str | None:
    try:
        runs(identifiers)
    except RuleError as error:
        return str(error)
    return None


def _together(
    kept: list[Identifier], added: Sequence[Identifier], runs: Callable[[Sequence[Identifier]], object]
) -> dict[str, str]:
    """Those of `added` with which the others do not run any more; what runs is added to `kept`."""
    problem = _problem([*kept, *added], runs) if added else None
    if problem is None:
        kept.extend(added)
        return {}
    if len(added) == 1:
        return {added[0].path: problem}
    half = len(added) // 2
    return _together(kept, added[:half], runs) | _together(kept, added[half:], runs)


def _told(file: Path, path: str, problem: str) -> str:
    """The problem with file and line: that of the expression where the problem names one."""
    said = problem.removeprefix(f"{path}: ")
    document, marks = load_with_marks(read_written(file))
    at: tuple[str | int, ...] = ("patterns",)
    if said != problem and isinstance(document, dict):
        for index, pattern in enumerate(document["patterns"]):
            if said.startswith(f"pattern '{pattern['id']}': "):
                key = said.partition("': ")[2].partition(" ")[0]
                at = ("patterns", index, key) if key in pattern else ("patterns", index)
    return f"{file}:{marks.get(at, marks.get(at[:-1], 1))}: {said}"
