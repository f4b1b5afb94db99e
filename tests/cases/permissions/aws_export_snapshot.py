"""The newest snapshot of an instance is looked for, the bucket and the key are looked at, an export is started; of a cluster, too."""

from __future__ import annotations

from proving import Stage

from assay.store.engine import open_catalog

ACCOUNT = "arn:aws:rds:eu-west-1:123456789012"


def scenario(stage: Stage) -> None:
    """An export of an instance's snapshot; a cluster without one."""
    rds = stage.aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="planted-master-1",
    )  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier="shop-1", DBInstanceIdentifier="shop")
    stage.aws.client("s3").create_bucket(
        Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    key = stage.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    catalog = str(stage.folder / "catalog.db")
    open_catalog(catalog, create=True).close()
    given = (
        "--bucket",
        "exports",
        "--role",
        "arn:aws:iam::123456789012:role/export",
        "--key",
        key,
        "--catalog",
        catalog,
    )
    assert stage.assay("aws", "export-snapshot", f"{ACCOUNT}:db:shop", *given, "--yes") == 0
    assert stage.assay("aws", "export-snapshot", f"{ACCOUNT}:cluster:other", *given) == 3
