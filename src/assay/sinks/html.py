"""The page for a browser."""

from __future__ import annotations

from assay.ports import Result
from assay.report.tally import Tally
from assay.report.webpage.document import SHOWN_PLACES, SHOWN_RESOURCES, WebPage
from assay.sinks.output import Output


class HtmlSink:
    """Counts results and writes the page at the end, since the worst comes first."""

    def __init__(self, output: Output, page: WebPage) -> None:
        self._output = output
        self._page = page
        self._tally = Tally(resources=SHOWN_RESOURCES, places=SHOWN_PLACES)

    def write(self, result: Result) -> None:
        self._tally.add(result)

    def close(self) -> None:
        for piece in self._page.document(self._tally):
            self._output.write(piece.encode())
        self._output.commit()
