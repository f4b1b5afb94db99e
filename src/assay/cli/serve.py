"""`assay serve`: the desk in a browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from assay.cli.options import catalog_option, config_option
from assay.errors import ConfigError, UsageError

_EMBEDDED = "catalog.db"


@click.command(short_help="Serve the desk where stewards decide in a browser.")
@click.option("--host", metavar="NAME", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), default=8470, show_default=True, help="0: any.")
@click.option("--public-url", metavar="URL", help="Where people come to, when a proxy with TLS stands in front.")
@catalog_option
@config_option
def serve(host: str, port: int, public_url: str | None, catalog_url: str | None, config_file: Path | None) -> None:
    """Serve the pages of the catalog: the review queue by keyboard, and who may do what.

    A catalog that is not there is made; without one it is catalog.db in the current folder. The first start prints a link
    that makes the first administrator.
    """
    from assay.app.catalogs import catalog_url as named
    from assay.app.config.settings import load_settings
    from assay.app.reviews.desk import Desk
    from assay.report.printable import printable
    from assay.store.engine import open_catalog

    try:
        from assay.web.running import serve as run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "assay":
            raise
        raise ConfigError("the desk needs its libraries: pip install 'assay[server]'") from None
    settings = load_settings(config_file)
    with open_catalog(named(settings, catalog_url) or _EMBEDDED, create=True) as catalog:
        run(
            Desk(catalog=catalog, settings=settings),
            host=host,
            port=port,
            public_url=None if public_url is None else _checked(public_url),
            tell=lambda line: click.echo(printable(line)),
        )


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("--public-url: is the address that people come to, without a path: https://desk.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"
