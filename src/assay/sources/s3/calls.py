"""The calls that a scan of buckets makes."""

from __future__ import annotations

from assay.aws.session import Calls

CALLS: Calls = frozenset(
    {
        "s3.ListObjectsV2",
        "s3.ListObjectVersions",
        "s3.GetObject",
        # The library asks it by itself, for a bucket that is in another region and does not say in which.
        "s3.HeadBucket",
    }
)
"""`s3.ListObjectVersions` is made with `--versions` only."""
