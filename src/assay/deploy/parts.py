"""Parts that stacks are made of: each a resource, or a few that belong together, encrypted, with least rights, and watched.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
Resources: TypeAlias = dict[str, Document]
Statement: TypeAlias = Mapping[str, Any]

ENVIRONMENTS = ("dev", "staging", "prod")
HANDLER = "assay.entry.lambda_handler.handler"
_KEPT_DAYS = {"dev": 14, "staging": 30, "prod": 365}
_MEGABYTES = {"dev": 2048, "staging": 3008, "prod": 3008}
_FUNCTION_SECONDS = 900
_MOST_RECEIVES = 5
_FOURTEEN_DAYS = 1_209_600
_USER = "10001:10001"


def ref(name: str) -> Document:
    return {"Ref": name}


def sub(text: str) -> Document:
    return {"Fn::Sub": text}


def attribute(name: str, of: str) -> Document:
    return {"Fn::GetAtt": [name, of]}


def named(what: str) -> Document:
    """What a resource is called in this environment: `assay-prod-events`."""
    return sub(f"assay-${{Environment}}-{what}")


def template(
    description: str, parameters: Document, conditions: Document, resources: Resources, outputs: Document
) -> Document:
    """A whole template. Numbers that differ between environments stand in its mapping."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": COMMON | parameters,
        "Mappings": {
            "ByEnvironment": {
                name: {"LogDays": _KEPT_DAYS[name], "Megabytes": _MEGABYTES[name]} for name in ENVIRONMENTS
            }
        },
        "Conditions": {
            "HasAlarmEmail": given("AlarmEmail"),
        }
        | conditions,
        "Resources": resources,
        "Outputs": outputs,
    }


def given(parameter: str) -> Document:
    """A condition: whether a parameter was given."""
    return {"Fn::Not": [{"Fn::Equals": [ref(parameter), ""]}]}


COMMON: Document = {
    "Environment": {
        "Type": "String",
        "AllowedValues": list(ENVIRONMENTS),
        "Default": "dev",
        "Description": "Stands in names; logs are kept for longer, and data outlive the stack, in prod.",
    },
    "ImageUri": {
        "Type": "String",
        "Description": "The container image in ECR, by its digest or its tag.",
        "AllowedPattern": r"[^\s]+",
    },
    "CatalogSecretArn": {
        "Type": "String",
        "AllowedPattern": r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+",
        "Description": "The secret of Secrets Manager with the keys catalog (a URL of PostgreSQL), fingerprint_key and audit_key.",
    },
    "AlarmEmail": {
        "Type": "String",
        "Default": "",
        "Description": "Who gets a mail when an alarm goes off; empty: nobody.",
    },
}
DATA: Document = {
    "DataKeyArn": {
        "Type": "String",
        "Default": "",
        "AllowedPattern": r"|arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
        "Description": "The KMS key that the data are encrypted with, if they are with one of your own.",
    },
}
NETWORK: Document = {
    "SubnetIds": {
        "Type": "List<AWS::EC2::Subnet::Id>",
        "Description": "Private subnets from which the catalog and the services of AWS are reached.",
    },
    "SecurityGroupIds": {
        "Type": "List<AWS::EC2::SecurityGroup::Id>",
        "Description": "Security groups that the catalog lets in.",
    },
}
_IN_NETWORK: Document = {"SubnetIds": ref("SubnetIds"), "SecurityGroupIds": ref("SecurityGroupIds")}


