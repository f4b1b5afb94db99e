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
_KEPT_DAYS = {"dev": 14, "staging": 30, "prod": 365}
_MEGABYTES = {"dev": 2048, "staging": 3008, "prod": 3008}


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
ACCOUNTS: Document = {
    "ProtectRoles": {
        "Type": "CommaDelimitedList",
        "Default": "",
        "AllowedPattern": r"|arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=.@_/-]+",
        "Description": "ARNs of the roles of other accounts that are protected too, each of which has to trust this stack's role; empty: this account alone.",
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


HAS_ACCOUNTS = {"HasProtectRoles": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", ref("ProtectRoles")]}, ""]}]}}


def other_accounts() -> Document:
    """Lets these roles of other accounts be assumed, and no others; nothing where there are none."""
    statement = {"Sid": "Accounts", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": ref("ProtectRoles")}
    return {"Fn::If": ["HasProtectRoles", statement, ref("AWS::NoValue")]}


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
