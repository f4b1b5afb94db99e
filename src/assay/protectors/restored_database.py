"""A database of RDS is restored from the snapshot that a recovery point is: without a public address, in the security groups that are said,
with its tags from the first moment, and deleted again with nothing left of it.

RDS is asked itself, and not AWS Backup: what is made has its tags at once then, so that a run that dies leaves nothing unknown behind.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.rdssettings import CHANGEABLE, DATABASE, database_of, is_cluster, status_of
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.protectors.rds_replacing import given, group_of, own_group, scaling
from assay.protectors.restoring import NOT_APART, NOT_DONE, PREFIX, Compared, Job, RecoveryPoint, is_of, marks, waited

CALLS: Calls = DATABASE | {
    "rds.RestoreDBInstanceFromDBSnapshot", "rds.RestoreDBClusterFromSnapshot", "rds.CreateDBInstance", "rds.DeleteDBInstance",
    "rds.DeleteDBCluster", "rds.ListTagsForResource", "ec2.DescribeSecurityGroups",
}  # fmt: skip
_SNAPSHOTS = (":snapshot:", ":cluster-snapshot:")
_FAILED = ("failed", "incompatible-restore", "incompatible-parameters", "incompatible-network", "restore-error")
_GOING = "deleting"
_SMALLEST = {4: 8, 6: 19}
"""How long the prefix of a range of addresses is at least that somebody may have for himself."""
_LOCAL = ipaddress.IPv6Network("fc00::/7")
_BUSY = ("InvalidDBInstanceState", "InvalidDBInstanceStateFault", "InvalidDBClusterStateFault")
DOCUMENTDB, NEPTUNE = "docdb", "neptune"


def is_snapshot(arn: str) -> bool:
    """Whether a recovery point is a snapshot of RDS; continuous ones are none."""
    return ":rds:" in arn and any(kind in arn for kind in _SNAPSHOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Where databases are restored to: in which security groups, and in which group of subnets (empty: that of the source)."""

    groups: tuple[str, ...] = ()
    subnets: str = ""


