"""`assay aws tag --batch-manifest`: jobs of S3 Batch Operations, written down and not run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.app.cloud.batching import Bulk
    from assay.app.cloud.tagging import Tagger
    from assay.app.cloud.tagtargets import Target

EXIT_GAPS = 3
_SHOWN = 10


def check(given: dict[str, Any]) -> None:
    """Raises `UsageError` for options that do not go together."""
    others = [f"--batch-{name}" for name in ("place", "role") if given[f"batch_{name}"] is not None]
    if given["batch_manifest"] is None:
        if others:
            raise UsageError(f"{others[0]} goes with --batch-manifest FOLDER")
        return
    if given["apply_plan"] is not None or given["undo_plan"] is not None or given["lf_tags"]:
        raise UsageError("--batch-manifest is for objects that are named; leave out --apply, --undo and --lf-tags")
    if len(others) < len(("place", "role")):
        raise UsageError("--batch-manifest needs --batch-place s3://bucket/prefix and --batch-role ARN for the jobs")
    if given["output_format"] != "table":
        raise UsageError("--batch-manifest writes its requests as JSON into the folder; leave out --format")


def run(tagger: Tagger, targets: Sequence[Target], given: dict[str, Any], *, partition: str) -> int:
    """Writes manifests and requests, and says what to do with them."""
    from assay.app.cloud.batching import manifests, place_at

    place = place_at(given["batch_place"], account=tagger.account, partition=partition, role=given["batch_role"])
    bulk = manifests(tagger, targets, Path(given["batch_manifest"]), place, approved=given["yes"])
    _show(bulk, given)
    return EXIT_GAPS if bulk.refusals else 0


def _show(bulk: Bulk, given: dict[str, Any]) -> None:
    from assay.report.printable import counted, printable
    from assay.sinks.batchmanifests import TAG

    jobs = [job for job in bulk.jobs if job.kind == TAG]
    for job in jobs[:_SHOWN]:
        click.echo(printable(f"{job.request}  {counted(job.objects, 'object')}"))
    if len(jobs) > _SHOWN:
        click.echo(f"… and {counted(len(jobs) - _SHOWN, 'more job')}")
    for refusal in bulk.refusals[:_SHOWN]:
        click.echo(printable(f"refused: {refusal.resource}: {refusal.reason}: {refusal.detail}"))
    if len(bulk.refusals) > _SHOWN:
        click.echo(f"… and {len(bulk.refusals) - _SHOWN:,} more refused")
    objects = sum(job.objects for job in jobs)
    waiting = f", {bulk.waiting:,} waiting for a person (--yes takes them, too)" if bulk.waiting else ""
    click.echo(
        f"{counted(len(jobs), 'job')} for {counted(objects, 'object')}, {bulk.well:,} as they should be{waiting}."
    )
    if jobs:
        folder, place = given["batch_manifest"], given["batch_place"].rstrip("/")
        click.echo(
            "Nothing was sent. A job writes all tags of its objects as they were read just now: what others tag before it"
        )
        click.echo("has run is lost. Put the manifests there soon, make a job of each request, and confirm it:")
        click.echo(printable(f"  aws s3 cp {folder} {place} --recursive --exclude '*' --include '*.csv'"))
        click.echo(printable(f"  aws s3control create-job --cli-input-json file://{jobs[0].request}"))
        click.echo("Those that begin with 'back-' bring back the tags that are there now.")
