"""Keys in actions: one that was not there when it was planned is named by its alias, and used by its ARN."""

from __future__ import annotations

from dataclasses import replace

from assay.aws.failures import KEY_DENIED, NOT_FOUND
from assay.aws.keys import key_of
from assay.aws.session import Session
from assay.errors import ActionError, AwsError
from assay.model.action import Action

KEY = "key"


def resolved(session: Session, action: Action) -> Action:
    """The action with the ARN of its key: an alias would be another key for whoever uses it from another account."""
    return replace(
        action,
        before={**action.before, KEY: arn_of_key(session, action.before[KEY])},
        after={**action.after, KEY: arn_of_key(session, action.after[KEY])},
    )


def arn_of_key(session: Session, key: str | None) -> str | None:
    """The ARN of a key that is named by its alias; one that is not there keeps its name. Raises `AwsError`."""
    if key is None or ":alias/" not in key:
        return key
    try:
        return key_of(session, key).arn
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return key
        raise


def check_usable(session: Session, key: str) -> None:
    """Raises `ActionError` for a key that cannot be used, `AwsError` for one that cannot be seen."""
    found = key_of(session, key)
    if not found.is_usable:
        raise ActionError(KEY_DENIED, f"{key}: is {found.state}: what is written with it could not be read")
