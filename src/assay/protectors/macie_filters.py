"""Findings filters of Macie that archive what people have accepted. Those of others are never touched.

https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.macie.filters import PREFIX
from assay.model.action import Action, State
from assay.protectors.macie import has_to_be_as_planned, is_gone, name_of, part

CONTROL = "macie_filters"
KIND = "findings-filter"
NOT_OURS = "not ours"
CALLS: Calls = frozenset(
    {
        "macie2.ListFindingsFilters",
        "macie2.GetFindingsFilter",
        "macie2.CreateFindingsFilter",
        "macie2.DeleteFindingsFilter",
    }
)


class MacieFilters:
    """Makes and deletes filters of ours, each known by its name."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS
        self._session = session
        # Pages shift while something is made or deleted: one is looked up, written or read back at a time.
        self._lock = Lock()

    def names(self) -> dict[str, str]:
        """The ids of all filters that begin with our prefix, by name. Raises `AwsError`."""
        try:
            found = items(self._session.client(SERVICE), "list_findings_filters", "findingsFilterListItems")
            return {str(each["name"]): str(each["id"]) for each in found if str(each.get("name")).startswith(PREFIX)}
        except refusals() as error:
            raise macie_error(error, self._session) from None

    def observe(self, resource: str, known: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """One by its name; `None` where there is none. `known` are `names` that were read already. Raises `AwsError`."""
        number = (self.names() if known is None else known).get(name_of(resource))
        if number is None:
            return None
        try:
            told = self._session.client(SERVICE).get_findings_filter(id=number)
        except refusals() as error:
            raise macie_error(error, self._session) from None
        criterion = (told.get("findingCriteria") or {}).get("criterion") or {}
        return {"action": told.get("action"), "criterion": criterion, "description": told.get("description")}

    def apply(self, action: Action) -> State:
        with self._lock:
            return self._apply(action)

    def read_back(self, action: Action) -> State:
        with self._lock:
            return part(self.observe(action.resource), action)

    def undo(self, action: Action) -> State:
        return self.apply(action.inverse)

    def _apply(self, action: Action) -> State:
        name = name_of(action.resource)
        if not name.startswith(PREFIX):
            raise ActionError(NOT_OURS, f"only filters whose names begin with {PREFIX} are ours to change")
        known = self.names()
        now = part(self.observe(action.resource, known), action)
        has_to_be_as_planned(now, action)
        client = self._session.client(SERVICE)
        try:
            if is_gone(action.after):
                client.delete_findings_filter(id=known[name])
            else:
                client.create_findings_filter(
                    clientToken=action.id,
                    name=name,
                    action=action.after["action"],
                    description=action.after["description"],
                    findingCriteria={"criterion": action.after["criterion"]},
                )
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now
