"""Exports of snapshots: planned with their cost, started once, followed, and scanned as the database that they are of."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from awsservers import ACCOUNT, REGION, Aws
from strictly import refused

import assay
from assay.cli.__main__ import run
from assay.errors import UsageError
from assay.model import ColumnRecord, Gap

HERE = f"arn:aws:rds:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/rds-export"
PEOPLE = [{"id": n, "ssn": f"{512 + n:03}-44-{7100 + n:04}", "email": f"wren{n}@posteo.de"} for n in range(40)]


class Stage:
    def __init__(self, aws: Aws) -> None:
        self.aws, self.rds, self.s3 = aws, aws.client("rds"), aws.client("s3")
        self.rds.create_db_instance(
            DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=120, Port=5432,
            MasterUsername="admin", MasterUserPassword="planted-master-1",
        )  # fmt: skip
        self.rds.create_db_snapshot(DBSnapshotIdentifier="shop-1", DBInstanceIdentifier="shop")
        self.s3.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        run(["catalog", "init", "--catalog", "catalog.db"])

    def export(
        self, *more: str, target: str = f"{HERE}:db:shop", bucket: str = "exports", key: str | None = None
    ) -> int:
        given = ["--bucket", bucket, "--role", ROLE, "--key", key or self.key, "--catalog", "catalog.db"]
        return run(["aws", "export-snapshot", target, *given, *more])

    def tasks(self) -> list[dict[str, Any]]:
        return list(self.rds.describe_export_tasks()["ExportTasks"])

    def exported(self, name: str, prefix: str = "") -> None:
        """What RDS writes of a database with two tables, one of which it could not export."""
        out = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_pylist(PEOPLE), out)
        base = f"{prefix}{name}"
        self.s3.put_object(Bucket="exports", Key=f"{base}/shop/public.people/1/part-0.gz.parquet", Body=out.getvalue())
        self.s3.put_object(Bucket="exports", Key=f"{base}/shop/public.people/1/_SUCCESS", Body=b"")
        self.s3.put_object(Bucket="exports", Key=f"{base}/export_info_{name}.json", Body=b'{"status": "COMPLETE"}')
        told = [
            {"target": "shop.public.people", "status": "COMPLETE"},
            {"target": "shop.public.odd", "status": "FAILED"},
        ]
        self.s3.put_object(
            Bucket="exports", Key=f"{base}/export_tables_info_{name}_from_1_to_2.json",
            Body=json.dumps({"perTableStatus": told}).encode(),
        )  # fmt: skip


@pytest.fixture
def stage(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.chdir(tmp_path)
    return Stage(aws)


def backend() -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[ACCOUNT][REGION]


class TestStarted:
    def test_a_plan_shows_the_cost_and_starts_nothing(self, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
        capfd.readouterr()
        assert stage.export() == 0
        out = capfd.readouterr().out
        assert "At most 120 GB to export: 1.20 USD at 0.01 USD for each GB of a snapshot" in out
        assert "waits for a person" in out
        assert stage.tasks() == []
        assert stage.export("--dry-run") == 0
        assert stage.tasks() == []

    def test_once_with_yes_and_not_again(self, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
        stage.rds.create_db_snapshot(DBSnapshotIdentifier="shop-2", DBInstanceIdentifier="shop")
        assert stage.export("--yes", "--prefix", "/2026/", "--only", "shop.public", "--wait") == 0
        [task] = stage.tasks()
        told = capfd.readouterr()
        assert f"assay scan 'rds://shop?export={task['ExportTaskIdentifier']}'" in told.out
        assert "complete" in told.err
        newest = stage.rds.describe_db_snapshots(DBSnapshotIdentifier="shop-2")["DBSnapshots"][0]
        assert task["SourceArn"] == newest["DBSnapshotArn"]
        assert (task["S3Bucket"], task["S3Prefix"], task["IamRoleArn"]) == ("exports", "2026", ROLE)
        assert (task["KmsKeyId"], task["ExportOnly"]) == (stage.key, ["shop.public"])
        assert stage.export("--yes", "--prefix", "2026", "--only", "shop.public") == 0
        assert "is exported already, as rds://shop?export=assay-shop-" in capfd.readouterr().out
        assert len(stage.tasks()) == 1

    def test_a_plan_that_somebody_else_made_true_meanwhile(self, stage: Stage) -> None:
        """The action itself looks before it starts: between plan and start another process may have started it."""
        from assay.app.cloud.exporting import Exports, target_of, wanted_of
        from assay.app.permissions import calls_of
        from assay.aws.access import Access
        from assay.aws.session import Session
        from assay.model.action import Outcome
        from assay.store.engine import open_catalog

        with open_catalog("catalog.db") as catalog:
            session = Session(Access(), calls_of("aws export-snapshot"))
            work = Exports(catalog=catalog, session=session, account=ACCOUNT, by="ada")
            plan, cost = work.plan([target_of(f"{HERE}:db:shop")], wanted_of("exports", "", ROLE, stage.key, ()))
            other, _ = work.plan([target_of(f"{HERE}:db:shop")], wanted_of("exports", "", ROLE, stage.key, ()))
            assert (cost.gib, cost.unknown) == (120, 0)
            first = work.apply(work.keep(plan), plan, "")
            stage.aws.strict.calls.clear()
            second = work.apply(work.keep(other), other, "")
        assert [each.outcome for each in first] == [Outcome.APPLIED]
        assert [each.outcome for each in second] == [Outcome.UNCHANGED]
        assert "rds.StartExportTask" not in stage.aws.strict.calls.names()

    def test_the_newest_is_looked_for_on_all_pages(self, stage: Stage) -> None:
        for number in range(2, 8):
            stage.rds.create_db_snapshot(DBSnapshotIdentifier=f"shop-{number}", DBInstanceIdentifier="shop")
        told = stage.rds.describe_db_snapshots(DBInstanceIdentifier="shop")["DBSnapshots"]
        stage.aws.strict.pages(2)
        newest = max(told, key=lambda each: each["SnapshotCreateTime"])
        assert newest["DBSnapshotArn"] not in [each["DBSnapshotArn"] for each in told[:2]]
        assert stage.export("--yes") == 0
        assert [task["SourceArn"] for task in stage.tasks()] == [newest["DBSnapshotArn"]]

    def test_after_one_that_failed_another_name_is_taken(self, stage: Stage) -> None:
        assert stage.export("--yes") == 0
        for task in backend().export_tasks.values():
            task.status = "failed"
        assert stage.export("--yes") == 0
        assert len({task["ExportTaskIdentifier"] for task in stage.tasks()}) == 2


class TestRefused:
    def test_what_rds_would_not_take_is_refused_before(
        self, stage: Stage, aws: Aws, capfd: pytest.CaptureFixture[str]
    ) -> None:
        aws.client("s3", "eu-central-1").create_bucket(
            Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        disabled = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
        aws.client("kms").disable_key(KeyId=disabled)
        cases: list[tuple[dict[str, Any], str]] = [
            ({"bucket": "far"}, "s3://far is in eu-central-1, the snapshot in eu-west-1"),
            ({"bucket": "not-there"}, "NoSuchBucket"),
            ({"key": disabled}, "is not enabled, or not symmetric"),
            ({"key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"}, "NotFoundException"),
            ({"target": f"{HERE}:db:other"}, "there is no snapshot of it that is available"),
            ({"target": f"{HERE}:snapshot:other"}, "DBSnapshotNotFound"),
            ({"target": f"arn:aws:rds:{REGION}:210987654321:db:shop"}, "it is of account 210987654321"),
        ]
        for given, says in cases:
            capfd.readouterr()
            assert stage.export("--yes", **given) == 3
            assert says in " ".join(capfd.readouterr().out.split())
        assert stage.tasks() == []

    def test_a_snapshot_that_is_being_made(self, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
        for snapshot in backend().database_snapshots.values():
            snapshot.status = "creating"
        capfd.readouterr()
        assert stage.export("--yes") == 3
        assert "that are not available; make one" in " ".join(capfd.readouterr().out.split())
        assert stage.tasks() == []

    def test_one_that_rds_refuses_is_told(self, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
        stage.aws.strict.fail("rds.StartExportTask", "IamRoleMissingPermissions")
        assert stage.export("--yes") == 3
        assert "IamRoleMissingPermissions" in capfd.readouterr().out
        assert stage.tasks() == []

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["arn:aws:s3:::lake", "--role", ROLE], "cannot be exported; snapshots of RDS can"),
            (["shop", "--role", ROLE], "is no ARN"),
            ([f"{HERE}:db:shop", "--role", "admin"], "--role admin: is no ARN"),
            ([f"{HERE}:db:shop", "--role", ROLE, "--only", "a.b.c.d"], "--only a.b.c.d: write database"),
            ([f"{HERE}:db:shop", "--role", ROLE, "--dry-run", "--yes"], "leave out one of the two"),
        ],
    )
    def test_what_cannot_be_meant(
        self, stage: Stage, arguments: list[str], says: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert (
            run(["aws", "export-snapshot", *arguments, "--bucket", "exports", "--key", "k", "--catalog", "catalog.db"])
            == 2
        )
        assert says in capfd.readouterr().err


class TestScanned:
    def made(self, stage: Stage) -> str:
        assert stage.export("--yes", "--prefix", "2026/q3") == 0
        [task] = stage.tasks()
        name = str(task["ExportTaskIdentifier"])
        stage.exported(name, "2026/q3/")
        return name

    def test_as_the_database_that_it_is_of(self, stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
        name = self.made(stage)
        host = stage.rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]["Endpoint"]["Address"]
        records = list(assay.scan(f"rds://shop?export={name}", jobs=1))
        found = {record.column: record.detected_type for record in records if isinstance(record, ColumnRecord)}
        assert found == {"id": None, "ssn": "SSN", "email": "EMAIL"}
        resources = {record.resource for record in records if isinstance(record, ColumnRecord)}
        assert resources == {f"postgresql://{host}:5432/shop/public/people"}
        [gap] = [record for record in records if isinstance(record, Gap)]
        assert (gap.resource, gap.reason) == (f"postgresql://{host}:5432/shop/public/odd", "not exported")
        assert run(["scan", f"rds://shop?export={name}", "--catalog", "catalog.db", "--jobs", "2"]) == 3
        assert run(["aws", "tag", f"{HERE}:db:shop", "--catalog", "catalog.db", "--yes"]) == 0
        tags = stage.rds.list_tags_for_resource(ResourceName=f"{HERE}:db:shop")["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags}["DataClassification"] == "restricted"
        assert "read from s3://exports/2026/q3/" in capfd.readouterr().err

    def test_some_tables_only(self, stage: Stage) -> None:
        name = self.made(stage)
        with pytest.raises(UsageError, match="the export has no table that is asked for"):
            list(assay.scan(f"rds://shop?export={name}&table=x*", jobs=1))
        assert [
            r for r in assay.scan(f"rds://shop/shop?export={name}&table=p*,q", jobs=1) if isinstance(r, ColumnRecord)
        ]

    def test_one_that_is_not_complete_is_a_gap(self, stage: Stage) -> None:
        name = self.made(stage)
        for status, reason in (("in_progress", "not ready"), ("failed", "not exported")):
            backend().export_tasks[name].status = status
            [gap] = [record for record in assay.scan(f"rds://shop?export={name}", jobs=1) if isinstance(record, Gap)]
            assert (gap.resource, gap.reason) == ("rds://shop", reason)

    def test_of_another_database_or_nobodys(self, stage: Stage) -> None:
        name = self.made(stage)
        stage.rds.create_db_instance(
            DBInstanceIdentifier="crm", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            MasterUsername="admin", MasterUserPassword="planted-master-1",
        )  # fmt: skip
        with pytest.raises(UsageError, match=f"rds://crm: the export {name} is of shop; name that one"):
            list(assay.scan(f"rds://crm?export={name}", jobs=1))
        with pytest.raises(UsageError, match="rds://shop: there is no export named assay-x"):
            list(assay.scan("rds://shop?export=assay-x", jobs=1))
        stage.rds.delete_db_snapshot(DBSnapshotIdentifier="shop-1")
        [gap] = [record for record in assay.scan(f"rds://shop?export={name}", jobs=1) if isinstance(record, Gap)]
        assert gap.reason == "not known"
        with pytest.raises(UsageError, match="nobody logs in"):
            list(assay.scan(f"rds://ada@shop?export={name}", jobs=1))

    def test_the_opener_is_sent_to_other_processes(self, stage: Stage) -> None:
        from assay.aws.access import Access
        from assay.model import AssetRef
        from assay.sources.awssql.export import ExportSource

        source = ExportSource(f"rds://shop?export={self.made(stage)}", Access())
        [asset] = [item for item in source.assets() if isinstance(item, AssetRef)]
        other = pickle.loads(pickle.dumps(source.opener()))
        with other.open(asset) as reader:
            assert reader.sample(100, 0).rows == 40
            assert reader.info.table == "public.people"


def test_the_strict_layer_refuses_what_rds_refuses(stage: Stage) -> None:
    good = {
        "ExportTaskIdentifier": "assay-1", "SourceArn": f"{HERE}:snapshot:shop-1", "S3BucketName": "exports",
        "IamRoleArn": ROLE, "KmsKeyId": stage.key,
    }  # fmt: skip
    bad = [
        ({"ExportTaskIdentifier": "1-assay"}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "assay--1"}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "a" * 61}, "InvalidParameterValue"),
        ({"SourceArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:shop-1"}, "InvalidParameterValue"),
        ({"IamRoleArn": "export"}, "IamRoleNotFound"),
        ({"S3BucketName": "not-there"}, "InvalidS3BucketFault"),
        ({"S3Prefix": "/2026"}, "InvalidParameterValue"),
        ({"KmsKeyId": "alias/aws/rds"}, "KMSKeyNotAccessibleFault"),
        ({"KmsKeyId": "not-there"}, "KMSKeyNotAccessibleFault"),
    ]
    for change, code in bad:
        assert refused(stage.rds.start_export_task, **{**good, **change})[0] == code
    stage.rds.start_export_task(**good)
    assert refused(stage.rds.start_export_task, **good)[0] == "ExportTaskAlreadyExists"
