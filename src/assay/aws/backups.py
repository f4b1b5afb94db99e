"""What there is of AWS Backup in a region, as the service tells it: vaults, plans, what they are of, and what was backed up.

A vault that is not there is told as AccessDenied by DescribeBackupVault, so that vaults are looked for in the list.
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations_AWS_Backup.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, NamedTuple

from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.model.backing import TAG

VAULTS: Calls = frozenset({"backup.ListBackupVaults"})
PLANS: Calls = frozenset(
    {"backup.ListBackupPlans", "backup.GetBackupPlan", "backup.ListBackupSelections", "backup.GetBackupSelection"}
)
PROTECTED: Calls = frozenset({"backup.ListProtectedResources"})
SETTINGS: Calls = frozenset({"backup.DescribeRegionSettings"})
ROLE: Calls = frozenset({"iam.GetRole", "iam.ListAttachedRolePolicies"})


def vaults_of(session: Session, region: str) -> dict[str, str | None]:
    """The vaults of a region by name, each with the ARN of its key. Raises `AwsError`."""
    try:
        found = items(session.client("backup", region), "list_backup_vaults", "BackupVaultList")
        return {str(each["BackupVaultName"]): each.get("EncryptionKeyArn") for each in found}
    except refusals() as error:
        raise told(error, "AWS Backup") from None


class PlanFound(NamedTuple):
    """A plan: its id, all of it as it is told, and its selections."""

    id: str
    document: dict[str, Any]
    selections: list[dict[str, Any]]


def plan_of(session: Session, region: str, name: str) -> PlanFound | None:
    """The plan of a name, and what it is of; `None` where there is none. Raises `AwsError`."""
    client = session.client("backup", region)
    try:
        for listed in items(client, "list_backup_plans", "BackupPlansList"):
            if listed.get("BackupPlanName") != name:
                continue
            plan_id = str(listed["BackupPlanId"])
            document = client.get_backup_plan(BackupPlanId=plan_id)["BackupPlan"]
            selections = [
                client.get_backup_selection(BackupPlanId=plan_id, SelectionId=each["SelectionId"])["BackupSelection"]
                for each in items(client, "list_backup_selections", "BackupSelectionsList", BackupPlanId=plan_id)
            ]
            return PlanFound(plan_id, document, selections)
    except refusals() as error:
        raise told(error, "AWS Backup") from None
    return None


def selection_of(found: PlanFound, tag: str) -> dict[str, str] | None:
    """Whether a plan is of all that has the tag: the role by which it is copied, `None` where nothing of it is."""
    for selection in found.selections:
        for condition in selection.get("ListOfTags") or ():
            if (condition.get("ConditionKey"), condition.get("ConditionValue")) == (TAG, tag):
                return {"role": str(selection.get("IamRoleArn")), "tag": tag}
    return None


def rules_of(found: PlanFound) -> dict[str, dict[str, Any]]:
    """The rules of a plan by name, each as far as it is sent."""
    return {str(rule["RuleName"]): plain_rule(rule) for rule in found.document.get("Rules", ())}


def plain_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without what AWS adds: its id, and what is so by default."""
    usual = {"ScheduleExpressionTimezone": "Etc/UTC", "EnableContinuousBackup": False}
    kept: dict[str, Any] = {}
    for name, value in rule.items():
        if name == "RuleId" or value in (None, [], {}) or usual.get(name) == value:
            continue
        if name == "Lifecycle":
            kept[name] = _lifecycle(value)
        elif name == "CopyActions":
            kept[name] = [{**each, "Lifecycle": _lifecycle(each.get("Lifecycle", {}))} for each in value]
        else:
            kept[name] = value
    return kept


def _lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name in ("DeleteAfterDays", "MoveToColdStorageAfterDays")}


def protected_of(session: Session, region: str) -> dict[str, dict[str, Any]]:
    """What was ever backed up in a region, by ARN: when last (aware ISO 8601), into which vault, which recovery point. Raises `AwsError`."""
    try:
        found = list(items(session.client("backup", region), "list_protected_resources", "Results"))
    except refusals() as error:
        raise told(error, "AWS Backup") from None
    return {
        str(each["ResourceArn"]): {
            "last": each["LastBackupTime"].astimezone(UTC).isoformat() if each.get("LastBackupTime") else None,
            "vault": each.get("LastBackupVaultArn"),
            "recovery_point": each.get("LastRecoveryPointArn"),
        }
        for each in found
    }


def services_of(session: Session, region: str) -> dict[str, dict[str, bool]]:
    """Which kinds of resources are backed up at all in a region (`opted`), and which wholly by AWS Backup (`managed`). Raises `AwsError`."""
    try:
        answer = session.client("backup", region).describe_region_settings()
    except refusals() as error:
        raise told(error, "AWS Backup") from None
    return {
        "opted": dict(answer.get("ResourceTypeOptInPreference") or {}),
        "managed": dict(answer.get("ResourceTypeManagementPreference") or {}),
    }


def role_of(session: Session, name: str) -> dict[str, Any] | None:
    """A role: whom it trusts, and the ARNs of the policies that are attached to it; `None` where there is none. Raises `AwsError`."""
    client = session.client("iam")
    try:
        role = client.get_role(RoleName=name)["Role"]
        attached = items(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        return {
            "trusts": role.get("AssumeRolePolicyDocument"),
            "policies": sorted(str(each["PolicyArn"]) for each in attached),
        }
    except refusals() as error:
        failure = failure_of(error)
        if failure.reason == NOT_FOUND:
            return None
        raise told(error, "IAM") from None
