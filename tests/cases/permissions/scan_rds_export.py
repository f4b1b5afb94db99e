"""An export is looked for, and whose it is; its files are listed and read."""

from __future__ import annotations

from proving import Stage


def scenario(stage: Stage) -> None:
    """One of an instance's snapshot, one of a cluster's."""
    s3, rds = stage.aws.client("s3"), stage.aws.client("rds")
    s3.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    told = b'{"perTableStatus": []}'
    s3.put_object(Bucket="orders", Key="shop/export_tables_info_shop_from_1_to_1.json", Body=told)
    rds.create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="planted-master-1",
    )  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier="shop-1", DBInstanceIdentifier="shop")
    rds.create_db_cluster(
        DBClusterIdentifier="crm",
        Engine="aurora-postgresql",
        MasterUsername="admin",
        MasterUserPassword="planted-master-1",
    )
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="crm-1", DBClusterIdentifier="crm")
    key = stage.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    for kind, name in (("snapshot", "shop"), ("cluster-snapshot", "crm")):
        rds.start_export_task(
            ExportTaskIdentifier=name, SourceArn=f"arn:aws:rds:eu-west-1:123456789012:{kind}:{name}-1", S3BucketName="orders",
            IamRoleArn="arn:aws:iam::123456789012:role/export", KmsKeyId=key,
        )  # fmt: skip
        assert stage.assay("scan", f"rds://{name}?export={name}", "--jobs", "1") == 0
