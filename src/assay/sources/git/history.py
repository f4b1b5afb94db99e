"""Every blob that can be reached from a reference, once: with its path, and the first commit that has it."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import IO, NamedTuple

from assay.errors import ReadError
from assay.sources.git.command import into, output, run, streamed, tokens
from assay.sources.git.repository import Commit, Repository, moment

# Combined differences of merges have what is in none of the parents; all else came with one of them.
_SHOWN = ("--raw", "-z", "-c", "--root", "--no-renames", "--no-abbrev", "--no-show-signature", "--format=%H %aI")
# Most of its time goes into trees that are differences of others: more of these are held than by default.
_CACHE = ("-c", "core.deltaBaseCacheLimit=256m")
_LOG = (*_CACHE, "log", "--all", *_SHOWN)
_LOG_OF = (*_CACHE, "log", "--stdin", "--no-walk=unsorted", *_SHOWN)
_MANY = 4_000
"""Commits from which on several walks take a part each."""
_PARTS = 4
_MOST_WALKS = 8
"""At once, each of which may hold as much as the cache above."""
_SUBMODULE = b"160000"
_REFS = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
_CHECK = "--batch-check=%(objectname) %(objecttype) %(objectsize)"


class Blob(NamedTuple):
    """A blob and where it first was. `size` is `None` where the object is not there or cannot be read."""

    id: str
    path: str
    commit: Commit | None
    size: int | None


class Walked:
    """What a walk over all commits finds: blobs, and places of submodules. `broken` says why it ended early, if it did."""

    def __init__(self) -> None:
        self.blobs: dict[bytes, tuple[bytes, Commit | None]] = {}
        self.submodules: dict[bytes, Commit] = {}
        self.broken: ReadError | None = None


def walk(repository: Repository) -> Walked:
    """All blobs of all commits that a reference leads to, the newest first. What breaks the walk is told, and what is
    in the store of objects beyond it is found there."""
    found = _walked_at_once(repository) or Walked()
    try:
        if not found.blobs:
            with streamed(repository.top, *_LOG) as stream:
                _take(tokens(stream), found)
        _without_commit(repository, found)
    except ReadError as error:
        found.broken = error
        for name in _stored(repository):
            found.blobs.setdefault(name, (b"", None))
    return found


def _walked_at_once(repository: Repository) -> Walked | None:
    """The same by several walks side by side, of which one takes most of the time that a scan does not share among cores.

    `None` for a short history, and where one of them fails: the walk over all tells what is wrong.
    """
    try:
        commits = output(repository.top, "rev-list", "--all").split()
    except ReadError:
        return None
    cores = min(os.cpu_count() or 1, _MOST_WALKS)
    if len(commits) < _MANY or cores < 2:
        return None
    found = Walked()
    each = -(-len(commits) // (_PARTS * cores))
    parts = [commits[first : first + each] for first in range(0, len(commits), each)]
    running: deque[tuple[IO[bytes], Callable[[], bool]]] = deque()
    try:
        while parts or running:
            while parts and len(running) < cores:
                file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed where it is read, or below
                running.append((file, into(file, repository.top, *_LOG_OF, given=b"\n".join(parts.pop(0)))))
            file, succeeds = running[0]
            if not succeeds():
                return None
            running.popleft()
            # They are read in the order of all commits, as one walk tells them.
            with file:
                file.seek(0)
                _take(tokens(file), found)
    finally:
        for file, succeeds in running:
            succeeds()
            file.close()
    return found


def _take(parts: Iterator[bytes], found: Walked) -> None:
    blobs, commit = found.blobs, Commit("", "")
    for part in parts:
        token = part.removeprefix(b"\n")
        if not token.startswith(b":"):
            if token:
                name, _, date = token.decode("ascii", "replace").partition(" ")
                commit = Commit(name, moment(date))
            continue
        path = next(parts, b"")
        parents = len(token) - len(token.lstrip(b":"))
        fields = token.split(b" ")
        mode, name_ = fields[parents], fields[2 * parents + 1]
        if mode == _SUBMODULE:
            found.submodules[path] = commit
        elif name_.strip(b"0"):
            # The last that is told is the first that had it.
            blobs[name_] = (path, commit)


def _without_commit(repository: Repository, found: Walked) -> None:
    """Blobs and trees that a reference names itself, as some tags do."""
    refs = output(repository.top, "for-each-ref", _REFS)
    for line in refs.splitlines():
        kind, name, peeled, inner, ref = line.split(b" ", 4)
        if peeled:
            kind, name = peeled, inner
        if kind == b"tag":  # a tag of a tag
            asked = b"%b^{}\n" % name
            told = output(repository.top, "cat-file", "--batch-check=%(objecttype) %(objectname)", given=asked)
            kind, _, name = told.strip().partition(b" ")
        if kind == b"blob":
            found.blobs.setdefault(name, (ref, None))
        elif kind == b"tree":
            for entry in output(repository.top, "ls-tree", "-r", "-z", name.decode()).split(b"\0"):
                if entry:
                    about, _, path = entry.partition(b"\t")
                    _mode, kind, blob = about.split(b" ")
                    if kind == b"blob":
                        found.blobs.setdefault(blob, (path, None))


def _stored(repository: Repository) -> Iterator[bytes]:
    """All blobs of the store, whether anything leads to them or not. Raises nothing: there may be none that can be told."""
    try:
        yield from _present(repository)
    except ReadError:
        return


def sized(repository: Repository, found: Walked) -> Iterator[Blob]:
    """The blobs by path, those of one path from the newest on, as packs hold them: each is a difference from a newer one."""
    below = os.fsencode(repository.below)
    wanted = [(path, name, commit) for name, (path, commit) in found.blobs.items() if path.startswith(below)]
    wanted.sort(key=_path)
    names = [name for _, name, _ in wanted]
    told = _present(repository) if is_partial(repository) else _asked(repository, names)
    for path, name, commit in wanted:
        yield Blob(name.decode(), os.fsdecode(path), commit, told.get(name))


def is_partial(repository: Repository) -> bool:
    """Whether objects were left out when it was cloned. git fetches such objects when it is asked for them, or ends."""
    code, out, _ = run(repository.top, "config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$")
    return code == 0 and bool(out.strip())


def _asked(repository: Repository, names: Sequence[bytes]) -> dict[bytes, int]:
    """The sizes of blobs; those that are not there are left out."""
    given = b"".join(b"%b\n" % name for name in names)
    return _sizes(output(repository.top, "cat-file", _CHECK, "--buffer", given=given))


def _present(repository: Repository) -> dict[bytes, int]:
    return _sizes(output(repository.top, "cat-file", _CHECK, "--buffer", "--batch-all-objects"))


def _sizes(told: bytes) -> dict[bytes, int]:
    # "ID missing" is told of what is not there.
    lines = (line.split(b" ") for line in told.splitlines())
    return {fields[0]: int(fields[2]) for fields in lines if len(fields) == 3 and fields[1] == b"blob"}


def _path(item: tuple[bytes, bytes, Commit | None]) -> bytes:
    return item[0]
