"""Of each control of protection a plan that has it, for what it is about, and the calls that it is made and taken back with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    ROLE,
    SNAPSHOT,
    SNAPSHOT_OF_CLUSTER,
    TABLE,
    URI,
    USER,
    VOLUMES,
    Guard,
    make_cluster,
    make_database,
    make_key,
    make_people,
    make_snapshots,
    make_table,
    make_trail,
    make_volume,
    share_snapshot,
)

from assay.app.protection.incidents import plan_incident
from assay.model import Level
from assay.model.action import Plan
from assay.protect.incidents import Incident

Scene = Callable[[Guard, Path], Plan]
ONLY = "policies: [{name: only, set: {%s}}]"
NO_WATCHING, NO_BACKUPS = "monitoring: none, data_events: none", "backup: none, cross_region: false"


class Written(NamedTuple):
    """A plan that has a control, and the calls that change something when it is made and taken back."""

    scene: Scene
    writes: frozenset[str]


def _bucket(guard: Guard, _: Path) -> Plan:
    guard.make()
    return guard.plan()


def _asking(guard: Guard, folder: Path) -> Plan:
    """A bucket whose readers need a tag, with the key of its level, and whose events are told."""
    guard.own_policy(
        folder,
        "policies: [{name: who, where: {type: s3_bucket}, set: {tag_access: clearance, key_tag_access: clearance, event_notifications: true}}]",
    )
    guard.make()
    make_key(guard.aws)
    return guard.plan()


def _grant(guard: Guard, folder: Path) -> Plan:
    """A bucket that has no policy before, and none after."""
    guard.own_policy(
        folder, "policies: [{name: who, where: {type: s3_bucket}, set: {tag_access: clearance, tls_only: false}}]"
    )
    guard.make()
    return guard.plan()


def _table(guard: Guard, _: Path) -> Plan:
    make_table(guard)
    return guard.plan(TABLE)


def _key(guard: Guard, _: Path) -> Plan:
    make_table(guard)
    guard.aws.client("kms").disable_key_rotation(KeyId=make_key(guard.aws))
    return guard.plan(TABLE)


def _database(guard: Guard, _: Path) -> Plan:
    make_database(guard)
    return guard.plan(DATABASE)


def _cluster(guard: Guard, _: Path) -> Plan:
    make_cluster(guard)
    return guard.plan(CLUSTER)


def _snapshots(guard: Guard, resource: str) -> Plan:
    make_database(guard)
    make_cluster(guard)
    make_snapshots(guard)
    return guard.plan(resource)


def _volumes(guard: Guard, _: Path) -> Plan:
    make_volume(guard)
    return guard.plan(VOLUMES)


def _public_snapshot(guard: Guard, _: Path) -> Plan:
    share_snapshot(guard, make_volume(guard), groups=["all"], users=["999999999999"])
    return guard.plan(VOLUMES)


def _watched(guard: Guard, folder: Path) -> Plan:
    guard.own_policy(folder, ONLY % f"{NO_BACKUPS}, data_events: none", is_apart=False)
    guard.make()
    make_table(guard)
    return guard.plan(URI, TABLE)


def _backed_up(guard: Guard, folder: Path, kind: str = "table") -> Plan:
    guard.own_policy(folder, ONLY % NO_WATCHING, is_apart=False)
    if kind.startswith("bucket"):
        # Only what keeps versions is backed up.
        guard.make(level=Level.CONFIDENTIAL)
        guard.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        if kind == "bucket whose tags decide":
            guard.s3.put_bucket_abac(Bucket="lake", AbacStatus={"Status": "Enabled"})
        return guard.plan(URI)
    make = {"table": make_table, "database": make_database, "volume": make_volume}[kind]
    return guard.plan(make(guard, Level.INTERNAL))


def _plan_of_others(guard: Guard, folder: Path) -> Plan:
    """A plan by the name of the one that is asked for, which somebody made something else of."""
    client = guard.aws.client("backup")
    client.create_backup_vault(BackupVaultName="theirs")
    rule = {"RuleName": "theirs", "TargetBackupVaultName": "theirs", "ScheduleExpression": "cron(0 5 ? * * *)"}
    client.create_backup_plan(BackupPlan={"BackupPlanName": "assay-internal-weekly-90d", "Rules": [rule]})
    return _backed_up(guard, folder)


def _logged(guard: Guard, folder: Path) -> Plan:
    guard.own_policy(folder, ONLY % f"{NO_BACKUPS}, monitoring: none", is_apart=False)
    make_table(guard)
    make_trail(guard)
    return guard.plan(TABLE)


def _not_logged(guard: Guard, folder: Path) -> Plan:
    guard.own_policy(folder, ONLY % f"{NO_BACKUPS}, monitoring: none", is_apart=False)
    make_table(guard)
    return guard.plan(TABLE)


def _incident(guard: Guard, principal: str) -> Plan:
    make_people(guard.aws)
    told = Incident(
        source="person", reference="", what="test", severity="high", account="", buckets=(), principals=(principal,)
    )
    return plan_incident(guard.protection, told, lock=False, spared=(), at=datetime.now(UTC), by="ada")


def _of(scene: Scene, **writes: str) -> dict[str, Written]:
    """Controls of a scene, each with its calls; `__` stands before what of it is meant."""
    return {name.replace("__", "+"): Written(scene, frozenset(calls.split())) for name, calls in writes.items()}


_INSTANCE, _CLUSTERS = "rds.ModifyDBInstance", "rds.ModifyDBCluster"
SCENES: Mapping[str, Written] = {
    **_of(
        _bucket,
        kms_key="kms.CreateKey kms.EnableKeyRotation kms.CreateAlias",
        s3_log_bucket="s3.CreateBucket s3.PutBucketPolicy s3.PutBucketTagging",
        s3_tls_only="s3.PutBucketPolicy s3.DeleteBucketPolicy",
        s3_public_access_block="s3.PutPublicAccessBlock s3.DeletePublicAccessBlock",
        s3_acls_off="s3.PutBucketOwnershipControls s3.DeleteBucketOwnershipControls",
        s3_encryption="s3.PutBucketEncryption",
        s3_versioning="s3.PutBucketVersioning",
        s3_lifecycle="s3.PutBucketLifecycleConfiguration s3.DeleteBucketLifecycle",
        s3_logging="s3.PutBucketLogging",
    ),
    **_of(
        _asking,
        s3_statements="s3.PutBucketPolicy",
        kms_statements="kms.PutKeyPolicy",
        s3_events="s3.PutBucketNotificationConfiguration",
    ),
    **_of(_grant, s3_statements__alone="s3.PutBucketPolicy s3.DeleteBucketPolicy"),
    **_of(
        _table,
        dynamodb_recovery="dynamodb.UpdateContinuousBackups",
        dynamodb_deletion_protection="dynamodb.UpdateTable",
        dynamodb_encryption="dynamodb.UpdateTable",
    ),
    **_of(_key, kms_rotation="kms.EnableKeyRotation kms.DisableKeyRotation"),
    **_of(
        _database,
        rds_copy_tags=_INSTANCE,
        rds_deletion_protection=_INSTANCE,
        rds_log_exports=_INSTANCE,
        rds_backups=_INSTANCE,
        rds_iam_authentication=_INSTANCE,
        rds_private=_INSTANCE,
    ),
    **_of(
        _cluster,
        rds_copy_tags__cluster=_CLUSTERS,
        rds_deletion_protection__cluster=_CLUSTERS,
        rds_log_exports__cluster=_CLUSTERS,
        rds_backups__cluster=_CLUSTERS,
        rds_iam_authentication__cluster=_CLUSTERS,
    ),
    **_of(lambda guard, _: _snapshots(guard, SNAPSHOT), rds_snapshot_private="rds.ModifyDBSnapshotAttribute"),
    **_of(
        lambda guard, _: _snapshots(guard, SNAPSHOT_OF_CLUSTER),
        rds_snapshot_private__cluster="rds.ModifyDBClusterSnapshotAttribute",
    ),
    **_of(
        _volumes,
        ebs_default_key="ec2.ModifyEbsDefaultKmsKeyId ec2.ResetEbsDefaultKmsKeyId",
        ebs_default_encryption="ec2.EnableEbsEncryptionByDefault ec2.DisableEbsEncryptionByDefault",
        ebs_snapshot_block="ec2.EnableSnapshotBlockPublicAccess ec2.DisableSnapshotBlockPublicAccess",
    ),
    **_of(_public_snapshot, ebs_snapshot_private="ec2.ModifySnapshotAttribute"),
    **_of(
        _watched,
        s3_request_metrics="s3.PutBucketMetricsConfiguration s3.DeleteBucketMetricsConfiguration",
        dynamodb_insights="dynamodb.UpdateContributorInsights",
        alarms="cloudwatch.PutMetricAlarm cloudwatch.DeleteAlarms",
    ),
    **_of(
        _backed_up,
        backup_role="iam.CreateRole iam.AttachRolePolicy",
        backup_vault="backup.CreateBackupVault",
        backup_plan="backup.CreateBackupPlan backup.CreateBackupSelection",
        backup_join="dynamodb.TagResource dynamodb.UntagResource",
    ),
    **_of(_plan_of_others, backup_plan__others="backup.UpdateBackupPlan backup.CreateBackupSelection"),
    **_of(partial(_backed_up, kind="bucket"), backup_join__bucket="s3.PutBucketTagging"),
    **_of(
        partial(_backed_up, kind="bucket whose tags decide"),
        backup_join__abac="s3control.TagResource s3control.UntagResource",
    ),
    **_of(
        partial(_backed_up, kind="database"),
        backup_join__database="rds.AddTagsToResource rds.RemoveTagsFromResource",
    ),
    **_of(partial(_backed_up, kind="volume"), backup_join__volume="ec2.CreateTags ec2.DeleteTags"),
    **_of(_logged, data_events="cloudtrail.PutEventSelectors"),
    **_of(
        _not_logged,
        cloudtrail_trail="s3.CreateBucket s3.PutPublicAccessBlock s3.PutBucketPolicy cloudtrail.CreateTrail cloudtrail.StartLogging",
    ),
    **_of(lambda guard, _: _incident(guard, USER), iam_quarantine="iam.PutUserPolicy iam.DeleteUserPolicy"),
    **_of(lambda guard, _: _incident(guard, ROLE), iam_quarantine__role="iam.PutRolePolicy iam.DeleteRolePolicy"),
}  # fmt: skip
"""By control, and behind a plus what of it is meant where that is not all."""
