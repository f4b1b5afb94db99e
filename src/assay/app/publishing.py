"""What the catalog concludes, told to where an organisation looks: each destination on its own, and none twice the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from assay.aws.arn import Arn
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls, Session
from assay.aws.uris import place_of
from assay.errors import AwsError, OutputError
from assay.model import Classification, Level, Standing
from assay.notify import sns
from assay.report.asff import Hub, asff
from assay.report.ocsf import ocsf
from assay.sinks import dynamodbresults, eventbridge, metricslog, objects, resultstable, securityhub

if TYPE_CHECKING:
    from assay.store.engine import Catalog
    from assay.store.outbox import Claim, LevelChange

Told: TypeAlias = "tuple[LevelChange, Classification | None]"

LOW_CONFIDENCE = 0.7
_NOTIFIED = frozenset({Level.CONFIDENTIAL, Level.RESTRICTED})
_TOLD = 100
# Two scans end at about the same time: the one that began to write first may be seen last.
_OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """Where to; `None` and false is not asked for. `least` is the least level that Security Hub is told of."""

    security_hub: bool = False
    event_bus: str | None = None
    topic: str | None = None
    results_table: str | None = None
    make_table: bool = False
    ocsf: str | None = None
    log_group: str | None = None
    least: Level = Level.CONFIDENTIAL

    @property
    def calls(self) -> Calls:
        """The operations that these destinations need."""
        found: Calls = frozenset({"sts.GetCallerIdentity"})
        for wanted, calls in (
            (self.security_hub, securityhub.CALLS),
            (self.event_bus, eventbridge.CALLS),
            (self.topic, sns.CALLS),
            (self.results_table, dynamodbresults.CALLS),
            (self.results_table and self.make_table, resultstable.CALLS),
            (self.ocsf and self.ocsf.startswith("s3://"), objects.CALLS),
            (self.log_group, metricslog.CALLS),
        ):
            if wanted:
                found |= calls
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one destination. `failed` were not taken, and are sent again by the next run; `error` ended it early."""

    name: str
    sent: int = 0
    closed: int = 0
    unchanged: int = 0
    failed: int = 0
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        return not self.failed and self.error is None


