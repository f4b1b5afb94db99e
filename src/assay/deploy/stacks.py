"""The three stacks: classification as data change, classification by schedule, and protection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.deploy import parts, queues, runs, watched
from assay.deploy.events import CREATIONS, RULES
from assay.deploy.parts import Document, Resources, Statement, attribute, ref, sub
from assay.protect.workflow import waiting

_WATCH, _TASKS = '{"assay":"watch"}', '{"assay":"tasks"}'
_HAS_DATA_KEY = {"HasDataKey": parts.given("DataKeyArn")}
_VISIBLE_SECONDS = 6 * 900
"""Six times what a function may take, as Lambda asks for."""


class Stack(StrEnum):
    """What can be deployed."""

    REALTIME = "realtime"
    SCHEDULED = "scheduled"
    PROTECTION = "protection"


class Run(StrEnum):
    """What the worker runs on."""

    LAMBDA = "lambda"
    FARGATE = "fargate"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How stacks are made. `rights` are the statements of what each declares that it calls, `workflows` definitions of state
    machines of each, by name, in which `${Function}` stands for the function."""

    rights: Mapping[Stack, Sequence[Statement]]
    run: Run = Run.LAMBDA
    workflows: Mapping[Stack, Mapping[str, Document]] = field(default_factory=dict)


def template_of(stack: Stack, asked: Asked) -> Document:
    """The template of a stack."""
    return _TEMPLATES[stack](asked)


def _realtime(asked: Asked) -> Document:
    resources: Resources = {
        **parts.key(),
        **queues.queue("Events", visible_seconds=_VISIBLE_SECONDS),
        **parts.topic(),
        **_results_table(),
    }
    for name, (description, pattern) in RULES.items():
        resources |= parts.rule(name, description, pattern, "Events", "EventsDeadLetters")
    graphs = [
        ("Events", [watched.of_queue("Events", "NumberOfMessagesReceived", "Sum"),
                    watched.of_queue("Events", "ApproximateNumberOfMessagesVisible")]),
        ("Waiting, in seconds", [watched.of_queue("Events", "ApproximateAgeOfOldestMessage")]),
        ("Given up", [watched.of_queue("EventsDeadLetters", "ApproximateNumberOfMessagesVisible")]),
    ]  # fmt: skip
    rights = parts.declared(asked.rights[Stack.REALTIME])
    outputs = _outputs(queue="Events", dead="EventsDeadLetters")
    outputs["ResultsTable"] = {"Description": "What was concluded, for other programs.", "Value": ref("Results")}
    if asked.run is Run.LAMBDA:
        resources |= runs.function(
            "Worker",
            "classifies what changes",
            {"ASSAY_TAGS": ref("Tags"), "ASSAY_QUESTION_DAYS": ref("QuestionDays")},
            failed="EventsDeadLetters",
        )
        resources |= parts.role("WorkerRole", "lambda.amazonaws.com", {
            "declared": [*rights, parts.data_key()],
            "run": [*runs.own("WorkerLogs", "Events"), _dead_letters_too("EventsDeadLetters")],
        })  # fmt: skip
        resources |= parts.polled("WorkerEvents", "Events", "Worker")
        resources |= parts.scheduled_call(
            "WorkerTasks", "Scans of whole resources that events asked for", ref("TasksSchedule"), "Worker", _TASKS,
            "EventsDeadLetters",
        )  # fmt: skip
        resources |= watched.of_functions("Worker")
        graphs.append(
            ("Function", [watched.of_function("Worker", name) for name in ("Invocations", "Errors", "Throttles")])
        )
        outputs["FunctionArn"] = {"Description": "The worker.", "Value": attribute("Worker", "Arn")}
        _machines(asked, Stack.REALTIME, "Worker", resources, outputs, graphs)
    else:
        command = ["worker", "--queue", ref("Events"), "--rescans", "--dead-letter-queue", ref("EventsDeadLetters")]
        run = [
            parts.allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], attribute("Key", "Arn")),
            parts.allow("DeadLetters", ["sqs:SendMessage", "sqs:GetQueueUrl"], attribute("EventsDeadLetters", "Arn")),
        ]
        resources |= runs.cluster()
        resources |= runs.task("Worker", runs.container(command, "WorkerLogs"), [*rights, *run, parts.data_key()])
        resources |= _service()
        outputs["ServiceName"] = {"Description": "The worker.", "Value": attribute("WorkerService", "Name")}
    resources |= watched.of_dead_letters("EventsDeadLetters")
    resources |= watched.alarm(
        "EventsAge", "Events wait for more than half an hour.", watched.of_queue("Events", "ApproximateAgeOfOldestMessage"),
        above=1800, periods=2,
    )  # fmt: skip
    resources |= watched.dashboard(graphs)
    parameters = parts.NETWORK | parts.DATA | ({"Tags": _TAGS, "QuestionDays": _QUESTION_DAYS, "TasksSchedule": _schedule("rate(5 minutes)", "How often what takes longer is done.")}
                                  if asked.run is Run.LAMBDA else {"Workers": _WORKERS})  # fmt: skip
    conditions = _HAS_DATA_KEY | {"IsProd": {"Fn::Equals": [ref("Environment"), "prod"]}}
    return parts.template("assay: classifies data as they change", parameters, conditions, resources, outputs)


