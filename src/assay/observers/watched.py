"""What watches over a resource: alarms of its region, listed once, metrics of a bucket's requests, Contributor Insights of a table."""

from __future__ import annotations

import threading
from dataclasses import replace

from assay.aws import alarms
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.reading import read

CALLS: Calls = alarms.ALARMS | alarms.METRICS | alarms.INSIGHTS
ALARMS, METRICS, INSIGHTS = "alarms", "request_metrics", "contributor_insights"
_WATCHED = frozenset(
    {ResourceType.S3_BUCKET, ResourceType.DYNAMODB_TABLE, ResourceType.RDS_INSTANCE, ResourceType.EBS_VOLUME}
)


class Watched:
    """Tells of each resource what watches over it. Threads ask together."""

    def __init__(self, session: Session, account: str) -> None:
        self._session = session
        self._account = account
        self._lock = threading.Lock()
        self._alarms: dict[str, Setting] = {}

    def beside(self, state: ResourceState) -> ResourceState:
        """A resource with what watches over it; one that nothing could as it is."""
        if state.type not in _WATCHED:
            return state
        found = {ALARMS: self._of(state)}
        if state.type is ResourceType.S3_BUCKET:
            found[METRICS] = read(lambda: alarms.request_metrics(self._session, state.resource, self._account))
        if state.type is ResourceType.DYNAMODB_TABLE:
            arn = parse(state.resource)
            found[INSIGHTS] = read(lambda: alarms.has_insights(self._session, arn.region, arn.name))
        return replace(state, settings={**state.settings, **found})

    def _of(self, state: ResourceState) -> Setting:
        """Those that protection names after the resource."""
        with self._lock:
            if state.region not in self._alarms:
                self._alarms[state.region] = read(lambda: alarms.alarms_of(self._session, state.region))
            found = self._alarms[state.region]
        if not found.is_known:
            return found
        name = state.resource.rpartition("/")[2].rpartition(":")[2]
        start = f"{alarms.PREFIX}{state.type}-{name}-"
        return Setting(value={key: alarm for key, alarm in found.value.items() if key.startswith(start)})
