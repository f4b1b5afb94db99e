"""How far the replacement of a database, a cluster or a volume has come: what there is is read, and nothing is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.arn import Arn, parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.keys import key_of
from assay.aws.paging import items
from assay.aws.rdssettings import database_of, is_cluster, snapshot_of
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError, UsageError
from assay.model.replacement import COPY, STEP, TAG
from assay.protect.migrations import Facts, Step, cluster_steps, instance_steps, volume_steps

CALLS: Calls = KEYS | {
    "rds.DescribeDBInstances",
    "rds.DescribeDBSnapshots",
    "rds.DescribeDBClusters",
    "rds.DescribeDBClusterSnapshots",
    "ec2.DescribeVolumes",
    "ec2.DescribeSnapshots",
}

KINDS = (("rds", "db"), ("rds", "cluster"), ("ec2", "volume"))
"""What is replaced, as ARNs name it."""
NO_KIND = "is not replaced step by step; give the ARN of an instance or a cluster of RDS, or of a volume of EBS"


def arn_of(resource: str, account: str | None = None) -> Arn:
    """What is replaced, of `account` where one is given. Raises `UsageError` for what is not replaced step by step, and what is of another
    account."""
    try:
        arn = parse(resource)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if (arn.service, arn.kind) not in KINDS:
        raise UsageError(f"{resource}: {NO_KIND}")
    if account is not None and arn.account != account:
        raise UsageError(f"{resource}: is of account {arn.account}, and the credentials of {account}")
    return arn


def migration_of(session: Session, resource: str, account: str, key: str) -> list[Step]:
    """The steps of the replacement of an instance or a cluster of RDS, or a volume of EBS, for a key by its ARN or alias. Raises
    `AwsError`, `UsageError`."""
    arn = arn_of(resource, account)
    named = _arn_of(session, key, arn.region)
    if arn.service == "rds":
        told = cluster_steps if is_cluster(arn) else instance_steps
        return told(arn.name, named, _of_database(session, arn))
    return volume_steps(arn.name, named, _of_volume(session, arn))


def _arn_of(session: Session, key: str, region: str) -> str:
    """The ARN of the key, where it can be seen; else it is told as it was named."""
    try:
        return key_of(session, key, region).arn
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return key
        raise


def _of_database(session: Session, arn: Arn) -> Facts:
    def database(end: str) -> Mapping[str, Any] | None:
        return _there(lambda: database_of(session, str(arn._replace(resource=f"{arn.kind}:{arn.name}{end}"))))

    def snapshot(end: str) -> Mapping[str, Any] | None:
        kind = "cluster-snapshot" if is_cluster(arn) else "snapshot"
        return _there(lambda: snapshot_of(session, str(arn._replace(resource=f"{kind}:{arn.name}{end}"))))

    facts = Facts(
        old=database(""),
        new=database("-new"),
        kept=database("-old"),
        first=snapshot("-before"),
        copy=snapshot("-encrypted"),
    )
    if facts.old is None and facts.kept is None:
        raise AwsError(NOT_FOUND, f"RDS: there is no {arn} here")
    return facts


def _of_volume(session: Session, arn: Arn) -> Facts:
    client = session.client("ec2", arn.region)
    marked = [{"Name": f"tag:{TAG}", "Values": [arn.name]}]
    try:
        snapshots = list(items(client, "describe_snapshots", "Snapshots", Filters=marked, OwnerIds=[arn.account]))
        made = list(items(client, "describe_volumes", "Volumes", Filters=marked))
        own = list(items(client, "describe_volumes", "Volumes", Filters=[{"Name": "volume-id", "Values": [arn.name]}]))
    except refusals() as error:
        raise told(error, "EC2") from None
    if not own and not made:
        raise AwsError(NOT_FOUND, f"EC2: there is no {arn} here, and nothing that was made for it")
    return Facts(
        old=own[0] if own else None,
        new=made[0] if made else None,
        first=next((each for each in snapshots if not _is_copy(each)), None),
        copy=next((each for each in snapshots if _is_copy(each)), None),
    )


def _is_copy(snapshot: Mapping[str, Any]) -> bool:
    """By the tag that plans give it; of what people made, the encrypted one is."""
    step = next((each["Value"] for each in snapshot.get("Tags") or () if each["Key"] == STEP), None)
    return bool(snapshot.get("Encrypted")) if step is None else bool(step == COPY)


def _there(look: Any) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = look()
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return None
        raise
    return found