_TAGS: Document = {
    "Type": "String",
    "AllowedValues": ["on", "off"],
    "Default": "on",
    "Description": "Whether tags are written where the rollout phase lets them be.",
}
_QUESTION_DAYS: Document = {
    "Type": "Number",
    "Default": 7,
    "MinValue": 1,
    # What is asked is kept a year by Step Functions, whose executions end then.
    "MaxValue": 365,
    "Description": "For how many days the workflow of classification waits for a person's answer.",
}
_WORKERS: Document = {"Type": "Number", "Default": 1, "MinValue": 1, "Description": "How many workers there are."}


def _schedule(default: str, description: str) -> Document:
    return {
        "Type": "String",
        "Default": default,
        "AllowedPattern": r"(rate|cron)\(.+\)",
        "Description": f"{description} An expression of EventBridge: rate(1 hour), cron(0 2 ? * SUN *).",
    }


def _service() -> Resources:
    return {
        "WorkerService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "Cluster": ref("Cluster"),
                "TaskDefinition": ref("Worker"),
                "DesiredCount": ref("Workers"),
                "LaunchType": "FARGATE",
                "PropagateTags": "SERVICE",
                "DeploymentConfiguration": {
                    "MinimumHealthyPercent": 100,
                    "MaximumPercent": 200,
                    "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                },
                "NetworkConfiguration": {"AwsvpcConfiguration": _placed()},
            },
        }
    }


def _placed() -> Document:
    return {
        "Subnets": ref("SubnetIds"),
        "SecurityGroups": ref("SecurityGroupIds"),
        "AssignPublicIp": "DISABLED",
    }


def _results_table() -> Resources:
    """As `assay aws publish --make-table` makes it."""
    names = ("resource_arn", "classified_at", "level")
    return {
        "Results": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
                "KeySchema": [
                    {"AttributeName": "resource_arn", "KeyType": "HASH"},
                    {"AttributeName": "classified_at", "KeyType": "RANGE"},
                ],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "level-index",
                        "KeySchema": [
                            {"AttributeName": "level", "KeyType": "HASH"},
                            {"AttributeName": "classified_at", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": attribute("Key", "Arn")},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
                "DeletionProtectionEnabled": {"Fn::If": ["IsProd", True, False]},
            },
        }
    }


