"""What the system tells of folders (inotify, Linux): names that something happened to, until its queue is full.

A name is a hint and no more: what is there is looked up afterwards. See inotify(7).
"""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from assay.errors import UsageError

_LIMITS = Path("/proc/sys/fs/inotify")
_RAISED = 524_288
_INSTANCES = 1_024
# Those that are not kept where they are looked at tell nothing of what other machines do to their files.
_REMOTE = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.gcsfuse",
        "fuse.mount-s3",
        "fuse.davfs",
        "virtiofs",
        "vboxsf",
        "fuse.vmhgfs-fuse",
    ]
)


class What(Enum):
    """What happened: to a file or an unknown thing, to a folder, a folder that went away, or more than is known."""

    FILE = "file"
    FOLDER = "folder"
    FOLDER_GONE = "folder gone"
    ROOT_GONE = "root gone"
    LOST = "lost"


class Change(NamedTuple):
    """Something happened at `path`; it is empty where everything has to be looked at, because the queue was full."""

    what: What
    path: str


class Notifications:
    """Watches folders, each by itself: those within one are watched once they are added.

    Raises `UsageError` where the system lets no more be watched, and says which limit to raise.
    """

    def __init__(self, roots: frozenset[str]) -> None:
        import inotify_simple  # only what watches needs it

        flags = inotify_simple.flags
        self._flags: Any = flags
        self._mask = (
            flags.CREATE | flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB | flags.MOVED_FROM | flags.MOVED_TO
            | flags.DELETE | flags.DELETE_SELF | flags.MOVE_SELF | flags.ONLYDIR | flags.EXCL_UNLINK
        )  # fmt: skip
        self._roots = roots
        self._paths: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        try:
            self._system: Any = inotify_simple.INotify(nonblocking=True)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                raise UsageError(
                    _too_many("max_user_instances", "programs of this user watch folders", _INSTANCES)
                ) from None
            raise UsageError(f"folders cannot be watched: {error.strerror}; give --poll SECONDS") from None

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._paths)

    def add(self, folder: str) -> None:
        """Watches a folder. One that is gone, or may not be looked into, is passed over: whoever lists it meets that."""
        mask = self._mask if folder in self._roots else self._mask | self._flags.DONT_FOLLOW
        try:
            number = self._system.add_watch(folder, mask)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise UsageError(_too_many("max_user_watches", "folders are watched by this user", _RAISED)) from None
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP):
                return
            raise UsageError(f"{folder}: cannot be watched: {error.strerror}; give --poll SECONDS") from None
        # A folder that was moved keeps its number, and has another name.
        before = self._paths.get(number)
        if before is not None and self._numbers.get(before) == number:
            del self._numbers[before]
        self._paths[number] = folder
        self._numbers[folder] = number

    def forget(self, folder: str) -> None:
        """Watches a folder, and all within it, no more."""
        within = folder + "/"
        for path in [path for path in self._numbers if path == folder or path.startswith(within)]:
            number = self._numbers.pop(path)
            self._paths.pop(number, None)
            try:
                self._system.rm_watch(number)
            except OSError:
                continue  # it went with its folder

    def changes(self) -> Iterator[Change]:
        """What happened since, without waiting."""
        flags = self._flags
        for number, mask, _, name in self._system.read(timeout=0):
            if mask & flags.Q_OVERFLOW:
                yield Change(What.LOST, "")
                continue
            folder = self._paths.get(number)
            if mask & flags.IGNORED:
                self._drop(number)
            elif folder is None:
                continue  # told of a folder that is watched no more
            elif not name:
                if folder in self._roots and mask & (flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT):
                    yield Change(What.ROOT_GONE, folder)
                elif mask & (flags.UNMOUNT | flags.ATTRIB):
                    yield Change(What.FOLDER, folder)
            else:
                path = os.path.join(folder, name)
                if not mask & flags.ISDIR:
                    yield Change(What.FILE, path)
                elif mask & (flags.DELETE | flags.MOVED_FROM):
                    if mask & flags.MOVED_FROM:
                        # It goes on to exist, under a name that is told of by itself, or nowhere below a root.
                        self.forget(path)
                    yield Change(What.FOLDER_GONE, path)
                else:
                    yield Change(What.FOLDER, path)

    def wait(self, seconds: float) -> None:
        """Until something happens, or the time is over."""
        select.select([self._system], [], [], seconds)

    def close(self) -> None:
        """Watches nothing any more."""
        self._system.close()

    def _drop(self, number: int) -> None:
        path = self._paths.pop(number, None)
        if path is not None and self._numbers.get(path) == number:
            del self._numbers[path]


def file_system(path: str) -> str:
    """The kind of file system that a path lies on, as the system calls it; empty where it does not say."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return ""
    real = os.fsencode(os.path.realpath(path))
    best, kind = b"", b""
    for line in lines:
        before, _, after = line.partition(b" - ")
        fields = before.split(b" ")
        if len(fields) < 5 or not after:
            continue
        # Blanks and backslashes of a path are written as octal numbers: proc(5).
        mount = fields[4].decode("ascii", "surrogateescape").encode("ascii", "surrogateescape")
        for code, character in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
            mount = mount.replace(code, character)
        within = real == mount or real.startswith(mount.rstrip(b"/") + b"/")
        # Of several at one place the last one is seen.
        if within and len(mount) >= len(best):
            best, kind = mount, after.split(b" ")[0]
    return kind.decode("ascii", "replace")


def is_remote(kind: str) -> bool:
    """Whether a file system of that kind may be changed by others without the system here being told."""
    return kind in _REMOTE


def _too_many(setting: str, what: str, wanted: int) -> str:
    try:
        limit = f"{int((_LIMITS / setting).read_text()):,}"
    except (OSError, ValueError):
        limit = "its limit of"
    return (
        f"the system lets no more than {limit} {what} (fs.inotify.{setting}): raise it with "
        f"'sudo sysctl fs.inotify.{setting}={wanted}', leave folders out with --exclude, or give --poll SECONDS"
    )
