"""A table can be brought back to any moment of its last days. Taken back, the moments that were kept are lost.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import tablesettings
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "dynamodb_recovery"
CALLS: Calls = tablesettings.TABLE | tablesettings.RECOVERY | {"dynamodb.UpdateContinuousBackups"}
ON, DAYS = "point_in_time_recovery", "days"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes tables of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    tablesettings.settled_table(session, resource)
    return tablesettings.recovery_of(session, resource)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return dict(raw)


def _write(write: Write) -> None:
    arn = parse(write.resource)
    on, days = bool(write.sets[ON]), write.sets[DAYS]
    wanted = {"PointInTimeRecoveryEnabled": on} | ({"RecoveryPeriodInDays": days} if on else {})
    write.session.client("dynamodb", arn.region).update_continuous_backups(
        TableName=arn.name, PointInTimeRecoverySpecification=wanted
    )


_PART = Part(control=CONTROL, service="DynamoDB", calls=CALLS, read=_read, state=_state, write=_write)
