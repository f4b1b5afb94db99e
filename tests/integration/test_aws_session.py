"""Sessions: what they reach, what they refuse to send, and what becomes of a refusal."""

from __future__ import annotations

import pytest
from awsservers import ACCOUNT, REGION, Aws

from assay.aws.access import Access
from assay.aws.failures import ACCESS_DENIED, KEY_DENIED, NO_CREDENTIALS, NOT_FOUND, UNREACHABLE, failure_of
from assay.aws.paging import items
from assay.aws.session import Session
from assay.errors import AwsError, UsageError

IDENTITY = "sts.GetCallerIdentity"


def test_who_calls_is_told(aws: Aws) -> None:
    session = Session(Access(), frozenset({IDENTITY}))
    assert session.account() == ACCOUNT
    assert session.region == REGION


def test_a_call_that_is_not_declared_is_not_sent(aws: Aws) -> None:
    session = Session(Access(), frozenset({"s3.ListBuckets"}))
    with pytest.raises(AwsError, match=r"s3\.CreateBucket is not among the calls"):
        session.client("s3").create_bucket(
            Bucket="undeclared", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    assert session.client("s3").list_buckets()["Buckets"] == []


def test_a_role_is_assumed_with_its_external_id(aws: Aws) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"
    session = Session(Access(role_arn=role, external_id="only-ours"), frozenset({IDENTITY}))
    assert session.identity()["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/assay")
    other = session.assuming("arn:aws:iam::210987654321:role/reader")
    assert other.account() == "210987654321"


def test_every_page_is_followed(aws: Aws) -> None:
    tables = aws.client("dynamodb")
    for number in range(7):
        tables.create_table(
            TableName=f"orders{number}",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    client = Session(Access(), frozenset({"dynamodb.ListTables"})).client("dynamodb")
    found = items(client, "list_tables", "TableNames", PaginationConfig={"PageSize": 2})
    assert list(found) == [f"orders{number}" for number in range(7)]


def test_what_is_not_there_is_not_found(aws: Aws) -> None:
    client = Session(Access(), frozenset({"s3.ListObjectsV2"})).client("s3")
    with pytest.raises(client.exceptions.NoSuchBucket) as caught:
        client.list_objects_v2(Bucket="nothing-here")
    assert failure_of(caught.value)[:2] == (NOT_FOUND, "NoSuchBucket")


def test_nobody_listens(aws: Aws) -> None:
    session = Session(Access(endpoint_url="http://127.0.0.1:9"), frozenset({IDENTITY}))
    with pytest.raises(AwsError) as caught:
        session.account()
    assert caught.value.reason == UNREACHABLE
    assert "--endpoint-url" in str(caught.value)


def test_without_credentials(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsError) as caught:
        Session(Access(), frozenset({IDENTITY})).account()
    assert caught.value.reason == NO_CREDENTIALS
    with pytest.raises(AwsError, match="no credentials to assume it with"):
        Session(Access(role_arn=f"arn:aws:iam::{ACCOUNT}:role/reader"), frozenset({IDENTITY}))


def test_a_profile_that_is_not_there(aws: Aws) -> None:
    with pytest.raises(AwsError, match="ProfileNotFound"):
        Session(Access(profile="nobody"), frozenset())


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", ACCESS_DENIED),
        ("UnauthorizedOperation", ACCESS_DENIED),
        ("KMS.DisabledException", KEY_DENIED),
        ("KMS.SomethingNew", KEY_DENIED),
        ("SlowDown", "throttled"),
        ("ExpiredToken", "credentials expired"),
        ("OptInRequired", "region disabled"),
        ("SomethingElse", "refused"),
    ],
)
def test_codes_become_reasons_and_messages_stay_out(code: str, reason: str) -> None:
    from botocore.exceptions import ClientError

    error = ClientError({"Error": {"Code": code, "Message": "key ada.lovelace.txt"}}, "GetObject")
    failure = failure_of(error)
    assert (failure.reason, failure.code) == (reason, code)
    assert "lovelace" not in failure.detail


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(UsageError, match=r"pip install 'assay\[aws\]'"):
        Session(Access(), frozenset())
