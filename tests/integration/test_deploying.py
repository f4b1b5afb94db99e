"""A change set of CloudFormation that an earlier run left, and a stack that failed."""

from __future__ import annotations

from typing import Any

import pytest
from awsservers import Aws

from assay.app.cloud.deploying import CALLS, Deployment
from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import AwsError

TEMPLATE: dict[str, Any] = {
    "Parameters": {},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}},
}


@pytest.fixture
def deployment(aws: Aws) -> Deployment:
    return Deployment(session=Session(Access(), CALLS), pause=lambda _: None)


def test_a_change_set_that_was_left_is_made_anew(aws: Aws, deployment: Deployment) -> None:
    left, _ = deployment.prepare("assay", TEMPLATE, {})
    assert left is not None
    # The emulator takes a second one of the name, and AWS does not.
    refusing = aws.strict.fail("cloudformation.CreateChangeSet", "AlreadyExistsException", times=1)
    again, _ = deployment.prepare("assay", TEMPLATE, {})
    assert (again, refusing.met) == (left, 1)
    names = [call.name for call in aws.strict.calls if "ChangeSet" in call.name and "Describe" not in call.name]
    assert names[-3:] == [
        "cloudformation.CreateChangeSet", "cloudformation.DeleteChangeSet", "cloudformation.CreateChangeSet",
    ]  # fmt: skip


def test_a_stack_that_failed_is_told(aws: Aws, deployment: Deployment) -> None:
    made, _ = deployment.prepare("assay", TEMPLATE, {})
    assert made is not None
    stack = {"StackName": "assay", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "ROLLBACK_COMPLETE"}
    aws.strict.answer("cloudformation.DescribeStacks", {"Stacks": [stack]})
    with pytest.raises(AwsError, match="assay is ROLLBACK_COMPLETE"):
        deployment.apply("assay", made)
