"""Buckets. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from assay.aws import uris
from assay.aws.arn import Arn
from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset, Gap
from assay.observers.look import Look, Tags, as_tags

CALLS: Calls = frozenset({"s3.ListBuckets", "s3.GetBucketLocation", "s3.GetBucketTagging"})
TYPES = ("s3:bucket",)

_PAGE = 1_000
# As the API has called these two since before regions had codes.
_LOCATIONS = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}


def observe(look: Look) -> Iterator[Asset | Gap]:
    """The buckets of an account in the wanted regions; one whose region is not known is told, too."""
    client = look.client("s3")
    # Without a size of page, the service tells no regions.
    for bucket in items(client, "list_buckets", "Buckets", PaginationConfig={"PageSize": _PAGE}):
        name = bucket["Name"]
        arn = str(Arn(look.partition, "s3", "", "", name))
        region = bucket.get("BucketRegion")
        if region is None:
            try:
                region = _region(client, name, look.account)
            except refusals() as error:
                failure = failure_of(error)
                if failure.reason == NOT_FOUND:
                    continue  # deleted since it was listed
                yield Gap(resource=arn, reason=failure.reason, detail=f"its region is not known: {failure.detail}")
        if look.wanted is not None and region is not None and region not in look.wanted:
            continue
        yield Asset(
            arn=arn,
            type="s3:bucket",
            name=name,
            account=look.account,
            region=region,
            created=bucket.get("CreationDate"),
            tags=None if region is None else look.tags(arn, partial(_tags, look, name, region), region),
            uris=(uris.bucket(name),),
        )


def _region(client: Any, name: str, account: str) -> str:
    told = client.get_bucket_location(Bucket=name, ExpectedBucketOwner=account).get("LocationConstraint")
    return str(_LOCATIONS.get(told, told))


def _tags(look: Look, name: str, region: str) -> Tags:
    try:
        answer = look.client("s3", region).get_bucket_tagging(Bucket=name, ExpectedBucketOwner=look.account)
    except refusals() as error:
        if code_of(error) == "NoSuchTagSet":
            return {}
        raise
    return as_tags(answer["TagSet"])
