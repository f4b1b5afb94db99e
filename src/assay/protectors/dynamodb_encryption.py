"""With whose key a table is encrypted. It is always encrypted: without a specification by a key that is DynamoDB's own.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import tablesettings
from assay.aws.arn import parse
from assay.aws.keys import CALLS as KEYS
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.keyed import KEY, check_usable, resolved
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "dynamodb_encryption"
CALLS: Calls = tablesettings.TABLE | KEYS | {"dynamodb.UpdateTable"}
NAME = "encryption"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes tables of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    return tablesettings.encryption_of(session, tablesettings.settled_table(session, resource))


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return dict(raw)


def _write(write: Write) -> None:
    arn = parse(write.resource)
    key = write.sets[KEY]
    if write.sets[NAME] == tablesettings.AWS_OWNED:
        wanted: dict[str, Any] = {"Enabled": False}
    else:
        # Without a key it is the one that AWS manages, which must not be named.
        wanted = {"Enabled": True, "SSEType": "KMS"}
        if key is not None:
            check_usable(write.session, key)
            wanted["KMSMasterKeyId"] = key
    write.session.client("dynamodb", arn.region).update_table(TableName=arn.name, SSESpecification=wanted)


_PART = Part(
    control=CONTROL,
    service="DynamoDB",
    calls=CALLS,
    read=_read,
    state=_state,
    write=_write,
    resolve=resolved,
)
