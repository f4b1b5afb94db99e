"""`assay config`: show and check the settings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

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
    from assay.app.config.settings import load_settings  # only these two verbs need them
    from assay.app.config.shown import shown
    from assay.report.printable import printable

    settings = load_settings(config_file)
    rows = shown(settings, to_others=False)
    if output_format == "json":
        import orjson

        document = {row.name: {"value": row.value, "origin": row.origin} for row in rows}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    click.echo(f"Settings file: {printable(str(settings.file)) if settings.file else 'none (no assay.toml here)'}")
    names = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{names}}  {printable(row.written)}")
        if row.origin != "default":
            click.echo(f"{'':<{names}}    from {printable(row.origin)}")
    _tell_ignored(settings.ignored_variables)


@config.command(short_help="Check the settings and everything they name.")
@config_option
def check(config_file: Path | None) -> int:
    """Check the settings and everything they name: paths, identifiers, the allow list."""
    from assay.app.cloud.tagnames import scheme_in
    from assay.app.config.settings import load_settings
    from assay.app.fingerprints import fingerprint_key
    from assay.app.scan.recipe import today
    from assay.detect.allowlist import read_allow_list
    from assay.detect.cache import read_all
    from assay.detect.ruleset import RuleSet, check_patterns
    from assay.errors import ConfigError
    from assay.report.printable import counted, printable

    settings = load_settings(config_file)
    for path in settings.identifiers:
        if not path.exists():
            raise ConfigError(f"{settings.origin('identifiers').text}: identifiers: {path} does not exist")
    scheme_in(settings)
    identifiers, own = read_all(settings.identifiers, cache=None, builtin=True)
    mine = [identifier for identifier in identifiers if identifier.path in own]
    for identifier in mine:
        check_patterns(identifier)
    RuleSet(mine, untrusted=own)
    fingerprint_key(settings.fingerprint_key_file, make=False)
    told = [
        f"settings: {printable(str(settings.file)) if settings.file else 'no assay.toml; defaults and environment'}",
        f"identifiers: {len(identifiers)}, of which {len(own)} are yours",
    ]
    if settings.allow is not None:
        names = frozenset(identifier.name for identifier in identifiers)
        entries = read_allow_list(settings.allow, today=date.min, known=names).entries
        expired = sum(entry.expires is not None and entry.expires < today() for entry in entries)
        told.append(f"allow list: {len(entries)} entries, of which {expired} have expired")
    if settings.governance is not None:
        from assay.app.governing.governance import of_file  # only where rows are configured

        rows = of_file(settings.governance, identifiers).stored
        told.append(f"governance: {sum(map(len, rows.values()))} rows that are not as they ship")
    if settings.enrich_glossary is not None:
        from assay.app.enriching.gathering import read_glossary

        told.append(f"glossary: {counted(len(read_glossary(settings.enrich_glossary)), 'term')}")
    for line in told:
        click.echo(line)
    _tell_ignored(settings.ignored_variables)
    click.echo("no problem found")
    return 0


def _tell_ignored(variables: tuple[str, ...]) -> None:
    if variables:
        click.echo(f"ignored, since assay has no such setting: {', '.join(variables)}", err=True)
