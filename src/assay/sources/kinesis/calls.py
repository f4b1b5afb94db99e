"""The calls that a scan of streams of Kinesis makes."""

from __future__ import annotations

from assay.aws.session import Calls

CALLS: Calls = frozenset(
    {
        "kinesis.ListStreams",
        "kinesis.DescribeStreamSummary",
        "kinesis.ListShards",
        "kinesis.GetShardIterator",
        "kinesis.GetRecords",
    }
)
"""`kinesis.ListStreams` is made where no stream is named, where a pattern is, and where the one that is named is not there."""
