"""`assay protect policy`: what is asked for, by which entry of which file, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.cli.options import aws_options, catalog_option, config_option
from assay.cli.protect_desk import EXIT_GAPS, columns, format_option, line, policy_in, policy_option, protection_of


@click.group(short_help="Show and check policies, and say why a control holds.", no_args_is_help=True)
def policy() -> None:
    """Show and check policies, and say why a control holds."""


@policy.command(short_help="Show what is asked for, by level.")
@policy_option
@format_option
@config_option
def show(policy_file: Path | None, output_format: str, config_file: Path | None) -> int:
    """Show every entry in the order in which they count: of each control the last one that applies wins."""
    import sys

    from assay.app.config.settings import load_settings
    from assay.cli.terminal import painter
    from assay.report.printable import printable, wrapped

    found = policy_in({"policy_file": policy_file}, load_settings(config_file).protection)
    paint = painter(sys.stdout is not None and sys.stdout.isatty())
    for entry in found.entries:
        where = {
            name: value if isinstance(value, dict) else list(value)
            for name in ("types", "levels", "accounts", "regions", "names", "frameworks", "tags")
            if (value := getattr(entry.where, name))
        }
        if output_format == "jsonl":
            line(
                {
                    "kind": "policy",
                    "name": entry.name,
                    "place": entry.place,
                    "where": where,
                    "set": dict(entry.controls),
                }
            )
            continue
        click.echo(f"{paint(printable(entry.name), 'strong')}  ({entry.place})")
        told = "; ".join(f"{name}: {_told(value)}" for name, value in where.items()) or "everything"
        for each in wrapped(printable(told), columns(), first="  where ", indent="    "):
            click.echo(each)
        for name, value in entry.controls.items():
            click.echo(f"    {name}: {_plain(value)}")
    for attested in found.attested.values():
        if output_format == "jsonl":
            line({"kind": "attested_public", "resource": attested.resource, "by": attested.by, "reason": attested.reason,
                  "place": attested.place})  # fmt: skip
        else:
            click.echo(
                printable(f"{attested.resource} is public: {attested.by}: {attested.reason}  ({attested.place})")
            )
    return 0


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    return ", ".join(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else str(value)


@policy.command(short_help="Check a file of policies.")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@config_option
def check(file: Path | None, config_file: Path | None) -> int:
    """Check FILE, or the file that the settings name: every key, control, value and framework, each problem with its line."""
    from assay.app.config.settings import load_settings
    from assay.app.protection.policyframeworks import frameworks_in
    from assay.errors import UsageError
    from assay.protect.policyfile import check_frameworks, read_policy
    from assay.report.printable import counted

    settings = load_settings(config_file)
    named = file or settings.protection
    if named is None:
        raise UsageError("name a file of policies, or set 'protection' in assay.toml")
    found = read_policy(named)
    check_frameworks(found, frameworks_in(settings))
    more = f", {counted(len(found.attested), 'resource')} attested public" if found.attested else ""
    click.echo(f"{named}: {counted(len(found.entries), 'entry', 'entries')}{more}, nothing wrong")
    return 0


@policy.command(short_help="Say which controls hold for a resource, and why.")
@click.argument("resource", metavar="RESOURCE")
@policy_option
@format_option
@catalog_option
@aws_options
@config_option
def explain(resource: str, **given: Any) -> int:
    """Say which controls hold for RESOURCE (s3://bucket, dynamodb://table, ebs://region or an ARN), which entry of which file asks for
    each, instead of what, and how it stands."""
    import sys

    from assay.cli.protect_pages import as_explained, explained_lines
    from assay.cli.review_desk import opened
    from assay.cli.terminal import painter
    from assay.errors import UsageError
    from assay.model.action import Refusal
    from assay.protect.points import Verdict

    with opened(given["catalog_url"], given["config_file"]) as desk:
        protection = protection_of(desk, given)
        (found,) = protection.assessed(protection.resources([resource]))
    if isinstance(found, Refusal):
        raise UsageError(f"{found.resource}: {found.reason}: {found.detail}")
    if given["output_format"] == "jsonl":
        for document in explained_lines(found):
            line(document)
    else:
        paint = painter(sys.stdout is not None and sys.stdout.isatty())
        for each in as_explained(found, columns(), paint):
            click.echo(each)
    return EXIT_GAPS if any(point.verdict is Verdict.UNKNOWN for point in found.points) else 0
