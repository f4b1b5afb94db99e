"""A table, a bucket, two databases and a volume that were backed up are restored, compared as far as can be, and deleted."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from protecting_for_tests import CLUSTER, DATABASE, Guard, make_cluster, make_database, make_table, make_volume
from proving import Stage

from assay.model import Level
from assay.store.engine import open_catalog


def prepare(stage: Stage) -> None:
    """All are in a plan of AWS Backup, which ran."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        guard = Guard(aws=stage.aws, catalog=made)
        guard.own_policy(Path(stage.folder), "policies: [{name: own, set: {tls_only: false}}]", is_apart=False)
        guard.make(level=Level.CONFIDENTIAL)
        make_table(guard, Level.INTERNAL)
        make_database(guard, Level.INTERNAL)
        make_cluster(guard, Level.INTERNAL)
        member = {"DBClusterIdentifier": "aurora", "Engine": "aurora-postgresql", "DBInstanceClass": "db.r6g.large"}
        stage.aws.client("rds").create_db_instance(DBInstanceIdentifier="aurora-1", **member)
        volume = make_volume(guard, Level.INTERNAL)
        guard.apply(guard.plan("s3://lake", "dynamodb://orders", DATABASE, CLUSTER, volume))
    Path("volume").write_text(volume)
    group = stage.aws.client("ec2").create_security_group(GroupName="apart", Description="restores")["GroupId"]
    Path("group").write_text(group)
    stage.aws.client("s3").put_object(Bucket="lake", Key="a.csv", Body=b"name\n")
    stage.aws.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "1"}})
    stage.aws.strict.backs_up(at=datetime.now(UTC) + timedelta(hours=1))


def scenario(stage: Stage) -> None:
    """Restored by the command. No database is entered: the tunnel of its login leads to the original alone."""
    assert (
        stage.assay(
            "protect", "restore-test", "s3://lake", "dynamodb://orders", Path("volume").read_text(), "--execute"
        )
        == 0
    )
    os.environ["ASSAY_DATABASE_LOGINS"] = "rds://reader@*/shop?tunnel=127.0.0.1:1"
    apart = ("--security-group", Path("group").read_text())
    assert stage.assay("protect", "restore-test", DATABASE, CLUSTER, *apart, "--execute") == 3
