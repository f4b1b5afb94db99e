"""The function of the protection stack over several accounts: it enters the roles that the stack is given, and has the right to enter those alone."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay
from functions_for_tests import CONTEXT
from test_cli_aws_deploy import options, quick, resources
from test_cli_protect_regions import OTHER, theirs
from test_cli_worker_accounts import (
    ELSEWHERE,
    OURS,
    ROLE,
    THEIRS,
    THIRD_ROLE,
    asked,
    created,
    estate,
    is_closed,
    killing,
    level,
)

from assay.entry import common, lambda_handler
from assay.entry import guard as guarding
from assay.entry.common import EventError

__all__ = ["estate", "killing", "quick"]


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    for made in (lambda_handler._parts, guarding.watching):
        made.cache_clear()
    yield
    for made in (lambda_handler._parts, guarding.watching):
        made.cache_clear()


def deployed(assay: Assay, aws: Aws, *named: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The variables of the function, and what its role may do."""
    more = (f"ProtectRoles={','.join(named)}",) if named else ()
    done = assay("aws", "deploy", "protection", "--execute", *options("Protect=apply", *more))
    assert done.code == 0, done.err
    found = resources(aws, "assay-dev-protection")
    variables = aws.client("lambda").get_function_configuration(FunctionName=found["Protector"])["Environment"]
    iam = aws.client("iam")
    statements: list[dict[str, Any]] = []
    for policy in iam.list_role_policies(RoleName=found["ProtectorRole"])["PolicyNames"]:
        told = iam.get_role_policy(RoleName=found["ProtectorRole"], PolicyName=policy)["PolicyDocument"]
        # The emulator's CloudFormation keeps it as Python writes it.
        found_here = (ast.literal_eval(told) if isinstance(told, str) else told)["Statement"]
        statements += [each for each in found_here if each is not None]  # AWS::NoValue
    return variables["Variables"], statements


@pytest.fixture
def function(estate: Aws, assay: Assay, quick: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the handler run as the stack's function with these roles."""

    def make(*named: str) -> list[dict[str, Any]]:
        Path("assay.toml").unlink()
        variables, statements = deployed(assay, estate, *named)
        for name in ("ASSAY_PROTECT", "ASSAY_CLASSIFY", "ASSAY_PROTECT_ROLES"):
            monkeypatch.setenv(name, variables[name])
        estate.strict.answer("cloudtrail.LookupEvents", {"Events": []})
        return statements

    return make


def test_each_is_protected_and_healed_where_it_is(estate: Aws, function: Any) -> None:
    statements = function(ROLE)
    level(OURS, THEIRS)
    estate.strict.calls.clear()
    for event in (created(OURS, ACCOUNT), created(THEIRS, OTHER, ELSEWHERE)):
        assert lambda_handler.handler(event, CONTEXT) == {"batchItemFailures": []}
    assert lambda_handler.handler(common.TASKS, CONTEXT) == {"tasks": {"protect done": 2}}
    ours, other = estate.client("s3"), theirs(estate, "s3", ELSEWHERE)
    assert (is_closed(ours, OURS), is_closed(other, THEIRS)) == (True, True)
    ours.delete_public_access_block(Bucket=OURS.removeprefix("s3://"))
    other.delete_public_access_block(Bucket=THEIRS.removeprefix("s3://"))
    told = lambda_handler.handler(common.WATCH, CONTEXT)
    assert (told["round"]["healed"], told["accounts"][OTHER]["round"]["healed"]) == (1, 1)
    assert (is_closed(ours, OURS), is_closed(other, THEIRS)) == (True, True)
    # Whatever it did in its own account, the role of the stack lets it do.
    allowed = [action for each in statements for action in each["Action"]]
    entered = [each.parameters["RoleArn"] for each in estate.strict.calls.made("sts.AssumeRole")]
    assert set(entered) >= {ROLE}
    (entering,) = [each for each in statements if "sts:AssumeRole" in each["Action"]]
    assert entering == {"Sid": "Accounts", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [ROLE]}
    assert not any(fnmatch.fnmatch("sts:AssumeRoleWithSAML", each) for each in allowed)


def test_without_roles_it_stays_where_it_is(estate: Aws, function: Any) -> None:
    statements = function()
    assert not [each for each in statements if "sts:AssumeRole" in each["Action"]]
    level(OURS)
    estate.strict.calls.clear()
    told = lambda_handler.handler(common.WATCH, CONTEXT)
    assert set(told) == {"round"}
    assert estate.strict.calls.made("sts.AssumeRole") == []
    # What is of an account that nothing leads to waits, and is told.
    lambda_handler.handler(created(THEIRS, OTHER, REGION), CONTEXT)
    assert lambda_handler.handler(common.TASKS, CONTEXT)["tasks"].get("protect done", 0) <= 1
    assert asked()[THEIRS] == ("waiting", "of another account")


def test_an_account_that_cannot_be_entered_fails_the_call_after_the_others(estate: Aws, function: Any) -> None:
    function(THIRD_ROLE, ROLE)
    level(THEIRS)
    lambda_handler.handler(created(THEIRS, OTHER, ELSEWHERE), CONTEXT)
    lambda_handler.handler(common.TASKS, CONTEXT)
    other = theirs(estate, "s3", ELSEWHERE)
    other.delete_public_access_block(Bucket=THEIRS.removeprefix("s3://"))
    for made in (lambda_handler._parts, guarding.watching):
        made.cache_clear()
    denied = estate.strict.deny("sts.AssumeRole", RoleArn=THIRD_ROLE)
    with pytest.raises(EventError, match=r"not every account was looked at: 444455556666: access denied"):
        lambda_handler.handler(common.WATCH, CONTEXT)
    assert denied.met >= 1
    assert is_closed(other, THEIRS)


def test_accounts_for_which_no_time_is_left_are_told(estate: Aws, function: Any) -> None:
    function(ROLE)
    late = SimpleNamespace(function_name="assay", aws_request_id="7f3c", get_remaining_time_in_millis=lambda: 1_000)
    with pytest.raises(EventError, match="111122223333: no time is left"):
        lambda_handler.handler(common.WATCH, late)
    assert guarding.watching().watch.rounds == 1
