"""Where Macie keeps its detailed results: one bucket for an account and a region. What is put is read back.

https://docs.aws.amazon.com/macie/latest/APIReference/classification-export-configuration.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.protectors.macie import has_to_be_as_planned, is_gone, part

CONTROL = "macie_export"
KIND = "export"
CALLS: Calls = frozenset({"macie2.GetClassificationExportConfiguration", "macie2.PutClassificationExportConfiguration"})
NAMES = {"bucketName": "bucket", "keyPrefix": "prefix", "kmsKeyArn": "key", "expectedBucketOwner": "owner"}
NO_WAY_BACK = "cannot be taken out"


class MacieExport:
    """Sets where results are kept."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS
        self._session = session

    def observe(self, _resource: str = "") -> dict[str, Any] | None:
        """Where they are kept now; `None` where nowhere. Raises `AwsError`."""
        try:
            answer = self._session.client(SERVICE).get_classification_export_configuration()
        except refusals() as error:
            raise macie_error(error, self._session) from None
        told = (answer.get("configuration") or {}).get("s3Destination") or {}
        return {NAMES[name]: value for name, value in told.items() if name in NAMES and value} or None

    def apply(self, action: Action) -> State:
        now = part(self.observe(action.resource), action)
        has_to_be_as_planned(now, action)
        if is_gone(action.after):
            raise ActionError(NO_WAY_BACK, "Macie can be told another bucket for its results, and not none")
        theirs = {ours: name for name, ours in NAMES.items()}
        destination = {theirs[name]: value for name, value in action.after.items() if value is not None}
        try:
            self._session.client(SERVICE).put_classification_export_configuration(
                configuration={"s3Destination": destination}
            )
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now

    def read_back(self, action: Action) -> State:
        return part(self.observe(action.resource), action)

    def undo(self, action: Action) -> State:
        return self.apply(action.inverse)
