"""What a function is not told by its variables, since whoever may look at its configuration would see it: from a secret.

The secret is an object with the keys `catalog` (the URL of the catalog), `fingerprint_key` and `audit_key`, as `ASSAY_CATALOG`,
`ASSAY_FINGERPRINT_KEY` and `ASSAY_AUDIT_KEY` have them. Variables that are set count before it.
"""

from __future__ import annotations

import json
import os

from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.errors import UsageError

CALLS: Calls = frozenset({"secretsmanager.GetSecretValue"})
VARIABLE = "ASSAY_CATALOG_SECRET"
_VARIABLES = {"catalog": "ASSAY_CATALOG", "fingerprint_key": "ASSAY_FINGERPRINT_KEY", "audit_key": "ASSAY_AUDIT_KEY"}


def take_secret(access: Access) -> None:
    """Sets the variables of this process that are not set, from the secret that `ASSAY_CATALOG_SECRET` names, if it names one.
    Raises `UsageError` for a secret that holds something else, `AwsError`; what it holds is never told."""
    arn = os.environ.get(VARIABLE, "")
    if not arn or all(os.environ.get(variable) for variable in _VARIABLES.values()):
        return
    try:
        region = parse(arn).region
    except ValueError as error:
        raise UsageError(f"{VARIABLE}: {error}") from None
    try:
        answer = Session(access, CALLS).client("secretsmanager", region).get_secret_value(SecretId=arn)
    except refusals() as error:
        raise told(error, VARIABLE) from None
    try:
        held = json.loads(answer.get("SecretString") or "")
    except ValueError:
        held = None
    if not isinstance(held, dict) or not isinstance(held.get("catalog"), str):
        raise UsageError(f"{VARIABLE}: the secret must be an object with the key catalog")
    for name, variable in _VARIABLES.items():
        if isinstance(held.get(name), str) and held[name]:
            os.environ.setdefault(variable, held[name])
