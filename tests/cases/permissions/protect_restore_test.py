"""A table and a bucket that were backed up are restored, compared, and deleted."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from protecting_for_tests import Guard, make_table
from proving import Stage

from assay.model import Level
from assay.store.engine import open_catalog


def prepare(stage: Stage) -> None:
    """Both are in a plan of AWS Backup, which ran."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        guard = Guard(aws=stage.aws, catalog=made)
        guard.own_policy(Path(stage.folder), "policies: [{name: own, set: {tls_only: false}}]", is_apart=False)
        guard.make(level=Level.CONFIDENTIAL)
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan("s3://lake", "dynamodb://orders"))
    stage.aws.client("s3").put_object(Bucket="lake", Key="a.csv", Body=b"name\n")
    stage.aws.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "1"}})
    stage.aws.strict.backs_up(at=datetime.now(UTC) + timedelta(hours=1))


def scenario(stage: Stage) -> None:
    """Restored by the command."""
    assert stage.assay("protect", "restore-test", "s3://lake", "dynamodb://orders", "--execute") == 0
