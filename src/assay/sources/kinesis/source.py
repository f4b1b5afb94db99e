"""The streams that a target names, and what opens them in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from assay.aws.access import Access
from assay.aws.failures import refusals
from assay.aws.session import Session
from assay.errors import AwsError, ReadError
from assay.model import AssetRef
from assay.ports import TableReader
from assay.sources.awsnamed import NamedResources
from assay.sources.kinesis.calls import CALLS
from assay.sources.kinesis.kind import STREAMS
from assay.sources.kinesis.reader import KinesisStream
from assay.sources.kinesis.shards import Shard


class KinesisSource(NamedResources):
    """One target, the `number`-th of its scan. `exclude` are patterns of streams' names; records before `since` are not read."""

    def __init__(
        self,
        target: str,
        access: Access,
        *,
        number: int = 0,
        exclude: Sequence[str] = (),
        since: datetime | None = None,
    ) -> None:
        super().__init__(STREAMS, target, access, number=number, exclude=exclude)
        self._since = since

    def opener(self) -> KinesisOpener:
        """Opens the streams, in this process or another one."""
        return KinesisOpener(self._access, self._since)


class KinesisOpener:
    """Opens streams with one session for each process: it is picklable, and holds no secret."""

    def __init__(self, access: Access, since: datetime | None = None) -> None:
        self._access = access
        self._since = since
        self._session: Session | None = None

    def __getstate__(self) -> tuple[Access, datetime | None]:
        return self._access, self._since

    def __setstate__(self, state: tuple[Access, datetime | None]) -> None:
        self._access, self._since = state
        self._session = None

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a stream that cannot be opened."""
        name = asset.name[0]
        try:
            # Clients know which process they are of.
            self._session = self._session or Session(self._access, CALLS)
            client = self._session.client("kinesis")
            answer = client.describe_stream_summary(StreamName=name)
            told = answer["StreamDescriptionSummary"]
            refused = STREAMS.of_status(str(told.get("StreamStatus", "")))
            if refused is not None:
                raise refused
            now = _now(answer)
            # Closed shards, too: their records stay as long as others.
            shards = [Shard(client, name, each["ShardId"], now) for each in _shards(client, name)]
        except refusals() as error:
            raise STREAMS.refused(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        kept = now - timedelta(hours=told.get("RetentionPeriodHours") or 24)
        begin = max([kept, *(moment for moment in (told.get("StreamCreationTimestamp"), self._since) if moment)])
        yield KinesisStream(asset.uri, name, shards, begin=min(begin, now), until=now, since=self._since)


def _shards(client: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """All of them. A token of the next page stands for the name of the stream, which must not be given with it."""
    answer = client.list_shards(StreamName=name)
    while True:
        yield from answer.get("Shards") or ()
        token = answer.get("NextToken")
        if not token:
            return
        answer = client.list_shards(NextToken=token)


def _now(answer: Mapping[str, Any]) -> datetime:
    """When an answer was given: by the clock of AWS, which records are stamped by, to the end of its second."""
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(told).astimezone(UTC) + timedelta(seconds=1)
    except (TypeError, ValueError):
        return datetime.now(UTC)
