"""Files of versions of models in a folder of this machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assay.errors import UsageError, unwritable
from assay.learn.modelfile import ModelError


class ModelFolder:
    """What lies in a folder. Each file appears when it is whole; whoever writes one where it is still what was read locks the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def told(self, name: str) -> str:
        """Where a file lies, for messages."""
        return str(self._folder / name)

    def read(self, name: str, most: int) -> tuple[bytes, str] | None:
        """What it holds, and the mark of exactly that; `None` where there is none. Raises `ModelError` for one of more than `most` bytes."""
        file = self._folder / name
        try:
            with file.open("rb") as stream:
                data = stream.read(most + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ModelError(f"{file}: cannot be read: {error.strerror}") from None
        if len(data) > most:
            raise ModelError(f"{file}: is too large for what it should be")
        return data, hashlib.sha256(data).hexdigest()

    def create(self, name: str, data: bytes) -> bool:
        """Writes it where there is none; says whether there was none."""
        return self.replace(name, data, None)

    def replace(self, name: str, data: bytes, mark: str | None) -> bool:
        """Writes it where it is still what was read with that mark (`None`: not there); says whether it was."""
        file = self._folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                try:
                    there: str | None = hashlib.sha256(file.read_bytes()).hexdigest()
                except FileNotFoundError:
                    there = None
                if there != mark:
                    return False
                _put(file, data)
        except OSError as error:
            raise UsageError(unwritable(file, error)) from None
        return True

    def names(self, folder: str) -> list[str]:
        """The files of a folder, in order."""
        try:
            return sorted(os.listdir(self._folder / folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ModelError(f"{self._folder / folder}: cannot be read: {error.strerror}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The folder itself, so that no file of a lock stays behind.
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _put(file: Path, data: bytes) -> None:
    import tempfile  # only where something is written

    descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
