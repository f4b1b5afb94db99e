"""A key of one's own for data of a level, one for each account and region. It is looked for by its alias, then by its tag, and
made only where neither is there; it is never deleted.

A key that was made by a run that ended before it had its alias is found by its tag: there is no second one.
https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import ENABLED, Key, is_rotated, key_of
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, UNCHANGED, Action, State

CONTROL = "kms_key"
READS: Calls = frozenset({"kms.DescribeKey", "kms.GetKeyRotationStatus", "kms.ListKeys", "kms.ListResourceTags"})
CALLS: Calls = READS | {"kms.CreateKey", "kms.CreateAlias", "kms.EnableKeyRotation"}
LEVEL_TAG = "assay:key-of-level"
KEY, ALIAS, ROTATION, POLICY = "key", "alias", "rotation", "policy"
THERE = "there"
FINAL = "a key is never deleted: what is encrypted with it would be lost"


def protector(session: Session, account: str) -> KeyMaker:
    """Makes keys of the account."""
    return KeyMaker(session, account)


def observe(session: Session, alias_arn: str) -> dict[str, Any]:
    """Whether the key of an alias is there, whether it has it, and whether it is rotated. Raises `AwsError`."""
    arn = parse(alias_arn)
    found = _by_alias(session, alias_arn)
    has_alias = found is not None
    if found is None:
        found = _by_tag(session, arn.region, arn.name)
    if found is None:
        return {KEY: None, ALIAS: None, ROTATION: None}
    rotated = is_rotated(session, found)
    return {KEY: THERE, ALIAS: f"alias/{arn.name}" if has_alias else None, ROTATION: rotated}


def _by_alias(session: Session, alias_arn: str) -> Key | None:
    try:
        return key_of(session, alias_arn)
    except AwsError as error:
        # Nothing else says that it is not there: who may not look must not make a second one.
        if error.reason == NOT_FOUND:
            return None
        raise


def _by_tag(session: Session, region: str, name: str) -> Key | None:
    """Every key is looked at: one whose tags may not be read may be it, so that none is made then."""
    client = session.client("kms", region)
    try:
        for listed in items(client, "list_keys", "Keys"):
            tags = items(client, "list_resource_tags", "Tags", KeyId=listed["KeyId"])
            if any(tag["TagKey"] == LEVEL_TAG and tag["TagValue"] == name for tag in tags):
                key = key_of(session, str(listed["KeyArn"]))
                if key.state == ENABLED and not key.is_aws:
                    return key
    except refusals() as error:
        raise told(error, "KMS") from None
    return None


class KeyMaker:
    """Makes what an action says is not there: the key, its rotation, and last its alias, by which it is used."""

    def __init__(self, session: Session, account: str) -> None:
        self.calls = CALLS
        self._session = session
        self._account = account

    def apply(self, action: Action) -> State:
        """Makes the key that the action's resource, an alias, stands for. Returns what was found before."""
        now = observe(self._session, action.resource)
        wanted = {name: value for name, value in action.after.items() if name != POLICY}
        if now == wanted:
            raise ActionError(UNCHANGED, "it is as wanted already")
        if now != {name: value for name, value in action.before.items() if name != POLICY}:
            raise ActionError(CHANGED, "the key is another than it was planned for; plan it again")
        try:
            self._make(action, now)
        except refusals() as error:
            raise told(error, "KMS") from None
        return _told(now, action)

    def read_back(self, action: Action) -> State:
        """The key as it is now."""
        return _told(observe(self._session, action.resource), action)

    def undo(self, action: Action) -> State:  # noqa: ARG002  # as every protector has it
        """Never: raises `ActionError`."""
        raise ActionError("cannot be taken back", FINAL)

    def _make(self, action: Action, now: State) -> None:
        arn = parse(action.resource)
        client = self._session.client("kms", arn.region)
        found = _by_alias(self._session, action.resource) or _by_tag(self._session, arn.region, arn.name)
        if found is None:
            made = client.create_key(
                KeyUsage="ENCRYPT_DECRYPT",
                Description=f"Data of {arn.name}",
                Policy=json.dumps(action.after[POLICY]),
                Tags=[{"TagKey": LEVEL_TAG, "TagValue": arn.name}],
            )
            key = str(made["KeyMetadata"]["Arn"])
        else:
            key = found.arn
        if not now[ROTATION]:
            client.enable_key_rotation(KeyId=key)
        if now[ALIAS] is None:
            client.create_alias(AliasName=f"alias/{arn.name}", TargetKeyId=key)


def _told(now: State, action: Action) -> State:
    """What was observed, as an action tells it: its policy is given with the key, and not looked at again."""
    if POLICY not in action.after:
        return now
    return {**now, POLICY: action.after[POLICY] if now[KEY] == THERE else None}
