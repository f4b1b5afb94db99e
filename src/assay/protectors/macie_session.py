"""Macie itself, for an account and a region: enabled, paused, and how often it publishes findings.

https://docs.aws.amazon.com/macie/latest/APIReference/macie.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error, session_state
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.protectors.macie import has_to_be_as_planned, part

CONTROL = "macie_session"
STATUS, FREQUENCY = "status", "findings are published"
ENABLED, PAUSED = "ENABLED", "PAUSED"
IN_USE = "holds results"
CALLS: Calls = frozenset({"macie2.GetMacieSession", "macie2.EnableMacie", "macie2.UpdateMacieSession"})
UNDO_CALLS: Calls = frozenset(
    {"macie2.DisableMacie", "macie2.ListClassificationJobs", "macie2.ListCustomDataIdentifiers", "macie2.ListFindings"}
)
# What goes away for ever with DisableMacie, and how to see whether there is any.
_KEPT = (
    ("list_classification_jobs", "items", "jobs"),
    ("list_custom_data_identifiers", "items", "custom data identifiers"),
    ("list_findings", "findingIds", "findings"),
)


class MacieSession:
    """Enables Macie, and changes how often findings are published."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS | UNDO_CALLS
        self._session = session

    def observe(self, _resource: str) -> dict[str, Any] | None:
        """The session; `None` where Macie is not enabled. Raises `AwsError`."""
        found = session_state(self._session)
        return (
            None if found is None else {STATUS: found.get("status"), FREQUENCY: found.get("findingPublishingFrequency")}
        )

    def apply(self, action: Action) -> State:
        now = part(self.observe(action.resource), action)
        has_to_be_as_planned(now, action)
        client = self._session.client(SERVICE)
        wanted: dict[str, Any] = {}
        if action.after.get(FREQUENCY) is not None:
            wanted["findingPublishingFrequency"] = action.after[FREQUENCY]
        if action.after.get(STATUS) is not None:
            wanted["status"] = action.after[STATUS]
        try:
            if now.get(STATUS) is None and STATUS in action.after:
                client.enable_macie(clientToken=action.id, **wanted)
            else:
                client.update_macie_session(**wanted)
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now

    def read_back(self, action: Action) -> State:
        return part(self.observe(action.resource), action)

    def undo(self, action: Action) -> State:
        """Pauses what was paused, and disables what was not enabled as long as nothing is lost with it."""
        if action.before.get(STATUS) is not None:
            return self.apply(action.inverse)
        now = part(self.observe(action.resource), action)
        has_to_be_as_planned(now, action.inverse)
        client = self._session.client(SERVICE)
        try:
            for operation, key, what in _KEPT:
                if getattr(client, operation)(maxResults=1).get(key):
                    raise ActionError(
                        IN_USE,
                        f"disabling Macie would delete its {what} for ever; take those back first, or disable it in the console",
                    )
            client.disable_macie()
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now
