"""Targets of tables: `dynamodb://orders`, `dynamodb://orders-*`, and `dynamodb://` for all of the account and region."""

from __future__ import annotations

import re

from assay.aws.failures import ACCESS_DENIED, EXPIRED, KEY_DENIED, THROTTLED
from assay.aws.uris import dynamodb_table
from assay.errors import ReadError
from assay.sources.awsnamed import NOT_READY, VANISHED, Kind
from assay.sources.dynamodb.calls import CALLS

TABLES = Kind(
    noun="table",
    service="dynamodb",
    calls=CALLS,
    uri=dynamodb_table,
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    name=re.compile(r"[A-Za-z0-9_.-]{3,255}"),
    pattern=re.compile(r"[A-Za-z0-9_.*?\[\]!-]{1,255}"),
    listing=("list_tables", "TableNames"),
    describing=("describe_table", "TableName"),
    allowing="dynamodb:ListTables",
    help={
        ACCESS_DENIED: "allow dynamodb:DescribeTable and dynamodb:Scan on it; 'assay aws iam-policy scan' prints the policy",
        KEY_DENIED: "allow kms:Decrypt with the key it is encrypted by",
        THROTTLED: "others use up its capacity; scan it again later",
        EXPIRED: "sign in again, and scan it again",
    },
    states={
        "CREATING": ReadError(NOT_READY, "the table is being made; scan it again when it is active"),
        "DELETING": ReadError(VANISHED, "the table is being deleted"),
        "ARCHIVING": ReadError(
            "archived", "the table is being archived, as its key cannot be used; restore the key's use"
        ),
        "ARCHIVED": ReadError("archived", "the table is archived, as its key could not be used; restore its backup"),
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS": ReadError(
            KEY_DENIED, "its key cannot be used; enable it, or its grants"
        ),
    },
)
