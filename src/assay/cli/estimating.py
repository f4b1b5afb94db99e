"""`assay scan --estimate`: how much there is to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assay.cli.options import MACHINE_FORMATS

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.model.options import ScanOptions
    from assay.sources.s3.options import S3Options

# For 1,000 requests: https://aws.amazon.com/s3/pricing/.
_GET_PRICE, _LIST_PRICE = 0.0004, 0.005
_CENT = 0.01


def estimated(
    targets: list[str], options: ScanOptions, settings: Settings, output_format: str, s3: S3Options | None
) -> int:
    """Says how much there is to read, how long it takes, and what its requests cost; nothing is read."""
    from assay.app.scan.estimating import estimate
    from assay.cli.grid import terminal_columns
    from assay.report.printable import counted, duration, size, wrapped

    found = estimate(targets, options, settings, s3)
    if output_format in MACHINE_FORMATS:
        import orjson

        told_as: dict[str, Any] = {"kind": "estimate", "files": found.files, "bytes": found.bytes}
        told_as["seconds"] = round(found.seconds, 1)
        if found.objects:
            told_as |= {"get_requests": found.gets, "list_requests": found.lists}
        click.echo(orjson.dumps(told_as).decode())
    else:
        noun = "object" if found.objects == found.files and found.files else "file"
        time = f"about {duration(found.seconds)}" if found.seconds >= 1 else "less than a second"
        click.echo(f"{counted(found.files, noun)}, {size(found.bytes)}; {time}.")
        if found.objects:
            cost = (found.gets * _GET_PRICE + found.lists * _LIST_PRICE) / 1000
            told = (
                f"About {counted(found.gets, 'GET request')} and {counted(found.lists, 'LIST request')}: "
                f"{f'{cost:,.2f}' if cost >= _CENT else 'less than 0.01'} USD at {_GET_PRICE} USD for 1,000 GET and "
                f"{_LIST_PRICE} USD for 1,000 LIST (S3 Standard, us-east-1; transfer out of the region comes on top)."
            )
            for line in wrapped(told, terminal_columns()):
                click.echo(line)
    return 0
