"""`assay identifiers`: list, show, test, lint and write identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.identifier_import import import_rules
from assay.cli.options import FormatType, config_option
from assay.errors import AssayError, UsageError, unwritable
from assay.model import Category, Identifier

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.detect.proof import Failure

EXIT_FAILED = 1


@click.group(short_help="List, show, test and write identifiers.", no_args_is_help=True)
def identifiers() -> None:
    """List, show, test, check and write identifiers: the kinds of sensitive data that are found."""


@identifiers.command(name="list", short_help="List all identifiers.")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@click.option(
    "--category",
    metavar="CATEGORY",
    help="Only PII, PHI, PCI, SECRETS, CUSTOM or a category of your own.",
)
@click.option("--validators", is_flag=True, help="List the names of the validators instead.")
@config_option
def list_identifiers(output_format: str, category: str | None, validators: bool, config_file: Path | None) -> None:
    """List all identifiers, the built-in ones and those that assay.toml names.

    Stable identifiers are proven by their examples and run by default; preview ones run when named with -i or
    with --preview.
    """
    from assay.cli.identifier_pages import as_document, as_table  # each verb loads what it needs

    if validators:
        _list_validators(output_format)
        return
    found = _all(_settings(config_file))
    if category is not None:
        from assay.detect.ruleset import check_categories

        check_categories([category.upper()], found)
        found = [identifier for identifier in found if identifier.category == category.upper()]
    # The categories that are shipped come first, in their order.
    places = {str(name): place for place, name in enumerate(Category)}
    found.sort(key=lambda item: (places.get(item.category, len(places)), item.category, item.name))
    if output_format == "json":
        click.echo(_json([as_document(identifier, examples=False) for identifier in found]))
        return
    for line in as_table(found, _columns()):
        click.echo(line)


def _list_validators(output_format: str) -> None:
    from assay.detect import validators

    names = validators.names()
    if output_format == "json":
        click.echo(_json(names))
        return
    for name in names:
        click.echo(name)
    click.echo("Besides these, stdnum.MODULE is any module of python-stdnum, e.g. stdnum.de.idnr.")


@identifiers.command(short_help="Show one identifier with its examples.")
@click.argument("name")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@config_option
def show(name: str, output_format: str, config_file: Path | None) -> None:
    """Show everything about the identifier NAME: what it is, how it is found, its examples and known misses."""
    from assay.cli.identifier_pages import as_document, as_page
    from assay.detect.ruleset import unknown_identifier

    found = _all(_settings(config_file))
    identifier = next((item for item in found if name.upper() == item.name or name == item.path), None)
    if identifier is None:
        raise unknown_identifier(name, found)
    if output_format == "json":
        click.echo(_json(as_document(identifier, examples=True)))
        return
    for line in as_page(identifier, _columns()):
        click.echo(line)


_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@identifiers.command(name="test", short_help="Run the identifiers' own examples.")
@click.argument("given", metavar="[NAME|PATH...]", nargs=-1, type=click.Path(path_type=Path))
@config_option
def run_examples(given: tuple[Path, ...], config_file: Path | None) -> int:
    """Run the examples of each NAME, of the identifiers in each PATH, or of all: what must be found is, what must not is
    not.

    Exit code 1 when an example does not hold.
    """
    from assay.detect import ruleset
    from assay.detect.cache import read_all
    from assay.detect.files import builtin_root
    from assay.detect.proof import prove

    settings = _settings(config_file)
    names = {str(path) for path in given if _NAME.fullmatch(str(path)) and not path.exists()}
    paths = [path for path in given if str(path) not in names]
    inside, outside = _sorted_by_home(paths, builtin_root())
    sources = [*settings.identifiers, *(path for path in outside if not _is_named(path, settings.identifiers))]
    rules = ruleset.load(sources, preview=True, cache=settings.cache_dir)
    # A rule set from the cache has no examples.
    chosen = read_all(sources, cache=settings.cache_dir, builtin=True)[0]
    if unknown := names - {identifier.name for identifier in chosen}:
        raise ruleset.unknown_identifier(min(unknown), chosen)
    if given:
        wanted = names | _names_in(outside) | _names_in(inside, builtin_root())
        chosen = [identifier for identifier in chosen if identifier.name in wanted]
    failures = list(prove(chosen, rules))
    for failure in failures:
        _show_failure(failure)
    from assay.report.printable import counted

    examples = sum(len(item.finds) + len(item.ignores) + len(item.known_misses) for item in chosen)
    held = f"{counted(len(chosen), 'identifier')}, {counted(examples, 'example')}"
    fail = f"{len(failures):,} {'does' if len(failures) == 1 else 'do'} not hold"
    click.echo(f"{held}: {fail if failures else 'all hold'}")
    return EXIT_FAILED if failures else 0


def _show_failure(failure: Failure) -> None:
    from assay.report.printable import printable

    click.echo(f"{failure.identifier} {failure.kind}[{failure.number}]: {failure.problem}")
    click.echo(f"    {printable(failure.example.text)}")


@identifiers.command(short_help="Check identifier files.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
def lint(paths: tuple[Path, ...]) -> int:
    """Check the identifier files in each PATH: their keys, expressions, validators, examples and linear time.

    Each problem is shown with its file and line. Exit code 1 when there is one. Patterns that are slow, unanchored or
    over-broad, and identifiers that overlap with others, are shown as warnings.
    """
    from assay.detect.cache import Taken, read_all
    from assay.detect.files import builtin_root, files_under

    root = builtin_root()
    trusts = [_is_inside(path, root) for path in paths]
    taken = Taken([] if any(trusts) else read_all((), cache=None, builtin=True)[0])
    seen: dict[Path, Identifier] = {}
    problems = count = 0
    for path, trusted in zip(paths, trusts, strict=True):
        files = files_under(path)
        for file in files:
            count += 1
            try:
                identifier = _checked(file, path, trusted=trusted)
                if file.resolve() not in seen:
                    taken.add(identifier, file)
                    seen[file.resolve()] = identifier
            except AssayError as error:
                problems += 1
                click.echo(str(error))
    warnings = _warn(seen, beside=not any(trusts))
    files_said = f"{count} file{'' if count == 1 else 's'}"
    warned = f", {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    said = f"{problems} with problems" if problems else "no problem found"
    click.echo(f"{files_said}: {said}{warned}")
    return EXIT_FAILED if problems else 0


def _warn(found: Mapping[Path, Identifier], *, beside: bool) -> int:
    """Shows what is doubtful of valid identifiers; how much that is."""
    from assay.detect.cache import read_all
    from assay.detect.lint import doubts

    files = {identifier.name: file for file, identifier in found.items()}
    others = read_all((), cache=None, builtin=True, examples=False)[0] if beside else []
    count = 0
    for doubt in doubts(list(found.values()), others):
        count += 1
        pattern = f" pattern '{doubt.pattern}'" if doubt.pattern else ""
        click.echo(f"{_shown(files[doubt.identifier])}: {doubt.identifier}{pattern} is {doubt.kind}: {doubt.problem}")
    return count


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _checked(file: Path, root: Path, *, trusted: bool) -> Identifier:
    """The identifier in `file`, read and compiled alone. Raises `RuleError` that names the file."""
    from assay.detect.loading import read_identifier
    from assay.detect.ruleset import RuleSet, check_patterns
    from assay.errors import RuleError

    identifier = read_identifier(file, root)
    try:
        check_patterns(identifier)
        untrusted = frozenset() if trusted else frozenset((identifier.path,))
        RuleSet([identifier], untrusted=untrusted)
    except RuleError as error:
        raise RuleError(f"{file}: {error}") from None
    return identifier


@identifiers.command(short_help="Write a commented file for a new identifier.")
@click.argument("identifier_id", metavar="ID")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where to write it.  [default: here]",
)
def new(identifier_id: str, folder: Path) -> None:
    """Write a commented file ID.yaml to start a new identifier from, e.g. acme/badge. Nothing is overwritten."""
    from assay.cli.identifier_template import template

    text = template(identifier_id)
    file = folder / f"{identifier_id}.yaml"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{file}: exists already; choose another ID, or remove it first") from None
    except OSError as error:
        raise UsageError(unwritable(file, error)) from None
    click.echo(f"{file} written. Fill in what stands in <angle brackets>, then:")
    click.echo(f"  assay identifiers lint {file}")
    click.echo(f"  assay identifiers test {file}")
    click.echo(f'and name it in assay.toml: identifiers = ["{file.as_posix()}"]')


identifiers.add_command(import_rules)


def _settings(config_file: Path | None) -> Settings:
    from assay.app.config.settings import load_settings

    return load_settings(config_file)


def _all(settings: Settings) -> list[Identifier]:
    from assay.detect.cache import read_all

    found, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True)
    return found


def _sorted_by_home(paths: Sequence[Path], root: Path) -> tuple[list[Path], list[Path]]:
    inside = [path for path in paths if _is_inside(path, root)]
    return inside, [path for path in paths if path not in inside]


def _is_inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root)


def _is_named(path: Path, named: Sequence[Path]) -> bool:
    return any(path.resolve().is_relative_to(other.resolve()) for other in named)


def _names_in(paths: Sequence[Path], root: Path | None = None) -> set[str]:
    from assay.detect.files import files_under
    from assay.detect.loading import read_identifier

    return {
        read_identifier(file if root is None else file.resolve(), root or path).name
        for path in paths
        for file in files_under(path)
    }


def _columns() -> int:
    import shutil
    import sys

    if sys.stdout is None or not sys.stdout.isatty():
        return 1_000
    return shutil.get_terminal_size().columns


def _json(value: object) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
