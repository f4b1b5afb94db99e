"""What AWS Backup backed up, listed once for each region: a backup that was made counts, and not a plan that is there."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from assay.aws import backups
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.protection import ResourceState, ResourceType, Setting

CALLS: Calls = backups.PROTECTED
PROTECTED = "protected"
_NEVER = frozenset({ResourceType.EBS_ACCOUNT, ResourceType.RDS_SNAPSHOT})
_BUCKETS = "s3://"


class BackedUp:
    """Tells of each resource when it was last backed up. Threads ask together."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._found: dict[str, Setting] = {}

    def beside(self, state: ResourceState) -> ResourceState:
        """A resource with what is known of its last backup, `None` where there is none; of what is never backed up as it is."""
        if state.type in _NEVER:
            return state
        return replace(state, settings={**state.settings, PROTECTED: self._of(state)})

    def _of(self, state: ResourceState) -> Setting:
        with self._lock:
            if state.region not in self._found:
                self._found[state.region] = self._read(state.region)
            found = self._found[state.region]
        if not found.is_known:
            return found
        told: dict[str, dict[str, Any]] = found.value
        return Setting(value=told.get(arn_of(self._session, state.resource)))

    def _read(self, region: str) -> Setting:
        try:
            return Setting(value=backups.protected_of(self._session, region))
        except AwsError as error:
            return Setting(reason=error.reason, detail=error.detail)


def arn_of(session: Session, resource: str) -> str:
    """The ARN of a resource: a bucket is named by its URI elsewhere."""
    if not resource.startswith(_BUCKETS):
        return resource
    return f"arn:{session.partition}:s3:::{resource.removeprefix(_BUCKETS)}"
