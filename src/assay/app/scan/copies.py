"""The folder that masked copies are written into: where each lies, and that none is there before it is whole."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from assay.errors import OutputError, ReadError, UsageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
_MOST_RIGHTS = 0o600
_PIECE = 1024 * 1024


def judge_folder(folder: str, targets: Sequence[str], output: str | None) -> None:
    """Raises `UsageError` for a folder that copies of these targets must not be written into."""
    where = f"--redact-to {folder}"
    if "\0" in folder or not folder:
        raise UsageError("--redact-to: is no name of a folder")
    real = os.path.realpath(folder)
    if os.path.lexists(folder):
        if not os.path.isdir(folder):
            raise UsageError(f"{where}: is no folder; name one that is empty or not there yet")
        try:
            filled = any(os.scandir(folder))
        except OSError as error:
            raise UsageError(f"{where}: cannot be listed: {error.strerror}") from None
        if filled:
            raise UsageError(f"{where}: is not empty; name a folder that is empty or not there yet")
    for target in targets:
        source = os.path.realpath(target)
        if _lies_in(real, source) or _lies_in(source, real):
            raise UsageError(f"{where}: lies in what is scanned, or holds it; name a folder elsewhere")
    if output is not None and _lies_in(os.path.realpath(output), real):
        raise UsageError(f"--output {output}: lies in the folder of the copies; write it elsewhere")


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


class Part:
    """A copy that is being written, still without its name. Its errors are those of the output."""

    def __init__(self, file: io.FileIO, path: str, failed: Callable[[OSError], OutputError]) -> None:
        self._file = file
        self._failed = failed
        self.path = path
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> int:
        """Takes the bytes; small pieces are written together. Raises `OutputError`."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Writes what waits. Raises `OutputError`."""
        data, self._waiting, self._size = memoryview(b"".join(self._waiting)), [], 0
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise self._failed(error) from None

    def opened(self) -> IO[bytes]:
        """What was written, to be read."""
        self.flush()
        return open(self.path, "rb")  # the caller closes it

    def to_write(self) -> IO[bytes]:
        """The file that it is, to be written at random."""
        return open(self.path, "r+b")  # the caller closes it

    def allow(self, rights: int) -> None:
        """Gives it these rights."""
        os.fchmod(self._file.fileno(), rights)


class Copies:
    """Writes copies into `folder`. `shown` tells how a name is shown: names can be values too.

    Copies of a folder lie in it as they lie in the folder; where there are several targets, below the folder's name.
    """

    def __init__(self, folder: str, targets: Sequence[str], shown: Callable[[str], str]) -> None:
        self.folder = os.path.abspath(folder)
        self._shown = shown
        several = len(targets) > 1
        self._roots = []
        for target in map(os.path.abspath, targets):
            if os.path.isdir(target):
                self._roots.append((target, (os.path.basename(target) or "root",) if several else ()))
            else:
                self._roots.append((os.path.dirname(target), ()))
        self._roots.sort(key=lambda root: -len(root[0]))
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise OutputError(f"--redact-to {folder}: cannot be made: {error.strerror}") from None

    def place(self, path: str) -> str:
        """Where the copy of the file at `path` goes. Raises `ReadError` where nothing may be written there."""
        for root, prefix in self._roots:
            if _lies_in(path, root) and path != root:
                parts = (*prefix, *os.path.relpath(path, root).split(os.sep))
                break
        else:
            raise ReadError("not copied", "lies outside of what is scanned")
        if any(part in ("", os.curdir, os.pardir) for part in parts):
            raise ReadError("not copied", "its name leads out of the folder")
        return os.path.join(self.folder, *map(self.named, parts))

    def named(self, name: str) -> str:
        """A name as it may be told, its ending kept where that can be."""
        shown = self._shown(name)
        if shown == name:
            return name
        stem, ending = os.path.splitext(name)
        kept = self._shown(stem) + ending
        return (kept if kept != name and self._shown(kept) == kept else shown).replace(os.sep, "*")

    @contextlib.contextmanager
    def part(self) -> Iterator[Part]:
        """A new file in the folder, which is gone in the end unless `settle` gave it its name."""
        path = os.path.join(self.folder, f".assay-{secrets.token_hex(8)}.part")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), _MOST_RIGHTS)
        except OSError as error:
            raise self._failed(error) from None
        try:
            with io.FileIO(descriptor, "r+b") as file:
                yield Part(file, path, self._failed)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def spool(self) -> IO[bytes]:
        """A file that has no name, so that nothing of it is left behind, however this process ends. Whoever asks for it closes it."""
        return tempfile.TemporaryFile(dir=self.folder)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Tells what fails for want of room as an error of the output."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise self._failed(error) from None
            raise

    def settle(self, part: Part, place: str, rights: int) -> None:
        """Gives a part its name, and at most the rights that its source has. Raises `ReadError` and `OutputError`."""
        try:
            self._enter(os.path.dirname(place))
            if os.path.lexists(place):
                raise ReadError("not copied", "another copy has its name")
            part.flush()
            part.allow(stat.S_IMODE(rights) & _MOST_RIGHTS)
            os.rename(part.path, place)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise ReadError("not copied", "its name is too long with its values masked") from None
            raise self._failed(error) from None

    def _enter(self, folder: str) -> None:
        """Makes the folders on the way, none of which may be a link."""
        at = self.folder
        for part in os.path.relpath(folder, self.folder).split(os.sep):
            at = os.path.join(at, part)
            with contextlib.suppress(FileExistsError):
                os.mkdir(at, 0o700)
            if not stat.S_ISDIR(os.lstat(at).st_mode):
                raise ReadError("not copied", "another copy has the name of its folder")

    def _failed(self, error: OSError) -> OutputError:
        why = error.strerror or "cannot be written"
        then = "; make room and start again with an empty folder" if error.errno in _FULL else ""
        return OutputError(f"--redact-to {self.folder}: {why}; the copies that are there are whole{then}")