def _scheduled(asked: Asked) -> Document:
    rights = parts.declared(asked.rights[Stack.SCHEDULED])
    joined = {"Fn::Join": ["|", [{"Fn::Join": ["|", ref("Targets")]}, "--resume", "--quiet", "--format", "jsonl"]]}
    command = {"Fn::Split": ["|", {"Fn::Join": ["|", ["scan", joined]]}]}
    run = [parts.allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], attribute("Key", "Arn"))]
    resources: Resources = {
        **parts.key(),
        **queues.dead_letters("ScanDeadLetters"),
        **parts.topic(),
        **runs.cluster(),
        **runs.task("Scan", runs.container(command, "ScanLogs"), [*rights, *run, parts.data_key()]),
        **parts.role("ScheduleRole", "events.amazonaws.com", {
            "start": [
                parts.allow("Run", ["ecs:RunTask"], ref("Scan"),
                            Condition={"ArnEquals": {"ecs:cluster": attribute("Cluster", "Arn")}}),
                parts.allow("Pass", ["iam:PassRole"], attribute("ScanRole", "Arn"), attribute("ScanStartRole", "Arn"),
                            Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
            ],
        }),
        "ScanSchedule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": "Scans by schedule",
                "ScheduleExpression": ref("Schedule"),
                "State": "ENABLED",
                "Targets": [
                    {
                        "Id": "scan",
                        "Arn": attribute("Cluster", "Arn"),
                        "RoleArn": attribute("ScheduleRole", "Arn"),
                        "EcsParameters": {
                            "TaskDefinitionArn": ref("Scan"),
                            "TaskCount": 1,
                            "LaunchType": "FARGATE",
                            "NetworkConfiguration": {"AwsVpcConfiguration": _placed()},
                        },
                        "DeadLetterConfig": {"Arn": attribute("ScanDeadLetters", "Arn")},
                        "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
                    }
                ],
            },
        },
        **watched.of_dead_letters("ScanDeadLetters"),
        **watched.alarm("ScanNotStarted", "A scan could not be started.", watched.of_rule("ScanSchedule", "FailedInvocations"),
                        above=0),
        **watched.dashboard([
            ("Scans begun", [watched.of_rule("ScanSchedule", "Invocations"), watched.of_rule("ScanSchedule", "FailedInvocations")]),
            ("Given up", [watched.of_queue("ScanDeadLetters", "ApproximateNumberOfMessagesVisible")]),
        ]),
    }  # fmt: skip
    parameters = (
        parts.NETWORK
        | parts.DATA
        | {
            "Schedule": _schedule("cron(0 2 ? * SUN *)", "When everything is scanned."),
            "Targets": {
                "Type": "CommaDelimitedList",
                "Description": "What is scanned, as assay scan takes it: s3://lake, dynamodb://orders.",
            },
        }
    )
    outputs = _outputs(dead="ScanDeadLetters")
    outputs["TaskDefinitionArn"] = {"Description": "A scan, to be run by hand too.", "Value": ref("Scan")}
    return parts.template("assay: classifies data by schedule", parameters, _HAS_DATA_KEY, resources, outputs)


def _protection(asked: Asked) -> Document:
    resources: Resources = {
        **parts.key(),
        **queues.queue("NewResources", visible_seconds=_VISIBLE_SECONDS),
        **parts.topic(),
        **runs.function("Protector", "watches over protection",
                        {"ASSAY_PROTECT": ref("Protect"), "ASSAY_CLASSIFY": "off",
                         "ASSAY_PROTECT_ROLES": {"Fn::Join": [" ", ref("ProtectRoles")]}},
                        failed="NewResourcesDeadLetters"),
        **parts.role("ProtectorRole", "lambda.amazonaws.com", {
            "declared": [*parts.declared(asked.rights[Stack.PROTECTION]), parts.other_accounts()],
            "run": [*runs.own("ProtectorLogs", "NewResources"), _dead_letters_too("NewResourcesDeadLetters")],
        }),
        **parts.polled("ProtectorEvents", "NewResources", "Protector"),
        **parts.scheduled_call("Watch", "Everything that is protected is looked at", ref("Schedule"), "Protector", _WATCH,
                               "NewResourcesDeadLetters"),
        **parts.scheduled_call("Tasks", "What is new, or changed its level, is looked at", ref("TasksSchedule"), "Protector",
                               _TASKS, "NewResourcesDeadLetters"),
        **watched.of_functions("Protector"),
        **watched.of_dead_letters("NewResourcesDeadLetters"),
    }  # fmt: skip
    for name, (description, pattern) in CREATIONS.items():
        resources |= parts.rule(name, description, pattern, "NewResources", "NewResourcesDeadLetters")
    graphs = [
        ("New resources", [watched.of_queue("NewResources", "NumberOfMessagesReceived", "Sum")]),
        ("Function", [watched.of_function("Protector", name) for name in ("Invocations", "Errors", "Throttles")]),
        ("Given up", [watched.of_queue("NewResourcesDeadLetters", "ApproximateNumberOfMessagesVisible")]),
    ]
    outputs = _outputs(queue="NewResources", dead="NewResourcesDeadLetters")
    outputs["FunctionArn"] = {"Description": "What watches.", "Value": attribute("Protector", "Arn")}
    _machines(asked, Stack.PROTECTION, "Protector", resources, outputs, graphs)
    resources |= watched.dashboard(graphs)
    parameters = (
        parts.NETWORK
        | parts.ACCOUNTS
        | {
            "Protect": {
                "Type": "String",
                "AllowedValues": ["plan", "apply"],
                "Default": "plan",
                "Description": "Whether what drifted is healed where the rollout phase lets it be, or only planned for.",
            },
            "Schedule": _schedule("rate(5 minutes)", "How often everything is looked at."),
            "TasksSchedule": _schedule("rate(1 minute)", "How often what is new is looked at."),
        }
    )
    return parts.template("assay: protects what is known", parameters, parts.HAS_ACCOUNTS, resources, outputs)


