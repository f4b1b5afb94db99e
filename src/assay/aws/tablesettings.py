"""The settings of a DynamoDB table, as the service tells them.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.keys import key_of
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError

TABLE: Calls = frozenset({"dynamodb.DescribeTable"})
RECOVERY: Calls = frozenset({"dynamodb.DescribeContinuousBackups"})
TAGS: Calls = frozenset({"dynamodb.ListTagsOfResource"})
NOT_SETTLED = "not settled"
AWS_OWNED, AWS_KMS, OWN_KEY = "aws-owned", "aws-kms", "customer-key"
USUAL_DAYS = 35

_SETTLED = "ACTIVE"
_LOOKS = 30
_SECONDS = 1.0


def table_of(session: Session, resource: str) -> dict[str, Any]:
    """The description of a table. Raises `AwsError`."""
    arn = parse(resource)
    try:
        found: dict[str, Any] = session.client("dynamodb", arn.region).describe_table(TableName=arn.name)["Table"]
    except refusals() as error:
        raise told(error, "DynamoDB") from None
    return found


def settled_table(session: Session, resource: str, pause: Callable[[float], None] = time.sleep) -> dict[str, Any]:
    """The same of a table that nothing is being done to: one that changes is looked at again, for half a minute. Raises `AwsError`."""
    for look in range(_LOOKS):
        pause(_SECONDS if look else 0.0)
        table = table_of(session, resource)
        sse = table.get("SSEDescription", {}).get("Status", "ENABLED")
        if table.get("TableStatus") == _SETTLED and sse in ("ENABLED", "DISABLED"):
            return table
    raise AwsError(NOT_SETTLED, f"DynamoDB: the table is {table.get('TableStatus')}; look again later")


def recovery_of(session: Session, resource: str) -> dict[str, Any]:
    """Whether a table can be brought back to any moment, and of how many days (`None` where it cannot). Raises `AwsError`."""
    arn = parse(resource)
    try:
        client = session.client("dynamodb", arn.region)
        found = client.describe_continuous_backups(TableName=arn.name)["ContinuousBackupsDescription"]
    except refusals() as error:
        raise told(error, "DynamoDB") from None
    told_as = found.get("PointInTimeRecoveryDescription", {})
    on = told_as.get("PointInTimeRecoveryStatus") == "ENABLED"
    return {"point_in_time_recovery": on, "days": told_as.get("RecoveryPeriodInDays", USUAL_DAYS) if on else None}


def encryption_of(session: Session, table: dict[str, Any]) -> dict[str, Any]:
    """With whose key a table is encrypted, and with which where it is one's own. Without a description it is one of DynamoDB's
    own, which is not the same as not encrypted. Raises `AwsError`."""
    sse = table.get("SSEDescription")
    if not sse or sse.get("Status") == "DISABLED":
        return {"encryption": AWS_OWNED, "key": None}
    key = sse.get("KMSMasterKeyArn")
    if not key or key_of(session, str(key)).is_aws:
        return {"encryption": AWS_KMS, "key": None}
    return {"encryption": OWN_KEY, "key": key}


def tags_of(session: Session, resource: str) -> dict[str, str]:
    """All tags. Raises `AwsError`."""
    try:
        client = session.client("dynamodb", parse(resource).region)
        found = items(client, "list_tags_of_resource", "Tags", ResourceArn=resource)
        return {str(tag["Key"]): str(tag["Value"]) for tag in found}
    except refusals() as error:
        raise told(error, "DynamoDB") from None
