"""Targets of streams: `kinesis://orders`, `kinesis://orders-*`, and `kinesis://` for all of the account and region."""

from __future__ import annotations

import re

from assay.aws.failures import ACCESS_DENIED, EXPIRED, KEY_DENIED, THROTTLED
from assay.aws.uris import kinesis_stream
from assay.errors import ReadError
from assay.sources.awsnamed import NOT_READY, VANISHED, Kind
from assay.sources.kinesis.calls import CALLS

STREAMS = Kind(
    noun="stream",
    service="kinesis",
    calls=CALLS,
    uri=kinesis_stream,
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    name=re.compile(r"[A-Za-z0-9_.-]{1,128}"),
    pattern=re.compile(r"[A-Za-z0-9_.*?\[\]!-]{1,128}"),
    listing=("list_streams", "StreamNames"),
    describing=("describe_stream_summary", "StreamName"),
    allowing="kinesis:ListStreams",
    help={
        ACCESS_DENIED: "allow kinesis:DescribeStreamSummary, ListShards, GetShardIterator and GetRecords on it; "
        "'assay aws iam-policy scan' prints the policy",
        KEY_DENIED: "allow kms:Decrypt with the key it is encrypted by",
        THROTTLED: "other readers use up its shards' five reads a second; scan it again later",
        EXPIRED: "sign in again, and scan it again",
    },
    states={
        "CREATING": ReadError(NOT_READY, "the stream is being made; scan it again when it is active"),
        "DELETING": ReadError(VANISHED, "the stream is being deleted"),
    },
)
