"""Tags for many objects at once: what S3 Batch Operations is to write, of what the catalog knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.app.cloud.tagging import Tagger
from assay.app.cloud.tagtargets import Target
from assay.aws.arn import parse
from assay.aws.tagsets import place_of
from assay.errors import UsageError
from assay.model.action import Gate, Refusal
from assay.model.tagging import is_system
from assay.protect.tagscheme import Scheme, Tag
from assay.sinks.batchmanifests import Job, Place, Row, write

_EACH = (Tag.CONFIDENCE, Tag.TIMESTAMP)


@dataclass(kw_only=True)
class Bulk:
    """What was planned: the jobs, what is refused, and how many objects wait for a person or are as they should be."""

    jobs: list[Job] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    waiting: int = 0
    well: int = 0


def for_all(scheme: Scheme) -> Scheme:
    """The scheme without tags that are another for each object: every set of tags is a job of its own."""
    return replace(scheme, keys={tag: key for tag, key in scheme.keys.items() if tag not in _EACH})


def place_at(text: str, *, account: str, partition: str, role: str) -> Place:
    """Of `s3://bucket/prefix` and the ARN of a role. Raises `UsageError`."""
    bucket, key, _ = place_of(text)
    if not text.startswith("s3://") or not bucket or "?" in text:
        raise UsageError(f"{text}: names no place in S3; write s3://bucket/prefix, where the manifests will lie")
    try:
        is_role = parse(role).service == "iam" and parse(role).kind == "role"
    except ValueError:
        is_role = False
    if not is_role:
        raise UsageError(f"{role}: is no role; write arn:aws:iam::123456789012:role/NAME")
    return Place(bucket, key.strip("/"), account, partition, role)


def manifests(tagger: Tagger, targets: Sequence[Target], folder: Path, place: Place, *, approved: bool) -> Bulk:
    """Writes the manifests and requests for objects of these targets; without approval, of those that need none."""
    for target in targets:
        if target.bucket is None:
            raise UsageError(
                f"{target.text}: S3 Batch Operations tags objects only; give s3://bucket or s3://bucket/prefix/"
            )
    bulk = Bulk()
    bulk.jobs = write(folder, _rows(tagger, targets, bulk, approved=approved), place)
    return bulk


def _rows(tagger: Tagger, targets: Sequence[Target], bulk: Bulk, *, approved: bool) -> Iterator[Row]:
    of_objects = [replace(target, is_whole=False) for target in targets]
    for resource, change in tagger.changes(of_objects):
        if change.refusal is not None:
            bulk.refusals.append(change.refusal)
        elif change.planned is None or change.present is None:
            bulk.well += 1
        elif change.planned.gate is Gate.REVIEW and not approved:
            bulk.waiting += 1
        else:
            bucket, key, named = place_of(resource)
            action = change.planned.action
            present = {tag: value for tag, value in change.present.items() if not is_system(tag)}
            after = {**present, **{tag: value for tag, value in action.after.items() if value is not None}}
            yield Row(bucket, key, named or action.found.get("version"), present, after)
