"""Where identifiers' files lie."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import cache
from pathlib import Path
from typing import NoReturn

from assay.detect.written import is_waiting
from assay.errors import RuleError

_MAKING = ("detect", "model", "tables")


def builtin_root() -> Path:
    """Folder of the identifiers that ship with assay."""
    return Path(__file__).resolve().parent.parent / "identifiers"


def files_under(path: Path) -> list[Path]:
    """The identifier files at `path`: itself, or every `.yaml` and `.yml` below it, sorted by path.

    Links to files are followed, links to folders within it are not. Raises `RuleError` where there is none, and where a
    folder cannot be listed: rules that are left out would find nothing, and nobody would know.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except FileNotFoundError:
        raise RuleError(
            f"{path}: no such file or folder; name an identifier's .yaml file or a folder of them"
        ) from None
    except (OSError, ValueError) as error:
        raise RuleError(f"{path}: cannot be read: {getattr(error, 'strerror', 'it is no valid path')}") from None
    if not is_folder:
        return [path]
    found = []
    for folder, _, names in os.walk(path, onerror=_unlisted):
        found += [Path(folder, name) for name in names if name.lower().endswith((".yaml", ".yml"))]
    for file in found:
        if is_waiting(file):
            raise RuleError(f"{file}: is a pipe or a socket; remove it, or name the identifiers' files themselves")
    if not found:
        raise RuleError(f"{path}: holds no .yaml file; name an identifier's file or a folder of them")
    return sorted(found)


def state_of(path: Path, salt: bytes = b"") -> str:
    """Digest of the names, sizes and times of the files at or below `path`. An installation or an edit changes the times."""
    state = hashlib.sha256(salt)
    for folder, below, names in os.walk(path) if os.path.isdir(path) else [(str(path.parent), [], [path.name])]:
        below[:] = sorted(name for name in below if name != "__pycache__")
        for name in sorted(names):
            try:
                found = os.stat(os.path.join(folder, name))
            except OSError:
                state.update(f"{folder}\0{name}\n".encode("utf-8", "surrogateescape"))
                continue
            times = f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
            state.update(f"{folder}\0{name}\0{times}\n".encode("utf-8", "surrogateescape"))
    return state.hexdigest()[:32]


@cache
def state_of_code() -> str:
    """Digest of the state of assay's own files, of what they ship and of the Python that runs them: what is kept of what they make is of this
    state."""
    own = Path(__file__).resolve().parent.parent
    states = [sys.version, *(state_of(own / name) for name in _MAKING)]
    return hashlib.sha256("\n".join(states).encode()).hexdigest()[:32]


def _unlisted(error: OSError) -> NoReturn:
    raise RuleError(f"{error.filename}: the folder cannot be listed: {error.strerror}") from None
