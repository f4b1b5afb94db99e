"""Tags of S3 objects. The call that writes them replaces all, so that what is there is merged into what is sent."""

from __future__ import annotations

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import S3_OBJECT, place_of
from assay.errors import ActionError
from assay.model.action import CHANGED
from assay.protectors.tagging import TagProtector, Write

CONTROL = "s3_object_tags"
ETAG = "etag"
"""In `Action.found`: that of the object that was classified."""
WRITES: Calls = frozenset({"s3.ListObjectsV2", "s3.PutObjectTagging"})
CALLS: Calls = S3_OBJECT | WRITES


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of objects in buckets of the account."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    """To the version that was read: one that came since has not been looked at."""
    bucket, key, named = place_of(write.resource)
    client = write.session.client("s3")
    version = named or write.found.get("version")
    which = {} if version is None else {"VersionId": version}
    try:
        if named is None and ETAG in write.expected:
            # A listing tells it without the right to read what the object holds. Nothing sorts before the key itself.
            listed = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1, ExpectedBucketOwner=write.account)
            now = next((each["ETag"] for each in listed.get("Contents", ()) if each["Key"] == key), None)
            if now != write.expected[ETAG]:
                raise ActionError(CHANGED, "it is not the object that was classified; scan it again")
        client.put_object_tagging(
            Bucket=bucket,
            Key=key,
            Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in sorted(write.whole.items())]},
            ExpectedBucketOwner=write.account,
            **which,
        )
    except refusals() as error:
        raise told(error, "S3") from None
