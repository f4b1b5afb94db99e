"""Tags of RDS instances and clusters."""

from __future__ import annotations

from assay.aws.session import Calls, Session
from assay.aws.tagsets import RDS
from assay.protectors.additive import Verbs, one_by_one
from assay.protectors.tagging import TagProtector

CONTROL = "rds_tags"
WRITES: Calls = frozenset({"rds.AddTagsToResource", "rds.RemoveTagsFromResource"})
CALLS: Calls = RDS | WRITES
_VERBS = Verbs(
    service="rds",
    called="RDS",
    add=lambda client, arn, tags: client.add_tags_to_resource(ResourceName=str(arn), Tags=tags),
    take=lambda client, arn, keys: client.remove_tags_from_resource(ResourceName=str(arn), TagKeys=keys),
)


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of instances and clusters."""
    return one_by_one(session, account, control=CONTROL, calls=CALLS, verbs=_VERBS)
