"""ARNs, and the policies that follow from declared calls."""

from __future__ import annotations

import pytest

from assay.aws.arn import parse
from assay.aws.permissions import Scope, grant_of, policy_of


@pytest.mark.parametrize(
    ("text", "service", "kind", "name"),
    [
        ("arn:aws:s3:::orders", "s3", "", "orders"),
        ("arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders3", "dynamodb", "table", "orders3"),
        ("arn:aws:rds:eu-west-1:123456789012:db:shop", "rds", "db", "shop"),
        ("arn:aws-us-gov:glue:us-gov-west-1:123456789012:table/records/s3", "glue", "table", "records/s3"),
    ],
)
def test_arns_are_taken_apart_and_put_together(text: str, service: str, kind: str, name: str) -> None:
    arn = parse(text)
    assert (arn.service, arn.kind, arn.name) == (service, kind, name)
    assert str(arn) == text


@pytest.mark.parametrize(
    "text", ["", "orders", "arn:aws:s3", "arn::s3:::orders", "urn:aws:s3:::orders", "arn:aws:s3:::"]
)
def test_what_is_no_arn(text: str) -> None:
    with pytest.raises(ValueError, match="is no ARN"):
        parse(text)


def test_a_policy_is_narrowed_to_what_is_asked_for() -> None:
    calls = frozenset({"s3.ListObjectsV2", "s3.HeadBucket", "s3.GetObject", "sts.GetCallerIdentity"})
    policy = policy_of(calls, Scope(bucket="orders", prefix="2026/"))
    assert policy["Statement"] == [
        {"Sid": "Assay1", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::orders"},
        {
            "Sid": "Assay2",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": "arn:aws:s3:::orders/2026/*",
        },
    ]


def test_an_operation_has_the_action_of_its_name() -> None:
    assert grant_of("rds.DescribeDBInstances").actions == ("rds:DescribeDBInstances",)
    assert grant_of("resourcegroupstaggingapi.GetResources").actions == ("tag:GetResources",)
