"""JUnit's XML, which build servers show as tests: one test case a resource, which fails where something was found.

As https://github.com/testmoapp/junitxml describes what build servers read of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from xml.sax.saxutils import escape, quoteattr

from assay.model import Classification, ColumnRecord, Finding, Gap, Level, Skip, Summary
from assay.ports import Result
from assay.report.printable import counted, local_path, printable
from assay.sinks.output import Output

_LISTED = 50
_IN_MEMORY = 8 * 1024 * 1024


class JunitSink:
    """Writes the document at the end, since it begins with how many tests there are; until then cases wait in a file.

    A resource fails from `least` on; without it where anything was found. What could not be read is an error.
    """

    def __init__(self, output: Output, *, base: str, least: Level | None = None) -> None:
        self._output = output
        self._base = base.rstrip("/") + "/"
        self._least = least
        self._cases = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._more: Counter[str] = Counter()
        self._gaps: dict[str, list[Gap]] = defaultdict(list)
        self._skips: dict[str, list[Skip]] = defaultdict(list)
        self._count: Counter[str] = Counter()
        self._seconds = 0.0

    def write(self, result: Result) -> None:
        if isinstance(result, Finding):
            self._add(result.resource, _told(result))
        elif isinstance(result, ColumnRecord):
            if result.detected_type is not None:
                name = printable(result.column)
                self._add(result.resource, f"column {name}: {result.detected_type}, {result.confidence:.0f} of 100")
        elif isinstance(result, Gap):
            self._gaps[result.resource].append(result)
        elif isinstance(result, Skip):
            self._skips[result.resource].append(result)
        elif isinstance(result, Classification):
            self._case(result)
        elif isinstance(result, Summary):
            self._seconds = result.seconds
            if result.interrupted:
                self._gaps["scan"].append(
                    Gap(resource="scan", reason="interrupted", detail="these results are partial")
                )

    def close(self) -> None:
        for resource in [*self._gaps]:
            self._emit(resource, self._errors(resource))
        for resource in [*self._skips]:
            self._emit(resource, self._skipped(resource))
        count = self._count
        numbers = (
            f'tests="{count["tests"]}" failures="{count["failures"]}" errors="{count["errors"]}" '
            f'skipped="{count["skipped"]}" time="{self._seconds:.3f}"'
        )
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="assay" {numbers}>\n<testsuite name="assay" {numbers}>\n'
        self._output.write(head.encode())
        self._cases.seek(0)
        with self._cases:
            shutil.copyfileobj(self._cases, _Written(self._output))
        self._output.write(b"</testsuite>\n</testsuites>\n")
        self._output.commit()

    def _add(self, resource: str, line: str) -> None:
        if len(self._lines[resource]) < _LISTED:
            self._lines[resource].append(line)
        else:
            self._more[resource] += 1

    def _case(self, found: Classification) -> None:
        resource = found.resource
        lines, more = self._lines.pop(resource, []), self._more.pop(resource, 0)
        least = self._least
        fails = bool(found.identifiers or lines) if least is None else found.level.rank >= least.rank
        inside = ""
        if fails:
            self._count["failures"] += 1
            text = "\n".join([*lines, *([f"and {counted(more, 'more finding')}"] if more else [])])
            inside = f'<failure message={_quoted(found.because)} type="{found.level}">{escape(text)}</failure>'
        inside += self._errors(resource)
        self._emit(resource, inside or self._skipped(resource))
        self._skips.pop(resource, None)

    def _errors(self, resource: str) -> str:
        gaps = self._gaps.pop(resource, [])
        if not gaps:
            return ""
        self._count["errors"] += 1
        text = "\n".join(
            printable(f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason) for gap in gaps[:_LISTED]
        )
        return f'<error message={_quoted(f"not read: {gaps[0].reason}")} type="gap">{escape(text)}</error>'

    def _skipped(self, resource: str) -> str:
        skips = self._skips.pop(resource, [])
        if not skips:
            return ""
        self._count["skipped"] += 1
        return f"<skipped message={_quoted(skips[0].reason)}/>"

    def _emit(self, resource: str, inside: str) -> None:
        self._count["tests"] += 1
        path = local_path(resource).removeprefix(self._base)
        name = _quoted(path)
        file = f" file={name}" if resource.startswith("file:") else ""
        self._cases.write(f'<testcase classname="assay" name={name}{file}>{inside}</testcase>\n'.encode())


class _Written:
    """An output as `shutil` copies to it."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: bytes, /) -> int:
        self._output.write(data)
        return len(data)


def _told(finding: Finding) -> str:
    at = finding.location
    places = (
        ("", at.member),
        ("line ", at.line),
        ("page ", at.page),
        ("sheet ", at.sheet),
        ("row ", at.row if at.line is None else None),
        ("", at.field),
    )
    where = " ".join(f"{name}{printable(str(value))}" for name, value in places if value is not None)
    return f"{where}: {finding.identifier} {finding.redacted} ({finding.band} confidence, {finding.level})"


def _quoted(text: str) -> str:
    return quoteattr(printable(text))
