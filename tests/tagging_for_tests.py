"""Classifications in a catalog, as a scan would have left them, and what is tagged in an emulated account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from awsservers import ACCOUNT, REGION, Aws
from governance_for_tests import shipped_identifiers
from unit import records_for_tests as made

from assay.app.cloud.tagging import Judge, Tagger, protectors
from assay.app.cloud.tagtargets import as_lf_tags, target_of
from assay.app.governing.governance import shipped
from assay.app.permissions import calls_of
from assay.app.protection.applying import Maker, left_to_undo
from assay.app.scan.recording import begin
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Classification, Governance, Level
from assay.model.action import Outcome, Plan, Receipt
from assay.model.review import Phase, PhaseRow
from assay.protect.plan import chosen
from assay.protect.tagscheme import scheme_of
from assay.store import auditlog, journal, plans
from assay.store.engine import Catalog

ASKED = {"ruleset": "r1", "governance": "g1", "sampling": "all", "options": {}}
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def known(level: Level = Level.RESTRICTED, **changes: Any) -> Classification:
    """What is concluded of a resource."""
    values: dict[str, Any] = {
        "level": level,
        "confidence": 0.97,
        "identifiers": {"SSN": 3, "EMAIL": 1},
        "frameworks": ("HIPAA", "GDPR"),
    }
    if level in (Level.PUBLIC, Level.UNCLASSIFIED):
        values |= {"identifiers": {}, "frameworks": (), "categories": ()}
    return made.classification(**{**values, **changes})


def classify(catalog: Catalog, given: Mapping[str, Classification], changes: Mapping[str, str] | None = None) -> None:
    """Keeps these classifications, by URI; `changes` are tokens of change."""
    recording = begin(catalog, list(given), **ASKED)
    for uri, classification in given.items():
        assert recording.unchanged(uri, None, (changes or {}).get(uri)) is None
        recording.take(replace(classification, resource=uri))
    recording.finish(made.summary())


@dataclass(kw_only=True)
class Lake:
    """A bucket with objects."""

    aws: Aws
    bucket: str = "lake"
    s3: Any = field(init=False)

    def __post_init__(self) -> None:
        self.s3 = self.aws.client("s3")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, key: str, tags: Mapping[str, str] | None = None, body: bytes = b"x") -> str:
        """An object with tags. Returns its token of change, as a scan has it."""
        answer = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        if tags is not None:
            self.tag(key, tags)
        return f"s3:{len(body)}::{answer['ETag']}"

    def tag(self, key: str, tags: Mapping[str, str]) -> None:
        """What somebody else does."""
        self.s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging=as_set(tags))

    def tag_bucket(self, tags: Mapping[str, str]) -> None:
        self.s3.put_bucket_tagging(Bucket=self.bucket, Tagging=as_set(tags))

    def tags(self, key: str, version: str | None = None) -> dict[str, str]:
        which = {} if version is None else {"VersionId": version}
        return plain(self.s3.get_object_tagging(Bucket=self.bucket, Key=key, **which)["TagSet"])

    def bucket_tags(self) -> dict[str, str]:
        from botocore.exceptions import ClientError

        try:
            return plain(self.s3.get_bucket_tagging(Bucket=self.bucket)["TagSet"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
            return {}


def as_set(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def plain(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@cache
def governance() -> Governance:
    """The configuration that ships."""
    return shipped(shipped_identifiers()).governance


OURS = {
    "DataClassification": "restricted",
    "SensitiveDataTypes": "EMAIL+SSN",
    "ComplianceFrameworks": "GDPR+HIPAA",
    "RetentionYears": "7",
    "AutoClassified": "true",
    "ClassificationConfidence": "0.97",
}


def without_time(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key != "ClassificationTimestamp"}


@dataclass(kw_only=True)
class Desk:
    """A catalog and an account, and the person who tags."""

    aws: Aws
    catalog: Catalog

    def __post_init__(self) -> None:
        self.session = Session(Access(), calls_of("aws tag"))
        self.maker = Maker(
            catalog=self.catalog,
            protectors=protectors(self.session, ACCOUNT),
            account=ACCOUNT,
            by="ada",
            pause=lambda _: None,
        )

    def plan(self, *targets: str, phase: Phase = Phase.AUTOMATED, lf_tags: bool = False, **options: Any) -> Plan:
        rows = [PhaseRow(scope="*", phase=phase, since=NOW, by="ada")]
        calls = {control: protector.calls for control, protector in self.maker.protectors.items()}
        tagger = Tagger(
            catalog=self.catalog,
            session=self.session,
            account=ACCOUNT,
            scheme=scheme_of(),
            judge=Judge(phases=rows, governance=governance(), decided=frozenset()),
            calls=calls,
        )
        named = [as_lf_tags(target_of(target)) if lf_tags else target_of(target) for target in targets]
        return tagger.plan(named, by="ada", **options)

    def apply(self, plan: Plan, *, approved: bool = True) -> list[Receipt]:
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
        return list(self.maker.apply(plan_id, chosen(plan, approved=approved)))

    def tag(self, *targets: str, **options: Any) -> list[Receipt]:
        return self.apply(self.plan(*targets, **options))

    def undo(self, plan: Plan) -> list[Receipt]:
        with self.catalog.reading() as connection:
            left = left_to_undo(plan, journal.of_plan(connection, plan.id))
        return list(self.maker.undo(plan.id, left))

    def audited(self) -> list[tuple[str, str | None]]:
        with self.catalog.reading() as connection:
            entries = auditlog.newest(connection, auditlog.Wanted(), 1_000)
        return [(each["action"], each["resource"]) for each in entries if each["action"] != "DETECTION_RUN"]


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource that is tagged by its ARN."""

    control: str
    make: Callable[[Aws], str]
    tags: Callable[[Aws, str], dict[str, str]]
    tag: Callable[[Aws, str, Mapping[str, str]], Any]
    write: str


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return as_set(tags)["TagSet"]


