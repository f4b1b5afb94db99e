"""JSON Lines of OCSF: one Data Security Finding for each resource, as `report.ocsf` makes them."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from assay.model import Classification
from assay.model.standing import Standing
from assay.ports import Result
from assay.report.ocsf import ocsf
from assay.sinks.output import Output


class OcsfSink:
    """Writes events as resources are classified. `at` is when the scan began: nothing is known of what was before."""

    def __init__(self, output: Output, *, version: str, at: datetime) -> None:
        self._output = output
        self._version = version
        self._at = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def write(self, result: Result) -> None:
        if isinstance(result, Classification):
            standing = Standing(classification=result, first_seen_at=self._at, changed_at=self._at, version=1)
            event = ocsf(standing, version=self._version)
            self._output.write(orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._output.commit()
