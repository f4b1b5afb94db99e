"""The streams that a target names, and what opens them in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import Any

from assay.aws.access import Access
from assay.aws.failures import ACCESS_DENIED, NOT_FOUND, Failure, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Session
from assay.aws.uris import kinesis_stream
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.kinesis.address import parse
from assay.sources.kinesis.calls import CALLS
from assay.sources.kinesis.failures import is_hopeless, of_status, of_stream
from assay.sources.kinesis.reader import KinesisStream
from assay.sources.kinesis.shards import Shard
from assay.sources.names import close_to, is_pattern

Items = Iterator[AssetRef | Gap | Skip]


class KinesisSource:
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
        self.target = target
        self._name = parse(target)
        self._access = access
        self._number = number
        self._exclude = tuple(exclude)
        self._since = since

    @property
    def root(self) -> str:
        """What the URIs of all streams of this source begin with, or the URI of the only one."""
        return kinesis_stream("") if is_pattern(self._name) else kinesis_stream(self._name)

    def opener(self) -> KinesisOpener:
        """Opens the streams, in this process or another one."""
        return KinesisOpener(self._access, self._since)

    def assets(self) -> Items:
        """Streams in the order of their names. Asks at once; raises `UsageError` where nothing is named so, and `AwsError`
        where Kinesis cannot be reached with these credentials."""
        client = Session(self._access, CALLS).client("kinesis")
        if not is_pattern(self._name):
            return iter([self._named(client)])
        try:
            names = list(items(client, "list_streams", "StreamNames"))
        except refusals() as error:
            failure = self._reached(error)
            detail = failure.detail
            if failure.reason == ACCESS_DENIED:
                detail = "streams cannot be listed; allow kinesis:ListStreams, or name the streams"
            return iter([Gap(resource=kinesis_stream(""), reason=failure.reason, detail=detail)])
        found = sorted(name for name in names if fnmatchcase(name, self._name))
        if not found and self._name != "*":
            raise UsageError(f"{self.target}: no stream is called so{self._hint(names)}")
        return iter([self._item(name) for name in found])

    def _named(self, client: Any) -> AssetRef | Gap | Skip:
        try:
            client.describe_stream_summary(StreamName=self._name)
        except refusals() as error:
            if failure_of(error).reason == NOT_FOUND:
                raise UsageError(f"{self.target}: there is no such stream{self._hint(_names(client))}") from None
            self._reached(error)
            failed = of_stream(error)
            return Gap(resource=kinesis_stream(self._name), reason=failed.reason, detail=failed.detail)
        return self._item(self._name)

    def _hint(self, names: Sequence[str]) -> str:
        return f"{close_to(self._name, names)}; check its name, and --profile and --region"

    def _item(self, name: str) -> AssetRef | Skip:
        uri = kinesis_stream(name)
        if any(fnmatchcase(name, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(name,))

    def _reached(self, error: Exception) -> Failure:
        failure = failure_of(error)
        if is_hopeless(failure):
            raise AwsError(failure.reason, f"{self.target}: {failure.detail}") from None
        return failure


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
            refused = of_status(str(told.get("StreamStatus", "")))
            if refused is not None:
                raise refused
            now = _now(answer)
            # Closed shards, too: their records stay as long as others.
            shards = [Shard(client, name, each["ShardId"], now) for each in _shards(client, name)]
        except refusals() as error:
            raise of_stream(error) from None
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


def _names(client: Any) -> list[str]:
    """All streams, for a hint; none where they may not be listed."""
    try:
        return list(items(client, "list_streams", "StreamNames"))
    except refusals():
        return []
