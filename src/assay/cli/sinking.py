"""Which sink a format of `assay scan` has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.model import Identifier, Level
    from assay.model.options import ScanOptions
    from assay.ports import Sink
    from assay.report.snippets import SnippetOf
    from assay.sinks.output import Output
    from assay.sources.extent import Extents

_NARROWEST = 36


def make_sink(
    name: str,
    output: Output,
    targets: list[str],
    settings: Settings,
    least: Level | None = None,
    options: ScanOptions | None = None,
) -> Sink:
    """The sink for the format `name`; its modules are loaded only when it is chosen. `least` is the level that fails a build.

    With `options`, those of the scan, outputs for people show what stands around findings, masked.
    """
    if name == "jsonl":
        from assay.sinks.jsonl import JsonLinesSink

        return JsonLinesSink(output)
    from assay.cli.version import version

    if name == "json":
        from assay.sinks.json import JsonSink

        return JsonSink(output, version=version())
    if name in ("csv", "parquet"):
        from assay.sinks.rows import RowsSink

        return RowsSink(output, name)
    if name == "junit":
        from assay.sinks.junit import JunitSink

        return JunitSink(output, base=os.getcwd(), least=least)
    if name == "ocsf":
        from datetime import UTC, datetime

        from assay.sinks.ocsf import OcsfSink

        return OcsfSink(output, version=version(), at=datetime.now(UTC))
    if name == "html":
        from datetime import UTC, datetime

        from assay.report.webpage.document import WebPage
        from assay.sinks.html import HtmlSink

        identifiers = _identifiers(settings)
        shown = _snippets(options, settings)
        page = WebPage(made=datetime.now(UTC), version=version(), identifiers=identifiers, snippet_of=shown)
        return HtmlSink(output, page)
    if name == "sarif":
        from assay.cli.targets import bases
        from assay.sinks.sarif import SarifSink
        from assay.sources.extent import Extents

        extents = Extents()
        return SarifSink(
            output,
            version=version(),
            identifiers=_identifiers(settings),
            bases=bases(targets),
            end_of=extents.end_of,
            snippet_of=_snippets(options, settings, extents),
            done=extents.close,
        )
    import shutil  # not for JSON Lines

    from assay.cli.terminal import painter
    from assay.report.people import People
    from assay.sinks.table import TableSink

    columns = shutil.get_terminal_size((80, 24)).columns if output.is_terminal else 80
    people = People(
        columns=max(_NARROWEST, min(columns, 160)),
        base=os.getcwd(),
        paint=painter(output.is_terminal),
        snippet_of=_snippets(options, settings),
    )
    return TableSink(output, people)


def _snippets(options: ScanOptions | None, settings: Settings, extents: Extents | None = None) -> SnippetOf:
    from assay.report.snippets import no_snippet

    if options is None:
        return no_snippet
    from assay.app.scan.snippets import Snippets
    from assay.sources.extent import Extents

    return Snippets(options, settings, extents or Extents()).of


def _identifiers(settings: Settings) -> dict[str, Identifier]:
    from assay.detect.cache import read_all

    identifiers, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])
    return {identifier.name: identifier for identifier in identifiers}
