"""Targets and URIs of objects: `s3://bucket/key`, keys percent-encoded (RFC 3986), versions as `?versionId=`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from assay.errors import UsageError

_SCHEME = "s3://"
# Names of buckets and of aliases of access points; those of old buckets in us-east-1 have capitals and underscores.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
# Needs no encoding: the unreserved characters of RFC 3986, section 2.3.
_PLAIN = re.compile(r"[A-Za-z0-9_.~/-]*")
_VERSION = "?versionId="
_LONGEST_KEY = 1024


def is_s3(target: str) -> bool:
    """Whether a target names a bucket or what is in one."""
    return target[: len(_SCHEME)].lower() == _SCHEME


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a target names. `key` is decoded; `is_open` says that all keys that begin with it are meant.

    One that is not open is an object and what lies below it, as a folder's name is; a `version` is one object.
    """

    bucket: str
    key: str = ""
    version: str | None = None
    is_open: bool = False

    @property
    def below(self) -> str:
        """What keys begin with that lie below it."""
        return self.key if self.is_open or not self.key else f"{self.key}/"

    @property
    def uri(self) -> str:
        return uri_of(self.bucket, self.key, self.version)


def parse(target: str) -> Address:
    """A target taken apart. Raises `UsageError` for one that names nothing."""
    rest, _, version = target[len(_SCHEME) :].partition(_VERSION)
    bucket, _, path = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        what = f"'{bucket}' is no name of a bucket" if bucket else "names no bucket"
        if "@" in bucket:
            # What stands before the sign may be a password.
            target, what = "s3://…", "a bucket is named without a user"
        raise UsageError(f"{target}: {what}; write s3://bucket, s3://bucket/prefix/ or s3://bucket/key")
    if "?" in path or "#" in path:
        raise UsageError(f"{target}: in a key write '?' as %3F and '#' as %23; a version is ?versionId=… at the end")
    is_open = path.endswith(("/", "*"))
    try:
        key = unquote_to_bytes(path.removesuffix("*")).decode()
    except UnicodeDecodeError:
        raise UsageError(f"{target}: the key is no UTF-8 where it is percent-encoded") from None
    if len(key.encode("utf-8", "surrogatepass")) > _LONGEST_KEY:
        raise UsageError(f"{target}: a key has at most {_LONGEST_KEY:,} bytes")
    if version and (is_open or not key):
        raise UsageError(f"{target}: a version is one of an object; name its key")
    return Address(bucket=bucket, key=key, version=version or None, is_open=is_open)


def uri_of(bucket: str, key: str, version: str | None = None) -> str:
    """The URI of an object, or of what keys begin with."""
    path = key if _PLAIN.fullmatch(key) else quote(key.encode("utf-8", "surrogatepass"))
    told = "" if version is None else _VERSION + quote(version, safe="")
    return f"{_SCHEME}{bucket}/{path}{told}"


def token_of(size: int, version: str | None, etag: str) -> str:
    """The token of change of an object: where it is the same, so is the object."""
    return f"s3:{size}:{quote(version or '', safe='')}:{etag}"


def etag_of(token: str) -> str:
    """The ETag, in its quotation marks, of a token of `token_of`."""
    return token.split(":", 3)[3]
