"""Tags of EBS volumes. They are added one by one: others' stay by themselves."""

from __future__ import annotations

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import EBS
from assay.protectors.tagging import TagProtector, Write

CONTROL = "ebs_tags"
WRITES: Calls = frozenset({"ec2.CreateTags", "ec2.DeleteTags"})
CALLS: Calls = EBS | WRITES


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of volumes."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    arn = parse(write.resource)
    client = write.session.client("ec2", arn.region)
    try:
        if write.sets:
            tags = [{"Key": name, "Value": value} for name, value in sorted(write.sets.items())]
            client.create_tags(Resources=[arn.name], Tags=tags)
        if write.takes:
            client.delete_tags(Resources=[arn.name], Tags=[{"Key": name} for name in write.takes])
    except refusals() as error:
        raise told(error, "EC2") from None
