"""`assay aws macie reclassify`: jobs of Macie that look into given resources again, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from assay.cli.macie_desk import changing_options, opened
from assay.cli.macie_jobs import cost_line, cost_of, cost_told
from assay.errors import UsageError

_SCOPES = 20
"""Beginnings of keys that one job takes."""


@click.command(short_help="Have Macie look into given objects, prefixes or buckets again, once.")
@click.argument("resources", metavar="RESOURCE...", nargs=-1, required=True)
@click.option(
    "--prices", "prices_file", metavar="FILE", type=click.Path(path_type=Path), help="Price list of your own."
)
@click.option("--max-cost", metavar="USD", help="Make no job that may cost more.")
@click.option("--no-estimate", is_flag=True, help="Make it even where what it costs cannot be told.")
@changing_options
def reclassify(resources: tuple[str, ...], **given: Any) -> int:
    """Have Macie look into each RESOURCE again, once: an object, a prefix or a bucket, as s3://bucket/key. There is one job for
    each bucket; an object's job takes all keys that begin like it.

    What it finds comes with 'assay aws macie import', and as events to 'assay worker', which reads the objects again as well.
    Without --yes it is only told, with what it may cost.

    \b
    assay aws macie reclassify s3://hr-dumps/2026/ s3://crm/people.csv --yes
    """
    from assay.app.macie import maciejobs
    from assay.macie.jobs import Job
    from assay.macie.prices import read_prices, shipped_prices

    wanted = by_bucket(resources)
    most = cost_of(given["max_cost"])
    prices = shipped_prices() if given["prices_file"] is None else read_prices(given["prices_file"])
    code = 0
    with opened(given, maciejobs.RECLASSIFY) as desk:
        for bucket, prefixes in wanted.items():
            job = Job(account=desk.work.account, buckets=(bucket,), prefixes=prefixes)
            whole = maciejobs.with_ids(desk.work.session, replace(job, managed="recommended"), maciejobs.Named())
            cost, why = maciejobs.cost_or_why(desk.work.session, whole, prices)
            if desk.in_lines:
                desk.echo(cost_line(cost, why, prices))
            else:
                for line in cost_told(cost, why, prices, whole):
                    click.echo(line)
            # Macie keeps jobs that have ended: each of these has a name of its own.
            name = f"assay {bucket} {datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
            plan = maciejobs.plan_job(desk.work, whole, name, cost, most=most, blind=given["no_estimate"])
            code = max(code, desk.go(plan))
    return code


def by_bucket(resources: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The beginnings of keys that are named in each bucket; none where all of one is. Raises `UsageError`."""
    from assay.sources.s3.address import is_s3, parse

    found: dict[str, list[str]] = {}
    for resource in resources:
        if not is_s3(resource):
            raise UsageError(f"{resource}: Macie looks into S3 only; write s3://bucket/key")
        address = parse(resource)
        if address.version is not None:
            raise UsageError(f"{resource}: Macie looks at the object as it is; leave out the version")
        found.setdefault(address.bucket, []).append(address.key)
    wanted: dict[str, tuple[str, ...]] = {}
    for bucket, keys in found.items():
        outermost = [key for key in dict.fromkeys(keys) if not any(key.startswith(k) for k in keys if k != key)]
        if len(outermost) > _SCOPES:
            raise UsageError(
                f"s3://{bucket}: a job takes {_SCOPES} beginnings of keys; name fewer, or what they lie in"
            )
        wanted[bucket] = () if "" in outermost else tuple(outermost)
    return wanted
