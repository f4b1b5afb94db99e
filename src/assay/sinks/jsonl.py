"""JSON Lines, one object a line: the form that scripts read."""

from __future__ import annotations

from assay.ports import Blocks, Lines, Result
from assay.report.jsonlines import encode
from assay.sinks.output import Output


class JsonLinesSink:
    """Writes each result as it comes."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, result: Result) -> None:
        self._output.write(encode(result))

    def write_lines(self, lines: Lines) -> None:
        for piece in lines if isinstance(lines, Blocks) else (lines,):
            self._output.write(piece)

    def close(self) -> None:
        self._output.commit()
