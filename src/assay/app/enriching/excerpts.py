"""The beginning of what a file says, as a model may be told it: plain words with everything else hidden, or as it is."""

# ruff: noqa: ARG002  # the listener's methods take what a detector's take

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from assay.app.config.settings import Settings
from assay.app.scan.recipe import recipe_of
from assay.detect.allow import Allowed
from assay.detect.bulk import CellGroup
from assay.detect.candidate import Hit
from assay.detect.engine import Detector, Matches
from assay.enrich.rules import vocabulary
from assay.formats.delimited import DelimitedText
from assay.formats.structure import PlainText, Structure, Window
from assay.model import AssetRef, Split
from assay.model.options import ScanOptions
from assay.report.snippets import masked
from assay.scanning.split import ScanSetup, scan_split

_FILE = "file://"
_MOST = 4_000
"""Characters of an excerpt."""
_LARGEST = 20_000_000
"""Of files that are read for one: what a larger one says in its beginning is told by its name and its findings."""


class _EnoughError(BaseException):
    """There is enough: no error, and nothing that stands for one is to catch it."""


class _Listener(Detector):
    """Stands where findings are made, and keeps the text instead."""

    def begin(self) -> list[str]:
        self._heard: list[str] = []
        self._length = 0
        return self._heard

    def matches(self, data: bytes) -> Matches:
        return []

    def judged(
        self,
        raw: Matches,
        data: bytes,
        window: Window,
        structure: Structure,
        allowed: Allowed | None,
    ) -> list[Hit]:
        part = data[window.core_start : window.core_end].decode("utf-8", "replace")
        self._heard.append(part)
        self._length += len(part)
        if self._length >= 2 * _MOST:
            raise _EnoughError
        return []

    def detect(self, window: Window, structure: Structure, allowed: Allowed | None = None) -> list[Hit]:
        return self.judged([], structure.view(window), window, structure, allowed)

    def detect_cells(
        self,
        window: Window,
        structure: DelimitedText,
        allowed: Allowed | None = None,
    ) -> tuple[list[Hit], list[CellGroup]]:
        # Rows are told by their columns.
        return [], []


class Excerpts:
    """Reads the beginnings of local files. It is of one thread at a time."""

    def __init__(self, settings: Settings, *, clear: bool) -> None:
        recipe = recipe_of(ScanOptions(min_confidence=settings.min_confidence), settings)
        self._detector = recipe.make()
        self._listener = _Listener(self._detector.rules, self._detector.fingerprint)
        self._clear = clear

    def of(self, resource: str) -> str:
        """The excerpt; empty for what is no local file of text, or cannot be read."""
        path = os.fsdecode(unquote_to_bytes(resource.removeprefix(_FILE))) if resource.startswith(_FILE) else ""
        try:
            size = os.stat(path).st_size if path and os.path.isfile(path) else 0
        except OSError:
            size = 0
        if not 0 < size <= _LARGEST:
            return ""
        heard = self._listener.begin()
        split = Split(asset=AssetRef(kind="file", uri=resource, path=path, size=size))
        try:
            for _ in scan_split(split, self._listener, ScanSetup()):
                pass
        except _EnoughError:
            pass
        text = "\n".join(heard)[: 2 * _MOST]
        if self._clear:
            return text[:_MOST]
        return masked(text, self._candidates, more=vocabulary())[:_MOST]

    def safe(self, text: str) -> str:
        """A text without the values that are found in it."""
        return self._detector.safe_text(text)

    def _candidates(self, line: str) -> Sequence[tuple[int, int]]:
        data = line.encode("utf-8", "replace")
        window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
        raw = list(self._detector.matches(data))
        found = self._detector.candidates(raw, data, window, PlainText())
        return [
            (len(data[: each.start].decode("utf-8", "ignore")), len(data[: each.end].decode("utf-8", "ignore")))
            for each in found
        ]
