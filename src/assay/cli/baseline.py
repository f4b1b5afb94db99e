"""`assay baseline`: what is known of some files, so that only what is new is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, aws_options, complete_files, config_option, selection_options
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.detect.baseline import Entry

_ANSWERS = {"r": "real", "f": "false", "a": "accepted"}
_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path), shell_complete=complete_files)
_TARGETS = click.argument("targets", metavar="TARGET...", nargs=-1, required=True, shell_complete=complete_files)
_EXCLUDE = click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out what matches, as in .gitignore.")
_HISTORY = click.option("--history", is_flag=True, help="Of repositories take all that any branch or tag leads to.")
_JOBS = click.option(
    "-j", "--jobs", metavar="N", type=click.IntRange(0, 1024), help="Worker processes.  [default: one per core]"
)
_FULL = click.option("--full", is_flag=True, help="Of tables of databases read all rows.")
_ROWS = click.option(
    "--rows",
    metavar="N",
    type=click.IntRange(1, 10_000_000),
    help="Of each table of a database read N random rows, more where they leave it open.  [default: 200]",
)
_PAYER = click.option("--request-payer", is_flag=True, help="Accept to pay for requests to buckets of others.")
_OWNER = click.option("--bucket-owner", metavar="ACCOUNT", help="Read only buckets that belong to this account.")
_OTHERWISE = {"versions": False, "inventory": None, "comprehend": False, "textract": False}


@click.group(short_help="Keep what is known, so that only what is new is told.", no_args_is_help=True)
def baseline() -> None:
    """Keep what is known of files, repositories, buckets and databases, so that 'assay scan --baseline FILE' tells only
    what is new.

    A value is known by its file and its fingerprint, whatever line it moves to; a column of a table by its name and what it
    holds, whatever rows are read of it. The baseline holds no value; it is read with the fingerprint key that it was made
    with.

    \b
    assay baseline create .assay-baseline git:.
    assay scan git:. --baseline .assay-baseline --fail-on restricted
    assay baseline audit .assay-baseline
    assay baseline update .assay-baseline git:.
    assay baseline create shop.baseline postgresql://reader@db.example.org/shop
    """


@baseline.command(short_help="Make a baseline of what is found now.")
@_FILE
@_TARGETS
@selection_options
@_EXCLUDE
@_HISTORY
@_FULL
@_ROWS
@_JOBS
@_PAYER
@_OWNER
@aws_options
@config_option
def create(file: Path, **given: Any) -> int:
    """Make the baseline FILE of all that is found in each TARGET now. What is looked for is kept in it."""
    from assay.app.config.settings import load_settings
    from assay.app.scan.baselining import created, write
    from assay.cli.asked import s3_options, scan_options

    settings = load_settings(given["config_file"])
    targets = _targets(given)
    done = created(file, targets, scan_options(given, settings), settings, s3_options({**given, **_OTHERWISE}, targets))
    write(done.baseline)
    click.echo(f"{file}: {len(done.baseline.entries):,} known", err=True)
    return _told_unread(done.unread, done.gaps)


@baseline.command(short_help="Bring a baseline up to date, and drop what is gone.")
@_FILE
@_TARGETS
@_EXCLUDE
@_HISTORY
@_FULL
@_ROWS
@_JOBS
@_PAYER
@_OWNER
@aws_options
@config_option
def update(file: Path, **given: Any) -> int:
    """Bring the baseline FILE up to date with what is found in each TARGET now, under what was looked for when it was made.

    What is new is added, what is gone from the targets is dropped, what was said of the rest stays.
    """
    from assay.app.config.settings import load_settings
    from assay.app.scan.baselining import load, updated, write
    from assay.cli.asked import s3_options, scan_options

    settings = load_settings(given["config_file"])
    known = load(file, settings)
    options = scan_options({**given, "identifier_names": (), "categories": (), "preview": False}, settings)
    targets = _targets(given)
    done = updated(known, targets, options, settings, s3_options({**given, **_OTHERWISE}, targets))
    write(done.baseline)
    click.echo(f"{file}: {len(done.baseline.entries):,} known, {done.new:,} new, {done.gone:,} gone", err=True)
    return _told_unread(done.unread, done.gaps)


@baseline.command(short_help="Say of each entry whether it is real.")
@_FILE
@config_option
def audit(file: Path, config_file: Path | None) -> None:
    """Say of each entry of the baseline FILE that nobody has judged, or whose judgement has expired, what it is.

    real: it has to go; false: it is no such value; accepted: it may stay. Each needs a reason, and may have a day after which
    it is told again. Each answer is kept at once.
    """
    from assay.app.config.settings import load_settings
    from assay.app.scan.baselining import is_elsewhere, load, seen_now, undecided, write

    settings = load_settings(config_file)
    known = load(file, settings)
    entries = undecided(known)
    seen = seen_now(known, entries, settings)
    for number, entry in enumerate(entries, start=1):
        click.echo(f"\n{number} of {len(entries)}: {_said(entry)}")
        for place in seen.get(entry.key, ())[:3]:
            click.echo(f"  line {place.line or '?'}: {place.redacted}" if entry.is_value else f"  {place.redacted}")
        if is_elsewhere(entry):
            click.echo("  lies elsewhere, and is not looked at now; 'assay scan' tells it without --baseline")
        elif entry.key not in seen:
            click.echo("  is not in the file as it is now; 'assay baseline update' drops what is gone")
        try:
            answer = click.prompt(
                "  [r]eal, [f]alse, [a]ccepted, [s]kip or [q]uit", type=click.Choice([*_ANSWERS, "s", "q"])
            )
            if answer == "q":
                break
            if answer == "s":
                continue
            reason = click.prompt("  why").strip()
            until = click.prompt("  until (2027-01-31, empty: for good)", default="", show_default=False).strip()
            expires = date.fromisoformat(until) if until else None
        except click.Abort:
            click.echo()
            break
        except ValueError:
            raise UsageError("an end is a day such as 2027-01-31; what was answered before is kept") from None
        known = known.decided(entry.key, _ANSWERS[answer], reason, expires)
        write(known)
    left = len(undecided(known))
    click.echo(f"{file}: {left:,} of {len(known.entries):,} not judged", err=True)


@baseline.command(short_help="Show what a baseline holds.")
@_FILE
@click.option("--format", "output_format", type=FormatType("table", "jsonl"), default="table", show_default=True)
@config_option
def show(file: Path, output_format: str, config_file: Path | None) -> None:
    """Show the entries of the baseline FILE: what was said of each, and why."""
    from assay.app.config.settings import load_settings
    from assay.app.scan.baselining import load
    from assay.report.printable import printable

    known = load(file, load_settings(config_file))
    if output_format == "jsonl":
        click.echo("".join(f"{line}\n" for line in known.text().splitlines()[1:]), nl=False)
        return
    for _, entry in sorted(known.entries.items()):
        until = f" until {entry.expires.isoformat()}" if entry.expires is not None else ""
        why = f": {printable(entry.reason)}" if entry.reason else ""
        mark = entry.fingerprint[:8] if entry.is_value else "column" if entry.column else "table"
        name = printable(f"{entry.place}{_within(entry)}")
        click.echo(f"{entry.verdict:<9}{entry.identifier:<24}{mark:<8}  {name}{until}{why}")
    click.echo(f"{len(known.entries):,} known", err=True)


@baseline.command(short_help="Merge the baselines of two branches.")
@click.argument("before", metavar="BASE", type=click.Path(path_type=Path))
@click.argument("ours", metavar="OURS", type=click.Path(path_type=Path))
@click.argument("theirs", metavar="THEIRS", type=click.Path(path_type=Path))
def merge(before: Path, ours: Path, theirs: Path) -> int:
    """Write into OURS what two branches made of the baseline BASE: what either has added is there, what either has dropped is
    not, and a judgement counts more than none. Git calls it where it is told to:

    \b
    git config merge.assay-baseline.driver 'assay baseline merge %O %A %B'
    echo '.assay-baseline merge=assay-baseline' >> .gitattributes

    Ends with 1 where both have judged an entry, each otherwise: these stand in OURS between the marks of git.
    """
    from assay.app.scan.baselinemerging import merge_files

    done = merge_files(before, ours, theirs)
    if done.conflicts:
        click.echo(f"{ours}: judged in both branches, each otherwise: {done.conflicts:,} of its entries", err=True)
    return 1 if done.conflicts else 0


def _said(entry: Entry) -> str:
    """An entry, in words."""
    from assay.report.printable import printable

    of = "" if entry.is_value else "column " if entry.column else "table "
    within = _within(entry).removeprefix(":")
    where = f"{of}{within} of {entry.place}" if within else entry.place
    what = "few rows are alike" if not (entry.is_value or entry.column) else entry.identifier
    return f"{what} in {printable(where)}"


def _within(entry: Entry) -> str:
    """The table and the column of an entry, as `assay explain` takes them."""
    return "" if entry.is_value else f":{'.'.join(filter(None, (entry.table, entry.column)))}"


def _targets(given: dict[str, Any]) -> list[str]:
    from assay.cli.targets import local_targets, of_repositories

    if given["full"] and given["rows"] is not None:
        raise UsageError("--full and --rows exclude each other; give one of them")
    targets = local_targets(of_repositories(given["targets"], {**given, "staged": False, "diff": None}))
    if "-" in targets:
        raise UsageError("-: a baseline is of what is there the next time, too; name a file, a bucket or a database")
    return targets


def _told_unread(unread: int, gaps: int) -> int:
    from assay.report.printable import counted

    if gaps:
        told = f"{counted(gaps, 'gap')}: what is in there is not known, and is told once it can be read"
        click.echo(f"assay: {told}; 'assay scan' says what and why", err=True)
    if unread:
        lie = "entry lies" if unread == 1 else "entries lie"
        click.echo(
            f"assay: {unread:,} {lie} in what could not be read; {'it stays' if unread == 1 else 'they stay'}", err=True
        )
    return 3 if gaps or unread else 0
