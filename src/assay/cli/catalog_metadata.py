"""`assay catalog metadata|safe-views`: what the catalog knows, as others' catalogs and query engines take it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import FormatType, catalog_option, config_option
from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.report.safeviews import Columns

_ENVIRONMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ACCOUNT = re.compile(r"\d{12}")
_LEVELS = ("internal", "confidential", "restricted")


@click.command(short_help="Write tags for DataHub or OpenMetadata.")
@click.argument("system", metavar="SYSTEM", type=FormatType("datahub", "openmetadata", noun="system"))
@click.option(
    "--service", metavar="NAME", default="", help="openmetadata: the service that the tables were ingested by."
)
@click.option(
    "--environment", metavar="NAME", default="PROD", show_default=True, help="datahub: the environment of the datasets."
)
@click.option("-o", "--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@catalog_option
@config_option
def metadata(
    system: str, service: str, environment: str, output: str | None, catalog_url: str | None, config_file: Path | None
) -> None:
    """Write levels and types of tables and columns as SYSTEM takes them; tags are added, and none of others' replaced.

    For datahub it is a file of metadata change proposals ('datahub ingest' with the source 'file'); for openmetadata JSON
    Lines: requests that make the tags, and of each table the tags to be put onto it.

    \b
    assay catalog metadata datahub --output assay.json
    assay catalog metadata openmetadata --service warehouse --output assay.jsonl
    """  # fmt: skip
    import orjson

    from assay.app.telling.describing import described
    from assay.report import metadata as written
    from assay.report.printable import counted

    if not _ENVIRONMENT.fullmatch(environment):
        raise UsageError(f"--environment {environment}: is no environment of DataHub; write one as PROD or DEV")
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        tables = list(described(connection))
    if system == "datahub":
        told = list(written.datahub(tables, environment=environment))
        body = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    else:
        told = list(written.openmetadata(tables, service=service))
        body = b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in told)
    _write(output, body)
    click.echo(f"{counted(len(told), 'entry', 'entries')} of {counted(len(tables), 'table')} written", err=True)


@click.command(
    "safe-views", short_help="Write views of Athena, or filters of Lake Formation, without what is sensitive."
)
@click.option(
    "--mask", "is_masked", is_flag=True, help="Sensitive columns are there, with **** in place of each value."
)
@click.option(
    "--from",
    "least",
    type=FormatType(*_LEVELS, noun="level"),
    default="confidential",
    show_default=True,
    help="Hidden is what is at this level or above.",
)
@click.option(
    "--lake-formation",
    "account",
    metavar="ACCOUNT",
    help="Write data cells filters for the Glue catalog of this account, as JSON Lines.",
)
@click.option("-o", "--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@catalog_option
@config_option
def safe_views(
    is_masked: bool,
    least: str,
    account: str | None,
    output: str | None,
    catalog_url: str | None,
    config_file: Path | None,
) -> None:
    """Write an SQL script of Athena with a view TABLE_safe of each table of the Glue data catalog that was scanned (assay scan
    glue://DATABASE), for a person to read and run. Columns that were never looked at are in none of them.

    \b
    assay catalog safe-views --output views.sql
    assay catalog safe-views --mask --from restricted
    assay catalog safe-views --lake-formation 123456789012 --output filters.jsonl
    """  # fmt: skip
    import orjson

    from assay.app.telling.describing import in_glue
    from assay.model import Level
    from assay.report import safeviews
    from assay.report.printable import counted

    if account is not None and not _ACCOUNT.fullmatch(account):
        raise UsageError(f"--lake-formation {account}: is no account; one has twelve digits")
    if account is not None and is_masked:
        raise UsageError("--mask is for views: a filter of Lake Formation leaves columns out")
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        tables: Iterable[Columns] = list(in_glue(connection, Level(least)))
    if not tables:
        raise UsageError(
            "no table of the Glue data catalog is known; scan one first: assay scan glue://DATABASE --catalog …"
        )
    if account is None:
        body = "".join(safeviews.views(tables, is_masked=is_masked)).encode()
    else:
        body = b"".join(
            orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in safeviews.filters(tables, account)
        )
    _write(output, body)
    hidden = sum(len(each.hidden) for each in tables)
    click.echo(f"{counted(len(list(tables)), 'table')}, {counted(hidden, 'column')} hidden", err=True)


@click.command("postgresql-comments", short_help="Write a script of comments, or security labels, for PostgreSQL.")
@click.argument("database", metavar="postgresql://HOST/DATABASE")
@click.option(
    "--security-labels",
    "provider",
    metavar="PROVIDER",
    help="Security labels of this provider instead, which hold the level.",
)
@click.option("-o", "--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@catalog_option
@config_option
def postgresql_comments(
    database: str, provider: str | None, output: str | None, catalog_url: str | None, config_file: Path | None
) -> None:
    """Write an SQL script that puts levels and types at the end of the comments of tables and columns, as [assay: restricted SSN],
    for a person to read and run. What others wrote stays, and what was ours is replaced; scans pass over it.

    \b
    assay catalog postgresql-comments postgresql://db:5432/shop -o comments.sql
    """  # fmt: skip
    from assay.app.telling.describing import described
    from assay.report.pglabels import script
    from assay.report.printable import counted

    below = f"{_shown(database).rstrip('/')}/"
    with _open(config_file, catalog_url) as opened, opened.reading() as connection:
        tables = [each for each in described(connection) if each.resource.startswith(below)]
    if not tables:
        raise UsageError(f"no table of {below.rstrip('/')} is known; scan it first, with the same --catalog")
    _write(output, "".join(script(tables, provider=provider)).encode())
    click.echo(f"{counted(len(tables), 'table')} written", err=True)


def _shown(database: str) -> str:
    """What the URIs of a database's tables begin with: no user, its port."""
    from assay.sources.sql.address import parse

    address = parse(database) if database.startswith(("postgresql://", "postgres://")) else None
    if address is None or not address.database:
        raise UsageError("name a database as its scan does: postgresql://db:5432/shop")
    return address.uri(address.database)


def _write(output: str | None, body: bytes) -> None:
    from assay.sinks.output import open_output

    target = open_output(output)
    try:
        target.write(body)
        target.commit()
    except BaseException:
        target.abandon()
        raise


def _open(config_file: Path | None, catalog_url: str | None) -> Any:
    from assay.app.catalogs import open_needed
    from assay.app.config.settings import load_settings

    return open_needed(load_settings(config_file), catalog_url)
