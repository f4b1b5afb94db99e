"""Who outside of the account gets at a resource, as IAM Access Analyzer found; its findings are listed once for each region."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

from assay.aws import analyzers
from assay.aws.session import Calls, Session
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.backed_up import arn_of
from assay.observers.reading import read

CALLS: Calls = analyzers.CALLS
EXTERNAL = "external_access"
_ANALYZED = frozenset({ResourceType.S3_BUCKET, ResourceType.DYNAMODB_TABLE, ResourceType.RDS_SNAPSHOT})


class ExternalAccess:
    """Tells of each resource who gets at it from outside. Threads ask together."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._found: dict[str, Setting] = {}

    def beside(self, state: ResourceState) -> ResourceState:
        """A resource with the findings on it, `None` where no analyzer looks; one that none would look at as it is."""
        if state.type not in _ANALYZED:
            return state
        with self._lock:
            if state.region not in self._found:
                self._found[state.region] = read(partial(analyzers.findings_of, self._session, state.region))
            found = self._found[state.region]
        if found.is_known and found.value is not None:
            arn = arn_of(self._session, state.resource)
            found = Setting(value=[each for each in found.value if each.get("resource") == arn])
        return replace(state, settings={**state.settings, EXTERNAL: found})
