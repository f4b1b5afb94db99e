"""Trails of CloudTrail, as the service tells them: which there are, whether they log, and what they select.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.model.dataevents import Selectors

SELECTORS: Calls = frozenset({"cloudtrail.GetEventSelectors"})
TRAILS: Calls = SELECTORS | {"cloudtrail.DescribeTrails", "cloudtrail.GetTrailStatus"}
NAME = "assay-data-events"


class Trail(NamedTuple):
    """A trail: its ARN, the region that it was made in, the bucket that it writes to, whether it logs, and all its selectors. One of
    an organization is not the account's to change."""

    arn: str
    region: str
    bucket: str
    is_multi_region: bool
    is_of_organization: bool
    is_logging: bool
    selectors: Selectors


def trails_of(session: Session, region: str) -> list[Trail]:
    """The trails that log what happens in a region, those that were made in others among them. Raises `AwsError`."""
    try:
        # Not paginated: a region has five at most.
        found = session.client("cloudtrail", region).describe_trails(includeShadowTrails=True)["trailList"]
        return [
            Trail(
                str(each["TrailARN"]),
                str(each.get("HomeRegion") or region),
                str(each.get("S3BucketName") or ""),
                bool(each.get("IsMultiRegionTrail")),
                bool(each.get("IsOrganizationTrail")),
                is_logging(session, str(each["TrailARN"])),
                selectors_of(session, str(each["TrailARN"])),
            )
            for each in found
            if each.get("IsMultiRegionTrail") or each.get("HomeRegion") == region
        ]
    except refusals() as error:
        raise told(error, "CloudTrail") from None


def is_logging(session: Session, trail: str) -> bool:
    """Whether a trail logs. Raises what botocore raises."""
    return bool(session.client("cloudtrail", parse(trail).region).get_trail_status(Name=trail).get("IsLogging"))


def selectors_of(session: Session, trail: str) -> Selectors:
    """All selectors of a trail, from the region that it was made in. Raises what botocore raises."""
    answer: dict[str, Any] = session.client("cloudtrail", parse(trail).region).get_event_selectors(TrailName=trail)
    return Selectors(basic=answer.get("EventSelectors") or [], advanced=answer.get("AdvancedEventSelectors") or [])
