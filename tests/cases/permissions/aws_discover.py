"""What `aws discover` calls: the short ways, and the longer ones where those are refused."""

from __future__ import annotations

from awsservers import ACCOUNT
from proving import Stage
from sqlalchemy import text
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.store.engine import open_catalog

HERE = ("--region", "eu-west-1", "--quiet")


def scenario(stage: Stage) -> None:
    _estate(stage)
    assert stage.assay("aws", "discover", *HERE) == 0
    # Each service is asked for tags only where the list of all is refused.
    stage.aws.strict.deny("resourcegroupstaggingapi.GetResources", times=1)
    assert stage.assay("aws", "discover", *HERE) == 0
    assert stage.assay("aws", "discover", "--organization", "--role-name", "reader", *HERE) == 0
    # Whether a database was used matters only where its scan is old.
    _scanned_long_ago(stage)
    assert stage.assay("aws", "discover", "--catalog", "estate.db", *HERE) == 0


def _estate(stage: Stage) -> None:
    aws = stage.aws
    where = {"LocationConstraint": "eu-west-1"}
    aws.client("s3").create_bucket(Bucket="orders", CreateBucketConfiguration=where)
    aws.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="admin1", MasterUserPassword="only-for-tests",
    )  # fmt: skip
    aws.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    aws.client("opensearch").create_domain(DomainName="search")
    aws.client("glue").create_database(DatabaseInput={"Name": "lakehouse"})
    here = f"arn:aws:{{}}:eu-west-1:{ACCOUNT}:"
    lab = {"workgroupArn": here.format("redshift-serverless") + "workgroup/1", "workgroupName": "lab"}
    aws.strict.holds("redshift-serverless", "workgroups", lab)
    docs = {"clusterArn": here.format("docdb-elastic") + "cluster/1", "clusterName": "docs", "status": "ACTIVE"}
    described = {"adminUserName": "a", "authType": "PLAIN_TEXT", "clusterEndpoint": "docs.example", "createTime": "", "kmsKeyId": "k",
                 "preferredMaintenanceWindow": "sun:05:00-sun:06:00", "shardCapacity": 2, "shardCount": 1, "subnetIds": [],
                 "vpcSecurityGroupIds": []}  # fmt: skip
    aws.strict.holds("docdb-elastic", "clusters", docs | described)
    organizations = aws.client("organizations", "us-east-1")
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(Email="a@example.com", AccountName="a")


def _scanned_long_ago(stage: Stage) -> None:
    (shop,) = stage.aws.client("rds").describe_db_instances()["DBInstances"]
    uri = f"postgresql://{shop['Endpoint']['Address']}:{shop['Endpoint']['Port']}/shop/public/customers"
    with open_catalog("estate.db", create=True) as catalog:
        recording = begin(catalog, ["made"], ruleset="r", governance="g", sampling="all", options={})
        recording.take(made.finding(resource=uri))
        recording.take(made.classification(resource=uri))
        recording.finish(made.summary())
        with catalog.transaction() as connection:
            connection.execute(text("UPDATE resources SET seen_at = '2026-01-01T12:00:00.000000Z'"))