def _machines(
    asked: Asked, stack: Stack, function: str, resources: Resources, outputs: Document, graphs: list[Any]
) -> None:
    """Adds the state machines of a stack, whose tasks call its function."""
    for name, definition in asked.workflows.get(stack, {}).items():
        resources |= _machine(name, definition, function)
        outputs[f"{name}Arn"] = {"Description": "A workflow to be started by hand, or by others.", "Value": ref(name)}
        graphs.append((name, [watched.of_machine(name, each) for each in ("ExecutionsStarted", "ExecutionsFailed")]))
        failed = watched.of_machine(name, "ExecutionsFailed")
        resources |= watched.alarm(f"{name}Failed", "An execution failed.", failed, above=0)


def _machine(name: str, definition: Document, function: str) -> Resources:
    """A state machine, its log, and a role that calls the function and nothing else."""
    logging = [
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]  # fmt: skip
    return {
        name: {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineType": "STANDARD",
                "RoleArn": attribute(f"{name}Role", "Arn"),
                "Definition": definition,
                "DefinitionSubstitutions": {"Function": attribute(function, "Arn"), "Waiting": sub(waiting("${AWS::Partition}"))},
                "LoggingConfiguration": {
                    "Level": "ERROR",
                    "IncludeExecutionData": False,
                    "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": attribute(f"{name}Logs", "Arn")}}],
                },
            },
        },
        **parts.role(f"{name}Role", "states.amazonaws.com", {
            "run": [
                parts.allow("Call", ["lambda:InvokeFunction"], attribute(function, "Arn"), sub(f"${{{function}.Arn}}:*")),
                parts.allow("Logging", logging, "*"),
            ],
        }),
        **parts.log_group(f"{name}Logs", name.lower()),
    }  # fmt: skip


def _dead_letters_too(name: str) -> Document:
    return parts.allow("DeadLetters", ["sqs:SendMessage"], attribute(name, "Arn"))


def _outputs(*, dead: str, queue: str | None = None) -> Document:
    told: dict[str, Any] = {
        "DeadLettersUrl": {"Description": "What was given up.", "Value": ref(dead)},
        "AlarmsArn": {"Description": "Where alarms go to.", "Value": ref("Alarms")},
        "KeyArn": {"Description": "The key that all of it is encrypted with.", "Value": attribute("Key", "Arn")},
        "DashboardName": {"Description": "The dashboard in CloudWatch.", "Value": ref("Dashboard")},
    }
    if queue is not None:
        told["QueueUrl"] = {"Description": "Where events come to.", "Value": ref(queue)}
        told["QueueArn"] = {"Description": "The same, for rules of other accounts.", "Value": attribute(queue, "Arn")}
    return told


_TEMPLATES = {Stack.REALTIME: _realtime, Stack.SCHEDULED: _scheduled, Stack.PROTECTION: _protection}