def publish(
    catalog: Catalog, session: Session, wanted: Destinations, *, version: str, dry_run: bool = False
) -> Iterator[Delivery]:
    """Tells each destination what it does not know yet; what fails with one does not keep the others from theirs.

    With `dry_run` nothing is sent: `sent` is how much would be. Raises `AwsError` where it is not known who calls.
    """
    who = _Who(catalog=catalog, session=session, account=session.account(), version=version, dry_run=dry_run)
    for asked, name, deliver in (
        (wanted.security_hub, "Security Hub", lambda: _security_hub(who, wanted.least)),
        (wanted.event_bus, f"event bus {wanted.event_bus}", lambda: _events(who, str(wanted.event_bus))),
        (wanted.topic, f"topic {wanted.topic}", lambda: _notifications(who, str(wanted.topic))),
        (wanted.results_table, f"table {wanted.results_table}",
         lambda: _results(who, str(wanted.results_table), make=wanted.make_table)),
        (wanted.ocsf, f"OCSF in {wanted.ocsf}", lambda: _ocsf(who, str(wanted.ocsf))),
        (wanted.log_group, f"log group {wanted.log_group}", lambda: _metrics(who, str(wanted.log_group))),
    ):  # fmt: skip
        if asked:
            yield replace(_guarded(deliver), name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    """What every destination is reached with."""

    catalog: Catalog
    session: Session
    account: str
    version: str
    dry_run: bool

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def standings(self, since: str | None = None) -> Iterator[Standing]:
        from assay.store import lookups  # loads SQLAlchemy: only what has a catalog pays for it

        with self.catalog.reading() as connection:
            for standing in lookups.standings(connection, since=since):
                yield replace(standing, arn=self.arn_of(standing.classification.resource))

    def arn_of(self, resource: str) -> str | None:
        """The ARN of what a resource of the catalog is, or is in; `None` for what does not show that it is of AWS."""
        place = place_of(resource)
        if place is None:
            return None
        region = place.region or self.session.region or ""
        if place.service == "s3":
            key = resource.removeprefix("s3://").partition("/")[2].partition("?")[0]
            return str(Arn(_partition(region), "s3", "", "", f"{place.name}/{unquote(key)}" if key else place.name))
        kind = _KINDS.get(place.service)
        return (
            None
            if kind is None
            else str(Arn(_partition(region), place.service, region, self.account, kind + place.name))
        )


# How the resource of an ARN begins.
_KINDS = {"dynamodb": "table/", "kinesis": "stream/", "rds": "db:", "redshift": "cluster:"}


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _guarded(deliver: Callable[[], Delivery]) -> Delivery:
    try:
        return deliver()
    except refusals() as error:
        return Delivery(name="", error=failure_of(error).detail)
    except (AwsError, OutputError) as error:
        return Delivery(name="", error=str(error))


def _security_hub(who: _Who, least: Level) -> Delivery:
    region = who.session.region
    if region is None:
        raise AwsError("refused", "Security Hub: no region is set; give --region or set AWS_REGION")
    hub = Hub(account=who.account, region=region, partition=_partition(region))
    target = securityhub.SecurityHub(who.client("securityhub"), hub)
    present = target.present()
    now = datetime.now(UTC).isoformat()
    wanted: list[dict[str, Any]] = []
    unchanged = 0
    still: set[str] = set()
    for standing in who.standings():
        if standing.classification.level.rank < least.rank:
            continue
        finding = asff(standing, hub)
        there = present.get(finding["Id"])
        still.add(finding["Id"])
        if there is None:
            wanted.append(finding)
        elif _is_same(finding, there):
            unchanged += 1
        else:
            # An update that is no newer than what is there is passed over in silence.
            wanted.append({**finding, "UpdatedAt": now})
    # What was taken out of the catalog or fell below the level: the finding as it was, and no longer so.
    gone = [
        {**_sendable(item), "RecordState": "ARCHIVED", "UpdatedAt": now}
        for name, item in present.items()
        if name not in still and item.get("RecordState") != "ARCHIVED"
    ]
    if who.dry_run:
        return Delivery(name="", sent=len(wanted), closed=len(gone), unchanged=unchanged)
    refused = sum(isinstance(each, securityhub.Refused) for each in target.send(wanted))
    not_closed = sum(isinstance(each, securityhub.Refused) for each in target.send(gone))
    return Delivery(
        name="",
        sent=len(wanted) - refused,
        closed=len(gone) - not_closed,
        unchanged=unchanged,
        failed=refused + not_closed,
    )


# What Security Hub itself or its users add to a finding, and a sender may not send.
_THEIRS = frozenset(
    "Workflow WorkflowState Note FirstObservedAt ProcessedAt CompanyName ProductName Region AwsAccountName FindingProviderFields".split()  # noqa: SIM905
)


def _sendable(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name not in _THEIRS}


def _is_same(finding: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    told = ("Title", "Description", "ProductFields", "RecordState")
    label = (there.get("Severity") or {}).get("Label")
    return all(finding[name] == there.get(name) for name in told) and finding["Severity"]["Label"] == label


def _events(who: _Who, bus: str) -> Delivery:
    return _changes(who, f"eventbridge:{bus}"[:64], lambda told: _put_events(who, bus, told))


def _put_events(who: _Who, bus: str, told: list[Told]) -> Iterator[bool]:
    events = [
        {
            "at": change.at,
            "resources": [arn] if (arn := who.arn_of(change.resource)) else [],
            "detail": _detail(change, found, arn),
        }
        for change, found in told
    ]
    for code in eventbridge.put(who.client("events"), bus, events):
        yield code is None


def _detail(change: LevelChange, found: Classification | None, arn: str | None) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "event_id": change.id,
        "resource": change.resource,
        "arn": arn,
        "old_level": None if change.old is None else str(change.old),
        "new_level": str(change.new),
        "run": change.run,
        "at": change.at,
    }
    if found is not None:
        detail |= {
            "categories": list(found.categories),
            "identifiers": dict(found.identifiers),
            "frameworks": list(found.frameworks),
            "confidence": found.confidence,
            "needs_review": found.needs_review,
        }
    return detail


def _notifications(who: _Who, topic: str) -> Delivery:
    def send(told: list[Told]) -> Iterator[bool]:
        client = who.client("sns")
        for change, found in told:
            if _is_notified(change, found):
                named = who.arn_of(change.resource) or change.resource
                sns.publish(
                    client,
                    topic,
                    subject=f"assay: {change.new} data in {named}",
                    message=_message(change, found, named),
                    level=str(change.new),
                    resource=change.resource,
                    event=f"{who.catalog.id}-{change.id}",
                )
            yield True

    return _changes(who, f"sns:{topic}"[-64:], send, counts=_is_notified)


def _is_notified(change: LevelChange, found: Classification | None) -> bool:
    """Confidential and restricted, and what was found with little confidence."""
    if change.new in _NOTIFIED:
        return True
    return found is not None and bool(found.identifiers) and found.confidence < LOW_CONFIDENCE


def _message(change: LevelChange, found: Classification | None, named: str) -> str:
    before = "It was not known before." if change.old is None else f"It was {change.old} before."
    lines = [f"{named} is {change.new}. {before}"]
    if found is not None:
        counted = ", ".join(f"{name} ({count:,})" for name, count in found.identifiers.items())
        lines += [
            f"Found: {counted or 'nothing'}",
            f"Frameworks: {', '.join(found.frameworks) or 'none'}",
            f"Confidence: {found.confidence:.2f}{'; a person should look at it' if found.needs_review else ''}",
            f"Why: {found.because}",
        ]
    return "\n".join([*lines, f"Run {change.run}, {change.at}"])


def _everything(_change: LevelChange, _found: Classification | None) -> bool:
    return True


def _changes(
    who: _Who,
    consumer: str,
    send: Callable[[list[Told]], Iterator[bool]],
    *,
    counts: Callable[[LevelChange, Classification | None], bool] = _everything,
) -> Delivery:
    """Sends the changes of levels that a consumer has not been told yet; what was not taken stays to be sent."""
    from assay.store import outbox

    if who.dry_run:
        with who.catalog.reading() as connection:
            return Delivery(name="", sent=outbox.waiting(connection, consumer))
    sent = 0
    while True:
        with who.catalog.transaction() as connection:
            claim = outbox.claim(connection, consumer, _TOLD)
        if not claim.events:
            return Delivery(name="", sent=sent)
        told = _with_classification(who, claim)
        taken: list[LevelChange] = []
        error: str | None = None
        try:
            for (change, found), is_taken in zip(told, send(told), strict=False):
                if is_taken:
                    taken.append(change)
                    sent += counts(change, found)
        except refusals() as refused:
            error = failure_of(refused).detail
        finally:
            with who.catalog.transaction() as connection:
                outbox.done(connection, claim, taken)
                outbox.release(connection, claim)
        if len(taken) < len(claim.events):
            # The rest is left to the next run: what is refused now would be refused at once again.
            return Delivery(name="", sent=sent, failed=len(claim.events) - len(taken), error=error)


def _with_classification(who: _Who, claim: Claim) -> list[Told]:
    """What is concluded of each; `None` of what has changed once more since, which has an event of its own."""
    from assay.store import lookups

    told: list[Told] = []
    with who.catalog.reading() as connection:
        for change in claim.events:
            found = lookups.classification_now(connection, change.resource)
            told.append((change, found if found is not None and found.level == change.new else None))
    return told


def _results(who: _Who, table: str, *, make: bool) -> Delivery:
    client = who.client("dynamodb")
    if make and not who.dry_run:
        resultstable.make_table(client, table)
    if not who.dry_run and not dynamodbresults.fits(client, table):
        raise AwsError(
            "refused", f"table {table}: its key is not resource_arn and classified_at; give another, or --make-table"
        )

    def send(standings: Iterable[Standing]) -> Iterator[bool]:
        return (there for _, there in dynamodbresults.write(client, table, standings))

    return _since_last(who, f"results:{who.account}:{table}"[-64:], send)


def _ocsf(who: _Who, place: str) -> Delivery:
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


def _since_last(who: _Who, name: str, send: Callable[[Iterable[Standing]], Iterator[bool]]) -> Delivery:
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


def _metrics(who: _Who, group: str) -> Delivery:
    by_level: dict[str, int] = {str(level): 0 for level in Level}
    review = 0
    for standing in who.standings():
        by_level[str(standing.classification.level)] += 1
        review += standing.classification.needs_review
    at = int(datetime.now(UTC).timestamp() * 1000)
    lines = metricslog.lines_of(by_level, needs_review=review, at=at, catalog=who.catalog.id)
    if not who.dry_run:
        metricslog.put(who.client("logs"), group, lines)
    return Delivery(name="", sent=len(lines))
