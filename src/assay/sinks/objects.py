"""Lines as a compressed object: in S3, or in a folder of this machine."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from assay.errors import OutputError, UsageError, unwritable

CALLS = frozenset({"s3.PutObject"})


def write_lines(
    lines: Iterable[dict[str, Any]], place: str, name: str, *, client: Any | None, account: str | None
) -> int:
    """Writes JSON Lines, gzip-compressed, as `name` below `place` (`s3://bucket/prefix` or a folder); gives their number.

    Nothing is written where there are none. A bucket of another account than `account` is refused by S3. Raises
    `OutputError` for a folder that cannot be written to, and what botocore raises.
    """
    encoded = [orjson.dumps(line) for line in lines]
    if not encoded:
        return 0
    body = gzip.compress(b"\n".join(encoded) + b"\n", mtime=0)
    if client is None:
        file = Path(place, name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        except OSError as error:
            raise OutputError(unwritable(file, error)) from None
        return len(encoded)
    bucket, prefix = bucket_of(place)
    owner = {} if account is None else {"ExpectedBucketOwner": account}
    client.put_object(Bucket=bucket, Key=prefix + name, Body=body, ContentType="application/x-ndjson",
                      ContentEncoding="gzip", **owner)  # fmt: skip
    return len(encoded)


def bucket_of(place: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/prefix`; the prefix is empty or ends with a slash. Raises `UsageError`."""
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.netloc:
        raise UsageError(f"{place}: is no place in S3; write s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""
