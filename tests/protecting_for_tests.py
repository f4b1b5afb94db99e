"""Buckets in an emulated account as people leave them, and who protects them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from awsservers import ACCOUNT, REGION, Aws
from proving import Stage
from strict import state
from strictly import new_table
from tagging_for_tests import NOW, classify, governance, known

from assay.app.cloud.tagging import Judge
from assay.app.permissions import calls_of
from assay.app.protection import protectapply, protecting
from assay.app.protection.applying import Maker
from assay.aws import births, presence
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Classification, Level
from assay.model.action import Action, Plan, Planned, Receipt
from assay.model.protection import ResourceState
from assay.model.review import Phase, PhaseRow
from assay.protect.policy import Entry, Policy, Scope
from assay.protect.policyfile import policy_of
from assay.protect.tagscheme import scheme_of
from assay.store import plans
from assay.store.engine import Catalog, open_catalog

BUCKET = "lake"
URI = f"s3://{BUCKET}"
LOGS = f"s3://assay-access-logs-{ACCOUNT}-{REGION}"
ALL = (
    "s3_log_bucket", "s3_tls_only", "s3_public_access_block", "s3_acls_off", "s3_encryption", "s3_versioning", "s3_lifecycle",
    "s3_logging",
)  # fmt: skip


def statement(sid: str, principal: Any, **more: Any) -> dict[str, Any]:
    """A statement that lets somebody read."""
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*", **more}  # fmt: skip


PUBLIC = statement("Public", "*")
PARTNER = statement("Partner", {"AWS": "arn:aws:iam::999999999999:root"})
MINE = statement("Mine", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"})


def make_key(aws: Aws, level: str = "restricted", region: str = REGION) -> str:
    """A key of a level, as somebody made it."""
    client = aws.client("kms", region)
    arn = str(client.create_key(Description=level)["KeyMetadata"]["Arn"])
    client.enable_key_rotation(KeyId=arn)
    client.create_alias(AliasName=f"alias/assay-{level}", TargetKeyId=arn)
    return arn


def set_state(arn: str, key_state: str) -> None:
    """What becomes of a key."""
    found = state.kms_key(ACCOUNT, REGION, arn)
    found.key_state = key_state


APART: Mapping[str, Any] = {"backup": "none", "cross_region": False, "data_events": "none", "monitoring": "none"}
"""What tests of single settings leave out: it has tests of its own."""


def apart(policy: Policy) -> Policy:
    """A policy that asks for nothing of `APART`."""
    return replace(
        policy, entries=(*policy.entries, Entry(name="apart", where=Scope(), controls=APART, place="test:1"))
    )


def ask_apart(folder: Path) -> str:
    """A file that asks for nothing of `APART`, for the setting `protection`."""
    controls = ", ".join(f"{name}: {str(value).lower()}" for name, value in APART.items())
    file = folder / "apart.yaml"
    file.write_text(f"policies: [{{name: apart, set: {{{controls}}}}}]")
    return str(file)


@dataclass(kw_only=True)
class Guard:
    """A catalog, an account, and who protects. New buckets are closed, as AWS makes them; `open` opens one."""

    aws: Aws
    catalog: Catalog
    policy: Policy = field(default_factory=lambda: apart(policy_of()))
    phase: Phase = Phase.AUTOMATED
    leave_alone: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.s3 = self.aws.client("s3")
        writing = Session(Access(), calls_of("protect apply"))
        self.maker = Maker(
            catalog=self.catalog,
            protectors=protecting.protectors(writing, ACCOUNT),
            account=ACCOUNT,
            by="ada",
            in_steps=True,
            is_gone=partial(presence.is_gone, Session(Access(), calls_of("protect verify")), ACCOUNT),
            born=partial(births.born, writing),
            pause=lambda _: None,
        )

    def make(self, bucket: str = BUCKET, level: Level | None = Level.RESTRICTED, *, is_open: bool = True) -> str:
        """A bucket, of which the catalog knows an object of that level; open as older ones are, or as new ones."""
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        if is_open:
            self.s3.delete_public_access_block(Bucket=bucket)
            self.s3.delete_bucket_ownership_controls(Bucket=bucket)
        if level is not None:
            self.know({f"s3://{bucket}/a.csv": known(level)})
        return f"s3://{bucket}"

    def know(self, given: Mapping[str, Classification]) -> None:
        classify(self.catalog, given)

    def own_policy(self, folder: Path, text: str, *, is_apart: bool = True) -> None:
        """A file of the user's."""
        file = folder / "protection.yaml"
        file.write_text(text)
        self.policy = apart(policy_of(file)) if is_apart else policy_of(file)

    def put_policy(self, *statements: Mapping[str, Any], bucket: str = BUCKET) -> None:
        """A policy of theirs; users and roles of the account that it names are there then."""
        for arn in re.findall(rf"arn:aws:iam::{ACCOUNT}:(?:user|role)/[^\"]+", json.dumps(statements)):
            make_principal(self.aws, arn)
        document = {"Version": "2012-10-17", "Id": "theirs", "Statement": list(statements)}
        self.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))

    def statements(self, bucket: str = BUCKET) -> list[str]:
        """The Sids of a bucket's policy, in order."""
        try:
            text = self.s3.get_bucket_policy(Bucket=bucket)["Policy"]
        except self.s3.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchBucketPolicy"  # noqa: PT017  # a look-up, no expectation
            return []
        return [each["Sid"] for each in json.loads(text)["Statement"]]

    @property
    def protection(self) -> protecting.Protection:
        session = Session(Access(), calls_of("protect plan"))
        return protecting.Protection(
            catalog=self.catalog,
            session=session,
            account=ACCOUNT,
            policy=self.policy,
            scheme=scheme_of(),
            judge=Judge(
                phases=[PhaseRow(scope="*", phase=self.phase, since=NOW, by="ada")],
                governance=governance(),
                decided=frozenset(),
            ),
            level_tags=("Classification",),
            leave_alone=self.leave_alone,
            calls={name: each.calls for name, each in self.maker.protectors.items()},
        )

    def plan(self, *targets: str) -> Plan:
        return self.protection.plan(targets or (URI,), by="ada")

    def observe(self, resource: str = URI) -> ResourceState:
        (found,) = self.protection.observe([resource])
        assert isinstance(found, ResourceState), found
        return found

    def apply(self, plan: Plan, chosen: Sequence[Planned] | None = None) -> list[Receipt]:
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
        return list(self.maker.apply(plan_id, plan.actions if chosen is None else chosen))

    def undo_of(self, plan_id: str) -> list[Receipt]:
        """The same of a plan by its id."""
        with self.catalog.reading() as connection:
            return self.undo(plans.load(connection, plan_id))

    def undo(self, plan: Plan) -> list[Receipt]:
        return list(self.maker.undo(plan.id, protectapply.to_undo(self.catalog, plan.id, plan)))


TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
OF_TABLES = ("dynamodb_recovery", "dynamodb_deletion_protection", "dynamodb_encryption")


def make_table(guard: Guard, level: Level | None = Level.RESTRICTED) -> str:
    """A table, of which the catalog knows that level."""
    new_table(guard.aws.client("dynamodb"), "orders")
    if level is not None:
        guard.know({"dynamodb://orders": known(level)})
    return TABLE


DATABASE = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop"
CLUSTER = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:aurora"
SNAPSHOT = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:monday"
SNAPSHOT_OF_CLUSTER = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:tuesday"
VOLUMES = f"ebs://{ACCOUNT}/{REGION}"
OF_DATABASES = (
    "rds_copy_tags", "rds_deletion_protection", "rds_log_exports", "rds_backups", "rds_iam_authentication", "rds_private",
)  # fmt: skip


def make_database(guard: Guard, level: Level | None = Level.RESTRICTED, **more: Any) -> str:
    """An instance that anybody may reach, of which the catalog knows a table of that level."""
    wanted = {
        "DBInstanceIdentifier": "shop", "Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20,
        "MasterUsername": "admin", "MasterUserPassword": "not-a-secret", "PubliclyAccessible": True, "BackupRetentionPeriod": 1,
    }  # fmt: skip
    if "DBClusterIdentifier" in more:
        # That is the cluster's.
        wanted = {name: wanted[name] for name in ("DBInstanceIdentifier", "DBInstanceClass", "PubliclyAccessible")}
    made = guard.aws.client("rds").create_db_instance(**wanted | more)["DBInstance"]
    if level is not None:
        guard.know({f"postgresql://{made['Endpoint']['Address']}:5432/shop/public/orders": known(level)})
    return str(made["DBInstanceArn"])


