"""A catalog's file under its own name only when it is whole: a full disk leaves none, and no other process finds half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from assay.errors import CatalogError

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file while it is open."""


def is_there(path: Path, *, create: bool) -> bool:
    """Whether there is a file. Raises `CatalogError` where there can be none, or none is to be made."""
    try:
        if path.is_dir():
            raise CatalogError(f"{path}: is a folder; name a file in it")
        if path.exists():
            return True
        if not create:
            raise CatalogError(f"{path}: there is no catalog; make one with 'assay catalog init --catalog {path}'")
        folder = _end_of(path).parent
        if not folder.is_dir():
            raise CatalogError(f"{path}: there is no folder {folder}; make it first")
    except OSError as error:
        raise CatalogError(f"{path}: cannot be made: {error.strerror}") from None
    return False


def _end_of(path: Path) -> Path:
    """Where a link that leads nowhere yet leads to: what is made there has the same rights as any other."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def make_file(path: Path, fill: Callable[[Path], None]) -> bool:
    """Has `fill` make a database in an empty file, closed when it returns, and names that `path`.

    Returns `False`, and keeps nothing, where another process was first. Raises `CatalogError` where the file cannot be made, or what was written
    could not be brought into it."""
    path = _end_of(path)
    try:
        # Of this user only from the start; SQLite gives its other files the same rights.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be made: {error.strerror}") from None
    os.close(descriptor)
    try:
        fill(Path(name))
        if any(os.path.lexists(name + end) for end in _BESIDE):
            raise CatalogError(f"{path}: cannot be made: the disk is full; free some space, or name another place")
        return _named(name, path)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be made: {error.strerror}") from None
    finally:
        for end in ("", *_BESIDE):
            with suppress(FileNotFoundError):
                os.unlink(name + end)


def _named(part: str, path: Path) -> bool:
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links.
        if os.path.lexists(path):
            return False
        os.replace(part, path)
    return True
