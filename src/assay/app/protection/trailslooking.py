"""The trails that log what happens where data events are asked for, each region looked at once."""

from __future__ import annotations

from collections.abc import Iterable

from assay.aws import trails
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import AwsError
from assay.protect.dataevents import TrailsFound
from assay.protectors import cloudtrail_trail


def trails_found(session: Session, account: str, regions: Iterable[str]) -> dict[str, TrailsFound]:
    """By region. What cannot be seen is told as that."""
    return {region: _region(session, account, region) for region in sorted(set(regions))}


def _region(session: Session, account: str, region: str) -> TrailsFound:
    own = f"arn:{session.partition}:cloudtrail:{session.region}:{account}:trail/{trails.NAME}"
    try:
        found = [each for each in trails.trails_of(session, region) if each.is_logging]
        is_needed = not any(_is_ours(each, account) for each in found)
        return TrailsFound(
            trails=tuple((each.arn, each.bucket, _is_ours(each, account), each.selectors) for each in found),
            own=own,
            own_state=cloudtrail_trail.observe(session, own) if is_needed else {},
            own_wanted=cloudtrail_trail.wanted(own),
        )
    except AwsError as error:
        return TrailsFound(problem=f"trails in {region} could not be read: {error.detail}")


def _is_ours(trail: trails.Trail, account: str) -> bool:
    """Whether the account may change it: one of an organization is its management's."""
    return parse(trail.arn).account == account and not trail.is_of_organization