def key() -> Resources:
    """The key that everything of a stack is encrypted with: messages, logs, tables, alarms."""
    here = {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
    logs = {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": sub(
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/assay/${Environment}/*"
            )
        }
    }
    use = ["kms:Decrypt", "kms:GenerateDataKey*"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": {"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
                "Action": [*use, "kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": logs,
            },
            {
                "Sid": "Senders",
                "Effect": "Allow",
                "Principal": {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
                "Action": use,
                "Resource": "*",
                "Condition": here,
            },
        ],
    }
    return {
        "Key": {
            "Type": "AWS::KMS::Key",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Description": sub("assay ${Environment}: ${AWS::StackName}"),
                "EnableKeyRotation": True,
                "KeyPolicy": policy,
            },
        },
        "KeyAlias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": sub("alias/assay/${AWS::StackName}"), "TargetKeyId": ref("Key")},
        },
    }


def queue(name: str, *, visible_seconds: int) -> Resources:
    """A queue that EventBridge may send to, with a dead-letter queue, both encrypted and reached by TLS alone."""
    dead = f"{name}DeadLetters"
    common = {"KmsMasterKeyId": ref("Key"), "KmsDataKeyReusePeriodSeconds": 300}
    return {
        dead: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {**common, "MessageRetentionPeriod": _FOURTEEN_DAYS},
        },
        name: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                **common,
                "VisibilityTimeout": visible_seconds,
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
                "RedrivePolicy": {
                    "deadLetterTargetArn": attribute(dead, "Arn"),
                    "maxReceiveCount": _MOST_RECEIVES,
                },
            },
        },
        **dead_letters_policy(name, dead),
    }


def dead_letters(name: str) -> Resources:
    """A dead-letter queue alone: of a schedule, or of a function that is called without waiting for it."""
    return {
        name: {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "KmsMasterKeyId": ref("Key"),
                "KmsDataKeyReusePeriodSeconds": 300,
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
            },
        },
        **dead_letters_policy(name),
    }


def dead_letters_policy(*names: str) -> Resources:
    """Lets rules of this account send to queues, and nobody without TLS."""
    arns = [attribute(name, "Arn") for name in names]
    return {
        f"{names[0]}Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [ref(name) for name in names],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Rules",
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": arns,
                            "Condition": {
                                "ArnLike": {
                                    "aws:SourceArn": sub(
                                        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
                                    )
                                }
                            },
                        },
                        {
                            "Sid": "TlsOnly",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": arns,
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                    ],
                },
            },
        }
    }


def log_group(name: str, what: str) -> Resources:
    """Where something logs to: encrypted, and kept as long as its environment asks for."""
    return {
        name: {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "LogGroupName": sub(f"/assay/${{Environment}}/${{AWS::StackName}}/{what}"),
                "KmsKeyId": attribute("Key", "Arn"),
                "RetentionInDays": {"Fn::FindInMap": ["ByEnvironment", ref("Environment"), "LogDays"]},
            },
        }
    }


def role(name: str, service: str, policies: Mapping[str, Sequence[Any]]) -> Resources:
    """A role that a service takes on, with these statements and nothing else."""
    return {
        name: {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": service},
                            "Action": "sts:AssumeRole",
                            **(
                                {}
                                if service == "lambda.amazonaws.com"
                                else {"Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}}
                            ),
                        }
                    ],
                },
                "Policies": [
                    {"PolicyName": policy, "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
                    for policy, statements in policies.items()
                ],
            },
        }
    }


def allow(sid: str, actions: Sequence[str], *resources: Any, **more: Any) -> Document:
    """A statement."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def declared(statements: Sequence[Statement]) -> list[Document]:
    """Statements that were made of declared calls, with what stands in `${}` filled in by CloudFormation."""
    return [{**each, "Resource": _filled(each["Resource"])} for each in statements]


def _filled(resource: Any) -> Any:
    if isinstance(resource, list):
        return [_filled(each) for each in resource]
    return sub(resource) if "${" in resource else resource


def data_key() -> Document:
    """What reading and writing of objects needs that are encrypted with a key of one's own; nothing where there is none."""
    via = {"StringEquals": {"kms:ViaService": sub("s3.${AWS::Region}.${AWS::URLSuffix}")}}
    statement = allow("DataKey", ["kms:Decrypt"], ref("DataKeyArn"), Condition=via)
    return {"Fn::If": ["HasDataKey", statement, ref("AWS::NoValue")]}


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


def polled(name: str, queue_name: str, function_name: str) -> Resources:
    """Has a function take messages off a queue, of which those that failed come again alone."""
    return {
        name: {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": attribute(queue_name, "Arn"),
                "FunctionName": attribute(function_name, "Arn"),
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 5,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        }
    }


def rule(name: str, description: str, pattern: Document, queue_name: str, dead: str) -> Resources:
    """Events that go to a queue; what cannot be delivered goes to the dead-letter queue."""
    return {
        name: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": description,
                "EventPattern": pattern,
                "State": "ENABLED",
                "Targets": [
                    {
                        "Id": "queue",
                        "Arn": attribute(queue_name, "Arn"),
                        "DeadLetterConfig": {"Arn": attribute(dead, "Arn")},
                        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
                    }
                ],
            },
        }
    }


def scheduled_call(name: str, description: str, schedule: Any, function_name: str, event: str, dead: str) -> Resources:
    """A function that is called again and again with the same event."""
    return {
        name: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": description,
                "ScheduleExpression": schedule,
                "State": "ENABLED",
                "Targets": [
                    {
                        "Id": "function",
                        "Arn": attribute(function_name, "Arn"),
                        "Input": event,
                        "DeadLetterConfig": {"Arn": attribute(dead, "Arn")},
                        "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 1},
                    }
                ],
            },
        },
        f"{name}Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": attribute(function_name, "Arn"),
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
                "SourceArn": attribute(name, "Arn"),
            },
        },
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


def topic() -> Resources:
    """Where alarms go to."""
    return {
        "Alarms": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": ref("Key")}},
        "AlarmsPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [ref("Alarms")],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Alarms",
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudwatch.amazonaws.com"},
                            "Action": "sns:Publish",
                            "Resource": ref("Alarms"),
                            "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
                        }
                    ],
                },
            },
        },
        "AlarmMail": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasAlarmEmail",
            "Properties": {"TopicArn": ref("Alarms"), "Protocol": "email", "Endpoint": ref("AlarmEmail")},
        },
    }