class RestoredDatabase:
    """A copy of the database `source`, made by the test of a `number`. `contents` compares what is in the copy of a name with what is in
    the source; a cluster whose content is not read (`is_read`) gets no instance."""

    def __init__(
        self,
        session: Session,
        source: str,
        number: str,
        *,
        apart: Apart,
        contents: Callable[[str], Compared],
        is_read: bool,
        pause: Callable[[float], None],
        seconds: float,
    ) -> None:
        self._session, self._source, self._number = session, source, number
        self._arn = parse(source)
        self._client = session.client("rds", self._arn.region)
        self._apart, self._contents, self._is_read = apart, contents, is_read
        self._pause, self._seconds = pause, seconds
        self.name = f"{PREFIX}{number}"
        self._is_seen = False

    def prepare(self) -> None:
        """Looks whether the groups keep everybody out. Raises `AwsError` where they do not."""
        if not self._apart.groups:
            raise AwsError(NOT_APART, "no security group is said that it is restored into: --security-group, or restore_security_groups")  # fmt: skip
        try:
            ec2 = self._session.client("ec2", self._arn.region)
            found = ec2.describe_security_groups(GroupIds=list(self._apart.groups))["SecurityGroups"]
        except refusals() as error:
            raise told(error, "EC2") from None
        for group in found:
            if any(map(_is_everybody, _ranges(group))):
                raise AwsError(
                    NOT_APART, f"the security group {group['GroupId']} lets everybody in; name one that does not"
                )

    def restore(self, point: RecoveryPoint, job: Job) -> None:  # noqa: ARG002  # made by RDS, with its tags at once
        """With the class, engine and groups of parameters of the source, and none of what keeps or sends data elsewhere."""
        old = database_of(self._session, self._source)
        snapshot = point.arn.partition("snapshot:")[2]
        try:
            (self._restore_cluster if is_cluster(self._arn) else self._restore_instance)(old, snapshot)
            waited(
                lambda: self._is_made(self._copy()), "it is being restored", pause=self._pause, seconds=self._seconds
            )
            if is_cluster(self._arn) and self._is_read:
                self._make_member(old)
                self._is_seen = False
                waited(lambda: self._is_made(self._member()), "its instance is being made", pause=self._pause, seconds=self._seconds)  # fmt: skip
        except refusals() as error:
            raise told(error, "RDS") from None

    def settle(self) -> None:
        """It is apart: no public address, in these groups and no others, as encrypted as its source. Raises `AwsError`."""
        old = database_of(self._session, self._source)
        new = self._copy() or {}
        open_ones = [each for each in (new, self._member() or {}) if each.get("PubliclyAccessible")]
        groups = {str(each["VpcSecurityGroupId"]) for each in new.get("VpcSecurityGroups") or ()}
        if open_ones:
            raise AwsError(NOT_APART, "RDS: it has a public address, which was not asked for")
        if groups != set(self._apart.groups):
            raise AwsError(NOT_APART, f"RDS: it is in the security groups {', '.join(sorted(groups)) or 'none'}, and not in those that were asked for")  # fmt: skip
        if old.get("StorageEncrypted") and not new.get("StorageEncrypted"):
            raise AwsError(NOT_APART, "RDS: it is not encrypted, as its source is")

    def compare(self, point: RecoveryPoint) -> Compared:  # noqa: ARG002  # a database does not tell when a row was written
        """Row by row, by a login that both take."""
        return self._contents(self.name)

    def clean(self) -> None:
        """What has the tags of this test is deleted: no last snapshot, no backups that stay."""
        looks = [self._member, self._copy] if is_cluster(self._arn) else [self._copy]
        try:
            for look in looks:
                found = look()
                if found is not None and self._is_own(found):
                    waited(
                        partial(self._deleted, look), f"{self.name} is there", pause=self._pause, seconds=self._seconds
                    )
        except refusals() as error:
            raise told(error, "RDS") from None

    def _copy(self) -> Mapping[str, Any] | None:
        return self._there(f"{self._arn.kind}:{self.name}")

    def _member(self) -> Mapping[str, Any] | None:
        return self._there(f"db:{self.name}-1")

    def _there(self, named: str) -> Mapping[str, Any] | None:
        try:
            return database_of(self._session, str(self._arn._replace(resource=named)))
        except AwsError as error:
            if error.reason == NOT_FOUND:
                return None
            raise

    def _is_own(self, found: Mapping[str, Any]) -> bool:
        tags = self._client.list_tags_for_resource(ResourceName=found.get("DBInstanceArn") or found["DBClusterArn"])
        return is_of(tags["TagList"], self._number)

    def _is_made(self, found: Mapping[str, Any] | None) -> bool:
        status = "" if found is None else status_of(found)
        if status == _GOING or (self._is_seen and found is None):
            raise AwsError(NOT_FOUND, "RDS: what was restored is deleted by somebody while it is being made")
        self._is_seen = found is not None
        if status in _FAILED:
            raise AwsError(NOT_DONE, f"RDS: what was restored is {status}: see its events in RDS")
        return status in CHANGEABLE

    def _deleted(self, look: Callable[[], Mapping[str, Any] | None]) -> bool:
        """Whether it goes, or is gone: one that is being made cannot be deleted yet, nor a cluster whose instance is going."""
        found = look()
        if found is None or status_of(found) == _GOING:
            return True
        try:
            if "DBInstanceIdentifier" not in found:
                self._client.delete_db_cluster(DBClusterIdentifier=self.name, SkipFinalSnapshot=True)
            elif found.get("DBClusterIdentifier"):
                # An instance of DocumentDB has no snapshot of its own, and does not know the word.
                last = {} if found.get("Engine") == DOCUMENTDB else {"SkipFinalSnapshot": True}
                self._client.delete_db_instance(DBInstanceIdentifier=found["DBInstanceIdentifier"], **last)
            else:
                self._client.delete_db_instance(
                    DBInstanceIdentifier=self.name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
                )
        except refusals() as error:
            failure = failure_of(error)
            if failure.code in _BUSY:
                return False
            if failure.reason != NOT_FOUND:
                raise
        return True

    def _restore_instance(self, old: Mapping[str, Any], snapshot: str) -> None:
        self._client.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=self.name,
            DBSnapshotIdentifier=snapshot,
            DBInstanceClass=old["DBInstanceClass"],
            Tags=marks(self._number),
            PubliclyAccessible=False,
            MultiAZ=False,
            DeletionProtection=False,
            CopyTagsToSnapshot=False,
            AutoMinorVersionUpgrade=False,
            VpcSecurityGroupIds=list(self._apart.groups),
            **given(
                DBSubnetGroupName=self._apart.subnets or (old.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
                EnableIAMDatabaseAuthentication=old.get("IAMDatabaseAuthenticationEnabled"),
                DBParameterGroupName=group_of(old, "DBParameterGroups", "DBParameterGroupName"),
                OptionGroupName=group_of(old, "OptionGroupMemberships", "OptionGroupName"),
            ),
        )

    def _restore_cluster(self, old: Mapping[str, Any], snapshot: str) -> None:
        engine = str(old["Engine"])
        iam = {} if engine == DOCUMENTDB else given(EnableIAMDatabaseAuthentication=old.get("IAMDatabaseAuthenticationEnabled"))  # fmt: skip
        self._client.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=self.name,
            SnapshotIdentifier=snapshot,
            Engine=engine,
            Tags=marks(self._number),
            DeletionProtection=False,
            VpcSecurityGroupIds=list(self._apart.groups),
            **given(
                EngineVersion=old.get("EngineVersion"),
                DBSubnetGroupName=self._apart.subnets or old.get("DBSubnetGroup"),
                DBClusterParameterGroupName=own_group(old.get("DBClusterParameterGroup")),
                ServerlessV2ScalingConfiguration=scaling(old),
            ),
            **iam,
        )

    def _make_member(self, old: Mapping[str, Any]) -> None:
        """As the one that writes."""
        members = sorted(old.get("DBClusterMembers") or (), key=lambda each: not each.get("IsClusterWriter"))
        if not members:
            raise AwsError(NOT_DONE, "RDS: its source has no instance, whose class its own would have")
        writer = database_of(
            self._session, str(self._arn._replace(resource=f"db:{members[0]['DBInstanceIdentifier']}"))
        )
        engine = str(old["Engine"])
        public = {} if engine in (DOCUMENTDB, NEPTUNE) else {"PubliclyAccessible": False}
        self._client.create_db_instance(
            DBInstanceIdentifier=f"{self.name}-1", DBClusterIdentifier=self.name, Engine=engine, DBInstanceClass=writer["DBInstanceClass"],
            Tags=marks(self._number), **public,
        )  # fmt: skip


def _ranges(group: Mapping[str, Any]) -> list[str]:
    """From where a security group lets in."""
    return [
        str(each.get("CidrIp") or each.get("CidrIpv6"))
        for rule in group.get("IpPermissions") or ()
        for each in (*(rule.get("IpRanges") or ()), *(rule.get("Ipv6Ranges") or ()))
    ]


def _is_everybody(called: str) -> bool:
    """Whether a range of addresses is everybody's: so large that nobody has it for himself. Two halves are all."""
    found = ipaddress.ip_network(called, strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.subnet_of(_LOCAL):
        return False
    return found.prefixlen < _SMALLEST[found.version]
