"""Files of versions of models as objects of one prefix of a bucket. An object is seen whole or not at all, and each is written under a
condition: that it is not there yet, or is the one that was read.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.aws.paging import pages
from assay.errors import AwsError, UsageError

CALLS = frozenset({"s3.GetObject", "s3.PutObject", "s3.ListObjectsV2"})
_OTHER = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MISSING = frozenset({"NoSuchKey", "404"})


class ModelObjects:
    """What lies below `prefix`, which is empty or ends with a slash. Raises `AwsError` for what S3 refuses."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def told(self, name: str) -> str:
        """Where a file lies, for messages."""
        return f"s3://{self._bucket}/{self._prefix}{name}"

    def read(self, name: str, most: int) -> tuple[bytes, str] | None:
        """What it holds, and the mark of exactly that; `None` where there is none. Raises `UsageError` for one of more than `most` bytes."""
        with self._asking(name):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except refusals() as error:
                if code_of(error) in _MISSING:
                    return None
                raise
            if found["ContentLength"] > most:
                found["Body"].close()
                raise UsageError(f"{self.told(name)}: is too large for what it should be")
            return found["Body"].read(), str(found["ETag"])

    def create(self, name: str, data: bytes) -> bool:
        """Writes it where there is none; says whether there was none."""
        return self._written(name, data, IfNoneMatch="*")

    def replace(self, name: str, data: bytes, mark: str | None) -> bool:
        """Writes it where it is still what was read with that mark (`None`: not there); says whether it was."""
        if mark is None:
            return self.create(name, data)
        return self._written(name, data, IfMatch=mark)

    def names(self, folder: str) -> list[str]:
        """The files of a folder, in order."""
        prefix = f"{self._prefix}{folder}/"
        with self._asking(folder):
            found = [
                item["Key"].removeprefix(prefix)
                for page in pages(self._client, "list_objects_v2", Bucket=self._bucket, Prefix=prefix)
                for item in page.get("Contents", ())
            ]
        return sorted(name for name in found if name and "/" not in name)

    def _written(self, name: str, data: bytes, **condition: str) -> bool:
        with self._asking(name):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + name,
                    Body=data,
                    ContentType="application/octet-stream",
                    **condition,
                )
            except refusals() as error:
                # S3 says not found where what had to match is gone.
                if code_of(error) not in (_OTHER | _MISSING):
                    raise
                return False
        return True

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        try:
            yield
        except refusals() as error:
            failure = failure_of(error)
            lack = "; look whether the bucket is there" if failure.reason == NOT_FOUND else ""
            raise AwsError(failure.reason, f"{self.told(name)}: {failure.detail}{lack}") from None
