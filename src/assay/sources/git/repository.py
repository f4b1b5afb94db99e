"""A repository: what a target names, and how what lies in it is called."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote

from assay.errors import UsageError
from assay.sources.git.command import run

PREFIX = "git:"

_ADDRESS = re.compile(r"git:(?:[a-z+]+://|[\w.-]+@[\w.-]+:)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_.~-][A-Za-z0-9_.~/-]*")
_ASKED = ("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--absolute-git-dir")


class Commit(NamedTuple):
    """A commit: its id, and when its author made it (ISO 8601, UTC; empty where that is no date). Nothing of who that was."""

    id: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Repository:
    """`top` is its working tree, of a bare one itself; `below` is the part of it that is asked for, with a slash at its end."""

    top: str
    git_dir: str
    below: str = ""
    is_bare: bool = False
    is_shallow: bool = False

    @cached_property
    def _quoted_top(self) -> str:
        return quote(os.fsencode(os.path.join(self.top, "")))

    def uri(self, path: str, commit: Commit | None, blob: str) -> str:
        """The URI of a blob: its path in the repository and the commit that brought it, by its own id where none is known."""
        # There is one for every blob of a history, and nearly all are called plainly.
        plain = _PLAIN.fullmatch(path)
        place = f"{self._quoted_top}{path}" if plain else quote(os.fsencode(os.path.join(self.top, path)))
        if commit is None:
            return f"git://{place}?blob={blob}"
        return f"git://{place}?commit={commit.id}" + (f"&date={commit.date}" if commit.date else "")

    @property
    def root(self) -> str:
        """What the URIs of all blobs of its history begin with."""
        return f"git://{quote(os.fsencode(os.path.join(self.top, self.below)))}"


def place_of(target: str) -> str:
    """The path of a target `git:PATH`. Raises `UsageError` for what names no path of this machine."""
    path = target[len(PREFIX) :] if target[: len(PREFIX)].lower() == PREFIX else target
    if path.startswith("//"):
        raise UsageError(f"{target}: repositories elsewhere are not fetched; clone it, and scan the clone as git:PATH")
    if not path:
        raise UsageError(f"{target}: names no repository; write git:PATH, git:. for the one you are in")
    if "\0" in path:
        raise UsageError("git:: a path cannot hold a null character")
    return os.path.abspath(path)


def find(target: str) -> Repository:
    """The repository that a target lies in. Raises `UsageError` where there is none, or git will not read it."""
    place = place_of(target)
    if not os.path.isdir(place) and _ADDRESS.match(target):
        # It may hold a password: it is not shown.
        raise UsageError("git:…: is an address of a repository elsewhere; clone it, and name the folder")
    if not os.path.isdir(place):
        raise UsageError(f"{target}: there is no folder {place}; name a repository, or a folder in one")
    code, out, said = run(place, "rev-parse", *_ASKED)
    if code:
        raise UsageError(f"{target}: {_why(said, place)}")
    bare, inside, shallow, git_dir = os.fsdecode(out).split("\n", 3)
    git_dir = git_dir.removesuffix("\n")
    is_shallow = shallow == "true"
    if inside != "true":
        # A bare repository, or the .git folder of one that is not: it has a history, and no files of its own.
        return Repository(top=git_dir, git_dir=git_dir, is_bare=True, is_shallow=is_shallow)
    # One after the other, since names of folders may have line ends.
    told = []
    for asked in ("--show-toplevel", "--show-prefix"):
        code, out, said = run(place, "rev-parse", asked)
        if code:
            raise UsageError(f"{target}: {_why(said, place)}")
        told.append(os.fsdecode(out).removesuffix("\n"))
    top, below = told
    return Repository(top=top, git_dir=git_dir, below=below, is_bare=bare == "true", is_shallow=is_shallow)


def _why(said: str, place: str) -> str:
    if "not a git repository" in said:
        return f"{place} is in no repository; name one as git:PATH, or scan the folder without git:"
    if "dubious ownership" in said:
        return f"git does not read it, since another user owns it; git config --global --add safe.directory {place}"
    return f"git cannot read it: {said}"


def moment(text: str) -> str:
    """An author's date in UTC, empty for one that is no date."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
