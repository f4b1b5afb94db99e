"""What a stack's program runs as: a function of the image, or containers of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.deploy.parts import Document, Resources, allow, attribute, log_group, named, ref, role, sub

HANDLER = "assay.entry.lambda_handler.handler"
_FUNCTION_SECONDS = 900
_USER = "10001:10001"
_IN_NETWORK: Document = {"SubnetIds": ref("SubnetIds"), "SecurityGroupIds": ref("SecurityGroupIds")}


def own(logs: str, *queues: str) -> list[Document]:
    """What a function needs to run: its logs, its key, its secret, its network, and the queues that it is called by."""
    told = [
        allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], attribute(logs, "Arn")),
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], attribute("Key", "Arn")),
        allow("Secret", ["secretsmanager:GetSecretValue"], ref("CatalogSecretArn")),
        allow(
            "Network",
            [
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "*",
        ),
    ]
    if queues:
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        told.append(allow("Queues", actions, *(attribute(each, "Arn") for each in queues)))
    return told


def function(name: str, what: str, variables: Document, *, failed: str) -> Resources:
    """A function of the image, in the network, whose asynchronous calls go to a dead-letter queue in the end."""
    return {
        name: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Description": sub(f"assay ${{Environment}}: {what}"),
                "PackageType": "Image",
                "Code": {"ImageUri": ref("ImageUri")},
                "ImageConfig": {"EntryPoint": ["python", "-m", "awslambdaric"], "Command": [HANDLER]},
                "Role": attribute(f"{name}Role", "Arn"),
                "Timeout": _FUNCTION_SECONDS,
                "MemorySize": {"Fn::FindInMap": ["ByEnvironment", ref("Environment"), "Megabytes"]},
                "KmsKeyArn": attribute("Key", "Arn"),
                "Environment": {"Variables": {**_VARIABLES, **variables}},
                "DeadLetterConfig": {"TargetArn": attribute(failed, "Arn")},
                "LoggingConfig": {"LogGroup": ref(f"{name}Logs"), "LogFormat": "JSON"},
                "TracingConfig": {"Mode": "PassThrough"},
                "VpcConfig": _IN_NETWORK,
            },
        },
        **log_group(f"{name}Logs", name.lower()),
    }


# A function writes nowhere but there.
_VARIABLES: Document = {
    "ASSAY_CATALOG_SECRET": ref("CatalogSecretArn"),
    "ASSAY_CACHE_DIR": "/tmp/assay",  # noqa: S108
    "HOME": "/tmp",  # noqa: S108
}


def container(command: Any, logs: str, variables: Sequence[Document] = ()) -> Document:
    """A container of the image: nobody's user, nothing written but below /tmp, its secrets from the secret."""
    return {
        "Name": "assay",
        "Image": ref("ImageUri"),
        "Essential": True,
        "Command": command,
        "User": _USER,
        "ReadonlyRootFilesystem": True,
        "StopTimeout": 120,
        "LinuxParameters": {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}},
        "MountPoints": [{"SourceVolume": "tmp", "ContainerPath": "/tmp"}],  # noqa: S108
        "Environment": [
            {"Name": "ASSAY_CACHE_DIR", "Value": "/tmp/assay"},  # noqa: S108
            {"Name": "HOME", "Value": "/tmp"},  # noqa: S108
            *variables,
        ],
        "Secrets": [
            {"Name": variable, "ValueFrom": sub(f"${{CatalogSecretArn}}:{part}::")}
            for variable, part in (
                ("ASSAY_CATALOG", "catalog"),
                ("ASSAY_FINGERPRINT_KEY", "fingerprint_key"),
                ("ASSAY_AUDIT_KEY", "audit_key"),
            )
        ],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": ref(logs),
                "awslogs-region": ref("AWS::Region"),
                "awslogs-stream-prefix": "assay",
            },
        },
    }


def task(name: str, made: Document, statements: Sequence[Any]) -> Resources:
    """What Fargate runs: the task, its own role, and the role that starts it."""
    logs = f"{name}Logs"
    starting = [
        allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], attribute(logs, "Arn")),
        allow("Secret", ["secretsmanager:GetSecretValue"], ref("CatalogSecretArn")),
        allow("Token", ["ecr:GetAuthorizationToken"], "*"),
        allow(
            "Image",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"),
        ),
    ]
    return {
        name: {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": named(name.lower()),
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": "1024",
                "Memory": "4096",
                "RuntimePlatform": {"OperatingSystemFamily": "LINUX"},
                "TaskRoleArn": attribute(f"{name}Role", "Arn"),
                "ExecutionRoleArn": attribute(f"{name}StartRole", "Arn"),
                "Volumes": [{"Name": "tmp"}],
                "ContainerDefinitions": [made],
            },
        },
        **role(f"{name}Role", "ecs-tasks.amazonaws.com", {"declared": statements}),
        **role(f"{name}StartRole", "ecs-tasks.amazonaws.com", {"start": starting}),
        **log_group(logs, name.lower()),
    }


def cluster() -> Resources:
    return {
        "Cluster": {
            "Type": "AWS::ECS::Cluster",
            "Properties": {"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]},
        }
    }
