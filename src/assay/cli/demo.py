"""`assay demo`: a walk through what assay does in an AWS account, in one that is made up for it."""

from __future__ import annotations

from pathlib import Path

import click

from assay.errors import UsageError


@click.command(short_help="See it work on an AWS account that is made up for it.")
@click.option(
    "--keep",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the catalog in this new folder, to look at it afterwards.  [default: nothing is kept]",
)
def demo(keep: Path | None) -> int:
    """Start an emulator of AWS on this machine, fill it with made-up data, and run assay on it.

    Buckets are watched, what arrives in them is classified and tagged, Security Hub and a topic are told, and each command
    is shown with what it prints. Nothing leaves this machine, and no account of yours is touched. It takes about a minute,
    and needs 'assay[demo]'.
    """
    import tempfile

    from assay.app.cloud.demonstrating import demonstrate
    from assay.report.printable import printable

    def say(line: str) -> None:
        click.echo("\n".join(map(printable, line.split("\n"))))

    if keep is None:
        with tempfile.TemporaryDirectory(prefix="assay-demo-") as folder:
            demonstrate(Path(folder), say)
        return 0
    try:
        keep.mkdir(parents=True)
    except OSError as error:
        raise UsageError(
            f"--keep {keep}: cannot be made: {error.strerror}; name a folder that is not there yet"
        ) from None
    demonstrate(keep, say)
    click.echo(f"The catalog is {printable(str(keep / 'catalog.db'))}.")
    return 0
