"""The policy that a key of one's own is made with: the account's own policies decide, and whoever is let into a bucket from another
account may use the key for what is in S3."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assay.protect.bucketpolicy import Reader

LONGEST = 32_768
"""Bytes that a key's policy may have."""
_READING = ["kms:Decrypt", "kms:DescribeKey"]


def key_policy(partition: str, account: str, region: str, readers: Iterable[Reader]) -> dict[str, Any]:
    """Without the first statement nobody but the key's policy could give rights, and a key could be lost to everybody.

    Readers that are accounts, users or roles get what reading needs, through the S3 of the region alone. Everybody never does.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    statements: list[dict[str, Any]] = [
        {
            "Sid": "AssayAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    named = sorted({reader.who for reader in readers if _is_named(reader)})
    if named:
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        statements.append(
            {
                "Sid": "AssayReaders",
                "Effect": "Allow",
                "Principal": {"AWS": named},
                "Action": _READING,
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{region}.{suffix}"}},
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def _is_named(reader: Reader) -> bool:
    """Whether it is an account, a user or a role that a key's policy can name."""
    if reader.is_everybody or reader.is_cloudfront or not reader.is_foreign:
        return False
    return reader.who.isdigit() or (reader.who.startswith("arn:") and ":iam::" in reader.who)
