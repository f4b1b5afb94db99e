"""`assay identifiers import`: rules of other tools as identifiers."""

from __future__ import annotations

from pathlib import Path

import click

from assay.errors import RuleError, UsageError, unwritable

_TOOLS = ("gitleaks", "kingfisher", "presidio", "macie", "detect-secrets")


@click.command(name="import", short_help="Make identifiers of other tools' rules.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where the identifiers are written; nothing is overwritten.",
)
@click.option("--from", "tool", type=click.Choice(_TOOLS), help="Whose rules they are.  [default: told by the content]")
def import_rules(files: tuple[Path, ...], folder: Path, tool: str | None) -> int:
    """Make identifiers of the rules in each FILE: TOML of gitleaks, YAML of kingfisher and noseyparker, YAML of
    Presidio's recognizers, JSON of Macie's custom data identifiers, baselines of detect-secrets.

    A rule that cannot be translated is told with its file, line and reason, and the rest are written; so is what of
    a rule is left out. Exit code 1 when a whole rule, or a whole file, could not be translated.
    """
    from assay.detect.cache import read_all  # each verb loads what it needs
    from assay.detect.packs.foreign import Untranslated
    from assay.detect.packs.readers import read
    from assay.detect.packs.writing import made

    taken = {identifier.name for identifier in read_all((), cache=None, builtin=True, examples=False)[0]}
    written = left = parts = 0
    for file in files:
        try:
            found = list(made(read(file, tool), taken=taken, folder=folder))
        except RuleError as error:
            click.echo(str(error))
            left += 1
            continue
        for each in found:
            if isinstance(each, Untranslated):
                click.echo(f"{each}")
                left += each.whole
                parts += not each.whole
                continue
            _write(folder / f"{each.name.lower()}.yaml", each.text)
            taken.add(each.name)
            written += 1
            for note in each.notes:
                click.echo(f"{note}")
                parts += 1
    click.echo(f"{written} written to {folder}, {left} not translated, {parts} notes")
    if written:
        click.echo(f"Next: assay identifiers lint {folder}, assay identifiers test {folder}")
    return 1 if left else 0


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{file}: exists already; name another folder, or remove it first") from None
    except OSError as error:
        raise UsageError(unwritable(file, error)) from None
