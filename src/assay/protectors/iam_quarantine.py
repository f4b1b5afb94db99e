"""Everything is denied to a user or a role, by an inline policy of a name of its own beside those that it has; sessions that are there
lose it as well.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from assay.aws import presence
from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "iam_quarantine"
READS: Calls = presence.PRINCIPALS | {"iam.GetRolePolicy", "iam.GetUserPolicy"}
CALLS: Calls = READS | {"iam.PutRolePolicy", "iam.PutUserPolicy", "iam.DeleteRolePolicy", "iam.DeleteUserPolicy"}
POLICY = "AssayQuarantine"
OWN_ROLE = "its own identity"
_KEY = f"policy {POLICY}"
_NOT_THERE = "NoSuchEntity"


def protector(session: Session, account: str) -> QuarantineProtector:
    """Changes users and roles of the account."""
    return QuarantineProtector(session, account)


class QuarantineProtector(SettingProtector):
    """Never locks out whoever calls it: nobody could take that back by the same way."""

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(session, account, _PART)
        self._session = session

    def apply(self, action: Action) -> State:
        """Denies everything. Returns what was found before."""
        if is_same(self._session.identity()["Arn"], action.resource):
            raise ActionError(OWN_ROLE, "it is who calls; take another identity")
        return super().apply(action)


def is_same(caller: str, principal: str) -> bool:
    """Whether a caller, whose session's ARN leaves out the path of its role, is this user or role.

    >>> is_same("arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::1:role/team/r")
    True
    """
    called, named = parse(caller), parse(principal)
    if called.account != named.account:
        return False
    kind, *names = called.resource.split("/")
    if kind == "assumed-role":
        return named.resource.startswith("role/") and names[0] == named.resource.rpartition("/")[2]
    return called.resource == named.resource


def _which(resource: str) -> tuple[str, dict[str, str]]:
    kind, _, path = parse(resource).resource.partition("/")
    name = path.rpartition("/")[2]
    return kind, {"RoleName" if kind == "role" else "UserName": name, "PolicyName": POLICY}


def _read(session: Session, resource: str, _account: str) -> Any:
    kind, which = _which(resource)
    client = session.client("iam", session.region or "us-east-1")
    try:
        answer = client.get_role_policy(**which) if kind == "role" else client.get_user_policy(**which)
    except refusals() as error:
        # Neither is there where the user or role itself is not; then writing says so.
        if code_of(error) == _NOT_THERE:
            return None
        raise told(error, "IAM") from None
    document = answer["PolicyDocument"]
    return json.loads(unquote(document)) if isinstance(document, str) else document


def _state(raw: Any, action: Action) -> State:
    return dict.fromkeys(action.after, raw)


def _write(write: Write) -> None:
    kind, which = _which(write.resource)
    client = write.session.client("iam", write.session.region or "us-east-1")
    document = write.sets[_KEY]
    if document is None:
        (client.delete_role_policy if kind == "role" else client.delete_user_policy)(**which)
        return
    put = client.put_role_policy if kind == "role" else client.put_user_policy
    put(PolicyDocument=json.dumps(document), **which)


_PART = Part(control=CONTROL, service="IAM", calls=CALLS, read=_read, state=_state, write=_write)
