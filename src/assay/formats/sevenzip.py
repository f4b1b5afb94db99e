"""7z archives, unpacked by a process of their own (`assay.confined.sevenzip`), file by file, within the limits of archives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

from assay.confined.frames import DATA, FAILED, FILE, NOTE, Frame
from assay.confined.process import read
from assay.errors import LimitError, ReadError
from assay.formats.parts import Member, Unread, Within
from assay.formats.streams import corrupt


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Files of the archive."""
    frames = _Frames(read("sevenzip", source, {"most": within.budget.limits.member_bytes}))
    name = ""
    try:
        for frame in frames:
            if frame.letter == FILE:
                name = str(json.loads(frame.data)["name"])
                yield from within.entry(_Data(frames), name)
                if within.budget.broken is not None:
                    return
            elif frame.letter == NOTE:
                yield Unread(within.join(name), corrupt(within.join(name), EOFError()))
            elif frame.letter == FAILED:
                yield Unread(within.path, _failure(json.loads(frame.data)["reason"], within.path))
    except LimitError as error:
        if within.budget.broken is not None:
            raise
        yield Unread(within.path, error)
    except ReadError as error:
        yield Unread(within.path, error)


def _failure(reason: str, path: str) -> ReadError:
    if reason == "encrypted":
        return ReadError("encrypted", "the archive needs a password; unpack it and scan the result")
    if reason == "memory":
        return LimitError("too large", "it needs more memory to unpack than a document may")
    if reason == "method":
        return ReadError(
            "unsupported format", "it is compressed by an unsupported method; unpack it and scan the result"
        )
    return corrupt(path, EOFError())


class _Frames:
    """Frames, of which each file takes its own."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._waiting: Frame | None = None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame, self._waiting = self._waiting, None
        return next(self._frames) if frame is None else frame

    def data(self) -> bytes:
        """The next piece of the file that is open, nothing at its end."""
        frame = next(self, None)
        if frame is None or frame.letter == DATA:
            return frame.data if frame else b""
        self._waiting = frame
        return b""


class _Data:
    def __init__(self, frames: _Frames) -> None:
        self._frames = frames
        self._data = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._data:
            self._data = self._frames.data()
        if size is None or size < 0:
            size = len(self._data)
        data, self._data = self._data[:size], self._data[size:]
        return data
