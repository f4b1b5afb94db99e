"""Incidents that keep evidence, and replacements, as scenarios of permissions play them."""

from __future__ import annotations

import os

from awsservers import ACCOUNT, REGION
from protecting_for_tests import CLUSTER, DATABASE, TABLE
from proving import Stage

from assay.store import plans
from assay.store.engine import open_catalog


def newest() -> str:
    """The plan that was made last."""
    with open_catalog(os.environ["ASSAY_CATALOG"]) as made, made.reading() as connection:
        return plans.listed(connection, limit=1)[0].id


def planned_replacement(stage: Stage, arn: str, what: str) -> str:
    """A plan of `--plan` or `--sign-off`, with a key that is there."""
    assert stage.assay("protect", "migration", arn, "--key", "alias/theirs", what) == 0
    return newest()


def attached(stage: Stage) -> str:
    """A volume at an instance."""
    ec2, zone = stage.aws.client("ec2"), f"{REGION}a"
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": zone}
    )
    ec2.attach_volume(VolumeId=volume, InstanceId=made["Instances"][0]["InstanceId"], Device="/dev/sdf")
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{volume}"


def cluster(stage: Stage, name: str) -> str:
    """A cluster with an instance and a role."""
    rds = stage.aws.client("rds")
    made = {"DBClusterIdentifier": name, "Engine": "aurora-postgresql"}
    rds.create_db_cluster(**made, MasterUsername="admin", MasterUserPassword="not-a-secret")
    rds.create_db_instance(**made, DBInstanceIdentifier=f"{name}-1", DBInstanceClass="db.r6g.large")
    role = f"arn:aws:iam::{ACCOUNT}:role/imports"
    rds.add_role_to_db_cluster(DBClusterIdentifier=name, RoleArn=role, FeatureName="s3Import")
    return f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{name}"


def evidence(stage: Stage, volume: str) -> str:
    """The plan of an incident that keeps all that can be kept."""
    stage.aws.client("logs").create_log_group(logGroupName="plain")
    key = "AWSLogs/CloudTrail/eu-west-1/2026/11/30/x.gz"
    stage.aws.client("s3").put_object(Bucket="theirs-logs", Key=key, Body=b"x")
    kept = [part for each in (DATABASE, CLUSTER, TABLE, volume, "s3://lake") for part in ("--resource", each)]
    stage.assay(
        "protect", "incident", "open", *kept, "--trail", "s3://theirs-logs/AWSLogs/", "--log-group", "plain", "--days", "90", "--object-lock"
    )  # fmt: skip
    return newest()


def made(stage: Stage, plan: str) -> str:
    """Approved and applied, as often as it takes."""
    assert stage.assay("protect", "approve", plan) == 0
    codes = [stage.assay("protect", "apply", plan, "--execute") for _ in range(3)]
    assert codes[-1] == 0, codes
    return plan
