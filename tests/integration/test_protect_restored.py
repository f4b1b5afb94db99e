"""Backups of databases and volumes count once a restore was tested, too: apart, compared as far as can be, deleted, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import Guard, make_cluster, make_database, make_volume
from sqlalchemy import update

from assay.app.permissions import calls_of
from assay.app.protection import databasecontents
from assay.app.protection.restoretesting import RestoreTests
from assay.aws import rdssettings
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Level
from assay.model.action import Action, Outcome, Receipt
from assay.protectors import restored_database, restored_volume
from assay.protectors.restored_database import Apart, RestoredDatabase, _is_everybody
from assay.protectors.restored_volume import RestoredVolume
from assay.protectors.restoring import POINTS, Compared
from assay.sources.sql.address import parse as address_of
from assay.store.engine import open_catalog
from assay.store.schema.protect import action_claims

LATER = datetime.now(UTC) + timedelta(hours=1)
TAGS = {"assay:purpose": "restore-test"}


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 5)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        made = Guard(aws=aws, catalog=catalog)
        made.own_policy(
            tmp_path, "policies: [{name: only, set: {data_events: none, monitoring: none}}]", is_apart=False
        )
        yield made


def group(guard: Guard, *, is_open: bool = False) -> str:
    ec2 = guard.aws.client("ec2")
    made = ec2.create_security_group(GroupName=f"apart-{is_open}", Description="restores")["GroupId"]
    if is_open:
        ec2.authorize_security_group_ingress(
            GroupId=made, IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp="0.0.0.0/0"
        )
    return str(made)


def restoring(guard: Guard, **more: Any) -> RestoreTests:
    session = Session(Access(region=REGION), calls_of("protect restore-test"))
    return RestoreTests(catalog=guard.catalog, session=session, account=ACCOUNT, by="ada", pause=lambda _: None, **more)


def attempt(guard: Guard, resource: str, **more: Any) -> tuple[Action, Receipt, Compared | None]:
    tests = restoring(guard, **more)
    (told,) = tests.run(tests.plan([resource]))
    return told


def backed_up(guard: Guard, resource: str) -> str:
    """It is in a plan of AWS Backup, which ran."""
    guard.apply(guard.plan(resource))
    assert resource in guard.aws.strict.backs_up(at=LATER)
    return resource


def left(guard: Guard) -> list[str]:
    """What of a test is there still."""
    rds, ec2 = guard.aws.client("rds"), guard.aws.client("ec2")
    names = [each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]]
    names += [each["DBClusterIdentifier"] for each in rds.describe_db_clusters()["DBClusters"]]
    volumes = ec2.describe_volumes(Filters=[{"Name": "tag:assay:purpose", "Values": ["restore-test"]}])["Volumes"]
    return [name for name in names if "restore-test" in name] + [each["VolumeId"] for each in volumes]


@contextmanager
def contents(monkeypatch: pytest.MonkeyPatch, folder: Path, *copy: str) -> Iterator[list[str]]:
    """Both databases are files: what RDS says of them leads to SQLite. Told: which names were entered."""
    import sqlite3

    entered: list[str] = []
    rows = ["(1, 'ada', 512)", "(2, 'bob', NULL)", "(3, 'cyd', 7)"]
    for name, values in (("shop", rows), ("copy", list(copy) or rows)):
        with sqlite3.connect(folder / f"{name}.db") as made:
            made.execute("CREATE TABLE people (id INTEGER, name TEXT, code INTEGER)")
            made.execute(f"INSERT INTO people VALUES {', '.join(values)}")
            made.execute("CREATE TABLE empty (id INTEGER)")

    class Found:
        def __init__(self, name: str) -> None:
            self.address = address_of(f"sqlite:///{folder / name}")

    def find(named: Any, access: Access) -> Found:
        assert access.region == REGION
        entered.append(named.name)
        return Found("shop.db" if named.name in ("shop", "aurora") else "copy.db")

    with monkeypatch.context() as patched:
        patched.setattr(databasecontents, "find", find)
        yield entered


LOGIN = ("rds://reader@*/shop",)


class TestInstances:
    def test_one_is_restored_apart_compared_row_by_row_and_deleted(
        self, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        guard.aws.strict.calls.clear()
        with contents(monkeypatch, tmp_path) as entered:
            _, receipt, compared = attempt(guard, shop, apart=apart, logins=LOGIN)
        assert compared is not None
        assert (receipt.outcome, compared[:6]) == (Outcome.APPLIED, (3, 3, 0, 0, 0, 3)), receipt.detail
        assert "3 rows restored: 3 as in the source" in receipt.detail
        assert entered[0] == "shop"
        assert entered[1].startswith("assay-restore-test-")
        (made,) = guard.aws.strict.calls.made("rds.RestoreDBInstanceFromDBSnapshot")
        assert made.parameters["PubliclyAccessible"] is False
        assert made.parameters["DeletionProtection"] is False
        assert made.parameters["VpcSecurityGroupIds"] == list(apart.groups)
        assert {each["Key"]: each["Value"] for each in made.parameters["Tags"]}.items() >= TAGS.items()
        assert left(guard) == []

    @pytest.mark.parametrize(
        ("copy", "told"),
        [
            (["(1, 'ada', 512)", "(2, 'bob', NULL)"], (2, 2, 0, 1, 0)),
            (["(1, 'ada', 512)", "(2, 'bob', NULL)", "(3, 'cyd', 8)"], (3, 2, 0, 1, 1)),
            (["(1, 'ada', 512)", "(2, 'bob', '')", "(3, 'cyd', 7)"], (3, 2, 0, 1, 1)),
        ],
    )
    def test_rows_that_are_lost_or_others_are_seen(
        self, guard: Guard, copy: list[str], told: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        with contents(monkeypatch, tmp_path, *copy):
            _, receipt, compared = attempt(guard, shop, apart=apart, logins=LOGIN)
            assert compared is not None
            assert (receipt.outcome, receipt.reason, compared[:5]) == (Outcome.FAILED, "not the same", told)
            assert attempt(guard, shop, apart=apart, logins=LOGIN, changed=0.4)[1].outcome is Outcome.APPLIED
        assert left(guard) == []

    def test_without_a_login_it_is_said_what_was_not_verified(self, guard: Guard) -> None:
        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        (planned,) = restoring(guard, apart=apart).plan([shop]).actions
        assert "its content will not be compared: no login is known for it" in planned.action.note
        _, receipt, compared = attempt(guard, shop, apart=apart)
        assert (receipt.outcome, receipt.reason, compared) == (Outcome.REFUSED, "content not read", None)
        assert "was restored, and stood apart" in receipt.detail
        assert left(guard) == []
        # It was no test that counts, and nothing of it waits to be cleaned up.
        assert any("was never tested" in each.detail for each in guard.plan(shop).refusals if each.control == "backup")
        assert restoring(guard).settle() == []

    @pytest.mark.parametrize("login", ["rds://reader@shop/shop?tunnel=127.0.0.1:1", "rds://shop?secret=master"])
    def test_a_login_that_does_not_lead_there_is_told(self, guard: Guard, login: str) -> None:
        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        _, receipt, _ = attempt(guard, shop, apart=apart, logins=(login,))
        assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "content not read")
        assert left(guard) == []

    def test_it_is_said_where_it_is_apart_or_nothing_is_restored(self, guard: Guard) -> None:
        shop = backed_up(guard, make_database(guard, Level.INTERNAL))
        (refused,) = restoring(guard).plan([shop]).refusals
        assert (refused.reason, "--security-group" in refused.detail) == ("not testable", True)
        _, receipt, _ = attempt(guard, shop, apart=Apart(groups=(group(guard, is_open=True),)))
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "not apart")
        assert guard.aws.strict.calls.made("rds.RestoreDBInstanceFromDBSnapshot") == []

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("publicly_accessible", True, "public address"),
            ("vpc_security_group_ids", ["sg-0123abcd"], "security groups sg-0123abcd"),
            ("storage_encrypted", False, "not encrypted"),
        ],
    )
    def test_one_that_is_not_apart_is_not_read_and_goes(
        self, guard: Guard, name: str, value: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from moto.rds.models import rds_backends

        shop = backed_up(guard, make_database(guard, Level.INTERNAL, StorageEncrypted=True))
        settle = RestoredDatabase.settle

        def spoilt(self: RestoredDatabase) -> None:
            setattr(rds_backends[ACCOUNT][REGION].databases[self.name], name, value)
            settle(self)

        monkeypatch.setattr(RestoredDatabase, "settle", spoilt)
        with contents(monkeypatch, tmp_path) as entered:
            _, receipt, _ = attempt(guard, shop, apart=Apart(groups=(group(guard),)), logins=LOGIN)
        assert (receipt.outcome, receipt.reason, told in receipt.detail) == (Outcome.UNKNOWN, "not apart", True)
        assert entered == []
        assert left(guard) == []

    def test_another_database_of_that_name_is_not_deleted(self, guard: Guard) -> None:
        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        tests = restoring(guard, apart=apart)
        plan = tests.plan([shop])
        name = f"assay-restore-test-{plan.actions[0].action.id[:12]}"
        make_database(guard, None, DBInstanceIdentifier=name)
        ((_, receipt, _),) = tests.run(plan)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "refused")
        assert left(guard) == [name]

    def test_continuous_backups_are_no_snapshots(self, guard: Guard) -> None:
        shop = backed_up(guard, make_database(guard, Level.INTERNAL))
        point = {
            "RecoveryPointArn": f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:continuous:db-1", "Status": "COMPLETED",
            "CreationDate": LATER,
        }  # fmt: skip
        guard.aws.strict.answer("backup.ListRecoveryPointsByResource", {"RecoveryPoints": [point]})
        (refused,) = restoring(guard, apart=Apart(groups=("sg-1",))).plan([shop]).refusals
        assert (refused.reason, "snapshot" in refused.detail) == ("no backup", True)


class TestHostile:
    """What somebody else does meanwhile, and what shows nothing though nothing differs."""

    def test_a_login_that_sees_no_table_verifies_nothing(
        self, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import sqlite3

        shop, apart = backed_up(guard, make_database(guard, Level.INTERNAL)), Apart(groups=(group(guard),))
        with contents(monkeypatch, tmp_path):
            for name in ("shop", "copy"):
                with sqlite3.connect(tmp_path / f"{name}.db") as made:
                    made.executescript("DROP TABLE people; DROP TABLE empty")
            _, receipt, compared = attempt(guard, shop, apart=apart, logins=LOGIN)
        assert (receipt.outcome, receipt.reason, compared) == (Outcome.REFUSED, "content not read", None)
        assert "sees no table" in receipt.detail
        assert left(guard) == []

    def test_a_copy_that_somebody_deletes_meanwhile_is_told_at_once(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from moto.rds.models import rds_backends

        shop = backed_up(guard, make_database(guard, Level.INTERNAL))
        # A minute, of which none is waited for.
        tests = restoring(guard, apart=Apart(groups=(group(guard),)), seconds=60.0)
        real, pauses = RestoredDatabase._restore_instance, []

        def slow(self: RestoredDatabase, *given: Any) -> None:
            real(self, *given)
            rds_backends[ACCOUNT][REGION].databases[self.name].status = "creating"

        def gone(_: float) -> None:
            pauses.append(1)
            for name in left(guard):
                rds_backends[ACCOUNT][REGION].databases.pop(name)

        monkeypatch.setattr(RestoredDatabase, "_restore_instance", slow)
        tests.pause = gone
        ((_, receipt, _),) = tests.run(tests.plan([shop]))
        assert (receipt.outcome, receipt.reason, len(pauses)) == (Outcome.UNKNOWN, "not found", 1)
        assert "deleted by somebody" in receipt.detail

    def test_a_volume_that_somebody_deletes_while_it_is_made_is_told_at_once(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        volume, tests = backed_up(guard, make_volume(guard, Level.INTERNAL)), restoring(guard, seconds=60.0)
        real, pauses = RestoredVolume._made, []

        def creating(self: RestoredVolume) -> list[dict[str, Any]]:
            return [{**each, "State": "creating"} for each in real(self)]

        def gone(_: float) -> None:
            pauses.append(1)
            for name in left(guard):
                guard.aws.client("ec2").delete_volume(VolumeId=name)

        monkeypatch.setattr(RestoredVolume, "_made", creating)
        tests.pause = gone
        ((_, receipt, _),) = tests.run(tests.plan([volume]))
        assert (receipt.outcome, receipt.reason, len(pauses)) == (Outcome.UNKNOWN, "not found", 1)
        assert "deleted by somebody" in receipt.detail

    @pytest.mark.parametrize("when", ["settle", "compare"])
    def test_a_volume_that_somebody_deletes_meanwhile_is_told(
        self, guard: Guard, when: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        volume, real = backed_up(guard, make_volume(guard, Level.INTERNAL)), getattr(RestoredVolume, when)

        def gone(self: RestoredVolume, *given: Any) -> Any:
            for name in left(guard):
                guard.aws.client("ec2").delete_volume(VolumeId=name)
            return real(self, *given)

        monkeypatch.setattr(RestoredVolume, when, gone)
        _, receipt, _ = attempt(guard, volume)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "not found")
        assert restoring(guard).settle() != []

    def test_a_snapshot_without_blocks_verifies_nothing(self, guard: Guard) -> None:
        volume = backed_up(guard, make_volume(guard, Level.INTERNAL))
        guard.aws.strict.answer("ebs.ListSnapshotBlocks", {"Blocks": []})
        _, receipt, compared = attempt(guard, volume)
        assert (receipt.outcome, receipt.reason, compared) == (Outcome.REFUSED, "content not read", None)
        assert left(guard) == []

    @pytest.mark.parametrize(
        ("ranges", "is_open"),
        [
            (["0.0.0.0/0"], True), (["0.0.0.0/1", "128.0.0.0/1"], True), (["::/0"], True), (["2000::/3"], True),
            (["10.0.0.0/8", "192.0.2.7/32"], False), (["fd00::/8", "2001:db8::/32"], False),
        ],
    )  # fmt: skip
    def test_halves_of_the_world_are_everybody(self, ranges: list[str], is_open: bool) -> None:
        assert any(map(_is_everybody, ranges)) is is_open

    def test_what_has_no_backup_or_is_of_another_account_is_refused(self, guard: Guard) -> None:
        theirs = f"arn:aws:dynamodb:{REGION}:999999999999:table/orders"
        told = restoring(guard).plan([f"ebs://{REGION}", theirs]).refusals
        assert [(each.resource, each.reason) for each in told] == [
            (f"ebs://{ACCOUNT}/{REGION}", "not testable"), (theirs, "of another account"),
        ]  # fmt: skip
        assert "--role-arn of a role there" in told[1].detail


class TestClusters:
    def test_a_cluster_gets_an_instance_is_compared_and_both_are_deleted(
        self, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        aurora = make_cluster(guard, Level.INTERNAL)
        member = {"Engine": "aurora-postgresql", "DBClusterIdentifier": "aurora", "DBInstanceClass": "db.r6g.large"}
        guard.aws.client("rds").create_db_instance(DBInstanceIdentifier="aurora-1", **member)
        backed_up(guard, aurora)
        with contents(monkeypatch, tmp_path):
            _, receipt, compared = attempt(guard, aurora, apart=Apart(groups=(group(guard),)), logins=LOGIN)
        assert (receipt.outcome, compared and compared.same) == (Outcome.APPLIED, 3), receipt.detail
        (made,) = [
            each
            for each in guard.aws.strict.calls.made("rds.CreateDBInstance")
            if "restore-test" in each.parameters["DBInstanceIdentifier"]
        ]
        assert made.parameters["PubliclyAccessible"] is False
        assert left(guard) == []


class TestVolumes:
    def test_a_volume_is_made_and_its_snapshots_blocks_are_read(self, guard: Guard) -> None:
        volume = backed_up(guard, make_volume(guard, Level.INTERNAL, Encrypted=True))
        _, receipt, compared = attempt(guard, volume)
        assert compared is not None
        assert (receipt.outcome, compared[:6]) == (Outcome.APPLIED, (3, 3, 0, 0, 0, 3)), receipt.detail
        assert "not verified: whether what is in it" in receipt.detail
        (made,) = [each for each in guard.aws.strict.calls.made("ec2.CreateVolume") if "SnapshotId" in each.parameters]
        assert made.parameters["Encrypted"] is True
        assert left(guard) == []
        assert [each for each in guard.plan(volume).refusals if "was never tested" in each.detail] == []

    def test_a_sample_of_the_blocks_is_read(self, guard: Guard) -> None:
        volume = backed_up(guard, make_volume(guard, Level.INTERNAL))
        _, _, compared = attempt(guard, volume, sample=1)
        assert compared is not None
        assert (compared.items, compared.read, compared.same) == (3, 1, 1)

    def test_a_block_that_is_not_what_its_checksum_says_fails(self, guard: Guard) -> None:
        volume = backed_up(guard, make_volume(guard, Level.INTERNAL))
        guard.aws.strict.spoils(7)
        _, receipt, compared = attempt(guard, volume)
        assert compared is not None
        assert (receipt.outcome, receipt.reason, compared.other) == (Outcome.FAILED, "not the same", 1)
        assert left(guard) == []

    def test_one_that_is_not_encrypted_or_attached_is_told(self, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
        from moto.ec2.models import ec2_backends

        volume = backed_up(guard, make_volume(guard, Level.INTERNAL))
        settle = RestoredVolume.settle

        def spoilt(self: RestoredVolume) -> None:
            for each in ec2_backends[ACCOUNT][REGION].volumes.values():
                each.encrypted = False
            settle(self)

        monkeypatch.setattr(RestoredVolume, "settle", spoilt)
        _, receipt, _ = attempt(guard, volume)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "not apart")
        assert left(guard) == []

    def test_other_volumes_stay(self, guard: Guard) -> None:
        volume = backed_up(guard, make_volume(guard, Level.INTERNAL))
        tags = [{"Key": "assay:purpose", "Value": "restore-test"}, {"Key": "assay:restore-test", "Value": "another"}]
        theirs = guard.aws.client("ec2").create_volume(
            AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}]
        )["VolumeId"]
        assert attempt(guard, volume)[1].outcome is Outcome.APPLIED
        assert left(guard) == [theirs]


@pytest.mark.parametrize("kind", ["instance", "cluster", "volume"])
@pytest.mark.parametrize("step", ["prepare", "restore", "settle", "compare", "clean"])
class TestMishaps:
    def _case(self, guard: Guard, kind: str) -> tuple[str, type[Any], dict[str, Any]]:
        if kind == "volume":
            return backed_up(guard, make_volume(guard, Level.INTERNAL)), RestoredVolume, {}
        make = make_database if kind == "instance" else make_cluster
        return backed_up(guard, make(guard, Level.INTERNAL)), RestoredDatabase, {"apart": Apart(groups=(group(guard),))}

    def test_killed_at_every_step_the_next_one_cleans_up(
        self, guard: Guard, kind: str, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resource, place, more = self._case(guard, kind)
        real = getattr(place, step)

        def die(self: Any, *given: Any) -> None:
            if step == "restore":
                real(self, *given)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(place, step, die)
            with pytest.raises(KeyboardInterrupt):
                attempt(guard, resource, **more)
        with guard.catalog.transaction() as connection:
            connection.execute(update(action_claims).values(process=0, until="2000-01-01T00:00:00.000000Z"))
        assert [each.outcome for each in restoring(guard).settle()] == [Outcome.FAILED]
        assert left(guard) == []

    def test_what_is_denied_midway_leaves_nothing(self, guard: Guard, kind: str, step: str) -> None:
        calls = {
            "volume": {
                "restore": "ec2.CreateVolume",
                "compare": "ebs.GetSnapshotBlock",
                "prepare": "ec2.DescribeSnapshots",
            },
            "instance": {"restore": "rds.RestoreDBInstanceFromDBSnapshot", "prepare": "ec2.DescribeSecurityGroups"},
            "cluster": {"restore": "rds.RestoreDBClusterFromSnapshot", "prepare": "ec2.DescribeSecurityGroups"},
        }
        if step not in calls[kind]:
            return
        resource, _, more = self._case(guard, kind)
        guard.aws.strict.deny(calls[kind][step])
        _, receipt, _ = attempt(guard, resource, **more)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "access denied")
        assert left(guard) == []


@pytest.mark.parametrize("kind", ["instance", "cluster", "volume"])
def test_each_call_that_is_denied_is_told_and_what_was_made_goes_with_the_next(guard: Guard, kind: str) -> None:
    """Never a good test, and never a copy that nobody deletes: what may not be deleted now is deleted by the next one that may."""
    if kind == "volume":
        resource, calls, more = make_volume(guard, Level.INTERNAL), restored_volume.CALLS, {}
    else:
        resource = (make_database if kind == "instance" else make_cluster)(guard, Level.INTERNAL)
        calls, more = restored_database.CALLS, {"apart": Apart(groups=(group(guard),))}
    backed_up(guard, resource)
    used = set()
    for call in sorted(calls | POINTS):
        guard.aws.strict.calls.clear()
        denied = guard.aws.strict.deny(call)
        tests = restoring(guard, **more)
        told = [receipt for _, receipt, _ in tests.run(tests.plan([resource]))]
        refused = tests.plan([resource]).refusals if not told else ()
        denied.end()
        if not guard.aws.strict.calls.made(call):
            continue
        used.add(call)
        assert [each.reason for each in refused] == ["access denied"] or [each.outcome for each in told] == [
            Outcome.UNKNOWN
        ], (call, told)
        list(restoring(guard, **more).settle())
        assert left(guard) == [], call
    assert used >= {"backup.ListRecoveryPointsByResource"}
    assert len(used) >= 5
