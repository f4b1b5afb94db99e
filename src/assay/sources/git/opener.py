"""Opens blobs as files are opened: those of a unit are asked for at once, and come through one pipe in their order."""

from __future__ import annotations

import io
import os
import select
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, NoReturn, cast

from assay.errors import ReadError, UsageError
from assay.model import AssetRef
from assay.sources.git.command import command, environment, run, widen

SMALL = 8 * 1024 * 1024
"""Blobs of at most so many bytes are read into memory."""

_AT_ONCE = 256
_PIECE = 1 << 20
_PATIENCE = 20.0


def blob_of(asset: AssetRef) -> str:
    """The id of an asset's blob."""
    return asset.name[2]


class GitOpener:
    """Opens blobs of the repository at `place`, in any process: it is picklable, and has one git in each process."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._forget()

    def __getstate__(self) -> str:
        return self._place

    def __setstate__(self, state: str) -> None:
        self._place = state
        self._forget()

    def _forget(self) -> None:
        self._process = 0
        self._git: subprocess.Popen[bytes] | None = None
        self._asked: deque[str] = deque()
        self._held: dict[str, bytes | ReadError] = {}
        self._large: tuple[str, IO[bytes]] | None = None
        self._rest = bytearray()
        self._last: str | None = None

    @contextmanager
    def open(self, asset: AssetRef, *, ahead: bool = True) -> Iterator[IO[bytes]]:
        """The blob from its beginning. Raises `ReadError`."""
        blob = blob_of(asset)
        self._own()
        if (asset.size or 0) > SMALL:
            yield self._whole(blob, asset.size or 0)
            return
        if not ahead:
            with self._alone(blob) as stream:
                yield stream
            return
        if blob not in self._held:
            if blob not in self._asked:
                self._ask([blob])
            while blob not in self._held:
                self._next()
        found = self._held[blob]
        if isinstance(found, ReadError):
            raise found
        yield io.BytesIO(found)

    def ahead(self, assets: Sequence[AssetRef]) -> None:
        """Asks for the small ones among blobs that are to be opened soon, in this order."""
        self._own()
        try:
            # A unit is announced when it comes, and again when its turn is: what was asked for then is not read twice.
            wanted = list(dict.fromkeys(blob_of(asset) for asset in assets if (asset.size or 0) <= SMALL))[:_AT_ONCE]
            self._held = {blob: self._held[blob] for blob in wanted if blob in self._held}
            known = {*self._held, *self._asked}
            if len(self._asked) > 2 * _AT_ONCE:  # of units that were given up
                while self._asked:
                    self._next()
            self._ask([blob for blob in wanted if blob not in known])
        except (ReadError, UsageError):
            return  # met again, and told, where it is opened

    def close(self) -> None:
        """Ends the git of this process."""
        git, self._git = self._git, None
        if git is not None:
            git.kill()
            git.communicate()
        if self._large is not None:
            self._large[1].close()
        self._forget()

    def _own(self) -> None:
        # What the process that this one was forked from reads from its git is not for this one.
        if self._process != os.getpid():
            self._forget()
            self._process = os.getpid()

    def _started(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._git is None:
            try:
                self._git = subprocess.Popen(  # noqa: S603  # git, and no shell
                    command(self._place, ("-c", "core.deltaBaseCacheLimit=128m", "cat-file", "--batch")),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment(),
                    bufsize=0,
                    start_new_session=True,
                )
            except OSError as error:
                raise ReadError("unreadable", f"git cannot be run: {error.strerror}") from None
            assert self._git.stdin is not None
            assert self._git.stdout is not None
            widen(self._git.stdout)
        assert self._git.stdin is not None
        assert self._git.stdout is not None
        return self._git.stdin, self._git.stdout

    def _ask(self, blobs: Sequence[str]) -> None:
        self._asked.extend(blobs)
        self._write(blobs)

    def _write(self, blobs: Sequence[str]) -> None:
        if not blobs:
            return
        asking, _ = self._started()
        try:
            asking.write("".join(f"{blob}\n" for blob in blobs).encode())
            asking.flush()
        except OSError:
            return  # it has ended: noticed where its answer is read

    def _next(self) -> None:
        """Takes the answer to what was asked first. Where git ends, says another size than there is, or does not go on, that
        one is read alone, and another git goes on behind it."""
        blob = self._asked.popleft()
        self._started()
        try:
            found = self._answer(blob)
        except (OSError, ValueError):
            found = None
        if found is None:
            self._end()
            found = self._read_alone(blob)
            self._write(self._asked)
        self._held[blob] = found

    def _answer(self, blob: str) -> bytes | ReadError | None:
        """What git answers; `None` where that cannot be it."""
        header = self._line().split()
        if header[:1] != [blob.encode()]:
            # What came before was shorter than it said, so what was taken for it holds others.
            if self._last is not None and self._last in self._held:
                self._held[self._last] = self._read_alone(self._last)
            return None
        self._last = blob
        if len(header) == 2:
            return _missing()
        size = int(header[2])
        data = self._bytes(size + 1)
        return data[:size] if len(data) == size + 1 and data.endswith(b"\n") else None

    def _line(self) -> bytes:
        while (end := self._rest.find(b"\n")) < 0:
            if not self._more():
                return b""
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line

    def _bytes(self, size: int) -> bytes:
        while len(self._rest) < size:
            if not self._more():
                return b""
        data = bytes(self._rest[:size])
        del self._rest[:size]
        return data

    def _more(self) -> bool:
        """Reads on. False at the end, and where nothing came for long: of damaged objects git may say a size that it has not."""
        _, answers = self._started()
        if not select.select([answers], [], [], _PATIENCE)[0]:
            return False
        data = os.read(answers.fileno(), _PIECE)
        self._rest += data
        return bool(data)

    def _read_alone(self, blob: str) -> bytes | ReadError:
        code, out, _ = run(self._place, "cat-file", "-t", blob)
        if code:
            return _corrupt()
        code, size, _ = run(self._place, "cat-file", "-s", blob)
        code_, out, _ = run(self._place, "cat-file", "blob", blob)
        return out if not code and not code_ and int(size) == len(out) else _corrupt()

    def _end(self) -> None:
        git, self._git = self._git, None
        self._rest.clear()
        self._last = None
        if git is not None:
            git.kill()
            try:
                git.communicate()
            except (OSError, ValueError):
                git.wait()

    def _whole(self, blob: str, size: int) -> IO[bytes]:
        """A large blob, in a file without a name that is kept for its other parts."""
        if self._large is None or self._large[0] != blob:
            if self._large is not None:
                self._large[1].close()
                self._large = None
            file = self._extracted(blob)
            if os.fstat(file.fileno()).st_size != size:
                file.close()
                _refuse()
            self._large = blob, file
        file = self._large[1]
        # Each reader has a place of its own.
        return cast("IO[bytes]", _View(file.fileno(), size))

    def _extracted(self, blob: str) -> IO[bytes]:
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the next one, or by `close`
        done = subprocess.run(  # noqa: S603  # git, and no shell
            command(self._place, ("cat-file", "blob", blob)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.DEVNULL,
            check=False,
            env=environment(),
        )
        if done.returncode:
            file.close()
            _refuse()
        return file

    @contextmanager
    def _alone(self, blob: str) -> Iterator[IO[bytes]]:
        with self._extracted(blob) as stream:
            stream.seek(0)
            yield stream


class _View(io.RawIOBase):
    """A file by its descriptor, from its beginning, whatever place others read it at."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        wanted = max(0, self._size - self._at) if size is None or size < 0 else size
        pieces = []
        while wanted and (data := os.pread(self._descriptor, min(wanted, _PIECE), self._at)):
            pieces.append(data)
            self._at += len(data)
            wanted -= len(data)
        return b"".join(pieces)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def fileno(self) -> int:
        raise OSError("a part of a repository has no file")


def _missing() -> ReadError:
    return ReadError("missing object", "the repository does not have it: a partial clone, or a damaged one")


def _corrupt() -> ReadError:
    return ReadError("corrupt", "git cannot read the object; 'git fsck' tells more")


def _refuse() -> NoReturn:
    raise _corrupt()
