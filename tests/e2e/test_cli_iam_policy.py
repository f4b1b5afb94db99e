"""`assay aws iam-policy`: what it prints, and what it says of commands and names that there are not."""

from __future__ import annotations

import json

import pytest
from calling import Assay

from assay.app import permissions
from assay.aws.session import Calls

CALLS: dict[str, Calls] = {
    "scan": frozenset({"s3.ListObjectsV2", "s3.GetObject"}),
    "aws tag": frozenset({"s3.PutObjectTagging", "dynamodb.TagResource"}),
    "worker": frozenset({"sqs.ReceiveMessage", "sqs.DeleteMessageBatch", "sts.GetCallerIdentity"}),
}


@pytest.fixture(autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three commands, so that the text of a policy does not change with what commands come to do."""
    monkeypatch.setattr(permissions, "COMMANDS", tuple(CALLS))
    monkeypatch.setattr(permissions, "calls_of", CALLS.__getitem__)


def statements(assay: Assay, *arguments: str) -> dict[str, list[str]]:
    """What is allowed, by resource."""
    done = assay("aws", "iam-policy", *arguments)
    assert (done.code, done.err) == (0, "")
    policy = json.loads(done.out)
    assert policy["Version"] == "2012-10-17"
    assert {one["Effect"] for one in policy["Statement"]} == {"Allow"}
    return {one["Resource"]: one["Action"] for one in policy["Statement"]}


def test_a_policy_for_everything(assay: Assay) -> None:
    assert statements(assay, "scan") == {
        "arn:aws:s3:::*": ["s3:ListBucket"],
        "arn:aws:s3:::*/*": ["s3:GetObject", "s3:GetObjectVersion"],
    }


def test_a_policy_that_is_narrowed(assay: Assay) -> None:
    narrowed = ("--bucket", "orders", "--prefix", "2026/", "--table", "levels", "--region", "cn-north-1", "--account",
                "123456789012", "--partition", "aws-cn")  # fmt: skip
    assert statements(assay, "scan", "aws tag", *narrowed) == {
        "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/levels": ["dynamodb:TagResource"],
        "arn:aws-cn:s3:::orders": ["s3:ListBucket"],
        "arn:aws-cn:s3:::orders/2026/*": [
            "s3:GetObject", "s3:GetObjectVersion", "s3:PutObjectTagging", "s3:PutObjectVersionTagging",
        ],
    }  # fmt: skip


@pytest.mark.parametrize("words", [("aws tag",), ("aws", "tag"), ("tag",), ("assay", "aws", "tag"), ("tag", "tag")])
def test_a_command_is_named_as_it_is_called(assay: Assay, words: tuple[str, ...]) -> None:
    assert list(statements(assay, *words)) == ["arn:aws:dynamodb:*:*:table/*", "arn:aws:s3:::*/*"]


@pytest.mark.parametrize(
    "queue",
    [
        "uploads",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/uploads",
        "arn:aws:sqs:eu-west-1:123456789012:uploads",
    ],
)
def test_a_queue_by_its_name_its_url_and_its_arn(assay: Assay, queue: str) -> None:
    assert statements(assay, "worker", "--queue", queue) == {
        "arn:aws:sqs:*:*:uploads": ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
    }


def test_a_key(assay: Assay) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234"
    assert statements(assay, "scan", "--key", key)[key] == ["kms:Decrypt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("catalog",), "no command named 'catalog' calls AWS; there are aws tag, scan, worker"),
        (("aws", "frob"), "no command named 'aws frob' calls AWS; there are aws tag, scan, worker"),
        (("scan", "tag", "frob"), "no command named 'frob' calls AWS"),
        ((), "missing argument 'COMMAND...'"),
        (("scan", "--account", "12"), "--account 12: is no such name; one is like 123456789012"),
        (("scan", "--region", "Ireland"), "--region Ireland: is no such name; one is like eu-west-1"),
        (("scan", "--bucket", "s3://orders"), "--bucket s3://orders: is no such name; one is like orders"),
        (("scan", "--key", "1234"), "--key 1234: is no ARN"),
        (("scan", "--key", "arn:aws:s3:::orders"), "--key arn:aws:s3:::orders: is an ARN of s3, not of kms"),
        (("scan", "--role", "admin"), "--role admin: is no ARN"),
        (("scan", "--partition", "mars"), "invalid value for '--partition'"),
    ],
)
def test_what_is_wrong_is_said(assay: Assay, arguments: tuple[str, ...], message: str) -> None:
    done = assay("aws", "iam-policy", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert message in done.err


def test_a_policy_that_is_too_long_for_a_managed_one_is_told(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.aws.grants import GRANTS

    monkeypatch.setitem(CALLS, "scan", frozenset(GRANTS))
    done = assay("aws", "iam-policy", "scan")
    assert done.code == 0
    assert json.loads(done.out)["Statement"]
    assert "a managed policy has at most 6,144 characters" in done.err
