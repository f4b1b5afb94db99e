"""Tags of DynamoDB tables. They are added one by one: others' stay by themselves."""

from __future__ import annotations

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import DYNAMODB
from assay.protectors.tagging import TagProtector, Write

CONTROL = "dynamodb_tags"
WRITES: Calls = frozenset({"dynamodb.TagResource", "dynamodb.UntagResource"})
CALLS: Calls = DYNAMODB | WRITES


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of tables."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    client = write.session.client("dynamodb", parse(write.resource).region)
    try:
        if write.sets:
            tags = [{"Key": name, "Value": value} for name, value in sorted(write.sets.items())]
            client.tag_resource(ResourceArn=write.resource, Tags=tags)
        if write.takes:
            client.untag_resource(ResourceArn=write.resource, TagKeys=write.takes)
    except refusals() as error:
        raise told(error, "DynamoDB") from None
