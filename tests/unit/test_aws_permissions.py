"""ARNs, and the policies that follow from declared calls."""

from __future__ import annotations

import pytest

from assay.aws.arn import parse
from assay.aws.grants import GRANTS
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


def test_a_key_is_used_through_s3_only() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234"
    calls = frozenset({"s3.GetObject", "s3.PutObject"})
    statements = policy_of(calls, Scope(bucket="orders"), key=key)["Statement"]
    assert statements[0] == {
        "Sid": "Assay1",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": key,
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    }
    chinese = "arn:aws-cn:kms:cn-north-1:123456789012:key/1234"
    reading = policy_of(frozenset({"s3.GetObject"}), Scope(partition="aws-cn"), key=chinese)["Statement"]
    assert reading[0]["Action"] == ["kms:Decrypt"]
    assert reading[0]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.cn-north-1.amazonaws.com.cn"}}
    assert all("kms" not in str(one) for one in policy_of(frozenset({"s3.ListBuckets"}), key=key)["Statement"])


def test_a_role_is_handed_to_its_service_only() -> None:
    role = "arn:aws:iam::123456789012:role/batch"
    statements = policy_of(frozenset({"s3control.CreateJob"}), Scope(role=role))["Statement"]
    assert [(one["Action"], one["Resource"]) for one in statements] == [
        (["s3:CreateJob"], "*"),
        (["iam:PassRole"], role),
    ]
    assert statements[1]["Condition"] == {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}


def test_characters_of_a_prefix_are_taken_as_they_are() -> None:
    policy = policy_of(frozenset({"s3.GetObject"}), Scope(bucket="orders", prefix="a*b?c$/{bucket}/"))
    assert policy["Statement"][0]["Resource"] == "arn:aws:s3:::orders/a${*}b${?}c${$}/{bucket}/*"


def test_every_place_in_a_resource_is_filled() -> None:
    scope = Scope("aws-us-gov", "us-gov-west-1", "123456789012", "b", "p/", "q", "t", "arn:aws-us-gov:iam::1:role/r")
    for operation, grant in GRANTS.items():
        for statement in policy_of(frozenset({operation}), scope)["Statement"]:
            assert "{" not in str(statement["Resource"]), operation
            assert statement["Action"], operation
        assert grant.actions or operation == "sts.GetCallerIdentity"


def test_a_policy_is_the_same_however_calls_are_ordered() -> None:
    calls = list(GRANTS)
    first, second = policy_of(frozenset(calls)), policy_of(frozenset(reversed(calls)))
    assert first == second
    assert len({statement["Sid"] for statement in first["Statement"]}) == len(first["Statement"])
