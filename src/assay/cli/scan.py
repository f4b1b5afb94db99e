"""`assay scan`: find sensitive data in files and folders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from assay.cli.asked import judge_since, s3_options, scan_options, spare
from assay.cli.options import (
    MACHINE_FORMATS,
    FormatType,
    ShareType,
    allow_option,
    aws_options,
    complete_files,
    config_option,
    fail_on_option,
    reaches,
    selection_options,
)
from assay.cli.recognising import notes, recogniser_options
from assay.cli.redact_to import redact_options, redaction_of, said
from assay.cli.when import WhenType
from assay.errors import AssayError, OutputError, UsageError
from assay.model import Level, Summary

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.app.scan.keeping import Wanted
    from assay.app.scan.redacting import Redacting, Redaction
    from assay.model.options import ScanOptions
    from assay.ports import Record, Sink
    from assay.sinks.output import Output
    from assay.sources.s3.options import S3Options

EXIT_FAILED, EXIT_GAPS, EXIT_INTERRUPTED = 1, 3, 130


@click.command(short_help="Find sensitive data in files and folders.")
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True, shell_complete=complete_files)
@click.option(
    "--format",
    "output_format",
    type=FormatType("table", *MACHINE_FORMATS, "html"),
    default="table",
    show_default=True,
    help="table and html (a page for a browser) are for people, the others for programs.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete_files,
    help="Write results to this file instead of standard output.",
)
@selection_options
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out what matches, as in .gitignore.")
@click.option("--gitignore/--no-gitignore", default=None, help="Leave out what .gitignore files name.  [default: on]")
@click.option("--full", is_flag=True, help="Read everything.  [default]")
@click.option(
    "--sample",
    metavar="PERCENT",
    type=ShareType(0, 100, min_open=True),
    help="Of large objects read three regions; of more than 1,000 files draw this share.",
)
@click.option(
    "--rows",
    metavar="N",
    type=click.IntRange(1, 10_000_000),
    help="Of each table of a database read N random rows, more where they leave it open.  [default: 200; --full: all]",
)
@click.option(
    "--k-anonymity/--no-k-anonymity",
    default=None,
    help="Count the rows that are alike in quasi-identifiers, in tables of any size.  [default: up to 100,000 rows]",
)
@click.option(
    "--since",
    type=WhenType(),
    metavar="TIME",
    help="Of streams and topics read only records that came since then: a date, a time, or so long ago, e.g. 24h.",
)
@click.option(
    "--history", is_flag=True, help="Of repositories read all that any branch or tag leads to, each blob once."
)
@click.option("--staged", is_flag=True, help="Of repositories tell only what the next commit would add.")
@click.option(
    "--diff", metavar="BASE", help="Of repositories tell only what was added since this branch, tag or commit."
)
@click.option(
    "--ocr",
    metavar="LANGUAGES",
    help="Read text in pictures and scanned pages with tesseract, e.g. eng or deu+eng.  [default: pictures are left out]",
)
@click.option("--estimate", is_flag=True, help="Say how much there is to read and how long it takes, and stop.")
@click.option(
    "-j", "--jobs", metavar="N", type=click.IntRange(0, 1024), help="Worker processes.  [default: one per core]"
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Who reads: worker processes here, or Apache Spark.",
)
@click.option(
    "--master",
    metavar="URL",
    help="Spark's master, e.g. local[4] or spark://host:7077; with --engine spark.  [default: by Spark's configuration, else here]",
)
@allow_option
@click.option(
    "--baseline",
    metavar="FILE",
    shell_complete=complete_files,
    help="Leave out what this baseline knows; see 'assay baseline'.",
)
@redact_options
@fail_on_option
@click.option(
    "--progress/--quiet", default=None, help="Progress and messages on standard error.  [default: on a terminal]"
)
@click.option("--catalog", "catalog_url", metavar="URL", help="Keep results in this catalog; see 'assay catalog init'.")
@click.option("--no-catalog", is_flag=True, help="Keep nothing but the output, even if a catalog is set.")
@click.option(
    "--resume", is_flag=True, help="Go on with the scan of the same targets that was stopped (needs a catalog)."
)
@click.option("--versions", is_flag=True, help="Of objects of S3 read all versions.")
@click.option(
    "--inventory",
    metavar="FILE",
    help="Manifest of an S3 inventory (a path or s3://…/manifest.json) whose list is taken instead of the bucket's.",
)
@click.option("--request-payer", is_flag=True, help="Accept to pay for requests to buckets of others.")
@click.option("--bucket-owner", metavar="ACCOUNT", help="Read only buckets that belong to this account.")
@recogniser_options
@aws_options
@config_option
def scan(**given: Any) -> int:
    """Find sensitive data in each TARGET: a file, a folder, a file:// URI, s3://bucket/prefix, dynamodb://table,
    glue://database/table, rds://user@instance/database, kinesis://stream, kafka://broker/topic, a database's URL
    (mongodb:// as well), git:PATH for a repository, or - for standard input.

    Values are redacted in every output. A resource is restricted, confidential, internal or public; it is
    unclassified where nothing was found but not everything could be read.

    \b
    assay scan .
    assay scan ~/exports --format html --output exports.html
    assay scan ~/exports --format jsonl --output findings.jsonl
    assay scan . --category SECRETS --fail-on restricted
    pg_dump shop | assay scan -
    assay scan git:. --history --category SECRETS
    assay scan git:. --staged --fail-on restricted
    assay scan s3://exports/2026/ --profile audit
    assay scan 'dynamodb://orders-*' --region eu-west-1
    assay scan rds://assay_reader@shop/orders glue://sales
    assay scan kinesis://clicks --since 24h
    """
    from assay.app.config.settings import load_settings  # only a scan pays for what a scan needs
    from assay.app.scan.keeping import wanted_of
    from assay.cli.targets import local_targets, of_repositories

    settings = load_settings(given["config_file"])
    if (given["staged"] or given["diff"] is not None) and (given["catalog_url"] or given["resume"]):
        raise UsageError(
            "--staged and --diff tell some lines of files, of which a catalog keeps nothing; leave out --catalog"
        )
    targets = local_targets(of_repositories(given["targets"], given))
    spare(targets, given["output"])
    for name in ("sample", "rows"):
        if given["full"] and given[name] is not None:
            raise UsageError(f"--full and --{name} exclude each other; give one of them")
    if given["master"] is not None and given["engine"] != "spark":
        raise UsageError("--master names a master of Spark; give --engine spark as well")
    options = scan_options(given, settings)
    s3 = s3_options(given, targets)
    redaction = redaction_of(given, targets)
    judge_since(given["since"], targets)
    if given["estimate"]:
        from assay.cli.estimating import estimated

        return estimated(targets, options, settings, given["output_format"], s3)
    if "-" in targets and sys.stdin is not None and sys.stdin.isatty() and given["progress"] is not False:
        click.echo("assay: reading standard input; end it with Ctrl-D", err=True)
    if redaction is None:
        for note in notes(options, settings):
            click.echo(f"assay: {note}", err=True)
    elif options.comprehend or options.textract:
        raise UsageError("--redact-to masks what is found here; leave out --comprehend and --textract")
    if given["no_catalog"] and given["catalog_url"]:
        raise UsageError("--catalog and --no-catalog exclude each other; give one of them")
    if options.baseline is not None and given["catalog_url"]:
        raise UsageError(
            "--baseline and --catalog exclude each other: what a baseline knows would be missing in the catalog, by which protection is "
            "planned; scan with the one, and then with the other"
        )
    none = given["no_catalog"] or options.is_change or redaction is not None
    wanted = wanted_of(settings, given["catalog_url"], none=none, resume=given["resume"])
    if options.baseline is not None and wanted.url is not None:
        wanted = wanted_of(settings, None, none=True, resume=given["resume"])
        if given["progress"] is not False:
            click.echo(
                "assay: nothing of this scan is kept in the catalog, in which what the baseline knows would be missing",
                err=True,
            )
    if given["resume"] and wanted.url is None:
        raise UsageError("--resume goes on with what a catalog has of a scan; give --catalog PATH")
    run = _Run(
        targets=targets,
        options=options,
        settings=settings,
        given=given,
        wanted=wanted,
        s3=s3,
        redaction=redaction,
    )
    return run.run()


class _Run:
    """One scan from the command line: results to the sink, messages to standard error, an exit code at the end."""

    def __init__(
        self,
        *,
        targets: list[str],
        options: ScanOptions,
        settings: Settings,
        given: dict[str, Any],
        wanted: Wanted,
        s3: S3Options | None,
        redaction: Redaction | None = None,
    ) -> None:
        self._s3 = s3
        self._targets = targets
        self._notes: list[str] = []
        self._wanted = replace(wanted, note=self._notes.append)
        self._options = options
        self._settings = settings
        self._format: str = given["output_format"]
        self._output_name: str | None = given["output"]
        self._wants_progress: bool | None = given["progress"]
        self._fail_on = Level(given["fail_on"].lower()) if given["fail_on"] else settings.fail_on
        self._summary: Summary | None = None
        self._redaction = redaction
        self._redacting: Redacting | None = None

    def run(self) -> int:
        from assay.app.scan.unchanged import scan as scan_line
        from assay.cli.interrupt import InterruptError, Interrupts
        from assay.cli.sinking import make_sink
        from assay.sinks.output import open_output

        output = open_output(self._output_name)
        progress = self._progress(output)
        interrupted: int | None = None
        try:
            sink = make_sink(self._format, output, self._targets, self._settings, self._fail_on, self._options)
            if self._redaction is not None:
                from assay.app.scan.redacting import Redacting

                self._redacting = Redacting(self._redaction, self._targets, self._options, self._settings)
            with Interrupts() as interrupts:
                records = scan_line(
                    self._targets,
                    self._options,
                    settings=self._settings,
                    progress=progress,
                    render=self._format == "jsonl" and self._redacting is None,
                    own=output.paths,
                    wanted=self._wanted,
                    s3=self._s3,
                )
                if self._redacting is not None:
                    records = self._redacting.records(records)
                try:
                    interrupts.deliver(records, self._writer(sink))
                except KeyboardInterrupt:
                    interrupted = interrupts.code
                finally:
                    if progress is not None:
                        progress.clear()
                if interrupted is not None and self._summary is None:
                    # Stopped before the scan could round off: there is nothing that may take the output's name.
                    raise InterruptError(interrupted)
                if self._summary is not None and self._summary.interrupted:
                    interrupted = interrupts.code
            sink.close()
        except BaseException as error:
            kept = output.abandon()
            if kept is None:
                raise
            if isinstance(error, AssayError):
                raise OutputError(f"{error}; {kept}") from None
            click.echo(f"assay: {kept}", err=True)
            raise
        return self._finish(interrupted)

    def _writer(self, sink: Sink) -> Callable[[Record], None]:
        from assay.ports import LineSink, Rendered

        lines = sink if isinstance(sink, LineSink) else None

        def write(record: Record) -> None:
            if isinstance(record, Rendered):
                if lines is None:
                    raise OutputError(f"--format {self._format}: cannot take lines that are encoded already")
                lines.write_lines(record.lines)
                return
            if isinstance(record, Summary):
                self._summary = record
            sink.write(record)

        return write

    def _progress(self, output: Output) -> Any:
        from assay.cli.progress import ProgressLine

        if sys.stderr is None or (not sys.stderr.isatty() and not self._wants_progress):
            return None
        # Results that run over the same terminal show how far it is, and a line between them would mix with them.
        runs_over = output.is_terminal and self._format != "table"
        return None if runs_over or self._wants_progress is False else ProgressLine(sys.stderr)

    def _finish(self, interrupted: int | None) -> int:
        from assay.app.fingerprints import key_is_kept
        from assay.detect.cache import why_not_kept

        summary = self._summary
        if self._format != "table" or self._output_name:
            from assay.cli.closing import closing

            for line in closing(summary, self._output_name):
                self._say(line)
        if self._format != "table" and not key_is_kept(self._settings.fingerprint_key_file):
            self._say(
                "no fingerprint key can be kept: these fingerprints compare with no other run's; see 'assay doctor'"
            )
        folder = self._settings.cache_dir
        if (reason := why_not_kept(folder)) is not None:
            self._say(
                f"{folder} cannot be written ({reason}): every run compiles the identifiers anew; "
                "set cache_dir in assay.toml, or ASSAY_CACHE_DIR, to a folder that can"
            )
        for line in self._notes:
            self._say(line)
        if self._redacting is not None and self._redaction is not None:
            self._say(said(self._redacting.told, self._redaction.folder))
        if interrupted is not None or summary is None:
            self._say("interrupted; what was found so far was written")
            return interrupted or EXIT_INTERRUPTED
        if self._fail_on is not None:
            levels = (summary.level, *(Level(level) for level, count in summary.by_level.items() if count))
            if any(reaches(level, self._fail_on) for level in levels):
                return EXIT_FAILED
        return EXIT_GAPS if summary.gaps else 0

    def _say(self, line: str) -> None:
        if self._wants_progress is False:
            return
        try:
            click.echo(f"assay: {line}", err=True)
        except OSError:
            return  # the results are written; only what is said of them cannot be
