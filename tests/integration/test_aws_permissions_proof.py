"""For every command that calls AWS: calls made = calls declared, both ways; and what is declared exists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from proving import CASES, Stage, prove, scenario_of

from assay.app.permissions import COMMANDS, IDENTITY, calls_of
from assay.aws.access import Access
from assay.aws.grants import GRANTS, prefix_of
from assay.aws.permissions import grant_of
from assay.aws.session import Calls, Session
from assay.cli.__main__ import run

# Actions of IAM that no operation has for its name, beside those of S3.
_NO_OPERATION = {"iam:PassRole", "iam:CreateServiceLinkedRole"}
_S3_ACTIONS = {
    "s3:ListAllMyBuckets", "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectVersionTagging", "s3:GetBucketCORS",
    "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
    "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration", "s3:GetBucketObjectLockConfiguration",
    "s3:PutBucketObjectLockConfiguration", "s3:GetBucketNotification", "s3:PutBucketNotification",
    "s3:GetInventoryConfiguration", "s3:ListMultipartUploadParts", "s3:GetAccountPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock", "s3:DeleteObjectVersion", "s3:GetMetricsConfiguration",
    "s3:PutMetricsConfiguration",
}  # fmt: skip


@pytest.fixture
def stage(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    # Cases set it for their commands: set here first, it is put back as it was even where it was not set.
    monkeypatch.setenv("ASSAY_CATALOG", "")
    monkeypatch.delenv("ASSAY_CATALOG")
    yield Stage(aws=aws, folder=tmp_path, assay=lambda *arguments: run(arguments))
    capfd.readouterr()


@pytest.fixture(scope="module")
def models() -> Any:
    """Operations by service, as botocore's models have them."""
    from botocore.session import Session as Models

    session = Models()
    known: dict[str, frozenset[str]] = {}

    def of(service: str) -> frozenset[str]:
        if service not in known:
            assert service in session.get_available_services(), f"{service}: is no service"
            known[service] = frozenset(session.get_service_model(service).operation_names)
        return known[service]

    return of


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_makes_the_calls_that_it_declares(command: str, stage: Stage) -> None:
    prove(command, calls_of(command), scenario_of(command), stage)


@pytest.mark.parametrize("file", sorted(CASES.glob("[!_]*.py")), ids=lambda file: file.stem)
def test_every_file_of_a_scenario_has_one(file: Path) -> None:
    assert callable(scenario_of(file.stem))


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_declares_exists_and_its_resources_are_known(command: str, models: Any) -> None:
    for operation in calls_of(command):
        service, _, name = operation.partition(".")
        assert name in models(service), f"{operation}: is no operation"
        assert operation in GRANTS, f"{operation}: has no grant in assay/aws/grants.py"


def test_every_grant_is_of_an_operation_and_of_actions_that_there_are(models: Any) -> None:
    prefixes: dict[str, set[str]] = {}
    for operation in GRANTS:
        service, _, name = operation.partition(".")
        assert name in models(service), f"{operation}: is no operation"
        prefixes.setdefault(prefix_of(service), set()).update(models(service))
    for operation in GRANTS:
        for grant in (grant_of(operation), *grant_of(operation).also):
            for action in grant.actions:
                prefix, _, name = action.partition(":")
                there = action in _S3_ACTIONS | _NO_OPERATION or name in prefixes[prefix]
                assert there, f"{operation}: {action} is no action"
            assert all(
                resource == "*" or resource.startswith(("arn:{partition}:", "{role}")) for resource in grant.resources
            )


# The proof proves: it fails where it should.

DECLARED: Calls = IDENTITY | {"s3.ListBuckets", "s3.GetBucketTagging"}


def _listing(_: Stage) -> None:
    Session(Access(), DECLARED).client("s3").list_buckets()


def _both(stage: Stage) -> None:
    stage.aws.client("s3").create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    _listing(stage)
    client = Session(Access(), DECLARED).client("s3")
    with pytest.raises(client.exceptions.ClientError):
        client.get_bucket_tagging(Bucket="orders")


def test_calls_as_declared_pass(stage: Stage) -> None:
    prove("as declared", DECLARED, _both, stage)


def test_a_call_that_is_not_made_fails(stage: Stage) -> None:
    with pytest.raises(AssertionError, match=r"declared, and not made: \['s3\.GetBucketTagging'\]"):
        prove("too few", DECLARED, _listing, stage)


def test_a_call_beside_the_session_fails(stage: Stage) -> None:
    import boto3

    def beside(stage: Stage) -> None:
        _both(stage)
        boto3.client("sqs", region_name="eu-west-1").list_queues()

    with pytest.raises(AssertionError, match=r"made, and not declared: \['sqs\.ListQueues'\]"):
        prove("too many", DECLARED, beside, stage)


def test_a_command_without_a_scenario_fails() -> None:
    with pytest.raises(AssertionError, match=r"write scenario\(stage\) in tests/cases/permissions/aws_new_thing\.py"):
        scenario_of("aws new-thing")
