"""One object alone, of which is known already what a list would tell."""

from __future__ import annotations

from collections.abc import Iterator

from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.session import Calls
from assay.model import AssetRef, Gap, Skip
from assay.sources.s3.address import uri_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import of_listing, refused
from assay.sources.s3.listing import Entry, Pages
from assay.sources.s3.source import S3Source

CALLS: Calls = frozenset({"s3.ListObjectsV2", "s3.GetObject", "s3.HeadBucket"})
"""`s3.HeadBucket` is asked by the library itself, for a bucket that is in another region and does not say in which."""


class ObjectSource(S3Source):
    """The object of a bucket and a key, and nothing below it; with its `size` and `etag` known no request is made to list it."""

    def __init__(
        self,
        bucket: str,
        key: str,
        connection: Connection,
        *,
        size: int | None = None,
        etag: str | None = None,
    ) -> None:
        # A slash at the end would name what lies below.
        super().__init__(uri_of(bucket, key.removesuffix("/")) + ("%2F" if key.endswith("/") else ""), connection)
        self._key = key
        self._entry = None if size is None or etag is None else Entry(key, size, f'"{etag}"')

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """The object; nothing where it is not there."""
        if self._entry is not None:
            return iter((self._item(self._entry, None),))
        pages = Pages(connection=self._connection, bucket=self._address.bucket)
        try:
            found = pages.page(self._key, MaxKeys=1).entries
        except refusals() as error:
            if refused(error).reason == NOT_FOUND:
                return iter(())
            gap = of_listing(error)
            return iter((Gap(resource=self._address.uri, reason=gap.reason, detail=gap.detail),))
        return (self._item(entry, None) for entry in found if entry.key == self._key)
