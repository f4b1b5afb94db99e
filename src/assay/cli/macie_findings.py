"""`assay aws macie import|compare`: what Macie found, in the catalog and against what we found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.macie_desk import EXIT_GAPS, format_option, opened
from assay.cli.options import aws_options, catalog_option, config_option
from assay.cli.when import WhenType
from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.app.macie.macieimport import Imported
    from assay.cli.review_desk import Desk
    from assay.macie.agreement import Agreement, Counts
    from assay.macie.mapping import TypeMapping

_SHOWN = 20
_map_option = click.option(
    "--map",
    "map_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="YAML of Macie's types, or names of custom data identifiers, to identifiers of ours.",
)


@click.command("import", short_help="Bring Macie's findings into the catalog.")
@click.option("--since", metavar="TIME", type=WhenType(), help="Only what was updated then or later.  [default: all]")
@click.option("--bucket", "buckets", metavar="NAME", multiple=True, help="Only findings about this bucket.")
@click.option("--by", metavar="NAME", help="Who imports.  [default: you, as user@host]")
@_map_option
@format_option
@catalog_option
@aws_options
@config_option
def import_findings(**given: Any) -> int:
    """Bring Macie's sensitive data findings into the catalog, as one more detector beside ours: levels, reviews, exports and
    tags see what it found. Importing again changes nothing; nothing is ever lowered.

    Findings that were archived, and samples that Macie made up, are kept and count for nothing. Findings hold no values, and
    samples of values are not asked for. Exit code 3 where Macie listed findings that it did not tell.
    """
    from assay.app.macie import macieimport

    with opened(given, macieimport.COMMAND) as desk:
        importing = macieimport.Importing(
            catalog=desk.desk.catalog,
            mapping=_mapping(desk.desk, given["map_file"]),
            identifiers=desk.desk.identifiers,
            governance=desk.desk.governance,
            second_from=desk.desk.settings.second_approval,
            actor=desk.desk.actor,
        )
        since = None if given["since"] is None else datetime.fromisoformat(given["since"])
        done = importing.run(desk.work.session, since=since, buckets=given["buckets"])
        if desk.in_lines:
            desk.echo(_imported_line(done))
        else:
            for line in _imported(done):
                click.echo(line)
    return EXIT_GAPS if done.missing else 0


@click.command(short_help="Compare what Macie found with what we found.")
@click.option(
    "--bucket", "buckets", metavar="NAME", multiple=True, help="Only this bucket.  [default: all that Macie told of]"
)
@_map_option
@format_option
@catalog_option
@config_option
def compare(**given: Any) -> int:
    """Compare what was imported from Macie with what our scans found in the same buckets, object by object and identifier by
    identifier: both, only Macie, only we. Objects that we have not read are told apart, and so is what Macie has no type for.

    That Macie tells nothing of an object does not say that it looked there.
    """
    from assay.app.macie.maciecompare import compared
    from assay.cli import review_desk
    from assay.cli.grid import terminal_columns

    with review_desk.opened(given["catalog_url"], given["config_file"]) as desk:
        known = {each.name: each for each in desk.identifiers}
        found = compared(desk.catalog, _mapping(desk, given["map_file"]), known, given["buckets"])
    if given["output_format"] == "jsonl":
        import orjson

        for document in _agreement_lines(found):
            click.echo(orjson.dumps(document).decode())
        return 0
    for line in _agreement(found, max(60, min(terminal_columns(), 120))):
        click.echo(line)
    return 0


def _mapping(desk: Desk, file: Path | None) -> TypeMapping:
    from assay.macie.mapping import mapping_of

    known = {each.name: each for each in desk.identifiers}
    return mapping_of(known, None if file is None else _own(file))


def _own(file: Path) -> dict[str, str]:
    import yaml

    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise ConfigError(f"{file}: cannot be read as YAML; a line is like BADGE: EMPLOYEE_NUMBER") from None
    if not isinstance(told, dict) or not all(isinstance(each, str) for pair in told.items() for each in pair):
        raise ConfigError(f"{file}: has to be names to names; a line is like BADGE: EMPLOYEE_NUMBER")
    return told


def _imported(done: Imported) -> Iterator[str]:
    from assay.report.printable import counted, printable

    yield f"{counted(done.told, 'finding')} of Macie, {done.changed:,} new or changed; about {counted(done.objects, 'object')}"
    yield f"{counted(done.added, 'object')} that we had not read added, {done.raised:,} raised"
    if done.archived or done.samples:
        yield f"{done.archived:,} archived and {done.samples:,} sample findings count for nothing"
    if done.others:
        yield f"{done.others:,} are about no object, and were passed over"
    if done.outdated:
        yield f"{done.outdated:,} are about another state of their object than the one that we read, and count for nothing"
    if done.by_identifier:
        told = ", ".join(f"{name} {number:,}" for name, number in done.by_identifier.most_common(_SHOWN))
        yield printable(f"by identifier: {told}")
    if done.unknown:
        told = ", ".join(f"{name} {number:,}" for name, number in done.unknown.most_common(_SHOWN))
        yield printable(f"types that we know nothing of, taken as internal at least: {told}; --map says what they mean")
    if done.questions:
        yield f"{counted(done.questions, 'new question')} for review; see 'assay review list'"
    if done.missing:
        yield f"{len(done.missing):,} findings were listed and not told; import again"


def _imported_line(done: Imported) -> dict[str, Any]:
    names = ("told", "changed", "archived", "samples", "others", "objects", "added", "raised", "outdated", "questions")
    return {
        "kind": "macie_import",
        **{name: getattr(done, name) for name in names},
        "by_identifier": dict(done.by_identifier),
        "unknown_types": dict(done.unknown),
        "not_told": done.missing,
    }


def _agreement(found: Agreement, columns: int) -> Iterator[str]:
    from assay.cli.grid import grid
    from assay.report.printable import printable

    heads = ("both", "Macie", "ours", "not read", "no type", "agree")
    rows = [(name, *_row(counts)) for name, counts in sorted(found.by_identifier.items())]
    yield "Found by both, only by Macie, only by us; in objects that we have not read; where Macie has no type"
    yield ""
    yield "By identifier, in objects"
    yield from grid(("identifier", *heads), rows, columns, cut=(0,))
    yield ""
    yield "By bucket, in identifiers of objects"
    rows = [(name, *_row(counts)) for name, counts in sorted(found.by_bucket.items())]
    yield from grid(("bucket", *heads), rows, columns, cut=(0,))
    from assay.macie.agreement import Verdict

    for verdict, said in ((Verdict.ONLY_MACIE, "Only Macie found"), (Verdict.ONLY_OURS, "Only we found")):
        lines = [line for line in found.lines if line.verdict is verdict]
        if not lines:
            continue
        yield ""
        yield f"{said} ({len(lines):,})"
        for line in lines[:_SHOWN]:
            yield printable(f"  {line.resource}  {line.identifier} × {line.macie or line.ours:,}")
        if len(lines) > _SHOWN:
            yield f"  … and {len(lines) - _SHOWN:,} more; --format jsonl tells all"
    total = found.total.agreement
    yield ""
    share = "nothing could be compared" if total is None else f"{total:.0%} of what could be compared was found by both"
    yield f"{share}."
    yield "Macie tells what it found, not where it looked: what only we found may lie where it never looked."


def _row(counts: Counts) -> tuple[int, int, int, int, int, str]:
    from assay.macie.agreement import Verdict

    numbers = [counts.objects[each] for each in Verdict]
    both, only_macie, only_ours, not_read, no_type = numbers
    share = counts.agreement
    return both, only_macie, only_ours, not_read, no_type, "–" if share is None else f"{share:.0%}"


def _agreement_lines(found: Agreement) -> Iterator[dict[str, Any]]:
    for line in found.lines:
        yield {"kind": "macie_agreement", **line._asdict(), "verdict": str(line.verdict)}
    for of, several in (("identifier", found.by_identifier), ("bucket", found.by_bucket)):
        for name, counts in sorted(several.items()):
            yield {"kind": f"macie_agreement_{of}", of: name, **_counted(counts)}
    yield {"kind": "macie_agreement_total", **_counted(found.total)}


def _counted(counts: Counts) -> dict[str, Any]:
    from assay.macie.agreement import Verdict

    told = {str(each): counts.objects[each] for each in Verdict}
    return {**told, "macie_values": counts.macie, "our_values": counts.ours, "agreement": counts.agreement}
