"""`assay catalog snowflake-tags`: a script that tags tables of Snowflake."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.options import catalog_option, config_option

EXIT_GAPS = 3


@click.command("snowflake-tags", short_help="Write a script that tags tables of Snowflake.")
@click.option("--tag-schema", metavar="DATABASE.SCHEMA", required=True, help="Where the tags are, or will be made.")
@click.option("--output", metavar="FILE", help="Where it goes.  [default: standard output]")
@catalog_option
@config_option
def snowflake_tags(tag_schema: str, output: str | None, catalog_url: str | None, config_file: Path | None) -> int:
    """Write an SQL script that tags what the catalog knows of tables and columns in Snowflake, for a person to read and run.

    It makes the tags where they are not there, raises levels, and lowers none.

    \b
    assay catalog snowflake-tags --tag-schema GOVERNANCE.TAGS --output tags.sql
    """
    from assay.app.catalogs import open_needed
    from assay.app.cloud.tagnames import scheme_in
    from assay.app.config.settings import load_settings
    from assay.app.telling.snowflaketags import Left, Tagged, schema_of, script, tagged
    from assay.report.printable import counted, printable
    from assay.sinks.output import open_output

    settings = load_settings(config_file)
    schema, scheme = schema_of(tag_schema), scheme_in(settings)
    with open_needed(settings, catalog_url) as opened, opened.reading() as connection:
        found = list(tagged(connection))
    items = [each for each in found if isinstance(each, Tagged)]
    left = [each for each in found if isinstance(each, Left)]
    target = open_output(output)
    try:
        for text in script(items, schema, scheme):
            target.write(text.encode())
        target.commit()
    except BaseException:
        target.abandon()
        raise
    for each in left:
        click.echo(printable(f"left out: {each.resource}: {each.reason}"), err=True)
    columns = sum(each.column is not None for each in items)
    told = f"{counted(len(items) - columns, 'table')} and {counted(columns, 'column')}"
    click.echo(f"{told} to tag; read the script, it was never run against Snowflake", err=True)
    return EXIT_GAPS if left else 0
