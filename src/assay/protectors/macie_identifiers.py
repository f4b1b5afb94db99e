"""Custom data identifiers of Macie. They are looked up by name first; Macie cannot change one, only make and delete it.

https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import ActionError, AwsError
from assay.model.action import Action, State
from assay.protectors.macie import has_to_be_as_planned, is_gone, name_of, part

CONTROL = "macie_identifiers"
KIND = "custom-data-identifier"
SEVERAL = "several of one name"
CALLS: Calls = frozenset(
    {"macie2.ListCustomDataIdentifiers", "macie2.GetCustomDataIdentifier", "macie2.CreateCustomDataIdentifier"}
)
UNDO_CALLS: Calls = frozenset({"macie2.DeleteCustomDataIdentifier"})
PARTS = ("regex", "keywords", "maximumMatchDistance", "ignoreWords", "description")


class MacieIdentifiers:
    """Makes and deletes custom data identifiers, each known by its name."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS | UNDO_CALLS
        self._session = session
        # Pages shift while something is made or deleted: one is looked up, written or read back at a time.
        self._lock = Lock()

    def names(self) -> dict[str, list[str]]:
        """The ids of all that there are, by name. Raises `AwsError`."""
        found: dict[str, list[str]] = {}
        try:
            for each in items(self._session.client(SERVICE), "list_custom_data_identifiers", "items"):
                found.setdefault(str(each.get("name")), []).append(str(each.get("id")))
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return found

    def observe(self, resource: str, known: Mapping[str, list[str]] | None = None) -> dict[str, Any] | None:
        """One by its name, as Macie has it; `None` where there is none. `known` are `names` that were read already.

        Raises `AwsError`, and `ActionError` where several have that name.
        """
        number = self._id(name_of(resource), self.names() if known is None else known)
        if number is None:
            return None
        try:
            told = self._session.client(SERVICE).get_custom_data_identifier(id=number)
        except refusals() as error:
            raise macie_error(error, self._session) from None
        found = {name: told[name] for name in PARTS if told.get(name)}
        if "keywords" not in found:
            # Macie tells a distance where there is nothing that it could be from.
            found.pop("maximumMatchDistance", None)
        return found

    def apply(self, action: Action) -> State:
        with self._lock:
            return self._apply(action)

    def read_back(self, action: Action) -> State:
        try:
            with self._lock:
                return part(self.observe(action.resource), action)
        except ActionError as error:
            raise AwsError(error.reason, error.detail) from None

    def undo(self, action: Action) -> State:
        return self.apply(action.inverse)

    def _apply(self, action: Action) -> State:
        now = part(self.observe(action.resource), action)
        has_to_be_as_planned(now, action)
        client = self._session.client(SERVICE)
        try:
            if is_gone(action.after):
                number = self._id(name_of(action.resource), self.names())
                client.delete_custom_data_identifier(id=number)
            else:
                given = {name: value for name, value in action.after.items() if value is not None}
                client.create_custom_data_identifier(clientToken=action.id, name=name_of(action.resource), **given)
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now

    def _id(self, name: str, known: Mapping[str, list[str]]) -> str | None:
        found = known.get(name, [])
        if len(found) > 1:
            raise ActionError(SEVERAL, f"{len(found)} custom data identifiers are called '{name}'; delete all but one")
        return found[0] if found else None
