"""Sessions: what they reach, what they refuse to send, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from awsservers import ACCOUNT, REGION, Aws

from assay.aws.access import Access
from assay.aws.failures import (
    ACCESS_DENIED,
    CLOCK,
    EXPIRED,
    KEY_DENIED,
    NO_CREDENTIALS,
    NOT_FOUND,
    THROTTLED,
    UNREACHABLE,
    Failure,
    failure_of,
    refusals,
)
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


CALLS = frozenset(
    {"s3.GetObject", "s3.HeadObject", "s3.PutObject", "dynamodb.ListTables", "rds.DescribeDBInstances", "ec2.DescribeVolumes",
     "sns.ListTopics", "sqs.ListQueues", "kms.ListKeys", "glue.GetDatabases", "macie2.GetMacieSession", "lambda.ListFunctions",
     "s3control.ListJobs", "kinesis.ListStreams", "resourcegroupstaggingapi.GetResources", "securityhub.GetFindings"}
)  # fmt: skip
EVERY = {
    "s3": ("get_object", {"Bucket": "orders", "Key": "a.csv"}),
    "dynamodb": ("list_tables", {}),
    "rds": ("describe_db_instances", {}),
    "ec2": ("describe_volumes", {}),
    "sns": ("list_topics", {}),
    "sqs": ("list_queues", {}),
    "kms": ("list_keys", {}),
    "glue": ("get_databases", {}),
    "macie2": ("get_macie_session", {}),
    "lambda": ("list_functions", {}),
    "s3control": ("list_jobs", {"AccountId": ACCOUNT}),
    "kinesis": ("list_streams", {}),
    "resourcegroupstaggingapi": ("get_resources", {}),
    "securityhub": ("get_findings", {}),
}


def failing(service: str) -> Callable[[], Failure]:
    """Calls a service through a session, and gives why that fails."""
    operation, parameters = EVERY[service]
    call = getattr(Session(Access(), CALLS).client(service), operation)

    def failure() -> Failure:
        with pytest.raises(refusals()) as caught:
            call(**parameters)
        return failure_of(caught.value)

    return failure


@pytest.mark.parametrize("service", EVERY)
def test_refusals_of_every_service_have_their_reasons(aws: Aws, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.aws.session._ATTEMPTS", 1)
    failure = failing(service)
    denial = aws.strict.deny("*", times=1)
    assert failure().reason == ACCESS_DENIED
    throttling = aws.strict.throttle("*", times=1)
    assert failure().reason == THROTTLED
    aws.strict.expire(times=1)
    assert failure().reason == EXPIRED
    off_by_minutes = aws.strict.fail("*", "RequestTimeTooSkewed", "The difference is too large.", status=403)
    skewed = failure()
    off_by_minutes.end()
    assert (skewed.reason, "the clock of this machine" in skewed.detail) == (CLOCK, True)
    aws.strict.disable_region(REGION)
    off = failure()
    assert off.reason == NO_CREDENTIALS
    assert "this region is not enabled" in off.detail
    assert (denial.met, throttling.met) == (1, 1)


def test_what_is_throttled_is_asked_again(aws: Aws) -> None:
    throttling = aws.strict.throttle("dynamodb.ListTables", times=2)
    assert Session(Access(), CALLS).client("dynamodb").list_tables()["TableNames"] == []
    assert throttling.met == 2


def test_a_denied_key_is_told_from_a_denied_object(aws: Aws) -> None:
    prepared, keys = aws.client("s3"), aws.client("kms")
    prepared.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    key = keys.create_key()["KeyMetadata"]["KeyId"]
    prepared.put_object(Bucket="orders", Key="a.csv", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    aws.strict.deny_key(key)
    failure = failing("s3")
    assert failure()[:2] == (KEY_DENIED, "AccessDenied")
    keys.disable_key(KeyId=key)
    aws.strict.deny("s3.GetObject", times=1)
    assert failure().reason == ACCESS_DENIED


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


def test_a_bucket_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    from assay.cli.__main__ import run

    for name in [name for name in sys.modules if name.split(".")[0] in ("boto3", "botocore")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert run(["scan", "s3://bucket"]) == 2
    assert "pip install 'assay[aws]'" in capsys.readouterr().err


def test_only_who_asks_for_very_much_slows_down_where_it_is_throttled(aws: Aws) -> None:
    for adaptive, mode in ((True, "adaptive"), (False, "standard")):
        client = Session(Access(), frozenset({"s3.ListBuckets"}), adaptive=adaptive).client("s3")
        assert client.meta.config.retries["mode"] == mode
