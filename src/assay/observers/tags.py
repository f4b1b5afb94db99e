"""Reads the tags that are there."""

from __future__ import annotations

from assay.aws import catalogtags, tagsets
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.action import Observed

CALLS: Calls = (
    tagsets.S3_OBJECT
    | tagsets.S3_BUCKET
    | tagsets.RDS
    | tagsets.DYNAMODB
    | tagsets.EBS
    | catalogtags.GLUE
    | catalogtags.LAKE_FORMATION
)


class TagObserver:
    """Tags of resources of one control (`s3_object_tags`), each of which `account` has to own."""

    def __init__(self, session: Session, control: str, account: str) -> None:
        self._session = session
        self._read = tagsets.READS[control][0]
        self._account = account

    def observe(self, resource: str) -> Observed:
        """All tags of one resource. Tags that could not be read are unknown, never none."""
        try:
            found = self._read(self._session, resource, self._account)
        except AwsError as error:
            return Observed(resource=resource, state=None, reason=error.reason, detail=error.detail)
        return Observed(resource=resource, state=found.tags, found=found.found)
