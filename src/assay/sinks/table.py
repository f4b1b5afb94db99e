"""The page for people."""

from __future__ import annotations

from assay.ports import Result
from assay.report.people import People
from assay.report.tally import Tally
from assay.sinks.output import Output


class TableSink:
    """Counts results and writes the page at the end, since the worst comes first."""

    def __init__(self, output: Output, people: People) -> None:
        self._output = output
        self._people = people
        self._tally = Tally()

    def write(self, result: Result) -> None:
        self._tally.add(result)

    def close(self) -> None:
        for line in self._people.page(self._tally):
            self._output.write(line.encode("utf-8", "backslashreplace") + b"\n")
        self._output.commit()
