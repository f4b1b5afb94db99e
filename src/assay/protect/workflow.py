"""Workflows for AWS Step Functions: protection, generated from the policies that plans are made of, and classification as it happens.

Each task calls the function of the image with what it has to do (`assay.entry.steps`), so that nothing is judged here: a state
chooses by what the task before it said. `${Function}` stands for the function's ARN. Where a person is asked (`${Waiting}`) the execution waits for what the review queue says (`app.reviews.resuming`), by a token that goes to the function and nowhere else.

Source: https://states-language.net/spec.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from assay.model import Level
from assay.model.action import Gate
from assay.model.protection import ResourceType
from assay.protect.policy import Policy, Subject, asked_of

Document: TypeAlias = dict[str, Any]

ENCRYPT, BACK_UP, MONITOR, RESTRICT = "encrypt", "back_up", "monitor", "restrict"
FAMILIES = (ENCRYPT, BACK_UP, MONITOR, RESTRICT)
_TITLES = {ENCRYPT: "Encrypt", BACK_UP: "BackUp", MONITOR: "Monitor", RESTRICT: "RestrictAccess"}
# By words of names of controls, and of what makes them; what has none of them restricts.
_WORDS = {
    ENCRYPT: ("encryption", "key"),
    BACK_UP: ("backup", "recovery", "versioning", "lifecycle", "deletion", "copy_tags", "retention", "noncurrent", "uploads",
              "cross_region", "multi_az", "object_lock", "mfa_delete", "replic", "restore"),
    MONITOR: ("log", "event", "monitor", "alarm", "trail", "insight", "metric", "anomal"),
}  # fmt: skip
_LEVELS = (Level.RESTRICTED, Level.CONFIDENTIAL, Level.INTERNAL, Level.PUBLIC)
_FUNCTION = "${Function}"
_RETRY = [
    {
        "ErrorEquals": [
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.TooManyRequestsException",
            "RetryError",
        ],
        "IntervalSeconds": 5,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
]
_SECONDS = 900
_QUESTION = "$.classified.question_seconds"
"""How long an execution waits for a person, as the function says that classifies (its setting `question_days`); after that it ends, and the
question stays in the queue."""
_WITHDRAWN = "QuestionWithdrawn"
WAITING = "${Waiting}"
"""Stands for what `waiting` says."""


def family_of(name: str) -> str:
    """The branch that a control, or what makes it, belongs to.

    >>> [family_of(name) for name in ("kms_key", "s3_versioning", "s3_log_bucket", "s3_tls_only", "rds_log_exports")]
    ['encrypt', 'back_up', 'monitor', 'restrict', 'monitor']
    """
    return next((family for family, words in _WORDS.items() if any(word in name for word in words)), RESTRICT)


def protection_workflow(policy: Policy) -> Document:
    """Classify, choose by level, encrypt and back up and monitor and restrict side by side, validate, report. A branch is there where
    the policies ask something of that level that is its."""
    states: Document = {
        "Classify": _task("judge", "$.judged", "ChooseByLevel", failed="Failed"),
        "ChooseByLevel": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.judged.level", "StringEquals": str(level), "Next": _title(level)} for level in _LEVELS
            ],
            # What is unclassified or unknown is protected as what is internal, never as what is public.
            "Default": _title(Level.INTERNAL),
        },
    }
    for level in _LEVELS:
        states[_title(level)] = _branches(level, _asked(policy, level))
    states |= {
        "Validate": _task("validate", "$.validated", "ReportWhatWasDone", failed="Failed"),
        "ReportWhatWasDone": _task(
            "report", "$.report", "ChooseByOutcome", failed="Failed", more={"branches.$": "$.branches"}
        ),
        "ChooseByOutcome": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.report.differs", "NumericGreaterThan": 0, "Next": "DoesNotHold"},
                {"Variable": "$.report.failed", "NumericGreaterThan": 0, "Next": "DoesNotHold"},
                {"Variable": "$.report.waiting", "NumericGreaterThan": 0, "Next": "WaitsForAPerson"},
            ],
            "Default": "Protected",
        },
        "Protected": {"Type": "Succeed"},
        "WaitsForAPerson": {"Type": "Succeed", "Comment": "A plan is kept: assay protect approve."},
        "DoesNotHold": {
            "Type": "Fail",
            "Error": "DoesNotHold",
            "Cause": "Something was not made, or is not as it was made.",
        },
        "Failed": {"Type": "Fail", "Error": "StepFailed", "Cause": "A step failed; the journal says which."},
    }
    return {
        "Comment": "Protects a resource as the policies ask for its level.",
        "StartAt": "Classify",
        "States": states,
    }


def classification_workflow() -> Document:
    """Classify, evaluate the confidence, then apply, apply and watch, or ask a person, wait for the answer, and evaluate anew. Which of
    them, the rollout phase and the thresholds say, in the code: a confidence of exactly a threshold has one side there, and none here."""
    states: Document = {
        "Classify": _task(
            "classify",
            "$.classified",
            "EvaluateConfidence",
            failed="Failed",
            more={"event.$": "$.event"},
            resource=False,
        ),
        "EvaluateConfidence": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.classified.gate", "StringEquals": str(Gate.APPLY), "Next": "Apply"},
                {"Variable": "$.classified.gate", "StringEquals": str(Gate.APPLY_AND_WATCH), "Next": "ApplyAndWatch"},
                {"Variable": "$.classified.gate", "StringEquals": str(Gate.REVIEW), "Next": "AskAPerson"},
            ],
            "Default": "NothingToDo",
        },
    }
    about = {"resource.$": "$.classified.resource"}
    for name, do, then in (
        ("Apply", "tag", "Applied"),
        ("ApplyAndWatch", "tag", "Watched"),
    ):
        states[name] = _task(do, f"$.{do}", then, failed="Failed", more=about, resource=False)
    states |= {
        "AskAPerson": _question(),
        "EvaluateAnswer": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.answer.answer", "StringEquals": "approved", "Next": "Reconsider"}],
            "Default": "Declined",
        },
        "Reconsider": _task("judge", "$.judged", "EvaluateAnew", failed="Failed", more=about, resource=False),
        "EvaluateAnew": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.judged.gate", "StringEquals": str(Gate.APPLY), "Next": "Apply"},
                {"Variable": "$.judged.gate", "StringEquals": str(Gate.APPLY_AND_WATCH), "Next": "ApplyAndWatch"},
            ],
            "Default": "Approved",
        },
        "Applied": {"Type": "Succeed"},
        "Watched": {"Type": "Succeed", "Comment": "It was applied although it was not sure; the journal marks it."},
        "Approved": {
            "Type": "Succeed",
            "Comment": "A person agreed, and the rollout phase lets nothing be written yet.",
        },
        "Declined": {
            "Type": "Succeed",
            "Comment": "A person said that it is not so: the next scan concludes what they said.",
        },
        "NotAnswered": {
            "Type": "Succeed",
            "Comment": "Nobody answered in time; it waits in the queue: assay review list.",
        },
        "NothingAsked": {"Type": "Succeed", "Comment": "Nothing is asked of it any more."},
        "NothingToDo": {"Type": "Succeed", "Comment": "Nothing was read: it was left out, or is not there."},
        "Failed": {"Type": "Fail", "Error": "StepFailed", "Cause": "A step failed; the catalog says why."},
    }
    return {"Comment": "Classifies what an event tells of.", "StartAt": "Classify", "States": states}


def _asked(policy: Policy, level: Level) -> dict[str, list[str]]:
    """What is asked of that level, of any kind of resource, by branch."""
    controls: set[str] = set()
    for kind in ResourceType:
        subject = Subject(
            resource="*", type=kind, name="*", account="*", region="*", level=level, tags={}, frameworks=()
        )
        controls |= set(asked_of(policy, subject))
    found = {family: sorted(name for name in controls if family_of(name) == family) for family in FAMILIES}
    return {family: names for family, names in found.items() if names}


def _title(level: Level) -> str:
    return f"Protect{str(level).capitalize()}"


def _branches(level: Level, asked: Mapping[str, Sequence[str]]) -> Document:
    return {
        "Type": "Parallel",
        "Comment": f"What the policies ask of {level} data.",
        "Branches": [_branch(level, family, controls) for family, controls in asked.items()],
        # What came before stays beside the list that a Parallel state answers with.
        "ResultPath": "$.branches",
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
        "Next": "Validate",
    }


def _branch(level: Level, family: str, controls: Sequence[str]) -> Document:
    name = f"{_TITLES[family]}{str(level).capitalize()}"
    failed = f"{name}Failed"
    task = _task("protect", "$.done", None, failed=failed, more={"family": family})
    task["Comment"] = ", ".join(controls)
    del task["ResultPath"]
    # A branch that fails leaves the others to their end; what it did not do is told.
    gone = {"Type": "Pass", "Result": {"family": family, "applied": 0, "failed": 1, "waiting": 0}, "End": True}
    return {"StartAt": name, "States": {name: task, failed: gone}}


def waiting(partition: str) -> str:
    """The integration of Step Functions that calls a function and waits for who has the token."""
    return f"arn:{partition}:states:::lambda:invoke.waitForTaskToken"


def _question() -> Document:
    """Asks a person, and waits for the answer: the function gets the token, and whoever decides in the queue has it sent."""
    return {
        "Type": "Task",
        "Resource": WAITING,
        "Parameters": {
            "FunctionName": _FUNCTION,
            "Payload": {
                "assay": "step",
                "do": "ask",
                "resource.$": "$.classified.resource",
                "token.$": "$$.Task.Token",
                "seconds.$": _QUESTION,
            },
        },
        "TimeoutSecondsPath": _QUESTION,
        "Retry": _RETRY,
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "NotAnswered"},
            {"ErrorEquals": [_WITHDRAWN], "ResultPath": "$.error", "Next": "NothingAsked"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"},
        ],
        "ResultPath": "$.answer",
        "Next": "EvaluateAnswer",
    }


def _task(
    do: str,
    result: str,
    then: str | None,
    *,
    failed: str,
    more: Mapping[str, Any] | None = None,
    resource: bool = True,
) -> Document:
    given = {"assay": "step", "do": do} | ({"resource.$": "$.resource"} if resource else {}) | dict(more or {})
    return {
        "Type": "Task",
        "Resource": _FUNCTION,
        "Parameters": given,
        "TimeoutSeconds": _SECONDS,
        "Retry": _RETRY,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": failed}],
        "ResultPath": result,
    } | ({"End": True} if then is None else {"Next": then})
