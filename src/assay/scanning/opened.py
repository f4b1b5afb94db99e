"""What bytes are read of, opened wherever it lies: a local file, or an object of a store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import IO

from assay.formats.opening import open_file
from assay.model import AssetRef
from assay.ports import ObjectOpener

Objects = Sequence[ObjectOpener | None]
"""What opens the objects of a scan's sources, by `AssetRef.source`; `None` for sources of files and of tables."""


def open_asset(asset: AssetRef, objects: Objects, *, ahead: bool = True) -> AbstractContextManager[IO[bytes]]:
    """A seekable stream from the beginning of a file or an object. Raises `OSError` and `ReadError`; of an object so does
    reading it. With `ahead` other threads may fetch what comes next of it."""
    if asset.path is not None:
        return open_file(asset.path)
    opener = objects[asset.source]
    if opener is None:
        raise ValueError("an object's source has an opener")
    return opener.open(asset, ahead=ahead)
