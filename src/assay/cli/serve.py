"""`assay serve`: the desk in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
@click.option(
    "--worker/--no-worker",
    default=True,
    help="Start a process that works on the scans which are asked for.  [default: worker]",
)
@catalog_option
@config_option
def serve(
    host: str, port: int, public_url: str | None, worker: bool, catalog_url: str | None, config_file: Path | None
) -> None:
    """Serve the pages of the catalog: the review queue by keyboard, scans, and who may do what.

    A catalog that is not there is made; without one it is catalog.db in the current folder. The first start prints a link
    that makes the first administrator. What may be scanned from the pages says the setting 'scan_roots'; without it that
    is the current folder. For more workers start 'assay worker --scans' as often as you like, on other machines too.
    """
    from assay.app.catalogs import catalog_url as named
    from assay.app.config.settings import load_settings
    from assay.app.reviews.desk import Desk
    from assay.app.serving.roots import roots_of
    from assay.report.printable import printable
    from assay.store.engine import open_catalog

    try:
        from assay.web.running import serve as run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "assay":
            raise
        raise ConfigError("the desk needs its libraries: pip install 'assay[server]'") from None
    settings = load_settings(config_file)
    url = named(settings, catalog_url) or str(Path(_EMBEDDED).absolute())
    with open_catalog(url, create=True) as catalog, _beside(url, config_file, wanted=worker):
        run(
            Desk(catalog=catalog, settings=settings),
            roots=roots_of(settings, Path.cwd()),
            host=host,
            port=port,
            public_url=None if public_url is None else _checked(public_url),
            tell=lambda line: click.echo(printable(line)),
        )


@contextmanager
def _beside(url: str, config_file: Path | None, *, wanted: bool) -> Iterator[None]:
    """A worker process, while the desk is served."""
    if not wanted:
        yield
        return
    from assay.app.serving.supervising import Beside
    from assay.cli.worker_scans import BESIDE, log_of_desk

    worker = Beside(
        arguments=("worker", "--scans", *(() if config_file is None else ("--config", str(config_file)))),
        variables={"ASSAY_CATALOG": url, BESIDE: str(os.getpid())},
        tell=log_of_desk,
    )
    worker.start()
    try:
        yield
    finally:
        worker.end()


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("--public-url: is the address that people come to, without a path: https://desk.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"
