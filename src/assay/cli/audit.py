"""`assay audit`: show, prove and export the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, aws_options, catalog_option, config_option
from assay.cli.when import WhenType, shown

if TYPE_CHECKING:
    from assay.store.engine import Catalog
    from assay.store.keys import End

EXIT_FAILED = 1
_CHECKPOINT = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@click.group(short_help="Show, prove and export the audit log.", no_args_is_help=True)
def audit() -> None:
    """Show, prove and export the catalog's audit log: who did what, when, to which resource, with before and after.

    Entries are only ever appended, and chained by hashes.
    """


@audit.command(short_help="Show the newest entries.")
@click.option("--since", type=WhenType(), metavar="TIME", help="From when: 2024-05-01, or 30d ago.")
@click.option("--until", type=WhenType(), metavar="TIME", help="Until when.")
@click.option("--action", metavar="NAME", help="Only this action, e.g. DETECTION_RUN or CONFIG_CHANGE.")
@click.option("--actor", metavar="NAME", help="Only what this one did.")
@click.option("--resource", metavar="NAME", help="Only what was done to this resource, table or column.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many are shown.")
@click.option(
    "--format", "output_format", type=FormatType("table", "json", "jsonl"), default="table", show_default=True
)
@catalog_option
@config_option
def log(
    since: str | None,
    until: str | None,
    action: str | None,
    actor: str | None,
    resource: str | None,
    limit: int,
    output_format: str,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Show the newest entries of the audit log, the newest last."""
    import orjson

    from assay.app.reviews.naming import search
    from assay.cli.grid import grid, terminal_columns
    from assay.store.auditlog import Wanted, newest

    wanted = Wanted(since=since, until=until, action=action, actor=actor, resource=resource)
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        if resource is not None and (named := search(connection, resource, gone=True)):
            (first, *_) = named
            wanted = wanted._replace(resource=first.resource, table=first.table, column=first.column)
        entries = newest(connection, wanted, limit)
    if output_format == "json":
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
    elif output_format == "jsonl":
        for entry in entries:
            click.echo(orjson.dumps(entry).decode())
    elif not entries:
        click.echo("no entry")
    else:
        rows = [
            [
                entry["seq"],
                shown(entry["at"])[:16],
                entry["actor"],
                entry["action"],
                _on(entry),
                _told(entry),
            ]
            for entry in entries
        ]
        for line in grid(
            ["entry", "at (UTC)", "who", "what", "on", "details"], rows, terminal_columns(), cut=(5, 4, 2)
        ):
            click.echo(line)


@audit.command(short_help="Prove that nobody changed the log, or any other record.")
@click.option(
    "--checkpoint",
    metavar="ENTRY:HASH",
    help="An end of the log that was noted elsewhere, as 'assay audit verify' and 'export' print it.",
)
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@catalog_option
@config_option
def verify(checkpoint: str | None, output_format: str, catalog_url: str | None, config_file: Path | None) -> int:
    """Read the whole catalog and prove it: no entry of the audit log was changed, taken out, put in or moved, its end, which is
    signed, was not cut off, and every other row is as assay wrote it. Exit code 1 where that does not hold, or something could
    not be checked."""
    from assay.store.proof import verify as proven

    expected = None if checkpoint is None else _end(checkpoint)
    with _open(config_file, catalog_url) as opened:
        proof = proven(opened, expected=expected)
    end = f"{proof.end.seq}:{proof.end.hash}"
    if output_format == "json":
        import orjson

        told = {
            "holds": proof.holds,
            "entries": proof.entries,
            "checkpoint": end,
            "problems": [{"entry": problem.seq, "what": problem.what} for problem in proof.problems],
        }
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return 0 if proof.holds else EXIT_FAILED
    for problem in proof.problems:
        click.echo(f"{'' if problem.seq is None else f'entry {problem.seq} '}{problem.what}")
    if proof.holds:
        click.echo(f"the audit log holds: {proof.entries:,} entries, unbroken, the end signed")
        click.echo("every other row is as it was written")
        click.echo(f"checkpoint {end}")
        return 0
    click.echo(f"the catalog does NOT hold; {proof.entries:,} entries of its audit log were read")
    return EXIT_FAILED


