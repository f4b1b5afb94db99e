"""A repository as a source: the files of its working tree, all blobs of its history, or what was changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assay.errors import ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.sources.file import OWN, Identity, file_uri
from assay.sources.git.changes import Changed, Lines, since, staged
from assay.sources.git.command import output
from assay.sources.git.history import sized, walk
from assay.sources.git.opener import GitOpener
from assay.sources.git.repository import Repository, find
from assay.sources.patterns import matched, matcher

Items = Iterator[AssetRef | Gap | Skip]

_NOT_HERE = "git has it, and the working tree has not: deleted, or left out of a sparse checkout"
_SUBMODULE = "a repository of its own, which is not checked out here"
_CHANGES_OF = "a repository of its own, whose changes are not among those of this one; scan it by itself"
_HISTORY_OF = "a repository of its own: its history is read as git:PATH --history where it is checked out"
_UNMERGED = "its merge is not done, so nothing of it is staged; resolve it and add it"
_AGAIN = "a folder that says it is a repository that it lies in; scan it without git:"
_REFUSED = "git does not read this repository: another user owns it (safe.directory), or it is damaged"
_LINK = "not followed; its target is read where it lies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of a repository: the working tree, unless one of these is asked for."""

    history: bool = False
    staged: bool = False
    diff: str | None = None

    @property
    def is_change(self) -> bool:
        """Whether only what was changed is asked for."""
        return self.staged or self.diff is not None


