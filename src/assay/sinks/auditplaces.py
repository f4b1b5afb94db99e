"""Entries of the audit log in a place that is not the catalog's: objects of S3, or a stream of CloudWatch Logs.

Both say themselves how far they are, so that an export goes on where the last one ended: objects by their names, a stream by its
last event. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from assay.aws.failures import code_of, refusals
from assay.aws.paging import items
from assay.errors import OutputError
from assay.sinks.objects import bucket_of, write_lines

CALLS = frozenset(
    {"s3.ListObjectsV2", "s3.PutObject", "logs.CreateLogStream", "logs.GetLogEvents", "logs.PutLogEvents"}
)

_ENTRIES = 50_000
"""In one object."""
_EVENTS, _BYTES, _EVENT, _BESIDE = 10_000, 1_048_576, 262_144, 26
"""What one call takes: events, bytes with 26 for each event, and bytes of one event."""
_OLDEST = timedelta(days=13)
"""Events of more than 14 days ago are refused: those get a later time, and say their own themselves."""
_SPAN = timedelta(hours=24)
_NAME = re.compile(r"(\d{12})-(\d{12})\.jsonl\.gz")


def to_s3(entries: Iterable[Mapping[str, Any]], place: str, catalog: str, *, client: Any, account: str | None) -> int:
    """Writes those entries that are not there yet, below `place/assay-audit/CATALOG/`, and says how many. Raises what botocore raises."""
    bucket, prefix = bucket_of(place)
    folder = f"{prefix}assay-audit/{catalog}/"
    owner = {} if account is None else {"ExpectedBucketOwner": account}
    names = (
        _NAME.fullmatch(str(each["Key"]).removeprefix(folder))
        for each in items(client, "list_objects_v2", "Contents", Bucket=bucket, Prefix=folder, **owner)
    )
    last = max((int(found[2]) for found in names if found is not None), default=0)
    number = 0
    for batch in _batched((each for each in entries if each["seq"] > last), _ENTRIES):
        name = f"{batch[0]['seq']:012d}-{batch[-1]['seq']:012d}.jsonl.gz"
        number += write_lines(map(dict, batch), f"s3://{bucket}/{folder}", name, client=client, account=account)
    return number


def to_logs(entries: Iterable[Mapping[str, Any]], group: str, catalog: str, *, client: Any, now: datetime) -> int:
    """Writes those entries that are not there yet to the stream `assay-audit-CATALOG` of a log group that is there, and says how many.
    Raises `OutputError` for what the service does not take, and what botocore raises."""
    stream = f"assay-audit-{catalog}"
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except refusals() as error:
        if code_of(error) != "ResourceAlreadyExistsException":
            raise
    last = _last_of(client, group, stream)
    number = 0
    for events in _calls((each for each in entries if each["seq"] > last), now):
        answer = client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        if answer.get("rejectedLogEventsInfo"):
            raise OutputError(
                f"{group}: did not take entries of the audit log: they are older than it keeps; {number:,} were written"
            )
        number += len(events)
    return number


def _last_of(client: Any, group: str, stream: str) -> int:
    """The number of the newest entry of a stream; 0 where it has none."""
    answer = client.get_log_events(logGroupName=group, logStreamName=stream, limit=1, startFromHead=False)
    found = [_number_in(str(each["message"])) for each in answer.get("events", ())]
    if None in found:
        raise OutputError(
            f"{group}: the stream {stream} ends with what is no entry of the audit log; name another group"
        )
    return max((number for number in found if number is not None), default=0)


def _number_in(message: str) -> int | None:
    try:
        told = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    number = told.get("seq") if isinstance(told, dict) else None
    return number if isinstance(number, int) else None


def _calls(entries: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[list[dict[str, Any]]]:
    """Events in as few calls as the service takes them in."""
    batch: list[dict[str, Any]] = []
    length, first, last = 0, now, now - _OLDEST
    for entry in entries:
        message = orjson.dumps(dict(entry)).decode()
        # Events have to be in the order of their times, and not of the future: a clock that was put back stands still here.
        at = last = max(min(datetime.fromisoformat(str(entry["at"])), now), last)
        long = len(message.encode()) + _BESIDE
        if long > _EVENT:
            raise OutputError(
                f"entry {entry['seq']} of the audit log is longer than CloudWatch Logs takes; export it to S3"
            )
        if batch and (len(batch) == _EVENTS or length + long > _BYTES or at - first >= _SPAN):
            yield batch
            batch, length = [], 0
        if not batch:
            first = at
        batch.append({"timestamp": int(at.timestamp() * 1_000), "message": message})
        length += long
    if batch:
        yield batch


def _batched(entries: Iterable[Mapping[str, Any]], most: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch
