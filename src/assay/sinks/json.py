"""One JSON document: `{"kind": "report", "version": …, "records": […], "summary": {…}}`."""

from __future__ import annotations

import orjson

from assay.model import Summary
from assay.ports import Result
from assay.report.jsonlines import encode
from assay.sinks.output import Output

_NEXT = b",\n"


class JsonSink:
    """Writes the document as results come, so that memory does not grow with their number.

    Nothing is written before the first one: a scan that cannot begin leaves no half of a document.
    """

    def __init__(self, output: Output, *, version: str) -> None:
        self._output = output
        self._separator = b'{"kind":"report","version":' + orjson.dumps(version) + b',"records":[\n'
        self._summary: Summary | None = None

    def write(self, result: Result) -> None:
        if isinstance(result, Summary):
            self._summary = result
            return
        self._output.write(self._separator + encode(result).rstrip(b"\n"))
        self._separator = _NEXT

    def close(self) -> None:
        summary = b"null" if self._summary is None else encode(self._summary).rstrip(b"\n")
        end = b"" if self._separator == _NEXT else self._separator.rstrip()
        self._output.write(end + b'\n],"summary":' + summary + b"}\n")
        self._output.commit()