class GitSource:
    """The repository at `target`, the `number`-th of its scan. `exclude` are patterns as in .gitignore, of paths in it.

    Raises `UsageError` where there is no repository, or it has not what is asked for.
    """

    def __init__(
        self,
        target: str,
        scope: Scope,
        *,
        number: int = 0,
        exclude: Sequence[str] = (),
        own: Mapping[str, frozenset[Identity]] | None = None,
    ) -> None:
        self.target = target
        self._scope = scope
        self._number = number
        self._excluded = matcher(exclude)
        self._mine = {identity: reason for reason, those in (own or {}).items() for identity in those}
        self._repository = find(target)
        if self._repository.is_bare and not scope.history and scope.diff is None:
            wanted = "nothing can be staged in it" if scope.staged else "it has no files of its own"
            raise UsageError(f"{target}: is a bare repository, {wanted}; --history reads what it has")

    @property
    def root(self) -> str:
        """What the URIs of all that is listed begin with."""
        repository = self._repository
        if self._scope.history or repository.is_bare:
            return repository.root
        return os.path.join(repository.top, repository.below)

    def opener(self) -> GitOpener:
        """Opens blobs, in this process or another one."""
        return GitOpener(self._repository.top)

    @cached_property
    def _changes(self) -> list[Changed]:
        if self._scope.staged:
            return staged(self._repository)
        return since(self._repository, self._scope.diff or "")

    def added(self) -> dict[str, Lines]:
        """Of files that were changed, the lines that were added, by URI; not of those that count as a whole."""
        if not self._scope.is_change:
            return {}
        return {self._uri(each): each.lines for each in self._changes if each.lines is not None}

    def assets(self) -> Items:
        """What is to be read. A part of the history that cannot be is a gap."""
        if self._scope.history:
            yield from self._history(self._repository)
        elif self._scope.is_change:
            yield from self._changed()
        else:
            yield from self._tree(self._repository, self._repository.below, frozenset())

    def _left_out(self, uri: str, path: str) -> Skip | None:
        within = path[len(self._repository.below) :]
        if self._excluded is not None and self._excluded(matched(within)):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return None

    def _blob(self, uri: str, path: str, blob: str, size: int) -> AssetRef:
        return AssetRef(
            kind="object",
            uri=uri,
            size=size,
            source=self._number,
            name=(self._repository.top, path, blob),
            change=f"git:{blob}",
        )

    def _history(self, repository: Repository) -> Items:
        found = walk(repository)
        here = repository.root.rstrip("/")
        if repository.is_shallow:
            detail = "the history before the commits that it was cut at is not in this clone; 'git fetch --unshallow'"
            yield Gap(resource=here, reason="shallow clone", detail=detail)
        if found.broken is not None:
            yield Gap(
                resource=here,
                reason="corrupt",
                detail=f"not all commits can be read, so blobs without one are told, too: {found.broken.detail}",
            )
        for path, commit in sorted(found.submodules.items()):
            name = os.fsdecode(path)
            if name.startswith(repository.below):
                yield Skip(resource=repository.uri(name, commit, ""), reason="submodule", detail=_HISTORY_OF)
        try:
            blobs = sized(repository, found)
            for blob in blobs:
                uri = repository.uri(blob.path, blob.commit, blob.id)
                if (left_out := self._left_out(uri, blob.path)) is not None:
                    yield left_out
                elif blob.size is None:
                    detail = "the repository does not have it: a partial clone, or a damaged one"
                    yield Gap(resource=uri, reason="missing object", detail=detail)
                else:
                    yield self._blob(uri, blob.path, blob.id, blob.size)
        except ReadError as error:
            yield Gap(resource=here, reason=error.reason, detail=error.detail)

    def _uri(self, changed: Changed) -> str:
        repository = self._repository
        if repository.is_bare and changed.blob is not None:
            return repository.uri(changed.path, None, changed.blob)
        return file_uri(os.path.join(repository.top, changed.path))

    def _changed(self) -> Items:
        repository = self._repository
        sizes = self._sizes()
        for changed in self._changes:
            uri = self._uri(changed)
            if changed.lines == ():
                continue  # a new name, or nothing but lines that are gone
            if (left_out := self._left_out(uri, changed.path)) is not None:
                yield left_out
            elif changed.is_submodule:
                yield Skip(resource=uri, reason="submodule", detail=_CHANGES_OF)
            elif changed.is_unmerged:
                yield Gap(resource=uri, reason="merge conflict", detail=_UNMERGED)
            elif changed.blob is None:
                item = self._on_disk(os.path.join(repository.top, changed.path))
                if not isinstance(item, str):
                    yield item
            elif (size := sizes.get(changed.blob)) is None:
                yield Gap(resource=uri, reason="missing object", detail="the repository does not have it")
            else:
                yield self._blob(uri, changed.path, changed.blob, size)
        if self._scope.diff is not None and not repository.is_bare:
            known = {changed.path for changed in self._changes}
            others = [path for path in self._listed(repository, "--others", "--exclude-standard") if path not in known]
            yield from self._files(repository, others, repository.below, frozenset())

    def _sizes(self) -> dict[str, int]:
        blobs = [each.blob for each in self._changes if each.blob is not None and not each.is_submodule]
        names = "".join(f"{blob}\n" for blob in blobs).encode()
        told = output(self._repository.top, "cat-file", "--batch-check=%(objectname) %(objectsize)", given=names)
        pairs = (line.split() for line in told.decode().splitlines())
        return {name: int(size) for name, size in pairs if size.isdigit()}

    def _tree(self, repository: Repository, below: str, above: frozenset[str]) -> Items:
        """Files that git follows, and those that it would."""
        try:
            paths = {
                *self._listed(repository, "--cached"),
                *self._listed(repository, "--others", "--exclude-standard"),
            }
        except ReadError as error:
            yield Gap(resource=file_uri(repository.top), reason=error.reason, detail=error.detail)
            return
        yield from self._files(repository, sorted(paths), below, above | {repository.git_dir})

    def _listed(self, repository: Repository, *which: str) -> list[str]:
        place = os.path.join(repository.top, repository.below)
        listed = output(place, "ls-files", "-z", "--full-name", *which)
        return [os.fsdecode(path) for path in listed.split(b"\0") if path]

    def _files(self, repository: Repository, paths: Sequence[str], below: str, above: frozenset[str]) -> Items:
        excluded: Callable[[str], bool] | None = self._excluded
        for path in paths:
            place = os.path.join(repository.top, path)
            here = place[len(os.path.join(self._repository.top, below)) :].rstrip("/")
            if excluded is not None and excluded(matched(here)):
                yield Skip(resource=file_uri(place), reason="excluded", detail="matches --exclude")
                continue
            item = self._on_disk(place.rstrip("/"))
            if not isinstance(item, str):
                yield item
                continue
            # A folder in a list of files is a repository of its own.
            try:
                inner = _repository_at(item)
            except UsageError:
                yield Gap(resource=file_uri(item), reason="unreadable", detail=_REFUSED)
                continue
            if inner is None:
                yield Skip(resource=file_uri(item), reason="submodule", detail=_SUBMODULE)
            elif inner.git_dir in above:
                yield Gap(resource=file_uri(item), reason="unreadable", detail=_AGAIN)
            else:
                yield from self._tree(inner, below, above)

    def _on_disk(self, path: str) -> AssetRef | Gap | Skip | str:
        """A file as it lies there; of a folder its path."""
        uri = file_uri(path)
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return Skip(resource=uri, reason="not checked out", detail=_NOT_HERE)
        except OSError as error:
            return Gap(resource=uri, reason="unreadable", detail=str(error.strerror))
        mine = self._mine.get((status.st_dev, status.st_ino))
        if mine is not None:
            return Skip(resource=uri, reason=mine, detail=OWN[mine])
        if stat.S_ISLNK(status.st_mode):
            return Skip(resource=uri, reason="symlink", detail=_LINK)
        if stat.S_ISDIR(status.st_mode):
            return path
        if not stat.S_ISREG(status.st_mode):
            return Skip(resource=uri, reason="special file", detail="holds no data of its own")
        return AssetRef(kind="file", uri=uri, path=path, size=status.st_size)


def _repository_at(path: str) -> Repository | None:
    """The repository whose working tree is this folder. Raises `UsageError` where git does not read it."""
    if not os.path.lexists(os.path.join(path, ".git")):
        return None
    found = find(path)
    return found if os.path.realpath(found.top) == os.path.realpath(path) and not found.is_bare else None
