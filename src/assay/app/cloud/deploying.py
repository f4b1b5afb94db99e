"""Stacks that assay runs as in AWS: their templates, with exactly the rights that the code declares, and their deployment.

A deployment is a change set of CloudFormation, so that what changes is known before it is made.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import difflib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from assay.app.permissions import calls_of
from assay.aws.failures import code_of, refusals
from assay.aws.paging import items
from assay.aws.permissions import Scope, policy_of
from assay.aws.session import Calls, Session, told
from assay.deploy.parts import Document
from assay.deploy.stacks import Asked, Run, Stack, template_of
from assay.errors import AwsError, UsageError
from assay.protect.policyfile import policy_of as policies
from assay.protect.workflow import classification_workflow, protection_workflow
from assay.queues import sqs

CALLS: Calls = frozenset(
    {
        "cloudformation.DescribeStacks",
        "cloudformation.CreateChangeSet",
        "cloudformation.DescribeChangeSet",
        "cloudformation.ExecuteChangeSet",
        "cloudformation.DeleteChangeSet",
        "cloudformation.DescribeStackEvents",
    }
)
LONGEST_BODY = 51_200
"""Bytes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_HERE = Scope(partition="${AWS::Partition}", region="${AWS::Region}", account="${AWS::AccountId}")
_NO_CHANGE = ("didn't contain changes", "no updates are to be performed")
# Of a stack that is not there CloudFormation says that the request is wrong.
_MISSING = frozenset({"ValidationError", "ChangeSetNotFound", "ChangeSetNotFoundException"})
_TAKEN = frozenset({"AlreadyExistsException"})
_PAUSE_SECONDS = 3.0
_LONGEST_SECONDS = 3_600.0
_COMMANDS: Mapping[Stack, tuple[str, ...]] = {
    Stack.REALTIME: ("worker", "worker --rescans", "aws executions"),
    Stack.SCHEDULED: ("scan",),
    Stack.PROTECTION: ("protect plan", "protect apply", "protect watch"),
}
"""What each stack runs, as `assay aws iam-policy` names it."""


def calls_for(stack: Stack, run: Run) -> Calls:
    """What a stack's program calls. A function is called with its messages, and asks no queue for any."""
    calls = frozenset().union(*(calls_of(command) for command in _COMMANDS[stack]))
    return calls - sqs.CALLS if run is Run.LAMBDA else calls


def made(stack: Stack, run: Run) -> Document:
    """The template of a stack."""
    scope = _HERE if run is Run.LAMBDA else _HERE._replace(queue="${Events.QueueName}")
    rights = {each: policy_of(calls_for(each, run), scope)["Statement"] for each in Stack}
    return template_of(stack, Asked(rights=rights, run=run, workflows=_workflows()))


def _workflows() -> dict[Stack, dict[str, Document]]:
    """The state machines of each stack: of protection as the policies that ship have it, since branches are the same for all of
    them, and what is in one is decided when it is called."""
    return {
        Stack.REALTIME: {"Classification": classification_workflow()},
        Stack.PROTECTION: {"Protection": protection_workflow(policies())},
    }


