"""Policies of KMS keys. A key has one, called `default`; writing it replaces all of it.

https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.model.policydocument import without_own
from assay.model.protection import fingerprint

READS: Calls = frozenset({"kms.GetKeyPolicy"})
_NAME = "default"


def policy_of(session: Session, key: str) -> Any:
    """The policy of a key by its ARN. Raises `AwsError`."""
    try:
        answer = session.client("kms", parse(key).region).get_key_policy(KeyId=key, PolicyName=_NAME)
    except refusals() as error:
        raise told(error, "KMS") from None
    try:
        return json.loads(answer["Policy"])
    except (ValueError, KeyError, TypeError):
        raise AwsError("not understood", "KMS: GetKeyPolicy: the answer is not what the service's model says") from None


def put_policy(session: Session, key: str, document: Any) -> None:
    """Replaces the policy of a key. KMS refuses one that whoever asks could not change again. Raises what botocore raises."""
    client = session.client("kms", parse(key).region)
    client.put_key_policy(KeyId=key, PolicyName=_NAME, Policy=json.dumps(document))


def fingerprint_of(policy: Any) -> str:
    """Whether what others wrote into a key's policy is the same still."""
    return fingerprint(without_own(policy))
