"""What lies in a bucket, or below a prefix: an asset for each object to read, a skip for each that policy leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from assay.aws.failures import ACCESS_DENIED, NOT_FOUND, refusals
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import Listed
from assay.sources.patterns import matcher
from assay.sources.s3.address import Address, parse, token_of, uri_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import ARCHIVED, of_listing, refused
from assay.sources.s3.listing import Entry, Page, Pages, Unlisted, listed
from assay.sources.s3.opener import S3Opener

Items = Iterator[AssetRef | Gap | Skip]

# Classes whose objects have to be restored before they can be read; GLACIER_IR can be read at once.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})


class S3Source:
    """One target, the `number`-th of its scan. `exclude` are patterns as in .gitignore, of keys below the target."""

    def __init__(self, target: str, connection: Connection, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        self.target = target
        self._address = parse(target)
        self._connection = connection
        self._number = number
        self._exclude = exclude
        self._is_through = False

    @property
    def listed_whole(self) -> Listed | None:
        """What was listed to its end; `None` where a part could not be, and where the list is not that of now."""
        address, options = self._address, self._connection.options
        if not self._is_through or options.inventory is not None or address.version is not None:
            return None
        return Listed(address.uri, uri_of(address.bucket, address.below), options.versions)

    @property
    def root(self) -> str:
        """What the URIs of all objects of this source begin with, or the URI of the only one."""
        return self._address.uri

    def opener(self) -> S3Opener:
        """Opens the objects, in this process or another one."""
        return S3Opener(self._connection)

    def assets(self) -> Items:
        """Objects in the order of their keys. Folders' markers, which hold nothing, are passed over.

        The first request is made at once. Raises `UsageError` where nothing is named so, and `AwsError` where S3 cannot
        be reached with these credentials.
        """
        address = self._address
        options = self._connection.options
        if options.inventory is not None:
            from assay.sources.s3.inventory import inventory  # only where one is named

            return self._told(inventory(self._connection, address))
        versions = options.versions or address.version is not None
        pages = Pages(connection=self._connection, bucket=address.bucket, versions=versions)
        try:
            named, below = self._begin(pages)
        except ReadError as error:
            return iter((Gap(resource=address.uri, reason=error.reason, detail=error.detail),))
        if not named and address.version is not None:
            raise UsageError(
                f"{self.target}: there is no such version of an object; check key and id, or leave ?versionId= out"
            )
        if not named and not below.entries and address.key:
            raise UsageError(
                f"{self.target}: there is no object of this name, and none below it; for all keys that begin so, "
                "end it with *"
            )
        return self._told(chain(named, listed(pages, address.below, below)))

    def _begin(self, pages: Pages) -> tuple[list[Entry], Page]:
        """The object that is named itself, or its versions, and the first page of what lies below it."""
        address = self._address
        try:
            named = list(_named(pages, address)) if address.key and not address.is_open else []
            return named, pages.page(address.below) if address.version is None else Page([], [], None)
        except refusals() as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> Exception:
        failure = refused(error)
        if failure.reason == NOT_FOUND:
            hint = "check its name, and --profile and --region"
            return UsageError(f"{self.target}: there is no bucket '{self._address.bucket}'; {hint}")
        if failure.is_hopeless:
            return AwsError(failure.reason, f"{self.target}: {failure.detail}")
        found = of_listing(error)
        if failure.reason == ACCESS_DENIED and (owner := self._connection.options.owner):
            return ReadError(found.reason, f"{found.detail}, and look whether the bucket is of account {owner}")
        return found

    def _told(self, entries: Iterator[Entry | Unlisted]) -> Items:
        excluded = matcher(self._exclude)
        is_whole = True
        for entry in entries:
            if isinstance(entry, Unlisted):
                is_whole = False
                uri = uri_of(self._address.bucket, entry.prefix)
                yield Gap(resource=uri, reason=entry.error.reason, detail=entry.error.detail)
            elif entry.size or not entry.key.endswith("/"):
                yield self._item(entry, excluded)
        self._is_through = is_whole

    def _item(self, entry: Entry, excluded: Callable[[str], bool] | None) -> AssetRef | Skip:
        address = self._address
        uri = uri_of(address.bucket, entry.key, entry.version)
        if excluded is not None and excluded(entry.key[len(address.below) :] or entry.key.rpartition("/")[2]):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        if entry.storage in _ARCHIVES and not entry.restored:
            return Skip(
                resource=uri, reason=ARCHIVED, detail=f"storage class {entry.storage}; restore it to have it read"
            )
        name = (address.bucket, entry.key) if entry.version is None else (address.bucket, entry.key, entry.version)
        return AssetRef(
            kind="object",
            uri=uri,
            size=entry.size,
            account=self._connection.options.owner,
            source=self._number,
            name=name,
            change=token_of(entry.size, entry.version, entry.etag),
        )


def _named(pages: Pages, address: Address) -> Iterator[Entry]:
    if not pages.versions:
        yield from (entry for entry in pages.page(address.key, MaxKeys=1).entries if entry.key == address.key)
        return
    following: dict[str, str] | None = None
    while True:
        page = pages.page(address.key, following)
        for entry in page.entries:
            if entry.key == address.key and address.version in (None, entry.version):
                yield entry
        following = page.following
        if following is None or any(entry.key != address.key for entry in page.entries):
            return
