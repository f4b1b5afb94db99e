"""What has changed since the last time is told: to a results table, and as OCSF findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from assay.app.telling.telling import Audience, Delivery
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.errors import AwsError
from assay.model import Standing
from assay.report.ocsf import ocsf
from assay.sinks import dynamodbresults, objects, resultstable

# Two scans end at about the same time: the one that began to write first may be seen last.
_OVERLAP = timedelta(minutes=10)


def tell_table(who: Audience, table: str, *, make: bool) -> Delivery:
    client = who.client("dynamodb")
    if make and not who.dry_run:
        resultstable.make_table(client, table)
    if not who.dry_run and not _fits(client, table):
        raise AwsError(
            "refused", f"table {table}: its key is not resource_arn and classified_at; give another, or --make-table"
        )

    def send(standings: Iterable[Standing]) -> Iterator[bool]:
        return (there for _, there in dynamodbresults.write(client, table, standings))

    return _since_last(who, f"results:{who.account}:{table}"[-64:], send)


def _fits(client: Any, table: str) -> bool:
    try:
        return dynamodbresults.fits(client, table)
    except refusals() as error:
        if failure_of(error).reason != NOT_FOUND:
            raise
        raise AwsError(
            NOT_FOUND, f"there is no table {table}; give another, or have it made with --make-table"
        ) from None


def tell_lake(who: Audience, place: str) -> Delivery:
    def send(standings: Iterable[Standing]) -> Iterator[bool]:
        now = datetime.now(UTC)
        region = who.session.region
        remote = place.startswith("s3://")
        name = f"region={region or 'none'}/accountId={who.account}/eventDay={now:%Y%m%d}/assay-{now:%H%M%S%f}.jsonl.gz"
        events = (ocsf(each, version=who.version, account=who.account, region=region) for each in standings)
        number = objects.write_lines(
            events, place, name, client=who.client("s3") if remote else None, account=who.account
        )
        yield from (True for _ in range(number))

    return _since_last(who, f"ocsf:{place}"[-64:], send)


def _since_last(who: Audience, name: str, send: Callable[[Iterable[Standing]], Iterator[bool]]) -> Delivery:
    """Sends what has changed since a mark in the catalog, which moves on when all was taken.

    What changed shortly before the mark is sent once more where something was added to it: sending twice does no harm.
    """
    from assay.store import info

    with who.catalog.reading() as connection:
        noted = info.noted(connection, name)
    mark, number = ("", 0) if noted is None else (noted.split()[0], int(noted.split()[1]))
    times = [standing.changed_at for standing in who.standings(_before(mark))]
    if len(times) == number and max(times, default="") == mark:
        return Delivery(name="", unchanged=number)
    if who.dry_run:
        return Delivery(name="", sent=len(times))
    times = []

    def noting() -> Iterator[Standing]:
        for standing in who.standings(_before(mark)):
            times.append(standing.changed_at)
            yield standing

    sent = failed = 0
    for there in send(noting()):
        sent, failed = sent + there, failed + (not there)
    if not failed and times:
        newest = max(times)
        near = sum(at >= (_before(newest) or "") for at in times)
        with who.catalog.transaction() as connection:
            info.note(connection, name, f"{newest} {near}")
    return Delivery(name="", sent=sent, failed=failed)


def _before(mark: str) -> str | None:
    """Some time before a mark; `None` before the first."""
    from assay.store.texts import moment

    return moment(datetime.fromisoformat(mark) - _OVERLAP) if mark else None
