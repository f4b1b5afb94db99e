"""Rules that delete what nobody needs: parts of uploads that never ended, versions that were replaced.

`PutBucketLifecycleConfiguration` replaces all rules, and sets what is not sent with them (the size from which objects are moved)
back to its default: both are read and sent along.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.s3settings import as_json
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import calls, client, of_bucket, reading
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_lifecycle"
CALLS: Calls = calls("PutBucketLifecycleConfiguration DeleteBucketLifecycle", "lifecycle")

_NAME = "rule "
_SIZE = "TransitionDefaultMinimumObjectSize"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:
    """The rules that an action names, by their ids: `rule assay-uploads`."""
    there = {str(rule["ID"]): _plain(rule) for rule in (raw or {}).get("Rules", ()) if "ID" in rule}
    return {name: there.get(name.removeprefix(_NAME)) for name in action.after}


def _plain(rule: dict[str, Any]) -> Any:
    """A rule as it is sent: one of everything may be told without the prefix that is empty."""
    told = as_json(rule)
    return {**told, "Filter": told.get("Filter") or {"Prefix": ""}} if "Prefix" not in told else told


def _write(write: Write) -> None:
    raw = write.raw or {}
    kept = [rule for rule in raw.get("Rules", ()) if f"{_NAME}{rule.get('ID')}" not in write.sets]
    whole = [*kept, *(rule for rule in write.sets.values() if rule is not None)]
    if not whole:
        client(write).delete_bucket_lifecycle(**of_bucket(write))
        return
    size = {_SIZE: raw[_SIZE]} if _SIZE in raw else {}
    client(write).put_bucket_lifecycle_configuration(
        LifecycleConfiguration={"Rules": whole}, **size, **of_bucket(write)
    )


_PART = Part(control=CONTROL, service="S3", calls=CALLS, read=reading("lifecycle"), state=_state, write=_write)