class Change(NamedTuple):
    """What becomes of one resource: Add, Modify or Remove; `replaced` says that another one is made in its place."""

    action: str
    resource: str
    kind: str
    replaced: bool


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Deploys stacks. With `role` CloudFormation makes the changes with that role's rights, not the caller's."""

    session: Session
    role: str | None = None
    pause: Callable[[float], None] = time.sleep
    note: Callable[[str], None] = lambda _text: None

    def prepare(self, name: str, template: Document, parameters: Mapping[str, str]) -> tuple[str | None, list[Change]]:
        """A change set for a stack, and what it changes; no change set where nothing changes. Raises `UsageError` for parameters
        that are wrong or missing, `AwsError`."""
        there = self._stack(name)
        is_new = there is None or there["StackStatus"] == "REVIEW_IN_PROGRESS"
        known = {} if is_new or there is None else {each["ParameterKey"] for each in there.get("Parameters", ())}
        given = _parameters(template, parameters, frozenset(known))
        body = json.dumps(template, separators=(",", ":"))
        if len(body.encode()) > LONGEST_BODY:
            raise UsageError(
                f"the template of {name} has {len(body):,} characters, and CloudFormation takes {LONGEST_BODY:,}"
            )
        told_by = json.dumps([body, given], sort_keys=True)
        change_set = f"assay-{hashlib.sha256(told_by.encode()).hexdigest()[:32]}"
        wanted: dict[str, Any] = {
            "StackName": name,
            "ChangeSetName": change_set,
            "ChangeSetType": "CREATE" if is_new else "UPDATE",
            "TemplateBody": body,
            "Parameters": given,
            "Capabilities": ["CAPABILITY_IAM"],
            "Tags": [{"Key": "assay:purpose", "Value": "assay"}],
        }
        if self.role is not None:
            wanted["RoleARN"] = self.role
        if self._asked(lambda client: client.create_change_set(**wanted), none_for=_TAKEN) is None:
            # That of an earlier run may be of another state of the stack.
            self._delete(name, change_set)
            self._asked(lambda client: client.create_change_set(**wanted))
        found = self._until(
            lambda: self._change_set(name, change_set),
            lambda each: each["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"),
        )
        reason = str(found.get("StatusReason", ""))
        if found["Status"] == "FAILED":
            self._delete(name, change_set)
            if any(text in reason.casefold() for text in _NO_CHANGE):
                return None, []
            raise AwsError("refused", f"CloudFormation: {name}: {reason or 'the change set failed'}")
        return change_set, list(_changes(found))

    def apply(self, name: str, change_set: str) -> dict[str, str]:
        """Makes what a change set says, and waits until it is made. Returns the stack's outputs. Raises `AwsError` with the first
        resource that failed, and why."""
        self._asked(lambda client: client.execute_change_set(StackName=name, ChangeSetName=change_set))
        stack = self._until(
            lambda: self._stack(name) or {}, lambda each: not str(each.get("StackStatus", "")).endswith("IN_PROGRESS")
        )
        status = str(stack.get("StackStatus", "gone"))
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise AwsError("failed", f"CloudFormation: {name} is {status}: {self._why(name)}")
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}

    def _delete(self, name: str, change_set: str) -> None:
        self._asked(
            lambda client: client.delete_change_set(StackName=name, ChangeSetName=change_set), none_for=_MISSING
        )

    def _until(self, look: Callable[[], dict[str, Any]], is_done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        waited = 0.0
        while not is_done(found := look()):
            if waited >= _LONGEST_SECONDS:
                raise AwsError("unreachable", "CloudFormation has not come to an end within an hour; look at the stack")
            self.pause(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS
        return found

    def _stack(self, name: str) -> dict[str, Any] | None:
        found = self._asked(lambda client: client.describe_stacks(StackName=name), none_for=_MISSING)
        stacks = [] if found is None else found["Stacks"]
        return stacks[0] if stacks and stacks[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def _change_set(self, name: str, change_set: str) -> dict[str, Any]:
        found: dict[str, Any] = self._asked(
            lambda client: client.describe_change_set(StackName=name, ChangeSetName=change_set)
        )
        return found

    def _why(self, name: str) -> str:
        """The first of the last run's resources that failed: the others failed since it did."""
        failed = ""
        for event in self._asked(
            lambda client: list(items(client, "describe_stack_events", "StackEvents", StackName=name))
        ):
            status = str(event.get("ResourceStatus", ""))
            if event.get("PhysicalResourceId") == event.get("StackId") and status in (
                "CREATE_IN_PROGRESS",
                "UPDATE_IN_PROGRESS",
            ):
                break
            if status.endswith("FAILED"):
                failed = f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason', status)}"
        return failed or "it does not say why"

    def _asked(self, call: Callable[[Any], Any], *, none_for: frozenset[str] = frozenset()) -> Any:
        """An answer; `None` where it is one of these errors."""
        try:
            return call(self.session.client("cloudformation"))
        except refusals() as error:
            if code_of(error) in none_for:
                return None
            raise told(error, "CloudFormation") from None


def _changes(found: Mapping[str, Any]) -> Iterator[Change]:
    for each in found.get("Changes", ()):
        change = each.get("ResourceChange", {})
        yield Change(
            action=str(change.get("Action", "?")),
            resource=str(change.get("LogicalResourceId", "?")),
            kind=str(change.get("ResourceType", "?")),
            replaced=change.get("Replacement") in ("True", "Conditional"),
        )


def _parameters(template: Document, given: Mapping[str, str], kept: frozenset[str]) -> list[dict[str, Any]]:
    known = template["Parameters"]
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
            raise UsageError(f"--parameter {name}: is no parameter of the stack; {hint}")
    missing = [name for name, each in known.items() if "Default" not in each and name not in given and name not in kept]
    if missing:
        wanted = "; ".join(f"{name} ({known[name]['Description'].rstrip('.')})" for name in missing)
        raise UsageError(f"parameters are missing, to be given as --parameter NAME=VALUE: {wanted}")
    told_of = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    return told_of + [
        {"ParameterKey": name, "UsePreviousValue": True} for name in known if name in kept and name not in given
    ]
