"""Classification jobs of Macie: made once for a name, and taken back by cancelling them.

https://docs.aws.amazon.com/macie/latest/APIReference/jobs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.macie.jobs import LIVING, job_in, job_of, request_of
from assay.model.action import Action, State
from assay.protectors.macie import has_to_be_as_planned, is_gone, name_of, part

CONTROL = "macie_jobs"
KIND = "job"
ENDED = "ended already"
CALLS: Calls = frozenset(
    {"macie2.ListClassificationJobs", "macie2.DescribeClassificationJob", "macie2.CreateClassificationJob"}
)
UNDO_CALLS: Calls = frozenset({"macie2.UpdateClassificationJob"})


class MacieJobs:
    """Makes and cancels jobs. A cancelled one counts as not there."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS | UNDO_CALLS
        self._session = session
        # Pages shift while something is made or deleted: one is looked up, written or read back at a time.
        self._lock = Lock()

    def listed(self, name: str | None = None) -> Iterator[dict[str, Any]]:
        """All jobs, or those of a name, as they are listed. Raises `AwsError`."""
        only: dict[str, Any] = {}
        if name is not None:
            term = {"key": "name", "comparator": "EQ", "values": [name]}
            only = {"filterCriteria": {"includes": [term]}}
        try:
            yield from items(self._session.client(SERVICE), "list_classification_jobs", "items", **only)
        except refusals() as error:
            raise macie_error(error, self._session) from None

    def described(self, number: str) -> dict[str, Any]:
        """One job by its id. Raises `AwsError`."""
        try:
            answer: dict[str, Any] = self._session.client(SERVICE).describe_classification_job(jobId=number)
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return answer

    def observe(self, resource: str) -> dict[str, Any] | None:
        """The job of a name that was not cancelled, as it is described; `None` where there is none. Raises `AwsError`."""
        found = self._living(name_of(resource))
        return None if found is None else job_of(self.described(str(found["jobId"]))).state

    def apply(self, action: Action) -> State:
        with self._lock:
            return self._apply(action)

    def read_back(self, action: Action) -> State:
        with self._lock:
            return part(self.observe(action.resource), action)

    def undo(self, action: Action) -> State:
        """Cancels it, for good: Macie starts no cancelled job again. What it found stays."""
        return self.apply(action.inverse)

    def _apply(self, action: Action) -> State:
        now = part(self.observe(action.resource), action)
        has_to_be_as_planned(now, action)
        if is_gone(action.after):
            self._cancel(action.resource)
            return now
        job = job_in(action.after, action.account)
        try:
            self._session.client(SERVICE).create_classification_job(
                **request_of(job, name=name_of(action.resource), token=action.id)
            )
        except refusals() as error:
            raise macie_error(error, self._session) from None
        return now

    def _living(self, name: str) -> dict[str, Any] | None:
        # The filter is checked again: nothing of another name may be cancelled.
        found = [
            each for each in self.listed(name) if each.get("name") == name and each.get("jobStatus") != "CANCELLED"
        ]
        return found[0] if found else None

    def _cancel(self, resource: str) -> None:
        found = self._living(name_of(resource))
        if found is None or found.get("jobStatus") not in LIVING:
            raise ActionError(ENDED, "it ran to its end, and what it found stays; there is nothing to cancel")
        try:
            self._session.client(SERVICE).update_classification_job(jobId=found["jobId"], jobStatus="CANCELLED")
        except refusals() as error:
            raise macie_error(error, self._session) from None