def make_cluster(guard: Guard, level: Level | None = Level.RESTRICTED, **more: Any) -> str:
    """A cluster of Aurora, of which the catalog knows a table of that level."""
    wanted = {
        "DBClusterIdentifier": "aurora", "Engine": "aurora-postgresql", "MasterUsername": "admin",
        "MasterUserPassword": "not-a-secret", "BackupRetentionPeriod": 1,
    }  # fmt: skip
    made = guard.aws.client("rds").create_db_cluster(**wanted | more)["DBCluster"]
    if level is not None:
        guard.know({f"postgresql://{made['Endpoint']}:5432/shop/public/orders": known(level)})
    return str(made["DBClusterArn"])


def make_snapshots(guard: Guard) -> None:
    """Of the instance and of the cluster, which everybody may restore, and a partner."""
    client, shared = guard.aws.client("rds"), {"AttributeName": "restore", "ValuesToAdd": ["all", "999999999999"]}
    client.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="monday")
    client.modify_db_snapshot_attribute(DBSnapshotIdentifier="monday", **shared)
    client.create_db_cluster_snapshot(DBClusterIdentifier="aurora", DBClusterSnapshotIdentifier="tuesday")
    client.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier="tuesday", **shared)


def make_volume(guard: Guard, level: Level | None = Level.RESTRICTED, **more: Any) -> str:
    """A volume, of which the catalog knows that level."""
    made = guard.aws.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1, **more)
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{made['VolumeId']}"
    if level is not None:
        guard.know({arn: known(level)})
    return arn


def share_snapshot(guard: Guard, volume: str, *, groups: Sequence[str] = (), users: Sequence[str] = ()) -> str:
    """A snapshot of a volume that others may use."""
    client = guard.aws.client("ec2")
    name = client.create_snapshot(VolumeId=volume.rpartition("/")[2])["SnapshotId"]
    if groups or users:
        client.modify_snapshot_attribute(
            SnapshotId=name, Attribute="createVolumePermission", OperationType="add", GroupNames=list(groups), UserIds=list(users)
        )  # fmt: skip
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:snapshot/{name}"


