"""Tags of DynamoDB tables."""

from __future__ import annotations

from assay.aws.session import Calls, Session
from assay.aws.tagsets import DYNAMODB
from assay.protectors.additive import Verbs, one_by_one
from assay.protectors.tagging import TagProtector

CONTROL = "dynamodb_tags"
WRITES: Calls = frozenset({"dynamodb.TagResource", "dynamodb.UntagResource"})
CALLS: Calls = DYNAMODB | WRITES
_VERBS = Verbs(
    service="dynamodb",
    called="DynamoDB",
    add=lambda client, arn, tags: client.tag_resource(ResourceArn=str(arn), Tags=tags),
    take=lambda client, arn, keys: client.untag_resource(ResourceArn=str(arn), TagKeys=keys),
)


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of tables."""
    return one_by_one(session, account, control=CONTROL, calls=CALLS, verbs=_VERBS)
