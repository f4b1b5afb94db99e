"""Tags of EBS volumes."""

from __future__ import annotations

from assay.aws.session import Calls, Session
from assay.aws.tagsets import EBS
from assay.protectors.additive import Verbs, one_by_one
from assay.protectors.tagging import TagProtector

CONTROL = "ebs_tags"
WRITES: Calls = frozenset({"ec2.CreateTags", "ec2.DeleteTags"})
CALLS: Calls = EBS | WRITES
_VERBS = Verbs(
    service="ec2",
    called="EC2",
    add=lambda client, arn, tags: client.create_tags(Resources=[arn.name], Tags=tags),
    take=lambda client, arn, keys: client.delete_tags(Resources=[arn.name], Tags=[{"Key": key} for key in keys]),
)


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of volumes."""
    return one_by_one(session, account, control=CONTROL, calls=CALLS, verbs=_VERBS)
