"""What the catalog concludes, told to where an organisation looks: each destination on its own, and none twice the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assay.app.telling.telling import Audience, Delivery
from assay.app.telling.tellingchanges import tell_events, tell_people
from assay.app.telling.tellinghub import tell_hub
from assay.app.telling.tellingstate import tell_lake, tell_table
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls, Session
from assay.errors import AwsError, OutputError
from assay.model import Level
from assay.notify import sns
from assay.sinks import dynamodbresults, eventbridge, metricslog, objects, resultstable, securityhub

if TYPE_CHECKING:
    from assay.store.engine import Catalog


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


def publish(
    catalog: Catalog, session: Session, wanted: Destinations, *, version: str, dry_run: bool = False
) -> Iterator[Delivery]:
    """Tells each destination what it does not know yet; what fails with one does not keep the others from theirs.

    With `dry_run` nothing is sent: `sent` is how much would be. Raises `AwsError` where it is not known who calls.
    """
    who = Audience(catalog=catalog, session=session, account=session.account(), version=version, dry_run=dry_run)
    for asked, name, deliver in (
        (wanted.security_hub, "Security Hub", lambda: tell_hub(who, wanted.least)),
        (wanted.event_bus, f"event bus {wanted.event_bus}", lambda: tell_events(who, str(wanted.event_bus))),
        (wanted.topic, f"topic {wanted.topic}", lambda: tell_people(who, str(wanted.topic))),
        (wanted.results_table, f"table {wanted.results_table}",
         lambda: tell_table(who, str(wanted.results_table), make=wanted.make_table)),
        (wanted.ocsf, f"OCSF in {wanted.ocsf}", lambda: tell_lake(who, str(wanted.ocsf))),
        (wanted.log_group, f"log group {wanted.log_group}", lambda: _metrics(who, str(wanted.log_group))),
    ):  # fmt: skip
        if asked:
            yield replace(_guarded(deliver), name=name)


def _guarded(deliver: Callable[[], Delivery]) -> Delivery:
    try:
        return deliver()
    except refusals() as error:
        return Delivery(name="", error=failure_of(error).detail)
    except (AwsError, OutputError) as error:
        return Delivery(name="", error=str(error))


def _metrics(who: Audience, group: str) -> Delivery:
    by_level: dict[str, int] = {str(level): 0 for level in Level}
    review = 0
    for standing in who.standings():
        by_level[str(standing.classification.level)] += 1
        review += standing.classification.needs_review
    at = int(datetime.now(UTC).timestamp() * 1000)
    lines = metricslog.lines_of(by_level, needs_review=review, at=at, catalog=who.catalog.id)
    taken = len(lines) if who.dry_run else metricslog.put(who.client("logs"), group, lines)
    return Delivery(name="", sent=taken, failed=len(lines) - taken)
