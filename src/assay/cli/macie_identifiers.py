"""`assay aws macie identifiers|create-identifiers`: our identifiers as custom data identifiers of Macie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.macie_desk import changing_options, format_option, opened
from assay.cli.options import config_option

if TYPE_CHECKING:
    from assay.macie.translate import Expressed


@click.command(short_help="Say which identifiers Macie can be given, and why not.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@format_option
@config_option
def identifiers(names: tuple[str, ...], output_format: str, config_file: Path | None) -> int:
    """Say of each identifier, or of NAME alone, whether Macie can be given it as a custom data identifier: wholly, partly or
    not, why, and how many of its examples hold there. Nothing is sent anywhere.

    With NAME it shows what Macie would be given.
    """
    import orjson

    from assay.app.config.settings import load_settings
    from assay.cli.grid import terminal_columns

    found = expressed_of(load_settings(config_file), names)
    if output_format == "jsonl":
        for each in found:
            click.echo(orjson.dumps(_document(each)).decode())
        return 0
    columns = max(60, min(terminal_columns(), 120))
    for line in _whole(found, columns) if names else _table(found, columns):
        click.echo(line)
    return 0


@click.command("create-identifiers", short_help="Make identifiers of ours in Macie.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@changing_options
def create_identifiers(names: tuple[str, ...], **given: Any) -> int:
    """Make custom data identifiers in Macie of NAME and others. They are looked up by their names first ('assay:NAME'); Macie
    cannot change one, so that another one of that name is left alone and told."""
    from assay.app.macie import maciesetup

    with opened(given, maciesetup.IDENTIFIERS_COMMAND) as desk:
        return desk.go(maciesetup.plan_identifiers(desk.work, expressed_of(desk.desk.settings, names)))


def expressed_of(settings: Any, names: Sequence[str]) -> list[Expressed]:
    """Identifiers as Macie can be given them: those of these names, or all."""
    from assay.app.macie.maciesetup import chosen_of
    from assay.detect.cache import read_all
    from assay.macie.translate import expressed

    every, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True)
    known = {each.name: each for each in every}
    chosen = chosen_of(names, known) if names else sorted(known)
    return [expressed(known[name]) for name in chosen]


def _table(found: Sequence[Expressed], columns: int) -> Iterator[str]:
    from assay.cli.grid import grid

    rows = [
        (
            each.identifier.name,
            str(each.verdict),
            f"{each.found[0]}/{each.found[1]}",
            f"{each.ignored[0]}/{each.ignored[1]}",
            "; ".join(each.reasons),
        )
        for each in found
    ]
    yield from grid(("identifier", "in Macie", "found", "left alone", "why"), rows, columns, cut=(4,))
    counts = Counter(str(each.verdict) for each in found)
    yield ""
    yield (
        f"{counts['expressible']:,} expressible, {counts['partly']:,} partly, {counts['not']:,} not. "
        "Macie's own managed identifiers cover many of them better."
    )


def _whole(found: Sequence[Expressed], columns: int) -> Iterator[str]:
    from assay.report.printable import printable, wrapped

    for each in found:
        yield f"{each.identifier.name}: {each.verdict}"
        yield (
            f"  {each.found[0]} of {each.found[1]} examples would be found, "
            f"{each.ignored[0]} of {each.ignored[1]} counter-examples left alone"
        )
        for reason in each.reasons:
            yield from wrapped(printable(f"- {reason}"), columns, first="  ", indent="    ")
        for part in each.parts:
            yield f"  {part.name}"
            for name, value in part.state.items():
                text = ", ".join(value) if isinstance(value, list) else str(value)
                yield from wrapped(printable(f"{name}: {text}"), columns, first="    ", indent="      ")


def _document(each: Expressed) -> dict[str, Any]:
    return {
        "kind": "macie_identifier",
        "identifier": each.identifier.name,
        "verdict": str(each.verdict),
        "examples": {"found": each.found[0], "of": each.found[1]},
        "counter_examples": {"left_alone": each.ignored[0], "of": each.ignored[1]},
        "reasons": list(each.reasons),
        "custom": [{"name": part.name, **part.state} for part in each.parts],
    }
