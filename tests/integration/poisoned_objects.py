"""Objects that end the process which opens them, where their names say so; picklable, for engines that run elsewhere."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from assay.model import AssetRef


class Poisoned:
    def ahead(self, assets: Sequence[AssetRef]) -> None: ...

    @contextmanager
    def open(self, asset: AssetRef, *, ahead: bool = True) -> Iterator[IO[bytes]]:
        if "poison" in asset.uri:
            os._exit(9)
        yield io.BytesIO(b"write to ada.park@contoso.com")
