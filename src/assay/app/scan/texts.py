"""A text that the caller has → findings."""

from __future__ import annotations

import io
from collections.abc import Callable

from assay.app.config.settings import Settings
from assay.app.scan.recipe import allow_list, recipe_of
from assay.detect.allow import Allowed
from assay.detect.cache import Broken, read_all
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import UTF8, Kind, sniff
from assay.formats.encoding import lone_returns
from assay.model import Finding, Identifier
from assay.model.options import ScanOptions
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport
from assay.scanning.split import guarded

TEXT_URI = "memory:text"
_HEAD = 64 * 1024


def scan_text(text: str, options: ScanOptions, settings: Settings) -> list[Finding]:
    """Findings in a text; documentation values only with `include_test_values`."""
    found = scanner(options, settings)(text)
    return [finding for finding in found if options.include_test_values or not finding.test_value]


def known_identifiers(options: ScanOptions, settings: Settings) -> tuple[dict[str, Identifier], tuple[Broken, ...]]:
    """Those that a scan knows, by name: what its findings are read with. And the files that take no part in it."""
    found, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])
    return {item.name: item for item in found}, recipe_of(options, settings).make().rules.broken


def scanner(options: ScanOptions, settings: Settings) -> Callable[[str], list[Finding]]:
    """Finds in one text after the other, documentation values too. It is of one thread at a time."""
    detector = recipe_of(options, settings).make()
    allow = allow_list(options, detector.rules)
    return lambda text: _scanned(text, detector, allow.for_path("") if allow else None)


def _scanned(text: str, detector: Detector, allowed: Allowed | None) -> list[Finding]:
    # A lone surrogate has no UTF-8: it becomes one question mark, so that offsets are the string's own.
    data = text.encode("utf-8", "replace")
    report = SplitReport(resource=TEXT_URI, bytes_total=len(data))
    # It is text whatever it begins with: a note may start with the letters that mark an archive or a database.
    kind = sniff(data, "")
    document = Document(
        name="",
        resource=TEXT_URI,
        member=None,
        kind=kind if kind.is_text else Kind.TEXT,
        head=data,
        encoding=UTF8._replace(returns=lone_returns(data[:_HEAD])),
    )
    pieces = guarded(scan_document(io.BytesIO(b""), document, detector, report, allowed=allowed), report)
    found = [finding for piece in pieces for finding in piece.findings]
    for gap in report.gaps:
        raise ReadError(gap.reason, gap.detail)
    return found
