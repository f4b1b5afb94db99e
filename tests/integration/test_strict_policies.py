"""Policy documents that AWS refuses, the strict layer does, whatever the emulator takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from protecting_for_tests import TRUST, make_principal
from strictly import refused
from strictly import s3 as s3  # noqa: PLC0414  # a fixture

OK: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::orders/*",
}


def document(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


@pytest.mark.parametrize(
    "text",
    [
        "no json", "[]", "{}", document(), document({}), document(OK, Version="2020-01-01"), document({**OK, "Effect": "deny"}),
        document({**OK, "Principals": "*"}), document({**OK, "Action": []}), document({**OK, "Action": "GetObject"}),
        document({**OK, "NotAction": "s3:PutObject"}), document({k: v for k, v in OK.items() if k != "Principal"}),
        document({**OK, "Principal": {"AWS": "arn:aws:iam::123456789012:role/*"}}), document({**OK, "Principal": {"AWS": []}}),
        document({**OK, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/gone"}}), document({**OK, "Principal": {"Service": "S3"}}),
        document({**OK, "Resource": "arn:aws:s3:::others/*"}), document({**OK, "Resource": "arn:aws:s3:::orders"}),
        document({**OK, "Action": "kms:Decrypt"}), document({**OK, "Action": "s3:ListBucket"}),
        document({**OK, "Condition": {"StringSame": {"aws:PrincipalArn": "x"}}}), document({**OK, "Condition": {"Bool": {"aws:SecureTransport": "no"}}}),
        document({**OK, "Condition": {"DateLessThan": {"aws:CurrentTime": "tomorrow"}}}), document({**OK, "Condition": {"StringEquals": {"x": "y"}}}),
        document({**OK, "Action": "s3:PutObject", "Condition": {"StringEquals": {"s3:ExistingObjectTag/a": "b"}}}),
        document({**OK, "Condition": {"StringLike": {"s3:prefix": "b*"}}}),
    ],
)  # fmt: skip
def test_policies_of_buckets(s3: Any, text: str) -> None:
    assert refused(s3.put_bucket_policy, Bucket="orders", Policy=text) == ("MalformedPolicy", 400)


def test_what_is_one(s3: Any, aws: Aws) -> None:
    make_principal(aws, f"arn:aws:iam::{ACCOUNT}:role/there")
    tagged = {"StringEquals": {"s3:ExistingObjectTag/a": "b"}, "StringNotEqualsIfExists": {"aws:PrincipalTag/c": ["d"]}}
    s3.put_bucket_policy(
        Bucket="orders",
        Policy=document(
            {**OK, "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/there", "999999999999"]}, "Condition": tagged},
            {**OK, "Action": "s3:*", "Resource": ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]},
        ),
    )


ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "MalformedPolicyDocumentException"),
        (document({**ROOT, "Action": "kms:Decrypt"}), "MalformedPolicyDocumentException"),
        (document({**ROOT, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}), "MalformedPolicyDocumentException"),
        (document(ROOT, {**ROOT, "Effect": "Deny"}), "MalformedPolicyDocumentException"),
        (document(ROOT, {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/gone"}}), "MalformedPolicyDocumentException"),
        (document(ROOT, Id="x" * 32_768), "LimitExceededException"),
    ],
)  # fmt: skip
def test_policies_of_keys(aws: Aws, text: str, code: str) -> None:
    client = aws.client("kms")
    assert refused(client.create_key, Policy=text)[0] == code
    key = client.create_key(Policy=document(ROOT))["KeyMetadata"]["KeyId"]
    assert refused(client.put_key_policy, KeyId=key, PolicyName="default", Policy=text)[0] == code
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=document(ROOT, {**ROOT, "Action": "kms:Decrypt"}))


DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "MalformedPolicyDocument"),
        (document({**DENY, "Principal": "*"}), "MalformedPolicyDocument"),
        (document({**DENY, "Sid": "not alphanumeric"}), "MalformedPolicyDocument"),
        (document({**DENY, "Sid": "a"}, {**DENY, "Sid": "a"}), "MalformedPolicyDocument"),
        (document({"Effect": "Deny", "Action": "*"}), "MalformedPolicyDocument"),
    ],
)
def test_policies_of_people(aws: Aws, text: str, code: str) -> None:
    iam = aws.client("iam", "us-east-1")
    iam.create_user(UserName="mo")
    iam.create_role(RoleName="mo", AssumeRolePolicyDocument=TRUST)
    calls: list[tuple[Callable[..., Any], dict[str, str]]] = [
        (iam.put_user_policy, {"UserName": "mo", "PolicyName": "x"}), (iam.put_role_policy, {"RoleName": "mo", "PolicyName": "x"}),
        (iam.create_policy, {"PolicyName": "x"}),
    ]  # fmt: skip
    for call, which in calls:
        assert refused(call, PolicyDocument=text, **which)[0] == code


def test_inline_policies_have_to_fit_together(aws: Aws) -> None:
    iam = aws.client("iam", "us-east-1")
    iam.create_user(UserName="mo")
    long = document({**DENY, "Resource": [f"arn:aws:s3:::{'x' * 60}{number}" for number in range(20)]})
    iam.put_user_policy(UserName="mo", PolicyName="a", PolicyDocument=long)
    told = refused(iam.put_user_policy, UserName="mo", PolicyName="b", PolicyDocument=long)
    assert told == ("LimitExceeded", 409)
    iam.put_user_policy(UserName="mo", PolicyName="a", PolicyDocument=long)
    assert refused(iam.create_role, RoleName="x", AssumeRolePolicyDocument="{}")[0] == "MalformedPolicyDocument"
