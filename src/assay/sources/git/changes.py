"""What was changed: the files, and in each the lines that were added."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from assay.errors import ReadError, UsageError
from assay.sources.git.command import output, run
from assay.sources.git.repository import Repository

Lines = tuple[tuple[int, int], ...]
"""First and last of the lines that were added, from 1 on."""

# What is compared is what git has, whatever programs the configuration names for showing it.
# Whether files of a submodule were changed is not asked: git would run what that one's own configuration names.
_DIFF = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "-M",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--ignore-submodules=dirty",
)
_RAW = ("--raw", "--numstat", "-z", "--no-abbrev")
_PATCH = ("--patch", "--unified=0", "--inter-hunk-context=0", "--no-indent-heuristic")
_COUNTED = re.compile(rb"(\d+|-)\t(?:\d+|-)\t(.*)", re.DOTALL)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_SUBMODULE = b"160000"


class Changed(NamedTuple):
    """A file that was added or changed: its blob (`None`: what lies on disk) and the lines that were added, `None` where
    these cannot be told and all of it counts. Of one whose merge is not done nothing is staged."""

    path: str
    blob: str | None
    lines: Lines | None
    is_submodule: bool = False
    is_unmerged: bool = False


def staged(repository: Repository) -> list[Changed]:
    """What the next commit would change."""
    return _changed(repository, ("--cached",), from_disk=False)


def since(repository: Repository, base: str) -> list[Changed]:
    """What was changed since the branches parted: in the working tree, in a bare repository in its HEAD.

    Raises `UsageError` where `base` is no commit, or it cannot be told where the branches parted.
    """
    code, out, _ = run(repository.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if code:
        hint = (
            "; this clone is shallow: fetch it first"
            if repository.is_shallow
            else "; name a branch, a tag or an id that is here, or fetch it first"
        )
        raise UsageError(f"--diff {base}: there is no such commit{hint}")
    commit = out.decode().strip()
    code, out, _ = run(repository.top, "merge-base", commit, "HEAD")
    if code and repository.is_shallow:
        raise UsageError(
            f"--diff {base}: where the branches parted is not in this shallow clone; fetch more of its history"
        )
    start = commit if code else out.decode().split()[0]
    if repository.is_bare:
        return _changed(repository, (start, "HEAD"), from_disk=False)
    filters = _without_filters(repository)
    return _changed(repository, (start,), from_disk=True, settings=filters)


def _changed(
    repository: Repository, what: tuple[str, ...], *, from_disk: bool, settings: tuple[str, ...] = ()
) -> list[Changed]:
    try:
        asked = (*settings, "-c", "diff.autoRefreshIndex=true", "diff", *_DIFF)
        raw = output(repository.top, *asked, *_RAW, *what, "--", index=not from_disk)
        patch = output(repository.top, *asked, *_PATCH, *what, "--", index=not from_disk)
    except ReadError as error:
        raise UsageError(f"{repository.top}: what was changed cannot be told: {error.detail}") from None
    added, counts = dict(_added(patch)), _counts(raw)
    below = os.fsencode(repository.below)
    found = []
    for path, old, new, mode, status in _listed(raw):
        if not path.startswith(below):
            continue
        if status == b"U":
            # In the working tree it is listed again, with what lies there.
            if not from_disk:
                found.append(Changed(os.fsdecode(path), None, None, is_unmerged=True))
            continue
        if not mode.strip(b"0"):
            continue
        # Another name or mode adds no line, and git has no patch of it.
        is_same = old == new or counts.get(path) == 0
        lines = added.get(path, () if is_same else None)
        is_blob = bool(new.strip(b"0")) and not from_disk
        found.append(Changed(os.fsdecode(path), new.decode() if is_blob else None, lines, mode == _SUBMODULE))
    return sorted(found)


def _listed(raw: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes, bytes]]:
    """Path, old and new blob, new mode, and what was done, of each file. What was deleted has no mode."""
    parts = iter(raw.split(b"\0"))
    for part in parts:
        if not part.startswith(b":"):
            return  # the counts stand behind
        _, mode, old, new, status = part[1:].split(b" ")
        path = next(parts, b"")
        if status[:1] in b"RC":
            path = next(parts, b"")
        yield path, old, new, mode, status[:1]


def _counts(raw: bytes) -> dict[bytes, int | None]:
    """How many lines were added to each file; `None` for one that git does not compare by lines."""
    counts: dict[bytes, int | None] = {}
    parts = iter(raw.split(b"\0"))
    for part in parts:
        if part.startswith(b":"):
            for _ in range(2 if part[part.rindex(b" ") + 1 :][:1] in b"RC" else 1):
                next(parts, b"")
            continue
        found = _COUNTED.fullmatch(part)
        if found is None:
            continue
        path = found[2]
        if not path:  # it has another name now
            next(parts, b"")
            path = next(parts, b"")
        before = counts.get(path, 0)
        counts[path] = None if before is None or found[1] == b"-" else before + int(found[1])
    return counts


def _added(patch: bytes) -> Iterator[tuple[bytes, Lines]]:
    """The lines that were added to each file that git compares line by line."""
    path: bytes | None = None
    found: list[tuple[int, int]] = []
    left = 0
    for line in patch.split(b"\n"):
        if left and line[:1] in b"+-" and line:
            left -= 1
        elif line.startswith(b"diff --git "):
            if path is not None:
                yield path, tuple(found)
            path, found, left = None, [], 0
        elif line.startswith(b"+++ ") and path is None:
            path = _named(line[4:])
        elif (hunk := _HUNK.match(line)) is not None:
            before, start, after = hunk.groups()
            count = 1 if after is None else int(after)
            left = count + (1 if before is None else int(before))
            if count:
                found.append((int(start), int(start) + count - 1))
    if path is not None:
        yield path, tuple(found)


def _named(text: bytes) -> bytes | None:
    """The path behind `+++`, which stands in quotes where it has characters that are not plain."""
    text = text.removesuffix(b"\t")
    if text.startswith(b'"'):
        text = _ESCAPE.sub(_unescaped, text[1:-1])
    return text[2:] if text.startswith(b"b/") else None


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes((int(code, 8) if code.isdigit() else _ESCAPES[code],))


def _without_filters(repository: Repository) -> tuple[str, ...]:
    """Settings under which no program that the configuration names is run on files of the working tree."""
    code, out, _ = run(
        repository.top, "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$"
    )
    if code:
        return ()
    found: list[str] = []
    for key in os.fsdecode(out).split("\0"):
        if key and "=" not in key:
            found += ["-c", f"{key}={'false' if key.endswith('.required') else ''}"]
    return tuple(found)
