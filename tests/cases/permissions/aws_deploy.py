"""A stack is deployed, one is previewed twice, and one fails."""

from __future__ import annotations

from proving import Stage

PARAMETERS = (
    "ImageUri=123456789012.dkr.ecr.eu-west-1.amazonaws.com/assay:1",
    "CatalogSecretArn=arn:aws:secretsmanager:eu-west-1:123456789012:secret:assay-AbCdEf",
    "SubnetIds=subnet-1",
    "SecurityGroupIds=sg-1",
)


def scenario(stage: Stage) -> None:
    """What fails says which resource did."""
    given = [part for each in PARAMETERS for part in ("--parameter", each)]
    stage.aws.strict.fail("cloudformation.CreateChangeSet", "AlreadyExistsException", times=1)
    preview = ("aws", "deploy", "protection", "--environment", "staging", "--preview", *given)
    # There is none of that name: the emulator fails where it has to delete it.
    stage.aws.strict.answer("cloudformation.DeleteChangeSet", {}, times=1)
    assert stage.assay(*preview) == 0
    stage.aws.strict.answer("cloudformation.ExecuteChangeSet", {}, times=1)
    failed = {"Stacks": [{"StackName": "x", "CreationTime": 0, "StackStatus": "ROLLBACK_COMPLETE"}]}
    events = {
        "StackEvents": [
            {"StackId": "x", "EventId": "2", "StackName": "x", "Timestamp": 2, "LogicalResourceId": "Key",
             "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "no more keys"},
            {"StackId": "x", "EventId": "1", "StackName": "x", "Timestamp": 1, "LogicalResourceId": "x",
             "PhysicalResourceId": "x", "ResourceStatus": "CREATE_IN_PROGRESS"},
        ]
    }  # fmt: skip
    stage.aws.strict.answer("cloudformation.DescribeStackEvents", events)
    stage.aws.strict.fail("cloudformation.DescribeStacks", "ValidationError", times=1)
    stage.aws.strict.answer("cloudformation.DescribeStacks", failed, times=1)
    assert stage.assay("aws", "deploy", "protection", "--execute", *given) == 2
