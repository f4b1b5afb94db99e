"""`assay serve`: the desk in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from assay.cli.options import catalog_option, config_option, number_option
from assay.cli.worker_scans import BESIDE, log_of_desk
from assay.errors import ConfigError, UsageError

_EMBEDDED = "catalog.db"
_LISTENING = "_ASSAY_DESK_LISTENING"
_PATIENCE_SECONDS = 5
"""The numbers of the open files by which one more server listens and counts; told by a variable, since nobody else has to give it."""


@click.command(short_help="Serve the desk where stewards decide in a browser.")
@click.option("--host", metavar="NAME", default="127.0.0.1", show_default=True, help="The address to listen on.")
@number_option("--port", least=0, most=65_535, default=8470, says="0: any.")
@click.option("--public-url", metavar="URL", help="Where people come to, when a proxy with TLS stands in front.")
@click.option(
    "--worker/--no-worker",
    default=True,
    help="Start a process that works on the scans which are asked for.  [default: worker]",
)
@number_option(
    "--workers",
    "servers",
    least=1,
    most=64,
    default=1,
    says="Server processes that answer side by side: as many as there are processors for them.",
)
@catalog_option
@config_option
def serve(
    host: str,
    port: int,
    public_url: str | None,
    worker: bool,
    servers: int,
    catalog_url: str | None,
    config_file: Path | None,
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
    from assay.store.engine import open_catalog, parsed

    try:
        from assay.web.running import serve as run
        from assay.web.running import serve_as_another
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "assay":
            raise
        raise ConfigError("the desk needs its libraries: pip install 'assay[server]'") from None
    settings = load_settings(config_file)
    url = named(settings, catalog_url) or str(Path(_EMBEDDED).absolute())
    roots = roots_of(settings, Path.cwd())
    checked = None if public_url is None else _checked(public_url)
    parent, files = os.environ.pop(BESIDE, None), os.environ.pop(_LISTENING, None)
    file = parsed(url).database if parsed(url).drivername == "sqlite" else None
    is_new = file is not None and not os.path.exists(file)
    with open_catalog(url, create=True, patience=_PATIENCE_SECONDS) as catalog:
        if is_new:
            # A path that was mistyped looks like a desk of which everything is gone.
            click.echo(printable(f"There was no catalog: {catalog.shown} was made, and is empty."))
        desk = Desk(catalog=catalog, settings=settings)
        if parent is not None and files is not None:
            open_files = [int(each) for each in files.split(",")]
            serve_as_another(desk, files=open_files, public_url=checked, roots=roots, parent=int(parent))
            return
        given = () if config_file is None else ("--config", str(config_file))
        with _beside(("worker", "--scans", *given), url, number=int(worker)):
            own = ("--workers", str(servers), *(() if checked is None else ("--public-url", checked)))
            run(
                desk,
                roots=roots,
                host=host,
                port=port,
                public_url=checked,
                tell=lambda line: click.echo(printable(line)),
                beside=lambda files: _beside(
                    ("serve", "--no-worker", *own, *given), url, number=servers - 1, files=files
                ),
                servers=servers,
            )


@contextmanager
def _beside(arguments: Sequence[str], url: str, *, number: int, files: Sequence[int] = ()) -> Iterator[None]:
    """So many more processes, while the desk is served: a worker, or servers that listen by open `files`."""
    from assay.app.serving.supervising import Beside

    variables = {"ASSAY_CATALOG": url, BESIDE: str(os.getpid())}
    started: list[Beside] = []
    try:
        for _ in range(number):
            started.append(
                Beside(
                    arguments=arguments,
                    variables=variables | ({_LISTENING: ",".join(map(str, files))} if files else {}),
                    tell=log_of_desk,
                    called="server" if files else "worker",
                    passes=tuple(files),
                )
            )
            started[-1].start()
        yield
    finally:
        for each in started:
            each.end()


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("--public-url: is the address that people come to, without a path: https://desk.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"
