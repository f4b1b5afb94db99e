"""What may be scanned from the desk: what an administrator has configured (`scan_roots`), and what lies below it.

A request names a target as text. A path leads nowhere else by `..` or by links; a URL is one that is configured, or a prefix of S3
below one. Credentials are those of the configured root: none are taken from a request.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.app.config.settings import Settings
from assay.app.scan.sources import is_git, is_remote, is_s3, shown
from assay.errors import UsageError
from assay.model.identity import Grant, Role
from assay.review import rights
from assay.review.scopes import may_meet, within
from assay.sources.file import file_uri, path_of

_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A target that may be scanned. `told` is how people see it, without credentials."""

    target: str = field(repr=False)
    told: str

    @property
    def is_open(self) -> bool:
        """Whether what lies below it may be named, too."""
        return is_s3(self.target) or not (is_remote(self.target) or is_git(self.target))


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """A target that may be scanned. `target` is for the scan alone, `told` is kept and shown; everything that is read lies
    below the URI `covers`, or is that, if it does not end in a slash. It is `None` where that cannot be told."""

    target: str = field(repr=False)
    told: str
    covers: str | None


def roots_of(settings: Settings, folder: Path) -> tuple[Root, ...]:
    """The configured roots; where none is configured, `folder`."""
    given = [each.url for each in settings.scan_roots] or [str(folder)]
    return tuple(Root(target=each, told=shown(each)) for each in given)


def permitted(text: str, roots: Sequence[Root]) -> Permitted:
    """What a request names. Raises `UsageError` where that is not, or not below, one of the roots."""
    asked = text.strip()
    if not asked or len(asked) > _LONGEST or not asked.isprintable():
        raise UsageError(f"a target is a text of at most {_LONGEST:,} characters, without control characters")
    for root in roots:
        # A database, a stream or a repository is one that is configured, and nothing else.
        if not root.is_open and asked in (root.target, root.told):
            return Permitted(target=root.target, told=root.told, covers=None)
    found = None
    if is_s3(asked):
        found = _below_bucket(asked, roots)
    elif not is_remote(asked) and not is_git(asked) and ("://" not in asked or asked.startswith("file:")):
        found = _below_folder(asked, roots)
    if found is None:
        told = ", ".join(root.told for root in roots)
        more = f"; what may is, with what lies below: {told}" if told else ""
        raise UsageError(f"this may not be scanned from here{more}")
    return found


def may_start(grants: Iterable[Grant], each: Permitted) -> bool:
    """Whether somebody may have it scanned: a steward of all that is read."""
    return may_all(grants, Role.STEWARD, () if each.covers is None else (each.covers,))


def may_within(grants: Iterable[Grant], root: Root) -> bool:
    """Whether somebody may have a part of what lies below an open root scanned: a scope of theirs reaches there, as far as that can be told
    from how it is written."""
    top = _uri_of(root)
    return any(may_meet(scope, top) for scope in rights.scopes(tuple(grants), Role.STEWARD))


def _uri_of(root: Root) -> str:
    """Where an open root lies."""
    if not is_s3(root.target):
        return file_uri(os.path.realpath(path_of(root.target)))
    from assay.sources.s3.address import parse, uri_of  # only where there is a bucket

    top = parse(root.target)
    return uri_of(top.bucket, top.key.rpartition("/")[0] if top.is_open else top.key).rstrip("/")


def may_all(grants: Iterable[Grant], role: Role, covers: Sequence[str]) -> bool:
    """Whether somebody has a role for all that lies below these; of what nobody can say where it lies, for everything."""
    given = tuple(grants)
    if rights.everywhere(given, role):
        return True
    scopes = rights.scopes(given, role)
    return bool(covers) and all(any(within(uri, scope) for scope in scopes) for uri in covers)


def _below_folder(asked: str, roots: Sequence[Root]) -> Permitted | None:
    path = path_of(asked)
    folders = [path_of(root.target) for root in roots if root.is_open and not is_s3(root.target)]
    if not folders:
        return None
    if not path.startswith("/"):
        # A name by itself is one below the first of them.
        path = os.path.join(folders[0], path)
    real = os.path.realpath(path)
    for folder in folders:
        top = os.path.realpath(folder)
        if real == top or real.startswith(top.rstrip("/") + "/"):
            # Of a folder all that is read has a longer address than its own: a steward of `…/hr/*` may have `…/hr` scanned.
            covers = file_uri(real).rstrip("/") + "/" if os.path.isdir(real) else file_uri(real)
            return Permitted(target=real, told=real, covers=covers)
    return None


def _below_bucket(asked: str, roots: Sequence[Root]) -> Permitted | None:
    from assay.sources.s3.address import parse, uri_of  # only where there is a bucket

    wanted = parse(asked)
    for root in roots:
        if not is_s3(root.target):
            continue
        top = parse(root.target)
        if top.bucket != wanted.bucket:
            continue
        is_same = wanted.key == top.key and (top.is_open or not wanted.is_open or not top.key)
        if not (is_same or wanted.key.startswith(top.below)):
            continue
        # Of an open prefix that ends within a name, other names begin so, too: it covers the folder that they lie in.
        inner = wanted.key[: wanted.key.rfind("/") + 1] if wanted.is_open else wanted.key
        return Permitted(target=asked, told=asked, covers=uri_of(wanted.bucket, inner))
    return None
