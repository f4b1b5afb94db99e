"""Exports of snapshots of RDS to S3. One that was started is found again by its name: nothing is exported twice.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import CHANGED, UNCHANGED, Action, State

CONTROL = "rds_export"
CALLS: Calls = frozenset({"rds.DescribeExportTasks", "rds.StartExportTask"})

IRREVERSIBLE = "cannot be taken back"
_ENDED = ("FAILED", "CANCELED", "CANCELING")
_NOT_FOUND = ("ExportTaskNotFound", "ExportTaskNotFoundFault")


class Task(dict[str, Any]):
    """An export as RDS tells of it."""

    @property
    def status(self) -> str:
        return str(self.get("Status") or "").upper()

    @property
    def has_failed(self) -> bool:
        return self.status in _ENDED

    @property
    def state(self) -> dict[str, Any]:
        """What was asked for, as actions have it."""
        return asked(
            str(self.get("SourceArn") or ""),
            bucket=str(self.get("S3Bucket") or ""),
            prefix=str(self.get("S3Prefix") or ""),
            key=str(self.get("KmsKeyId") or ""),
            role=str(self.get("IamRoleArn") or ""),
            only=self.get("ExportOnly") or (),
        )


def asked(source: str, *, bucket: str, prefix: str, key: str, role: str, only: Any) -> dict[str, Any]:
    """An export as the state of an action."""
    return {"source": source, "bucket": bucket, "prefix": prefix, "key": key, "role": role, "only": sorted(only)}


def task_of(session: Session, name: str, region: str) -> Task | None:
    """The export of this name. Raises `AwsError`."""
    client = session.client("rds", region)
    try:
        found = next(items(client, "describe_export_tasks", "ExportTasks", ExportTaskIdentifier=name), None)
    except refusals() as error:
        if code_of(error) in _NOT_FOUND:
            return None
        raise told(error, name) from None
    return None if found is None else Task(found)


def protector(session: Session, account: str) -> RdsExport:  # noqa: ARG001  # the ARN names the account
    """Starts exports."""
    return RdsExport(session)


class RdsExport:
    """Starts the export that an action names: its state has the parameters under the export's name, `None` where it is not."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS
        self._session = session

    def apply(self, action: Action) -> State:
        """Looks for the export, and starts it where there is none of its name. Returns what was found before."""
        [(name, wanted)] = action.after.items()
        found = self._state(action, name)
        if found == wanted:
            raise ActionError(UNCHANGED, "it was started already")
        if found is not None:
            raise ActionError(CHANGED, "there is another export of this name; plan it again")
        region = parse(action.resource).region
        try:
            self._session.client("rds", region).start_export_task(**_parameters(name, wanted))
        except refusals() as error:
            raise told(error, action.resource) from None
        return {name: None}

    def read_back(self, action: Action) -> State:
        """The export as it was started; `None` where it is not there."""
        return {name: self._state(action, name) for name in action.after}

    def undo(self, action: Action) -> State:  # noqa: ARG002  # whichever it is
        """Refused: what lies in S3 by then is its owner's to delete."""
        raise ActionError(IRREVERSIBLE, "an export is files in S3 by then; delete them there")

    def _state(self, action: Action, name: str) -> dict[str, Any] | None:
        found = task_of(self._session, name, parse(action.resource).region)
        return None if found is None else found.state


def _parameters(name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {
        "ExportTaskIdentifier": name,
        "SourceArn": wanted["source"],
        "S3BucketName": wanted["bucket"],
        "IamRoleArn": wanted["role"],
        "KmsKeyId": wanted["key"],
    }
    if wanted["prefix"]:
        given["S3Prefix"] = wanted["prefix"]
    if wanted["only"]:
        given["ExportOnly"] = list(wanted["only"])
    return given