def database(aws: Aws) -> str:
    made = aws.client("rds").create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="shop", MasterUserPassword="correct-horse-9",
    )  # fmt: skip
    return str(made["DBInstance"]["DBInstanceArn"])


def cluster(aws: Aws) -> str:
    made = aws.client("rds").create_db_cluster(
        DBClusterIdentifier="ledger",
        Engine="aurora-postgresql",
        MasterUsername="shop",
        MasterUserPassword="correct-horse-9",
    )
    return str(made["DBCluster"]["DBClusterArn"])


def table(aws: Aws) -> str:
    made = aws.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return str(made["TableDescription"]["TableArn"])


def _volume(aws: Aws) -> str:
    made = aws.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)
    return arn("ec2", f"volume/{made['VolumeId']}")


def table_tags(aws: Aws, resource: str) -> dict[str, str]:
    pages = aws.client("dynamodb").get_paginator("list_tags_of_resource").paginate(ResourceArn=resource)
    return {key: value for page in pages for key, value in plain(page["Tags"]).items()}


def _volume_tags(aws: Aws, resource: str) -> dict[str, str]:
    wanted = [{"Name": "resource-id", "Values": [resource.rpartition("/")[2]]}]
    pages = aws.client("ec2").get_paginator("describe_tags").paginate(Filters=wanted)
    return {key: value for page in pages for key, value in plain(page["Tags"]).items()}


RDS = Kind(
    control="rds_tags",
    make=database,
    tags=lambda aws, resource: plain(aws.client("rds").list_tags_for_resource(ResourceName=resource)["TagList"]),
    tag=lambda aws, resource, tags: aws.client("rds").add_tags_to_resource(ResourceName=resource, Tags=_pairs(tags)),
    write="rds.AddTagsToResource",
)
KINDS = {
    "instance": RDS,
    "cluster": replace(RDS, make=cluster),
    "table": Kind(
        control="dynamodb_tags",
        make=table,
        tags=table_tags,
        tag=lambda aws, resource, tags: aws.client("dynamodb").tag_resource(ResourceArn=resource, Tags=_pairs(tags)),
        write="dynamodb.TagResource",
    ),
    "volume": Kind(
        control="ebs_tags",
        make=_volume,
        tags=_volume_tags,
        tag=lambda aws, resource, tags: aws.client("ec2").create_tags(
            Resources=[resource.rpartition("/")[2]], Tags=_pairs(tags)
        ),
        write="ec2.CreateTags",
    ),
}
