"""Masked lines of findings for the outputs that people read: the file is read again, and only plain words are shown."""

from __future__ import annotations

from collections.abc import Sequence

from assay.app.config.settings import Settings
from assay.app.scan.recipe import recipe_of
from assay.detect.engine import Detector
from assay.formats.structure import PlainText, Window
from assay.model import Locator
from assay.model.options import ScanOptions
from assay.report.snippets import snippet
from assay.sources.extent import Extents

_MOST = 5_000


class Snippets:
    """Tells of findings in local text what stands around them. Of what has columns, keys or fields, these tell it."""

    def __init__(self, options: ScanOptions, settings: Settings, extents: Extents) -> None:
        self._options = options
        self._settings = settings
        self._extents = extents
        self._detector: Detector | None = None
        self._left = _MOST

    def of(self, resource: str, at: Locator, redacted: str) -> str:
        """The masked line; empty where nothing of it may be shown, and after the first 5,000."""
        if at.field is not None or at.row is not None or at.json_path is not None or not self._left:
            return ""
        around = self._extents.around(resource, at)
        if around is None:
            return ""
        self._left -= 1
        return snippet(around, redacted, self._candidates)

    def _candidates(self, line: str) -> Sequence[tuple[int, int]]:
        """Where the rules see anything at all, sure or not, allowed or not."""
        if self._detector is None:
            self._detector = recipe_of(self._options, self._settings).make()
        data = line.encode("utf-8", "replace")
        window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
        raw = list(self._detector.matches(data))
        found = self._detector.candidates(raw, data, window, PlainText())
        return [
            (len(data[: each.start].decode("utf-8", "ignore")), len(data[: each.end].decode("utf-8", "ignore")))
            for each in found
        ]
