"""Tags of RDS instances and clusters. They are added one by one: others' stay by themselves."""

from __future__ import annotations

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import RDS
from assay.protectors.tagging import TagProtector, Write

CONTROL = "rds_tags"
WRITES: Calls = frozenset({"rds.AddTagsToResource", "rds.RemoveTagsFromResource"})
CALLS: Calls = RDS | WRITES


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of instances and clusters."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    client = write.session.client("rds", parse(write.resource).region)
    try:
        if write.sets:
            tags = [{"Key": name, "Value": value} for name, value in sorted(write.sets.items())]
            client.add_tags_to_resource(ResourceName=write.resource, Tags=tags)
        if write.takes:
            client.remove_tags_from_resource(ResourceName=write.resource, TagKeys=write.takes)
    except refusals() as error:
        raise told(error, "RDS") from None
