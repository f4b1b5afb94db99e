"""`assay text`: find sensitive data in a text, and say why."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import (
    FormatType,
    allow_option,
    config_option,
    fail_on_option,
    reaches,
    selection_options,
)
from assay.errors import UsageError
from assay.model import Finding, Identifier, Level

if TYPE_CHECKING:
    from assay.report.people import Paint

EXIT_FAILED = 1
EXIT_GAPS = 3


@click.command(short_help="Find sensitive data in a text, and say why.")
@click.argument("words", metavar="[STRING | -]", nargs=-1)
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", "jsonl", "json"),
    default="table",
    show_default=True,
    help="table is for people, jsonl for scripts.",
)
@selection_options
@allow_option
@fail_on_option
@config_option
def text(**given: Any) -> int:
    """Find sensitive data in STRING, or in standard input with -, and show the evidence for each finding.

    \b
    assay text "call me at +44 20 7946 0958"
    assay text - < note.txt
    """
    from assay.app.config.settings import load_settings
    from assay.app.scan.texts import known_identifiers, scan_text  # only a scan pays for what a scan needs
    from assay.cli.asked import scan_options

    settings = load_settings(given["config_file"])
    show_tests = given["include_test_values"] or settings.include_test_values
    if given["prose"] is None and not settings.prose:
        # A text is short, and who tries a sentence wants to see what is found in sentences.
        from assay.detect.prose.tagger import why_missing

        given["prose"] = why_missing() is None
    options = scan_options({**given, "include_test_values": True}, settings)
    found = scan_text(_read(given["words"]), options, settings)
    kept = [finding for finding in found if show_tests or not finding.test_value]
    identifiers, broken = known_identifiers(options, settings)
    _print(kept, len(found) - len(kept), given["output_format"], identifiers)
    for _, problem in broken:
        click.echo(f"assay: warning: {problem}; it was not looked for", err=True)
    _warn_of_files(given["words"])
    fail_on = Level(given["fail_on"].lower()) if given["fail_on"] else settings.fail_on
    if fail_on is None:
        return EXIT_GAPS if broken else 0
    level = max((finding.level for finding in kept), key=lambda level: level.rank, default=Level.PUBLIC)
    if reaches(level, fail_on):
        return EXIT_FAILED
    return EXIT_GAPS if broken else 0


def _read(words: tuple[str, ...]) -> str:
    if words and words != ("-",):
        return " ".join(words)
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise UsageError("no text is given; write it in quotes, or - for standard input")
    # Bytes that are no UTF-8 become the replacement character: one for each, so that positions stay true.
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def _warn_of_files(words: tuple[str, ...]) -> None:
    """What is given is a text. Who gives a file's name would take the answer for one about the file."""
    import os
    import shlex

    if len(words) == 1 and words[0] != "-" and "\0" not in words[0] and os.path.exists(words[0]):
        name = shlex.quote(words[0])
        click.echo(
            f"assay: warning: {name} is also a file or folder here, and was not read; assay scan {name} reads it",
            err=True,
        )


def _print(findings: list[Finding], ignored: int, output_format: str, identifiers: Mapping[str, Identifier]) -> None:
    import orjson

    from assay.cli.terminal import painter
    from assay.report.jsonlines import encode
    from assay.report.printable import counted
    from assay.review.reading import document

    if output_format in ("json", "jsonl"):
        records = [orjson.dumps(orjson.loads(encode(each)) | document(each, identifiers)) for each in findings]
        if output_format == "jsonl":
            for record in records:
                click.echo(record)
            return
        lines = b",\n".join(records)
        click.echo(b'{"kind":"report","records":[\n' + lines + b'\n],"test_values_ignored":%d}' % ignored)
        return
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for finding in findings:
        for line in explain(finding, paint, identifiers):
            click.echo(line)
    if not findings:
        click.echo("Nothing found.")
    if ignored:
        click.echo(f"{counted(ignored, 'test value')} ignored; --include-test-values shows them")


def explain(finding: Finding, paint: Paint, identifiers: Mapping[str, Identifier]) -> Iterator[str]:
    """The finding and its evidence, a signal a line; what a signal added stands before it. Then how it may be read."""
    from assay.report.printable import printable
    from assay.review.reading import lines

    at = finding.location
    place = f"{at.line}:{at.column}" if at.line is not None else ""
    band = "test value" if finding.test_value else finding.band
    level = paint(finding.level, finding.level)
    yield f"{place:<6} {paint(finding.identifier, 'strong')}  {printable(finding.redacted)}".rstrip()
    yield f"       {level}, {finding.category}, confidence {finding.confidence:.2f} ({band})"
    for evidence in finding.evidence:
        yield f"       {evidence.weight:+z.2f}  {evidence.signal:<9}  {printable(evidence.detail)}".rstrip()
    for line in lines(finding, identifiers):
        yield f"       {printable(line)}"
