"""A bucket is restored into one of its own, closed before anything is in it; objects are compared with the versions of that moment,
and all is deleted again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from assay.aws import s3settings
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items, pages
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import AwsError
from assay.protectors.restoring import PREFIX, PURPOSE, Compared, Hashes, Job, RecoveryPoint

CALLS: Calls = frozenset(
    {
        "s3.CreateBucket", "s3.PutPublicAccessBlock", "s3.PutBucketVersioning", "s3.PutBucketTagging", "s3.GetBucketTagging",
        "s3.ListObjectVersions", "s3.ListObjectsV2", "s3.GetObject", "s3.DeleteObjects", "s3.DeleteBucket",
    }
) | s3settings.calls_of("ownership")  # fmt: skip
_HOME = "us-east-1"
_NO_LISTS = "BucketOwnerEnforced"
_AT_ONCE = 1_000
# A backup of a bucket is of no one moment: what was written around it may be in it or not.
_AROUND = timedelta(minutes=15)
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class _Version(NamedTuple):
    version: str
    size: int
    at: datetime


class RestoredBucket:
    """A copy of the bucket `source`. `number` makes its name; of at most `sample` objects the content is read (0: of all)."""

    def __init__(self, session: Session, source: str, number: str, *, account: str, region: str, sample: int) -> None:
        self._session, self._uri = session, source
        self._client = session.client("s3", region)
        self._source = place_of(source).bucket
        self.name = f"{PREFIX}{account}-{number}"
        self._region = region
        self._owned = {"ExpectedBucketOwner": account}
        self._sample = sample

    def prepare(self) -> None:
        """The bucket, closed, which keeps versions, since nothing is restored into others."""
        where = {} if self._region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        which = {"Bucket": self.name, **self._owned}
        # A backup of a bucket with access control lists is restored into such a one only; public ones are not restored where they are blocked.
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-s3.html
        whose = s3settings.raw_of(self._session, self._uri, self._owned["ExpectedBucketOwner"], "ownership")
        ownership = _NO_LISTS if whose == _NO_LISTS else "BucketOwnerPreferred"
        try:
            self._client.create_bucket(Bucket=self.name, ObjectOwnership=ownership, **where)
            self._client.put_public_access_block(PublicAccessBlockConfiguration=dict.fromkeys(_FLAGS, True), **which)
            self._client.put_bucket_tagging(Tagging={"TagSet": [{"Key": PURPOSE[0], "Value": PURPOSE[1]}]}, **which)
            self._client.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"}, **which)
        except refusals() as error:
            raise told(error, "S3") from None

    def restore(self, point: RecoveryPoint, job: Job) -> None:  # noqa: ARG002  # the job knows it
        """Encrypted as the objects were."""
        job(
            {
                "DestinationBucketName": self.name,
                "NewBucket": "false",
                "Encrypted": "true",
                "EncryptionType": "original",
            }
        )

    def settle(self) -> None:
        """Nothing: it is marked before anything is in it."""

    def compare(self, point: RecoveryPoint) -> Compared:
        """Key by key with what there was at that moment: sizes of all, contents of a sample."""
        try:
            return self._compared(point)
        except refusals() as error:
            raise told(error, "S3") from None

    def clean(self) -> None:
        """All versions, then the bucket; one that does not say what it is for is not touched."""
        which = {"Bucket": self.name, **self._owned}
        try:
            tags = self._client.get_bucket_tagging(**which)["TagSet"]
            if {"Key": PURPOSE[0], "Value": PURPOSE[1]} not in tags:
                return
            while named := self._some(which):
                answer = self._client.delete_objects(Delete={"Objects": named, "Quiet": True}, **which)
                if answer.get("Errors"):
                    raise AwsError("not deleted", f"S3: {len(answer['Errors']):,} versions could not be deleted")
            self._client.delete_bucket(**which)
        except refusals() as error:
            if failure_of(error).reason != NOT_FOUND:
                raise told(error, "S3") from None

    def _some(self, which: dict[str, str]) -> list[dict[str, str]]:
        """The first versions that are there: what a page goes on behind is deleted by then."""
        page = self._client.list_object_versions(**which, MaxKeys=_AT_ONCE)
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _compared(self, point: RecoveryPoint) -> Compared:
        then = dict(self._then(point.at))
        hashes = Hashes()
        same = other = since = read = count = 0
        for each in items(self._client, "list_objects_v2", "Contents", Bucket=self.name, **self._owned):
            count += 1
            was = then.pop(each["Key"], None)
            is_same = was is not None and was.size == each["Size"]
            if was is not None and is_same and (not self._sample or read < self._sample):
                read += 1
                is_same = self._hash(self.name, each["Key"], hashes) == self._hash(
                    self._source, each["Key"], hashes, was.version
                )
            same += is_same
            uncertain = was is None or abs(was.at - point.at) < _AROUND
            since += not is_same and uncertain
            other += not is_same and not uncertain
        missing = sum(abs(was.at - point.at) >= _AROUND for was in then.values())
        return Compared(items=count, same=same, other=other, missing=missing, since=since, read=read)

    def _then(self, at: datetime) -> Iterator[tuple[str, _Version]]:
        """What there was at a moment, by key; the newest version of each comes first in the list."""
        which = {"Bucket": self._source, **self._owned}
        done: str | None = None
        for page in pages(self._client, "list_object_versions", **which):
            found: list[tuple[str, datetime, Any]] = [
                *((each["Key"], each["LastModified"], each) for each in page.get("Versions", ())),
                *((each["Key"], each["LastModified"], None) for each in page.get("DeleteMarkers", ())),
            ]
            for key, when, version in sorted(found, key=lambda one: (one[0], -one[1].timestamp())):
                if key == done or when > at + _AROUND:
                    continue
                done = key
                if version is not None:
                    yield key, _Version(str(version["VersionId"]), int(version["Size"]), when)

    def _hash(self, bucket: str, key: str, hashes: Hashes, version: str | None = None) -> bytes:
        which = {} if version is None else {"VersionId": version}
        answer = self._client.get_object(Bucket=bucket, Key=key, **which, **self._owned)
        return hashes.of_stream(answer["Body"])
