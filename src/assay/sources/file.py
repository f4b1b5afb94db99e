"""Local files and folders, and standard input."""

from __future__ import annotations

import io
import os
import re
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

from assay.errors import ReadError, UsageError
from assay.formats.opening import open_file
from assay.model import AssetRef, Gap, Skip
from assay.sources.patterns import matched, matcher

_WAIT_SECONDS = 0.2

Identity = tuple[int, int]
"""Device and inode: one file, whatever it is called."""

OWN = {
    "own output": "what this scan writes",
    "own cache": "compiled identifiers of assay",
    "own catalog": "the catalog that this scan is kept in",
}
"""Reasons for leaving out what belongs to assay itself: nobody has to act on these."""

# Needs no encoding: the unreserved characters of RFC 3986, section 2.3.
_PLAIN = re.compile(r"/[A-Za-z0-9_.~/-]*")
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".jj"})
_SPECIAL = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


def file_uri(path: str) -> str:
    """`file://` URI of a path: absolute, percent-encoded by byte, so that names that are no UTF-8 have one too."""
    if _PLAIN.fullmatch(path):
        return "file://" + path
    return "file://" + quote(os.fsencode(path if path.startswith("/") else os.path.abspath(path)))


def path_of(target: str) -> str:
    """The path that a target names: a path as it is, or a `file://` URI. Raises `UsageError` for another host."""
    if not target.startswith("file:"):
        return target
    parts = urlsplit(target)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"{target}: only files of this machine can be read; write file:///path")
    return unquote(parts.path)


def identities(paths: Iterable[Path]) -> frozenset[Identity]:
    """Those of the paths that are there."""
    found = set()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)


class _Awaited(io.RawIOBase):
    """A pipe or a terminal that is never waited for without end.

    A signal that comes just before a blocking read is noticed only after it, which for a pipe may be never.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not select.select([self._descriptor], [], [], _WAIT_SECONDS)[0]:
            pass
        return os.readv(self._descriptor, [buffer])


def standard_input() -> IO[bytes]:
    """Standard input, to be read from its beginning. Raises `UsageError` if there is none."""
    if sys.stdin is None:
        raise UsageError("-: standard input is closed; name a file or a folder")
    stream = sys.stdin.buffer
    try:
        return stream if stream.seekable() else io.BufferedReader(_Awaited(stream.fileno()))
    except (OSError, ValueError):
        return stream  # not a file of the system's: given by whoever runs this in their own process


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Walks one target in sorted order. Yields an `AssetRef` per file to read, a `Gap` or `Skip` for every other.

    `own` holds files and folders of assay itself by a reason of `OWN`: they are left out below the target, and read
    when one of them is the target.
    """

    target: str
    exclude: Sequence[str] = ()
    gitignore: bool = True
    follow_symlinks: bool = False
    own: Mapping[str, frozenset[Identity]] = field(default_factory=dict)
    _mine: dict[Identity, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._mine.update((identity, reason) for reason, those in self.own.items() for identity in those)

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Files below the target. Raises `UsageError` when it is not there."""
        path = os.path.abspath(path_of(self.target))
        try:
            status = os.stat(path)
        except OSError as error:
            if os.path.islink(path):
                raise UsageError(f"{self.target}: the symbolic link leads nowhere") from None
            reason = "permission denied" if isinstance(error, PermissionError) else "no such file or folder"
            raise UsageError(f"{self.target}: {reason}") from None
        if not stat.S_ISDIR(status.st_mode):
            yield _asset(path, status)
            return
        excluded = matcher(self.exclude)
        yield from self._walk(path, path, excluded, (), frozenset({(status.st_dev, status.st_ino)}))

    def _walk(
        self,
        folder: str,
        root: str,
        excluded: Callable[[str], bool] | None,
        ignores: tuple[tuple[str, Any], ...],
        above: frozenset[tuple[int, int]],
    ) -> Iterator[AssetRef | Gap | Skip]:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_name)
        except OSError as error:
            yield Gap(
                resource=file_uri(folder), reason="unreadable", detail=f"folder cannot be listed: {error.strerror}"
            )
            return
        if self.gitignore:
            ignores = (*ignores, *_gitignore(folder, entries))
        for entry in entries:
            path = entry.path
            try:
                status = entry.stat(follow_symlinks=False)
                is_link = stat.S_ISLNK(status.st_mode)
                if is_link and self.follow_symlinks:
                    status = os.stat(path)
            except OSError as error:
                if isinstance(error, FileNotFoundError) and not entry.is_symlink():
                    yield Gap(resource=file_uri(path), reason="vanished", detail="was there when the folder was listed")
                else:
                    yield Gap(resource=file_uri(path), reason="unreadable", detail=str(error.strerror))
                continue
            is_folder = stat.S_ISDIR(status.st_mode)
            mine = self._mine.get((status.st_dev, status.st_ino))
            if mine is not None:
                yield Skip(resource=file_uri(path), reason=mine, detail=OWN[mine])
            elif excluded is not None and excluded(matched(path[len(root) :].lstrip("/") + ("/" if is_folder else ""))):
                yield Skip(resource=file_uri(path), reason="excluded", detail="matches --exclude")
            elif ignores and _ignored(ignores, path, is_folder):
                yield Skip(resource=file_uri(path), reason="gitignored", detail="--no-gitignore reads it")
            elif is_folder:
                if entry.name in _VERSION_CONTROL:
                    yield Skip(resource=file_uri(path), reason="version control", detail="objects of a repository")
                elif (status.st_dev, status.st_ino) in above:
                    yield Skip(resource=file_uri(path), reason="symlink loop", detail="leads to a folder above it")
                else:
                    here = above | {(status.st_dev, status.st_ino)}
                    yield from self._walk(path, root, excluded, ignores, here)
            elif is_link and not self.follow_symlinks:
                yield Skip(
                    resource=file_uri(path), reason="symlink", detail="not followed; its target is read where it lies"
                )
            else:
                yield _asset(path, status)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _asset(path: str, status: os.stat_result) -> AssetRef | Skip:
    special = _SPECIAL.get(stat.S_IFMT(status.st_mode))
    if special:
        return Skip(resource=file_uri(path), reason="special file", detail=f"a {special} holds no data of its own")
    return AssetRef(kind="file", uri=file_uri(path), path=path, size=status.st_size)


def _gitignore(folder: str, entries: Sequence[os.DirEntry[str]]) -> Iterator[tuple[str, Any]]:
    if not any(entry.name == ".gitignore" for entry in entries):
        return
    import pathspec  # only where there is one

    try:
        with open_file(os.path.join(folder, ".gitignore")) as stream:
            lines = stream.readall().decode("utf-8", "replace").splitlines()
    except (OSError, ReadError):
        return
    usable = []
    for line in lines:
        try:
            pathspec.PathSpec.from_lines("gitignore", [line])
        except ValueError:
            continue  # git, too, passes over a line that is no pattern
        usable.append(line)
    yield folder, pathspec.GitIgnoreSpec.from_lines(usable)


def _ignored(ignores: Sequence[tuple[str, Any]], path: str, is_folder: bool) -> bool:
    """The innermost .gitignore that speaks of the path decides."""
    for folder, spec in reversed(ignores):
        result = spec.check_file(matched(path[len(folder) :].lstrip("/") + ("/" if is_folder else ""))).include
        if result is not None:
            return bool(result)
    return False
