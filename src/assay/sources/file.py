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
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from assay.errors import ReadError, UsageError
from assay.formats.opening import open_file
from assay.model import AssetRef, Gap, Skip
from assay.sources.patterns import matched, matcher

_WAIT_SECONDS = 0.2

Identity = tuple[int, int]
"""Device and inode: one file, whatever it is called."""

Ignores = tuple[tuple[str, Any], ...]
"""Folders with a .gitignore and what it says, the outermost first."""

GITIGNORE = ".gitignore"
"""The name of a file that says what is left out of its folder."""

OWN = {
    "own output": "what this scan writes",
    "own cache": "compiled identifiers of assay",
    "own catalog": "the catalog that this scan is kept in",
    "own baseline": "the baseline that says what is known",
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


class _Inside(NamedTuple):
    """A folder that is listed: the rules of those above it, these with its own, and which folders it lies in, itself among them."""

    ignores_above: Ignores
    ignores: Ignores
    above: frozenset[Identity]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Walks one target in sorted order. Yields an `AssetRef` per file to read, a `Gap` or `Skip` for every other.

    `own` holds files and folders of assay itself by a reason of `OWN`: they are left out below the target, and read
    when one of them is the target. `entering` is told of each folder before it is listed.
    """

    target: str
    exclude: Sequence[str] = ()
    gitignore: bool = True
    follow_symlinks: bool = False
    own: Mapping[str, frozenset[Identity]] = field(default_factory=dict)
    entering: Callable[[str], None] | None = None
    _mine: dict[Identity, str] = field(default_factory=dict, init=False, repr=False)
    _folders: dict[str, _Inside | Gap | Skip | None] = field(default_factory=dict, init=False, repr=False)
    _excluded: Callable[[str], bool] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._mine.update((identity, reason) for reason, those in self.own.items() for identity in those)
        object.__setattr__(self, "_excluded", matcher(self.exclude))

    @property
    def root(self) -> str:
        """The absolute path of the target."""
        return os.path.abspath(path_of(self.target))

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Files below the target. Raises `UsageError` when it is not there."""
        path = self.root
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
        yield from self._walk(path, path, (), frozenset({(status.st_dev, status.st_ino)}))

    def below(self, folder: str) -> Iterator[AssetRef | Gap | Skip]:
        """What `assets` has of a folder below the target (an absolute path); nothing where it is no folder."""
        inside = self._inside(folder, self.root)
        if isinstance(inside, _Inside):
            yield from self._walk(folder, self.root, inside.ignores_above, inside.above)
        elif inside is not None:
            yield inside

    def at(self, path: str) -> AssetRef | Gap | Skip | None:
        """What `assets` has of one absolute path below the target, or of the folder above it that is left out as a whole.

        `None` where nothing is there, and for a folder that is listed. What folders have been asked about is remembered:
        a source that is asked again later has to be a new one.
        """
        root = self.root
        inside = self._inside(os.path.dirname(path), root)
        if not isinstance(inside, _Inside):
            return inside
        try:
            status = os.lstat(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                return None
            return Gap(resource=file_uri(path), reason="unreadable", detail=str(error.strerror))
        item = self._item(path, os.path.basename(path), lambda: status, root, inside.ignores, inside.above)
        return None if isinstance(item, os.stat_result) else item

    def _inside(self, folder: str, root: str) -> _Inside | Gap | Skip | None:
        """The rules within a folder; or what it, or one above it, is left out by; `None` where it is no folder."""
        if folder not in self._folders:
            self._folders[folder] = self._entered(folder, root)
        return self._folders[folder]

    def _entered(self, folder: str, root: str) -> _Inside | Gap | Skip | None:
        try:
            status = os.stat(folder) if folder == root else os.lstat(folder)
        except OSError:
            return None
        ignores: Ignores = ()
        above: frozenset[Identity] = frozenset()
        if folder != root:
            parent = self._inside(os.path.dirname(folder), root)
            if not isinstance(parent, _Inside):
                return parent
            ignores, above = parent.ignores, parent.above
            item = self._item(folder, os.path.basename(folder), lambda: status, root, ignores, above)
            if isinstance(item, AssetRef):
                return None
            if not isinstance(item, os.stat_result):
                return item
            status = item
        within = ignores
        if self.gitignore and os.path.lexists(os.path.join(folder, GITIGNORE)):
            within = (*ignores, *_gitignore(folder))
        return _Inside(ignores, within, above | {(status.st_dev, status.st_ino)})

    def _walk(
        self, folder: str, root: str, ignores: Ignores, above: frozenset[Identity]
    ) -> Iterator[AssetRef | Gap | Skip]:
        if self.entering is not None:
            self.entering(folder)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_name)
        except OSError as error:
            yield Gap(
                resource=file_uri(folder), reason="unreadable", detail=f"folder cannot be listed: {error.strerror}"
            )
            return
        if self.gitignore and any(entry.name == GITIGNORE for entry in entries):
            ignores = (*ignores, *_gitignore(folder))
        for entry in entries:
            item = self._item(entry.path, entry.name, partial(entry.stat, follow_symlinks=False), root, ignores, above)
            if isinstance(item, os.stat_result):
                yield from self._walk(entry.path, root, ignores, above | {(item.st_dev, item.st_ino)})
            else:
                yield item

    def _item(
        self,
        path: str,
        name: str,
        status_of: Callable[[], os.stat_result],
        root: str,
        ignores: Ignores,
        above: frozenset[Identity],
    ) -> AssetRef | Gap | Skip | os.stat_result:
        """What is listed of one entry of a folder; the status of a folder that is to be listed."""
        is_link = False
        try:
            status = status_of()
            is_link = stat.S_ISLNK(status.st_mode)
            if is_link and self.follow_symlinks:
                status = os.stat(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not is_link:
                return Gap(resource=file_uri(path), reason="vanished", detail="was there when the folder was listed")
            return Gap(resource=file_uri(path), reason="unreadable", detail=str(error.strerror))
        is_folder = stat.S_ISDIR(status.st_mode)
        mine = self._mine.get((status.st_dev, status.st_ino))
        if mine is not None:
            return Skip(resource=file_uri(path), reason=mine, detail=OWN[mine])
        within = path[len(root) :].lstrip("/") + ("/" if is_folder else "")
        if self._excluded is not None and self._excluded(matched(within)):
            return Skip(resource=file_uri(path), reason="excluded", detail="matches --exclude")
        if ignores and _ignored(ignores, path, is_folder):
            return Skip(resource=file_uri(path), reason="gitignored", detail="--no-gitignore reads it")
        if is_folder:
            if name in _VERSION_CONTROL:
                return Skip(resource=file_uri(path), reason="version control", detail="objects of a repository")
            if (status.st_dev, status.st_ino) in above:
                return Skip(resource=file_uri(path), reason="symlink loop", detail="leads to a folder above it")
            return status
        if is_link and not self.follow_symlinks:
            return Skip(
                resource=file_uri(path), reason="symlink", detail="not followed; its target is read where it lies"
            )
        return _asset(path, status)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _asset(path: str, status: os.stat_result) -> AssetRef | Skip:
    special = _SPECIAL.get(stat.S_IFMT(status.st_mode))
    if special:
        return Skip(resource=file_uri(path), reason="special file", detail=f"a {special} holds no data of its own")
    return AssetRef(kind="file", uri=file_uri(path), path=path, size=status.st_size)


def _gitignore(folder: str) -> Iterator[tuple[str, Any]]:
    import pathspec  # only where there is one

    try:
        with open_file(os.path.join(folder, GITIGNORE)) as stream:
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


def _ignored(ignores: Ignores, path: str, is_folder: bool) -> bool:
    """The innermost .gitignore that speaks of the path decides."""
    for folder, spec in reversed(ignores):
        result = spec.check_file(matched(path[len(folder) :].lstrip("/") + ("/" if is_folder else ""))).include
        if result is not None:
            return bool(result)
    return False
