"""The role by which AWS Backup reads what it copies, one for an account. It trusts AWS Backup of that account alone.

https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws import backups
from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.model.backing import SERVICE
from assay.protectors.means import Making, MeansProtector

CONTROL = "backup_role"
CALLS: Calls = backups.ROLE | {"iam.CreateRole", "iam.AttachRolePolicy"}
ROLE, POLICIES = "role", "policies"
THERE, OTHERS = "there", "trusts somebody else"
_ALREADY = "EntityAlreadyExists"


def protector(session: Session, account: str) -> MeansProtector:  # noqa: ARG001  # the ARN names the account
    """Makes roles of the account."""
    return MeansProtector(session, _MAKING)


def observe(session: Session, role: str) -> dict[str, Any]:
    """Whether the role is there, and which policies it has. Raises `AwsError`."""
    arn = parse(role)
    found = backups.role_of(session, arn.name)
    if found is None:
        return {ROLE: None, POLICIES: []}
    trusts = found["trusts"] == trust(arn.account)
    return {ROLE: THERE if trusts else OTHERS, POLICIES: found["policies"]}


def trust(account: str) -> dict[str, Any]:
    """Who may use the role."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }


def _observe(session: Session, action: Action) -> State:
    return observe(session, action.resource)


def _make(session: Session, action: Action, now: State) -> None:
    arn, client = parse(action.resource), session.client("iam")
    if now[ROLE] is None:
        try:
            client.create_role(
                RoleName=arn.name,
                AssumeRolePolicyDocument=json.dumps(trust(arn.account)),
                Description="AWS Backup copies with it what assay protects",
            )
        except refusals() as error:
            if code_of(error) != _ALREADY:
                raise
    for policy in action.after[POLICIES]:
        if policy not in now[POLICIES]:
            client.attach_role_policy(RoleName=arn.name, PolicyArn=policy)


_MAKING = Making(
    called="the role",
    service="IAM",
    calls=CALLS,
    observe=_observe,
    make=_make,
    final="a role is not deleted: backups of others may be made with it",
)
