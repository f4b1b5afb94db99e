"""Whom grants of KMS keys let in. A grant stands beside the key's policy, and most are made by services for whoever uses them.

https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
"""

from __future__ import annotations

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told

READS: Calls = frozenset({"kms.ListGrants"})
_USES = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant")
"""Operations, by how their names begin, without which a grant reads and writes nothing: describing a key, or giving a grant back."""


def grantees_of(session: Session, key: str) -> list[str]:
    """Whom the grants of a key, by its ARN, let use it: each once, in order. Raises `AwsError`."""
    found = set()
    try:
        for grant in items(session.client("kms", parse(key).region), "list_grants", "Grants", KeyId=key):
            if any(str(each).startswith(_USES) for each in grant.get("Operations") or ()):
                # Of a grant to a service the answer may have that, and no principal.
                who = grant.get("GranteePrincipal") or grant.get("GranteeServicePrincipal") or "somebody"
                found.add(str(who))
    except refusals() as error:
        raise told(error, "KMS") from None
    return sorted(found)