@audit.command(short_help="Write the whole log to a file, or to AWS.")
@click.option("--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@click.option(
    "--to",
    "place",
    metavar="PLACE",
    help="Objects below s3://bucket/prefix, or a group of CloudWatch Logs that is there, logs:GROUP; only what is not there yet.",
)
@click.option(
    "--bucket-owner",
    metavar="ACCOUNT",
    help="With --to s3://…: the account of the bucket.  [default: that of the credentials]",
)
@catalog_option
@aws_options
@config_option
def export(
    output: str | None, place: str | None, catalog_url: str | None, config_file: Path | None, **given: Any
) -> None:
    """Write every entry with its hashes as JSON Lines, so that others can check the chain without the catalog: an entry's
    hash is the SHA-256 of its other fields as JSON with sorted keys and no spaces. The checkpoint goes to standard error.

    With --to it goes where the catalog's own administrators need no right to change anything: a bucket with Object Lock, a log
    group of another account. Run again, it goes on where it ended.
    """
    import orjson

    from assay.sinks.output import open_output
    from assay.store.auditlog import everything

    if place is not None:
        if output is not None:
            raise click.UsageError("--to and --output exclude one another")
        _to_aws(place, given, config_file, catalog_url)
        return
    last: dict[str, Any] | None = None
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        target = open_output(output)
        try:
            for last in everything(connection):
                target.write(orjson.dumps(last, option=orjson.OPT_APPEND_NEWLINE))
            target.commit()
        except BaseException:
            target.abandon()
            raise
    if last is not None:
        click.echo(f"checkpoint {last['seq']}:{last['hash']}", err=True)


def _to_aws(place: str, given: dict[str, Any], config_file: Path | None, catalog_url: str | None) -> None:
    from assay.app.telling.auditing import export_to
    from assay.cli.options import access_of
    from assay.report.printable import counted, printable

    with _open(config_file, catalog_url) as opened:
        written, end = export_to(opened, place, access_of(given), owner=given["bucket_owner"])
    click.echo(printable(f"{place}: {counted(written, 'entry', 'entries')} written"))
    if end:
        click.echo(f"checkpoint {end}", err=True)


def _on(entry: Mapping[str, Any]) -> str | None:
    """What an entry is about, as every command takes it."""
    from assay.report.spelling import Named, spelled

    resource: str | None = entry["resource"] or entry["run"]
    details = entry["details"]
    if resource is None or "://" not in resource:
        return resource
    told = details if isinstance(details, Mapping) else {}
    return spelled(Named(resource, told.get("table"), told.get("column")))


def _told(entry: dict[str, Any]) -> str:
    # What state a run came to says more than the rest of the line has room for.
    named = sorted(entry["details"].items(), key=lambda item: item[0] != "state")
    details = " ".join(f"{name}={_short(value)}" for name, value in named)
    if entry["before"] is None and entry["after"] is None:
        return details
    return f"{_short(entry['before'])} → {_short(entry['after'])} {details}".rstrip()


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value
    import orjson

    return orjson.dumps(value).decode()


def _end(text: str) -> End:
    from assay.store.keys import End

    found = _CHECKPOINT.fullmatch(text)
    if found is None:
        raise click.UsageError("--checkpoint is ENTRY:HASH, e.g. 12: and 64 hexadecimal digits")
    return End(seq=int(found[1]), hash=found[2])


def _open(config_file: Path | None, catalog_url: str | None) -> Catalog:
    from assay.app.catalogs import open_needed
    from assay.app.config.settings import load_settings

    return open_needed(load_settings(config_file), catalog_url)
