"""Every error that assay raises on purpose.

    AssayError                 exit code 2 unless caught
    ├── UsageError             an option or a target that cannot be used
    ├── ConfigError            assay.toml or an environment variable is wrong
    ├── RuleError              an identifier's definition is wrong (file, line, key)
    ├── ReviewError            a decision that cannot be made: already decided, not allowed, incomplete
    │   └── ConflictError      somebody else changed it meanwhile; look again
    ├── SignInError            somebody cannot be let in
    ├── ReadError              an asset could not be read; becomes a gap
    │   ├── LimitError         an asset passed a safety limit (archive bomb, depth)
    │   └── LostError          a connection is gone; another one may do
    ├── ActionError            a change that must not be made: the state is another one, there is no room
    ├── AwsError               AWS cannot be reached, or refuses what a whole command needs
    ├── ModelError             a language model that gave no answer that can be used
    ├── CatalogError           the catalog cannot be used: not there, locked, of another version, unreachable
    └── OutputError            results could not be written (full disk, closed pipe)

A message says what, where, and what to do. It never holds a scanned value.
"""

from __future__ import annotations

import errno
from pathlib import Path


class AssayError(Exception):
    """Base of all deliberate errors."""


class UsageError(AssayError):
    """A command line or API argument that cannot be used."""


class ConfigError(AssayError):
    """A setting that cannot be used."""


class RuleError(AssayError):
    """An identifier's definition that cannot be used."""


class ReviewError(AssayError):
    """A decision of a reviewer that cannot be made, or was made by somebody else meanwhile."""


class ConflictError(ReviewError):
    """A decision on something that somebody else has changed since it was looked at. `hint` is for the command line."""

    def __init__(self, told: str, hint: str = "") -> None:
        super().__init__(f"{told}; {hint}" if hint else told)
        self.told = told


class SignInError(AssayError):
    """Somebody who cannot be let in. The message is the same whether they are known or not."""


class ReadError(AssayError):
    """An asset that should have been read and could not be.

    `reason` is a short constant such as `unreadable` or `corrupt`, `detail` a sentence without scanned content.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class LimitError(ReadError):
    """An asset that passed a safety limit."""


class LostError(ReadError):
    """A connection that is gone while something was read over it; the same may succeed over another one."""


class ActionError(AssayError):
    """A change that was not tried, because it must not be made. `reason` is a short constant, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class AwsError(AssayError):
    """What AWS refuses, or an AWS that cannot be reached. `reason` is a short constant of `assay.aws.failures`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{detail} ({reason})")
        self.reason = reason
        self.detail = detail


class ModelError(AssayError):
    """A language model that was asked and gave no answer. `reason` is a short constant, and quotes nothing that it sent.

    `transient` says that the same may well succeed when it is tried again, not before `after` seconds are over.
    """

    def __init__(self, reason: str, *, transient: bool = False, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.after = after


class CatalogError(AssayError):
    """A catalog that cannot be used. `transient` says that the same may well succeed when it is tried again."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class NoConnectionError(CatalogError):
    """All connections to the catalog that this process may have are in use, and none came free in time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=True)


class OutputError(AssayError):
    """Results that could not be written."""


_UNWRITABLE = {
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENOTDIR: "a part of its path is a file, not a folder; name another",
    errno.EACCES: "this user may not; change the rights, or name another place",
    errno.EPERM: "this user may not; change the rights, or name another place",
    errno.EROFS: "the file system is read-only; name another place",
    errno.ENOSPC: "the disk is full; free some space, or name another place",
    errno.EDQUOT: "the disk quota is used up; name another place",
    errno.ENAMETOOLONG: "its name is too long; name a shorter one",
}


def unwritable(file: Path, error: OSError) -> str:
    """Why `file` cannot be written, and what to do."""
    said = _UNWRITABLE.get(error.errno or 0) or error.strerror or "an error of the system"
    if error.errno == errno.ENOENT:
        said = f"there is no folder {file.parent}; make it first"
    return f"{file}: cannot be written: {said}"
