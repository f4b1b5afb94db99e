"""Whether something is there still. Only a service's own answer that it has none of that name says that it is not: no permission, an answer of
something in between and no answer say nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.session import Calls, Session
from assay.aws.tagsets import place_of

PRINCIPALS: Calls = frozenset({"iam.ListRolePolicies", "iam.ListUserPolicies"})
"""Of whom it is asked which policies they have, not what they are: it is what whoever looks at those needs anyway, and says as well that there is none."""
CALLS: Calls = PRINCIPALS | {
    "s3.GetBucketLocation", "dynamodb.DescribeTable", "rds.DescribeDBInstances", "rds.DescribeDBClusters", "rds.DescribeDBSnapshots",
    "rds.DescribeDBClusterSnapshots", "ec2.DescribeVolumes", "ec2.DescribeSnapshots",
}  # fmt: skip
_BUCKETS = "s3://"


class _Question(NamedTuple):
    """A call that describes one thing: the client's `method`, the parameter that names it, and the codes of a service that has none such."""

    method: str
    named: str
    absent: tuple[str, ...]
    in_list: bool = False


_OF_BUCKETS = _Question("get_bucket_location", "Bucket", ("NoSuchBucket",))
_BY_KIND = {
    ("dynamodb", "table"): _Question("describe_table", "TableName", ("ResourceNotFoundException",)),
    ("rds", "db"): _Question(
        "describe_db_instances", "DBInstanceIdentifier", ("DBInstanceNotFound", "DBInstanceNotFoundFault")
    ),
    ("rds", "cluster"): _Question("describe_db_clusters", "DBClusterIdentifier", ("DBClusterNotFoundFault",)),
    ("rds", "snapshot"): _Question(
        "describe_db_snapshots", "DBSnapshotIdentifier", ("DBSnapshotNotFound", "DBSnapshotNotFoundFault")
    ),
    ("rds", "cluster-snapshot"): _Question(
        "describe_db_cluster_snapshots", "DBClusterSnapshotIdentifier", ("DBClusterSnapshotNotFoundFault",)
    ),
    ("ec2", "volume"): _Question("describe_volumes", "VolumeIds", ("InvalidVolume.NotFound",), in_list=True),
    ("ec2", "snapshot"): _Question("describe_snapshots", "SnapshotIds", ("InvalidSnapshot.NotFound",), in_list=True),
    ("iam", "role"): _Question("list_role_policies", "RoleName", ("NoSuchEntity",)),
    ("iam", "user"): _Question("list_user_policies", "UserName", ("NoSuchEntity",)),
}


def is_gone(session: Session, account: str, resource: str) -> bool:
    """Whether a bucket, a table, a database, a volume, a snapshot, a user or a role of `account`, which is that of the session, is surely not
    there; of anything else nobody knows it. Raises `AwsError` where the session may not ask."""
    if resource.startswith(_BUCKETS):
        place = place_of(resource)
        owner = {"ExpectedBucketOwner": account}
        return not place.key and _has_none(session.client("s3"), _OF_BUCKETS, place.bucket, owner)
    if not resource.startswith("arn:"):
        return False
    arn = parse(resource)
    question = _BY_KIND.get((arn.service, arn.kind))
    if question is None:
        return False
    # Users and roles are of no region, and called by what stands behind their path.
    region, name = (
        (arn.region, arn.name) if arn.region else (session.region or "us-east-1", arn.name.rpartition("/")[2])
    )
    return _has_none(session.client(arn.service, region), question, name, {})


def _has_none(client: Any, question: _Question, name: str, more: dict[str, str]) -> bool:
    named = {question.named: [name] if question.in_list else name}
    try:
        getattr(client, question.method)(**named, **more)
    except refusals() as error:
        return code_of(error) in question.absent
    return False