def make_trail(guard: Guard, *, name: str = "theirs", logging: bool = True, **selectors: Any) -> Any:
    """A trail of somebody, and its bucket."""
    client = guard.aws.client("cloudtrail")
    where = {"LocationConstraint": REGION}
    guard.s3.create_bucket(Bucket=f"{name}-logs", CreateBucketConfiguration=where)
    who, whole = {"Service": "cloudtrail.amazonaws.com"}, f"arn:aws:s3:::{name}-logs"
    statements = [
        {"Effect": "Allow", "Principal": who, "Action": "s3:GetBucketAcl", "Resource": whole},
        {"Effect": "Allow", "Principal": who, "Action": "s3:PutObject", "Resource": f"{whole}/*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    guard.s3.put_bucket_policy(Bucket=f"{name}-logs", Policy=document)
    client.create_trail(Name=name, S3BucketName=f"{name}-logs", IsMultiRegionTrail=True)
    if logging:
        client.start_logging(Name=name)
    if selectors:
        client.put_event_selectors(TrailName=name, **selectors)
    return client


def make_backups_of_others(guard: Guard) -> None:
    """A plan by the name of one of assay's, of which somebody made something else."""
    client, iam = guard.aws.client("backup"), guard.aws.client("iam")
    client.create_backup_vault(BackupVaultName="theirs")
    rule = {"RuleName": "theirs", "TargetBackupVaultName": "theirs", "ScheduleExpression": "cron(0 5 ? * * *)"}
    made = client.create_backup_plan(BackupPlan={"BackupPlanName": "assay-restricted-hourly-2555d", "Rules": [rule]})
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    tag = {"ConditionType": "STRINGEQUALS", "ConditionKey": "Team", "ConditionValue": "hr"}
    client.create_backup_selection(
        BackupPlanId=made["BackupPlanId"],
        BackupSelection={"SelectionName": "theirs", "IamRoleArn": role, "ListOfTags": [tag]},
    )


def controls(plan: Plan) -> list[str]:
    return [planned.action.control for planned in plan.actions]


def action(plan: Plan, control: str) -> Action:
    (found,) = [planned.action for planned in plan.actions if planned.action.control == control]
    return found


def refused(plan: Plan, reason: str | None = None) -> dict[str, str]:
    """What is refused, by control: the detail."""
    return {
        each.control: each.detail
        for each in plan.refusals
        if each.reason == reason or (reason is None and each.reason != "by hand")
    }


def planned(stage: Stage, *options: str) -> str:
    """Two buckets that have nothing, of which one has a key of its own that is not rotated, and the other's is not there; and
    their plan, whose id is written into the file `plan` as well."""
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    Path("own.yaml").write_text(
        "policies:\n"
        "  - {name: events, set: {event_notifications: true}}\n"
        "  - {name: who, where: {type: s3_bucket}, set: {key_tag_access: clearance}}\n"
        "  - {name: own, where: {name: b-*}, set: {kms_key: alias/theirs}}\n"
    )
    with open_catalog(os.environ["ASSAY_CATALOG"], create=True) as made:
        guard = Guard(aws=stage.aws, catalog=made)
        guard.make()
        guard.make("b-lake")
        make_table(guard)
        make_database(guard)
        make_cluster(guard)
        make_snapshots(guard)
        share_snapshot(guard, make_volume(guard), groups=["all"])
        make_backups_of_others(guard)
        make_trail(guard, logging=False)
    stage.aws.strict.analyzes()
    stage.aws.client("s3").put_bucket_abac(Bucket="b-lake", AbacStatus={"Status": "Enabled"})
    kms = stage.aws.client("kms")
    kms.create_alias(AliasName="alias/theirs", TargetKeyId=kms.create_key()["KeyMetadata"]["Arn"])
    assert stage.assay("protect", "plan", "--policy", "own.yaml", *options) == 0
    with open_catalog(os.environ["ASSAY_CATALOG"]) as made, made.reading() as connection:
        plan_id = plans.listed(connection, limit=1)[0].id
    Path("plan").write_text(plan_id)
    return plan_id


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def make_principal(aws: Aws, arn: str) -> None:
    """The user or role of this ARN, where it is not there."""
    kind, name, iam = arn.rpartition(":")[2].partition("/")[0], arn.rpartition("/")[2], aws.client("iam", "us-east-1")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        if kind == "role":
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        else:
            iam.create_user(UserName=name)


ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/mo", f"arn:aws:iam::{ACCOUNT}:user/mo"


def make_people(aws: Aws) -> None:
    """A user and a role."""
    make_principal(aws, USER)
    make_principal(aws, ROLE)


def unmake_people(aws: Aws, name: str = "mo") -> None:
    """The user and the role of a name are deleted; IAM asks that whoever does so takes out their policies before."""
    iam = aws.client("iam", "us-east-1")
    for each in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=each)
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    iam.delete_user(UserName=name)
    iam.delete_role(RoleName=name)


def make_principals(stage: Stage) -> str:
    """Two users and two roles, of whom one each is called eve, and the plan of an incident that quarantines them, whose id is written into the
    file `incident` as well."""
    named = []
    for arn in (USER, ROLE, USER.replace("/mo", "/eve"), ROLE.replace("/mo", "/eve")):
        make_principal(stage.aws, arn)
        named += ["--principal", arn]
    assert stage.assay("protect", "incident", "open", *named) == 0
    with open_catalog(os.environ["ASSAY_CATALOG"]) as made, made.reading() as connection:
        plan_id = plans.listed(connection, limit=1)[0].id
    Path("incident").write_text(plan_id)
    return plan_id
