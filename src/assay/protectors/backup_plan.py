"""A plan of AWS Backup and what it is of: all that has the plan's tag. A plan without a selection backs up nothing, so that both
are one step. `UpdateBackupPlan` replaces all rules: those of others are sent along.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateBackupPlan.html
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from assay.aws import backups
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import CHANGED, Action, State
from assay.model.backing import TAG, place_of
from assay.protectors.means import Making, MeansProtector

CONTROL = "backup_plan"
READS: Calls = backups.PLANS | backups.VAULTS
CALLS: Calls = READS | {"backup.CreateBackupPlan", "backup.UpdateBackupPlan", "backup.CreateBackupSelection"}
SELECTION = "selection"
RULE = "rule "
_SENT = frozenset({"RuleId"})


def protector(session: Session, account: str) -> MeansProtector:  # noqa: ARG001  # its name has the account
    """Makes plans of the account."""
    return MeansProtector(session, _MAKING)


def observe(session: Session, resource: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a plan that are named (`rule assay-daily`), and its selection. Raises `AwsError`."""
    place = place_of(resource)
    found = backups.plan_of(session, place.region, place.name)
    if found is None:
        return dict.fromkeys(names)
    rules = backups.rules_of(found)
    told: dict[str, Any] = {name: rules.get(name.removeprefix(RULE)) for name in names if name.startswith(RULE)}
    return told | {SELECTION: backups.selection_of(found, place.name)}


def _observe(session: Session, action: Action) -> State:
    return observe(session, action.resource, action.after)


def _make(session: Session, action: Action, now: State) -> None:
    place = place_of(action.resource)
    client = session.client("backup", place.region)
    found = backups.plan_of(session, place.region, place.name)
    rules = [rule for name, rule in action.after.items() if name.startswith(RULE)]
    # A plan whose vault is not there yet would fail at night, and nobody would be told.
    missing = {rule["TargetBackupVaultName"] for rule in rules} - set(backups.vaults_of(session, place.region))
    if missing:
        raise ActionError(CHANGED, f"vault {', '.join(sorted(missing))} is not there; plan it again")
    token = sha256(f"{action.resource} {action.id}".encode()).hexdigest()[:32]
    if found is None:
        document = {"BackupPlanName": place.name, "Rules": rules}
        plan_id = client.create_backup_plan(BackupPlan=document, CreatorRequestId=token)["BackupPlanId"]
    else:
        plan_id = found.id
        if any(now[f"{RULE}{rule['RuleName']}"] != rule for rule in rules):
            named = {rule["RuleName"] for rule in rules}
            others = [
                {name: value for name, value in rule.items() if name not in _SENT}
                for rule in found.document.get("Rules", ())
                if rule["RuleName"] not in named
            ]
            client.update_backup_plan(BackupPlanId=plan_id, BackupPlan={**found.document, "Rules": [*others, *rules]})
    if now[SELECTION] is None:
        wanted = action.after[SELECTION]
        client.create_backup_selection(
            BackupPlanId=plan_id,
            CreatorRequestId=token,
            BackupSelection={
                "SelectionName": "assay",
                "IamRoleArn": wanted["role"],
                "ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": TAG, "ConditionValue": wanted["tag"]}],
            },
        )


_MAKING = Making(
    called="the plan of AWS Backup",
    service="AWS Backup",
    calls=CALLS,
    observe=_observe,
    make=_make,
    final="a plan of AWS Backup is not deleted: others may be backed up by it",
)
