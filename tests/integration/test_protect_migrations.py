"""Replacements step by step, each as a person makes it; how far they are is told after each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import DATABASE, Guard, make_database, make_key, make_volume

from assay.app.permissions import calls_of
from assay.app.protection.migrating import migration_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.protect.migrations import Stage, Step
from assay.store.engine import open_catalog

D, N, L, P = Stage.DONE, Stage.NEXT, Stage.LATER, Stage.PERSON


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def steps(resource: str, key: str = "alias/assay-restricted") -> list[Step]:
    return migration_of(Session(Access(), calls_of("protect migration")), resource, ACCOUNT, key)


def stages(resource: str) -> list[Stage]:
    return [step.stage for step in steps(resource)]


def test_an_instance_from_its_first_step_to_its_last(guard: Guard) -> None:
    make_database(guard, None, DeletionProtection=False, Tags=[{"Key": "Team", "Value": "hr"}])
    key, rds = make_key(guard.aws), guard.aws.client("rds")
    assert stages(DATABASE) == [P, N, L, L, L, L, L]
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="shop-before")
    assert stages(DATABASE) == [D, D, N, L, L, L, L]
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier="shop-before", TargetDBSnapshotIdentifier="shop-encrypted", KmsKeyId=key
    )
    assert stages(DATABASE) == [D, D, D, N, L, L, L]
    rds.restore_db_instance_from_db_snapshot(
        DBSnapshotIdentifier="shop-encrypted", DBInstanceIdentifier="shop-new", PubliclyAccessible=True
    )
    _encrypt(guard, "shop-new", key)
    assert stages(DATABASE) == [D, D, D, D, P, N, L]
    assert "its settings are as before" in steps(DATABASE)[4].detail
    rds.modify_db_instance(DBInstanceIdentifier="shop-new", BackupRetentionPeriod=7, ApplyImmediately=True)
    assert steps(DATABASE)[4].detail == "not as before: backups"
    rds.modify_db_instance(DBInstanceIdentifier="shop", NewDBInstanceIdentifier="shop-old", ApplyImmediately=True)
    rds.modify_db_instance(DBInstanceIdentifier="shop-new", NewDBInstanceIdentifier="shop", ApplyImmediately=True)
    assert stages(DATABASE) == [D, D, D, D, D, D, N]
    rds.delete_db_instance(DBInstanceIdentifier="shop-old", SkipFinalSnapshot=True)
    rds.delete_db_snapshot(DBSnapshotIdentifier="shop-before")
    rds.delete_db_snapshot(DBSnapshotIdentifier="shop-encrypted")
    assert stages(DATABASE) == [D] * 7


def _encrypt(guard: Guard, name: str, key: str) -> None:
    """The emulator leaves that out when it restores."""
    from moto.rds.models import rds_backends

    found = rds_backends[ACCOUNT][REGION].databases[name]
    found.storage_encrypted, found.kms_key_id = True, key


def test_a_copy_that_is_not_encrypted_or_with_another_key_is_wrong(guard: Guard) -> None:
    make_database(guard, None)
    make_key(guard.aws)
    rds = guard.aws.client("rds")
    rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="shop-before")
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="shop-before", TargetDBSnapshotIdentifier="shop-encrypted")
    assert (stages(DATABASE)[2], "not encrypted" in steps(DATABASE)[2].detail) == (Stage.WRONG, True)
    assert stages(DATABASE)[3:] == [L] * 4
    rds.delete_db_snapshot(DBSnapshotIdentifier="shop-encrypted")
    other = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier="shop-before", TargetDBSnapshotIdentifier="shop-encrypted", KmsKeyId=other
    )
    assert (stages(DATABASE)[2], other in steps(DATABASE)[2].detail) == (Stage.WRONG, True)


def test_a_volume_from_its_first_step_to_its_last(guard: Guard) -> None:
    volume, key, ec2 = make_volume(guard, None), make_key(guard.aws), guard.aws.client("ec2")
    name = volume.rpartition("/")[2]

    def mark(kind: str) -> dict[str, Any]:
        tag = {"Key": "assay:migration", "Value": name}
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": [tag]}]}

    assert stages(volume) == [P, N, L, L, L, L]
    first = ec2.create_snapshot(VolumeId=name, **mark("snapshot"))["SnapshotId"]
    assert stages(volume) == [D, D, N, L, L, L]
    copy = ec2.copy_snapshot(
        SourceRegion=REGION, SourceSnapshotId=first, Encrypted=True, KmsKeyId=key, **mark("snapshot")
    )["SnapshotId"]
    _keyed(copy, key)
    assert stages(volume) == [D, D, D, N, L, L]
    made = ec2.create_volume(
        AvailabilityZone=f"{REGION}a", SnapshotId=copy, Encrypted=True, KmsKeyId=key, **mark("volume")
    )["VolumeId"]
    assert stages(volume) == [D, D, D, D, N, L]
    instance = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.attach_volume(VolumeId=made, InstanceId=instance, Device="/dev/sdf")
    assert stages(volume) == [D, D, D, D, D, N]
    ec2.delete_volume(VolumeId=name)
    ec2.delete_snapshot(SnapshotId=first)
    assert stages(volume) == [D] * 6


def _keyed(snapshot: str, key: str) -> None:
    """The emulator leaves out what a copy is encrypted with."""
    from moto.ec2.models import ec2_backends

    found = ec2_backends[ACCOUNT][REGION].snapshots[snapshot]
    found.encrypted, found.kms_key_id = True, key


def test_what_is_none_of_these(guard: Guard) -> None:
    for wrong in (
        "shop",
        "s3://lake",
        f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:monday",
        DATABASE.replace(ACCOUNT, "9" * 12),
    ):
        with pytest.raises(UsageError):
            steps(wrong)
    with pytest.raises(AwsError, match="there is no"):
        steps(DATABASE)
    make_database(guard, None)
    guard.aws.strict.deny("rds.DescribeDBSnapshots")
    with pytest.raises(AwsError):
        steps(DATABASE)
