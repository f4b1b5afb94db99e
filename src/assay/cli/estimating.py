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


def estimated(
    targets: list[str], options: ScanOptions, settings: Settings, output_format: str, s3: S3Options | None
) -> int:
    """Says how much there is to read, how long it takes, and what its requests cost; nothing is read."""
    from assay.app.scan.estimating import estimate
    from assay.report.printable import counted, duration, size

    found = estimate(targets, options, settings, s3)
    if output_format in MACHINE_FORMATS:
        import orjson

        line: dict[str, Any] = {"kind": "estimate", "files": found.files, "bytes": found.bytes}
        line["seconds"] = round(found.seconds, 1)
        if found.objects:
            line |= {"get_requests": found.gets, "list_requests": found.lists}
        click.echo(orjson.dumps(line).decode())
    else:
        noun = "object" if found.objects == found.files and found.files else "file"
        click.echo(f"{counted(found.files, noun)}, {size(found.bytes)}; about {duration(found.seconds)}.")
        if found.objects:
            cost = (found.gets * _GET_PRICE + found.lists * _LIST_PRICE) / 1000
            click.echo(
                f"About {counted(found.gets, 'GET request')} and {counted(found.lists, 'LIST request')}: "
                f"{cost:,.4f} USD at {_GET_PRICE} USD for 1,000 GET and {_LIST_PRICE} USD for 1,000 LIST "
                "(S3 Standard, us-east-1; transfer out of the region comes on top)."
            )
    return 0
