"""Exports of snapshots of RDS to S3. One that was started is found again by its name: nothing is exported twice.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
"""

from __future__ import annotations

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
            str(self.get("ExportTaskIdentifier") or ""),
            str(self.get("SourceArn") or ""),
            bucket=str(self.get("S3Bucket") or ""),
            prefix=str(self.get("S3Prefix") or ""),
            key=str(self.get("KmsKeyId") or ""),
            role=str(self.get("IamRoleArn") or ""),
            only=self.get("ExportOnly") or (),
        )


def asked(name: str, source: str, *, bucket: str, prefix: str, key: str, role: str, only: Any) -> dict[str, Any]:
    """An export as the state of an action; what is not said of it is `None`."""
    where = f"s3://{bucket}/{prefix}" if prefix else f"s3://{bucket}"
    told = {"export": name, "of": source, "to": where, "key": key, "role": role, "only": ", ".join(sorted(only))}
    return {part: value or None for part, value in told.items()}


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
    """Starts the export that an action names. Its state is what `asked` gives, `None` in all parts where there is no such export."""

    def __init__(self, session: Session) -> None:
        self.calls = CALLS
        self._session = session

    def apply(self, action: Action) -> State:
        """Looks for the export, and starts it where there is none of its name. Returns what was found before."""
        found = self.read_back(action)
        if found == dict(action.after):
            raise ActionError(UNCHANGED, "it was started already")
        if found != dict(action.before):
            raise ActionError(CHANGED, "there is another export of this name; plan it again")
        region = parse(action.resource).region
        try:
            self._session.client("rds", region).start_export_task(**_parameters(action.after))
        except refusals() as error:
            raise told(error, action.resource) from None
        return found

    def read_back(self, action: Action) -> State:
        """The export as it was started."""
        task = task_of(self._session, str(action.after["export"]), parse(action.resource).region)
        return dict.fromkeys(action.after) if task is None else task.state

    def undo(self, action: Action) -> State:  # noqa: ARG002  # whichever it is
        """Refused: what lies in S3 by then is its owner's to delete."""
        raise ActionError(IRREVERSIBLE, "an export is files in S3 by then; delete them there")


def _parameters(wanted: State) -> dict[str, Any]:
    bucket, _, prefix = str(wanted["to"]).removeprefix("s3://").partition("/")
    given: dict[str, Any] = {
        "ExportTaskIdentifier": wanted["export"],
        "SourceArn": wanted["of"],
        "S3BucketName": bucket,
        "IamRoleArn": wanted["role"],
        "KmsKeyId": wanted["key"],
    }
    if prefix:
        given["S3Prefix"] = prefix
    if wanted["only"]:
        given["ExportOnly"] = str(wanted["only"]).split(", ")
    return given
