"""A table cannot be deleted until that is switched off.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import tablesettings
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "dynamodb_deletion_protection"
CALLS: Calls = tablesettings.TABLE | {"dynamodb.UpdateTable"}
NAME = "deletion_protection"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes tables of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    return tablesettings.settled_table(session, resource)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: bool(raw.get("DeletionProtectionEnabled"))}


def _write(write: Write) -> None:
    arn = parse(write.resource)
    client = write.session.client("dynamodb", arn.region)
    client.update_table(TableName=arn.name, DeletionProtectionEnabled=bool(write.sets[NAME]))


_PART = Part(control=CONTROL, service="DynamoDB", calls=CALLS, read=_read, state=_state, write=_write)
