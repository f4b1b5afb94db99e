"""`assay config`: show and check the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.cli.options import FormatType, config_option


@click.group(short_help="Show and check the settings.", no_args_is_help=True)
def config() -> None:
    """Show and check the settings of assay.toml and the environment."""


@config.command(short_help="Print the settings in effect and where each comes from.")
@click.option("--format", "output_format", type=FormatType("table", "json"), default="table", show_default=True)
@config_option
def show(output_format: str, config_file: Path | None) -> None:
    """Print the settings in effect and where each comes from."""
    from assay.app.settings import KEYS, load_settings  # only these two verbs need it
    from assay.report.printable import printable

    settings = load_settings(config_file)
    rows = [(key.name, _plain(getattr(settings, key.name)), settings.origin(key.name).text) for key in KEYS]
    if output_format == "json":
        import orjson

        document = {name: {"value": value, "origin": origin} for name, value, origin in rows}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    click.echo(f"Settings file: {printable(str(settings.file)) if settings.file else 'none (no assay.toml here)'}")
    names = max(len(name) for name, _, _ in rows)
    for name, value, origin in rows:
        click.echo(f"{name:<{names}}  {printable(_written(value))}")
        if origin != "default":
            click.echo(f"{'':<{names}}    from {printable(origin)}")
    _tell_ignored(settings.ignored_variables)


@config.command(short_help="Check the settings and everything they name.")
@config_option
def check(config_file: Path | None) -> int:
    """Check the settings and everything they name: paths, identifiers, the allow list."""
    from assay.app.settings import load_settings
    from assay.detect.cache import read_all
    from assay.errors import ConfigError

    settings = load_settings(config_file)
    for path in settings.identifiers:
        if not path.exists():
            raise ConfigError(f"{settings.origin('identifiers').text}: identifiers: {path} does not exist")
    if settings.allow is not None and not settings.allow.is_file():
        raise ConfigError(f"{settings.origin('allow').text}: allow: {settings.allow} is no file")
    identifiers, own = read_all(settings.identifiers, cache=None, builtin=True)
    click.echo(f"settings: {settings.file or 'no assay.toml; defaults and environment'}")
    click.echo(f"identifiers: {len(identifiers)}, of which {len(own)} are yours")
    _tell_ignored(settings.ignored_variables)
    click.echo("no problem found")
    return 0


def _tell_ignored(variables: tuple[str, ...]) -> None:
    if variables:
        click.echo(f"ignored, since assay has no such setting: {', '.join(variables)}", err=True)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _written(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) or "[]" if isinstance(value, list) else str(value)
