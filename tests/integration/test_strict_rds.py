"""What RDS and EC2 refuse of changes of databases and of what an account has set for volumes, the strict layer does; what waits, waits."""

from __future__ import annotations

from typing import Any

import pytest
from awsservers import REGION, Aws
from strictly import refused

INSTANCE = {
    "DBInstanceIdentifier": "shop", "Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20,
    "MasterUsername": "admin", "MasterUserPassword": "not-a-secret", "BackupRetentionPeriod": 1,
}  # fmt: skip


@pytest.fixture
def rds(aws: Aws) -> Any:
    """A client, and an instance `shop`."""
    client = aws.client("rds")
    client.create_db_instance(**INSTANCE)
    return client


def described(rds: Any) -> dict[str, Any]:
    rds.describe_db_instances(DBInstanceIdentifier="shop")
    (found,) = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"]
    return dict(found)


def test_what_is_not_asked_for_at_once_waits_and_what_is_takes_it_along(rds: Any) -> None:
    rds.modify_db_instance(DBInstanceIdentifier="shop", DBInstanceClass="db.m5.large")
    rds.modify_db_instance(DBInstanceIdentifier="shop", EnableIAMDatabaseAuthentication=True, BackupRetentionPeriod=0)
    found = described(rds)
    assert found["PendingModifiedValues"] == {
        "DBInstanceClass": "db.m5.large", "IAMDatabaseAuthenticationEnabled": True, "BackupRetentionPeriod": 0,
    }  # fmt: skip
    assert (found["DBInstanceClass"], found["IAMDatabaseAuthenticationEnabled"]) == ("db.t3.micro", False)
    # These are made at once whatever is said, and take nothing along; so is another number of days.
    rds.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=True, PubliclyAccessible=False)
    found = described(rds)
    assert (found["DeletionProtection"], found["DBInstanceClass"]) == (True, "db.t3.micro")
    rds.modify_db_instance(DBInstanceIdentifier="shop", CopyTagsToSnapshot=True, ApplyImmediately=True)
    found = described(rds)
    assert (found["DBInstanceClass"], found["BackupRetentionPeriod"]) == ("db.m5.large", 0)
    assert not found.get("PendingModifiedValues")


def test_what_is_refused_of_databases(rds: Any, aws: Aws) -> None:
    wrong = [
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["general"]}}, "InvalidParameterCombination"),
    ]
    for change, code in wrong:
        assert refused(rds.modify_db_instance, DBInstanceIdentifier="shop", **change) == (code, 400)
    rds.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=True)
    told = refused(rds.modify_db_instance, DBInstanceIdentifier="shop", DeletionProtection=False)
    assert told == ("InvalidDBInstanceState", 400)
    rds.create_db_cluster(
        DBClusterIdentifier="aurora", Engine="aurora-mysql", MasterUsername="a", MasterUserPassword="not-a-secret"
    )
    rds.create_db_instance(
        DBInstanceIdentifier="one", Engine="aurora-mysql", DBInstanceClass="db.t3.micro", DBClusterIdentifier="aurora"
    )
    assert refused(rds.modify_db_instance, DBInstanceIdentifier="one", DeletionProtection=True)[0] == (
        "InvalidParameterCombination"
    )
    aws.strict.unsettled("rds:aurora", "upgrading", 9)
    told = refused(rds.modify_db_cluster, DBClusterIdentifier="aurora", DeletionProtection=True)
    assert told[0] == "InvalidDBClusterStateFault"


def test_encrypted_snapshots_are_not_for_everybody(rds: Any, aws: Aws) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    rds.create_db_instance(**INSTANCE | {"DBInstanceIdentifier": "safe", "StorageEncrypted": True, "KmsKeyId": key})
    rds.create_db_snapshot(DBInstanceIdentifier="safe", DBSnapshotIdentifier="safe")
    share = {"DBSnapshotIdentifier": "safe", "AttributeName": "restore", "ValuesToAdd": ["all"]}
    assert refused(rds.modify_db_snapshot_attribute, **share)[0] == "InvalidParameterValue"


def test_what_an_account_has_set_for_volumes(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    # It is not looked at whether there is such a key.
    ec2.modify_ebs_default_kms_key_id(KmsKeyId="alias/none")
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/none"
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert refused(ec2.enable_snapshot_block_public_access, State="unblocked")[0] == "InvalidParameterValue"
    aws.strict.declared()
    assert refused(ec2.enable_snapshot_block_public_access, State="block-all-sharing")[0] == "OperationNotPermitted"


def test_whom_a_snapshot_of_a_volume_is_shared_with(aws: Aws) -> None:
    ec2 = aws.client("ec2")

    def snapshot(**more: Any) -> dict[str, Any]:
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, **more)["VolumeId"]
        name = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        return {
            "SnapshotId": name,
            "Attribute": "createVolumePermission",
            "OperationType": "add",
            "GroupNames": ["all"],
        }

    share = ec2.modify_snapshot_attribute
    assert refused(share, **snapshot() | {"OperationType": "replace"})[0] == "InvalidParameterValue"
    assert refused(share, **snapshot() | {"Attribute": "productCodes"})[0] == "InvalidParameterValue"
    assert refused(share, **snapshot() | {"SnapshotId": "snap-0"})[0] == "InvalidSnapshot.NotFound"
    assert refused(share, **snapshot(Encrypted=True))[0] == "OperationNotPermitted"
    public = snapshot()
    share(**public)
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    assert refused(share, **public)[0] == "OperationNotPermitted"
    share(**public | {"OperationType": "remove"})
