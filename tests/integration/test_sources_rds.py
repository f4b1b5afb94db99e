"""Databases of RDS by their names: found, entered by IAM or a secret over TLS, read from a reader; and what is refused.

The endpoints are the emulator's, the servers behind them real ones.
"""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from awsservers import ACCOUNT, REGION, Aws
from rdsfront import Door, certificate, doors, mysql_door, postgresql_door, without_tls
from servers import MariaDb, end, new_mariadb
from sqltables import Shop

import assay
from assay.aws.access import Access
from assay.aws.uris import server
from assay.cli.__main__ import run
from assay.errors import AwsError, UsageError
from assay.model import AssetRef, ColumnRecord, Gap, Skip
from assay.sources.awssql.source import NamedSource
from assay.sources.sql.source import SqlSource

ROWS = ", ".join(f"({n}, '{512 + n:03}-44-{7100 + n:04}', 'wren{n}@posteo.de')" for n in range(40))


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def planted(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE people (id INTEGER, ssn VARCHAR(40), email VARCHAR(80))", f"INSERT INTO people VALUES {ROWS}"
    )


def instance(aws: Aws, name: str = "shop", engine: str = "postgres", **more: Any) -> dict[str, Any]:
    """An instance, as RDS tells of it."""
    rds = aws.client("rds")
    given = {"MasterUserPassword": "planted-master-1"} if not more.get("ManageMasterUserPassword") else {}
    told = rds.create_db_instance(
        DBInstanceIdentifier=name, Engine=engine, DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="admin",
        **({"Port": 5432 if engine == "postgres" else 3306, "EnableIAMDatabaseAuthentication": True} | given | more),
    )["DBInstance"]  # fmt: skip
    return dict(told)


@contextmanager
def pg_door(told: dict[str, Any], shop: Shop, folder: Path) -> Iterator[Door]:
    """A door to the real PostgreSQL for the endpoint of an instance."""
    socket = parse_qs(urlsplit(shop.url).query)["host"][0] + "/.s.PGSQL.5432"
    yield from doors(told["Endpoint"]["Address"], told["Endpoint"]["Port"], folder, postgresql_door(socket))


@pytest.fixture
def door(aws: Aws, postgres: Shop, tmp_path: Path) -> Iterator[Door]:
    planted(postgres)
    with pg_door(instance(aws), postgres, tmp_path) as made:
        yield made


def found(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def columns(records: Sequence[Any]) -> dict[str, str | None]:
    return {record.column: record.detected_type for record in records if isinstance(record, ColumnRecord)}


def gap(records: Sequence[Any]) -> tuple[str, str, str]:
    [only] = [record for record in records if isinstance(record, Gap)]
    return only.resource, only.reason, only.detail


def secret(aws: Aws, text: str | None, name: str = "shop-reader", **more: Any) -> str:
    given = more or {"SecretString": text}
    return str(aws.client("secretsmanager").create_secret(Name=name, **given)["ARN"])


class TestByIam:
    def test_tables_are_read_and_are_called_as_discovery_calls_the_instance(self, door: Door, postgres: Shop) -> None:
        records = found(f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}")
        assert columns(records) == {"id": None, "ssn": "SSN", "email": "EMAIL"}
        tables = {record.resource for record in records if isinstance(record, ColumnRecord)}
        known = server("postgres", door.host, 5432)
        assert tables == {f"{known}/{postgres.schema[0]}/public/people"}
        assert [user for user, _ in door.attempts] == ["assay_reader"] * 2
        assert not door.unencrypted

    def test_each_connection_has_a_token_of_its_own(
        self, door: Door, postgres: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = NamedSource(f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}", Access())
        [asset] = source.assets()
        opener = source.opener()
        with opener.open(asset) as reader:
            assert reader.sample(100, 0).rows == 40
        # Twenty minutes later the first token would be refused; a connection that is lost is made again with another.
        import botocore.auth

        real = botocore.auth.get_current_datetime
        door.later = timedelta(minutes=20)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **more: real(**more) + door.later)
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{postgres.schema[0]}' AND pid <> pg_backend_pid()"
        )
        with opener.open(asset) as reader:
            assert reader.sample(100, 0).rows == 40
        assert len(door.attempts) == 3

    def test_no_token_is_told_logged_or_pickled(
        self, door: Door, postgres: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        target = f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}"
        assert run(["scan", target, "--jobs", "2", "--catalog", _catalog(), "--format", "jsonl"]) == 0
        told = capfd.readouterr()
        source = NamedSource(target, Access())
        list(source.assets())
        kept = pickle.dumps(source.opener())
        signatures = [parse_qs(token)["X-Amz-Signature"][0] for _, token in door.attempts]
        assert len(signatures) >= 3
        catalog = Path("catalog.db").read_bytes()
        for signature in signatures:
            for text in (told.out, told.err, repr(source.__dict__)):
                assert signature not in text
            assert signature.encode() not in kept + catalog
            assert all(
                signature not in record.getMessage() for record in caplog.records if record.name.startswith("assay")
            )
        assert "assay_reader" not in told.out + told.err

    def test_the_certificate_is_checked_where_its_authority_is_given(self, door: Door, postgres: Shop) -> None:
        target = f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}&sslrootcert="
        assert columns(found(target + str(door.certificate)))["ssn"] == "SSN"
        other = door.certificate.parent / "other"
        other.mkdir()
        wrong = certificate(other, "elsewhere.example")
        _, reason, detail = gap(found(target + str(wrong)))
        assert (reason, "agree on no encryption" in detail) == ("unreadable", True)
        assert len(door.attempts) == 2  # those of the scan that was let in

    def test_less_than_encryption_is_refused(self, door: Door) -> None:
        with pytest.raises(UsageError, match="sslmode=prefer: a login must be encrypted"):
            found(f"rds://assay_reader@shop?tunnel={door.tunnel}&sslmode=prefer")
        assert door.attempts == []

    def test_a_server_without_tls_gets_no_token(self, aws: Aws) -> None:
        instance(aws)
        with without_tls() as (port, heard):
            _, reason, detail = gap(found(f"rds://assay_reader@shop?tunnel=127.0.0.1:{port}"))
        assert (reason, "agree on no encryption" in detail) == ("unreadable", True)
        assert not any(b"assay_reader" in data or b"X-Amz" in data for data in heard)

    def test_a_user_who_is_not_let_in_is_a_gap_that_says_what_to_check(self, door: Door, aws: Aws) -> None:
        door.passwords["assay_reader"] = "of another way to log in"
        resource, reason, detail = gap(found(f"rds://assay_reader@shop?tunnel={door.tunnel}"))
        assert (resource, reason) == ("rds://shop", "login refused")
        assert "GRANT rds_iam" in detail
        assert "rds-db:connect" in detail
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier="shop", EnableIAMDatabaseAuthentication=False, ApplyImmediately=True
        )
        resource, reason, detail = gap(found(f"rds://assay_reader@shop?tunnel={door.tunnel}"))
        assert (resource, reason) == ("rds://shop", "no login")
        assert "a login by IAM is not enabled on the instance; enable it, or give ?secret=ARN" in detail


def _catalog() -> str:
    run(["catalog", "init", "--catalog", "catalog.db"])
    return "catalog.db"


class TestMysql:
    def test_a_token_goes_over_tls_alone(self, aws: Aws, maria: Shop, mariadb: MariaDb, tmp_path: Path) -> None:
        planted(maria)
        told = instance(aws, engine="mysql")
        end = told["Endpoint"]
        for door in doors(end["Address"], end["Port"], tmp_path, mysql_door(mariadb.connect)):
            target = f"rds://assay_reader@shop/{maria.schema[0]}?tunnel={door.tunnel}"
            records = found(target)
            assert columns(records) == {"id": None, "ssn": "SSN", "email": "EMAIL"}
            assert {record.resource for record in records if isinstance(record, ColumnRecord)} == {
                f"mysql://{end['Address']}:3306/{maria.schema[0]}/people"
            }
            assert columns(found(f"{target}&ssl_ca={door.certificate}"))["ssn"] == "SSN"
            assert not door.unencrypted
            wrong = certificate(tmp_path, "elsewhere.example")
            _, reason, detail = gap(found(f"{target}&ssl_ca={wrong}"))
            assert (reason, "agree on no encryption" in detail) == ("unreadable", True)
            door.passwords["assay_reader"] = "of another way to log in"
            assert gap(found(target))[1] == "login refused"

    @pytest.mark.usefixtures("mariadb")
    def test_a_server_without_tls_gets_no_token(self, aws: Aws) -> None:
        instance(aws, engine="mysql")
        server = new_mariadb("--skip-ssl")  # since 11.4 one makes a certificate for itself
        try:
            _, reason, detail = gap(found(f"rds://assay_reader@shop/mysql?tunnel=127.0.0.1:{server.port}"))
        finally:
            end(server)
        assert reason == "unreadable"
        assert "agree on no encryption" in detail


class TestBySecret:
    @pytest.mark.parametrize(
        "held",
        [
            {"username": "assay_reader", "password": "planted-p@ss"},
            {
                "engine": "postgres", "host": "elsewhere", "username": "assay_reader", "password": "planted-p@ss",
                "dbname": "DATABASE", "port": 5432, "dbInstanceIdentifier": "shop",
            },
        ],
        ids=["kept by RDS", "rotated by a function"],
    )  # fmt: skip
    def test_both_shapes(self, door: Door, aws: Aws, postgres: Shop, held: dict[str, Any]) -> None:
        door.passwords["assay_reader"] = "planted-p@ss"
        has_database = "dbname" in held
        if has_database:
            held = {**held, "dbname": postgres.schema[0]}
        arn = secret(aws, json.dumps(held))
        database = "" if has_database else f"/{postgres.schema[0]}"
        assert columns(found(f"rds://shop{database}?secret={arn}&tunnel={door.tunnel}"))["ssn"] == "SSN"

    def test_that_of_the_master_user(self, aws: Aws, postgres: Shop, tmp_path: Path) -> None:
        planted(postgres)
        told = instance(aws, ManageMasterUserPassword=True, EnableIAMDatabaseAuthentication=False)
        with pg_door(told, postgres, tmp_path) as door:
            door.passwords["admin"] = "P@55w0rd!"
            target = f"rds://shop/{postgres.schema[0]}?secret=master&tunnel={door.tunnel}"
            assert columns(found(target))["ssn"] == "SSN"

    def test_where_there_is_none_of_the_master_user(self, door: Door) -> None:
        assert "keeps no secret of its master user" in gap(found(f"rds://shop?secret=master&tunnel={door.tunnel}"))[2]

    @pytest.mark.parametrize(
        ("code", "message", "reason", "says"),
        [
            ("AccessDeniedException", "User is not authorized", "access denied", "allow secretsmanager:GetSecretValue"),
            ("AccessDeniedException", "Access to KMS is not allowed", "key denied", "allow kms:Decrypt"),
            ("DecryptionFailure", "Refused", "key denied", "allow kms:Decrypt"),
            ("ResourceNotFoundException", "Secrets Manager can't find it", "no login", "there is no such secret"),
            ("ExpiredTokenException", "expired", "credentials expired", "sign in again"),
        ],
    )
    def test_what_secrets_manager_refuses(
        self, door: Door, aws: Aws, code: str, message: str, reason: str, says: str
    ) -> None:
        arn = secret(aws, "{}")
        aws.strict.fail("secretsmanager.GetSecretValue", code, message)
        resource, told, detail = gap(found(f"rds://shop?secret={arn}&tunnel={door.tunnel}"))
        assert (resource, told) == ("rds://shop", reason)
        assert says in detail

    @pytest.mark.parametrize("text", ["planted-p@ss", '["planted-p@ss"]', '{"password": "planted-p@ss"}', "{}", ""])
    def test_a_secret_of_something_else_is_not_told(self, door: Door, aws: Aws, text: str) -> None:
        arn = secret(aws, None, SecretBinary=b"planted-p@ss") if not text else secret(aws, text)
        _, reason, detail = gap(found(f"rds://shop?secret={arn}&tunnel={door.tunnel}"))
        assert reason == "no login"
        assert "planted" not in detail
        assert door.attempts == []


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_it_is_the_same_as_by_the_url_of_the_server(
    engine: str, aws: Aws, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What every database has to give, all engines are held to elsewhere: by name it is the very same."""
    shop: Shop = request.getfixturevalue("postgres" if engine == "postgresql" else "maria")
    shop.plant()
    told = instance(aws, engine="postgres" if engine == "postgresql" else "mysql")["Endpoint"]
    if engine == "postgresql":
        enter = postgresql_door(parse_qs(urlsplit(shop.url).query)["host"][0] + "/.s.PGSQL.5432")
    else:
        enter = mysql_door(request.getfixturevalue("mariadb").connect)
    for door in doors(told["Address"], told["Port"], tmp_path, enter):
        named = NamedSource(f"rds://assay_reader@shop/{shop.schema[0]}?tunnel={door.tunnel}", Access())
        direct = SqlSource(shop.url)
        seen = []
        for source in (named, direct):
            items = list(source.assets())
            assets = sorted((item for item in items if isinstance(item, AssetRef)), key=lambda asset: asset.name)
            opener = source.opener()
            tables = []
            for asset in assets:
                with opener.open(asset) as reader:
                    sample = reader.sample(50, 3)
                    tables.append(
                        (asset.name, reader.info.columns, reader.info.rows, list(sample.columns), sample.rows)
                    )
            seen.append((tables, sorted(item.reason for item in items if isinstance(item, Skip))))
        assert seen[0] == seen[1]
        assert len(seen[0][0]) == 6


class TestReaders:
    def test_a_replica_is_read_and_the_instance_is_named(self, aws: Aws, postgres: Shop, tmp_path: Path) -> None:
        planted(postgres)
        source = instance(aws)
        replica = aws.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier="shop-replica", SourceDBInstanceIdentifier="shop"
        )["DBInstance"]
        notes: list[str] = []
        with pg_door(replica, postgres, tmp_path) as door:
            target = f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}"
            named = NamedSource(target, Access(), note=notes.append)
            [asset] = list(named.assets())
            assert asset.uri.startswith(f"postgresql://{source['Endpoint']['Address']}:5432/")
            assert asset.change is None
            with named.opener().open(asset) as reader:
                assert reader.sample(100, 0).rows == 40
                assert reader.info.resource == asset.uri
        [note] = notes
        assert f"read from {replica['Endpoint']['Address']}:5432, its read replica shop-replica" in note
        assert "login by IAM" in note

    def test_the_writer_where_it_is_asked_for(self, aws: Aws, postgres: Shop, tmp_path: Path) -> None:
        planted(postgres)
        source = instance(aws)
        aws.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier="shop-replica", SourceDBInstanceIdentifier="shop"
        )
        with pg_door(source, postgres, tmp_path) as door:
            target = f"rds://assay_reader@shop/{postgres.schema[0]}?endpoint=writer&tunnel={door.tunnel}"
            assert columns(found(target))["ssn"] == "SSN"

    @pytest.mark.parametrize("readers", [0, 1])
    def test_of_a_cluster(self, aws: Aws, postgres: Shop, tmp_path: Path, readers: int) -> None:
        planted(postgres)
        rds = aws.client("rds")
        told = rds.create_db_cluster(
            DBClusterIdentifier="shop", Engine="aurora-postgresql", MasterUsername="admin", Port=5432,
            MasterUserPassword="planted-master-1", EnableIAMDatabaseAuthentication=True,
        )["DBCluster"]  # fmt: skip
        for number in range(1 + readers):
            rds.create_db_instance(
                DBInstanceIdentifier=f"shop-{number}", DBClusterIdentifier="shop", Engine="aurora-postgresql",
                DBInstanceClass="db.r6g.large",
            )  # fmt: skip
        host = told["ReaderEndpoint"] if readers else told["Endpoint"]
        end = {"Endpoint": {"Address": host, "Port": told["Port"]}}
        with pg_door(end, postgres, tmp_path) as door:
            records = found(f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}")
        resources = {record.resource for record in records if isinstance(record, ColumnRecord)}
        assert resources == {f"postgresql://{told['Endpoint']}:5432/{postgres.schema[0]}/public/people"}


class TestRefused:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [("stopped", "stopped"), ("creating", "not ready"), ("inaccessible-encryption-credentials", "key denied"),
         ("incompatible-network", "not ready")],
    )  # fmt: skip
    def test_an_instance_that_cannot_be_entered(self, aws: Aws, status: str, reason: str) -> None:
        instance(aws)
        set_status(status)
        resource, told, detail = gap(found("rds://assay_reader@shop"))
        assert (resource, told) == ("rds://shop", reason)
        assert detail

    def test_no_such_instance(self, aws: Aws) -> None:
        for number in range(5):
            instance(aws, f"orders-{number}")
        aws.strict.pages(2)
        with pytest.raises(UsageError, match="rds://order-4: there is no such instance or cluster; there is orders-4"):
            found("rds://assay_reader@order-4")

    @pytest.mark.parametrize(
        ("engine", "says"),
        [("sqlserver-ex", "assay scan mssql+pyodbc://…@shop."), ("oracle-se2", "assay scan oracle+oracledb://…@shop."),
         ("db2-se", "it is of db2-se, which no scan reads")],
    )  # fmt: skip
    def test_an_engine_that_is_not_read_by_name(self, aws: Aws, engine: str, says: str) -> None:
        instance(aws, engine="postgres")
        set_engine(engine)
        _, reason, detail = gap(found("rds://assay_reader@shop"))
        assert reason == "unsupported engine"
        assert says in detail

    def test_what_may_not_be_described_is_a_gap_and_other_targets_go_on(
        self, door: Door, aws: Aws, tmp_path: Path
    ) -> None:
        aws.strict.deny("rds.DescribeDBInstances")
        (tmp_path / "a.csv").write_text("name,ssn\nAda Park,536-90-4399\nJo Reyes,601-55-3127\n")
        assert run(["scan", "rds://assay_reader@shop", str(tmp_path / "a.csv"), "--format", "jsonl", "-o", "out"]) == 3
        lines = [json.loads(line) for line in Path("out").read_text().splitlines()]
        [told] = [line for line in lines if line["kind"] == "gap"]
        assert (told["resource"], told["reason"]) == ("rds://shop", "access denied")
        assert "rds:DescribeDBClusters" in told["detail"]
        assert any(line.get("identifier") == "SSN" for line in lines)

    def test_expired_credentials_end_it(self, aws: Aws) -> None:
        instance(aws)
        aws.strict.expire("rds.*")
        with pytest.raises(AwsError, match="sign in again"):
            found("rds://assay_reader@shop")

    @pytest.mark.parametrize(
        ("target", "says"),
        [
            ("rds://", "names no instance or cluster"),
            ("rds://shop", "says neither who logs in nor which secret does"),
            ("rds://u@shop?secret=master", "the secret says who the user is"),
            ("rds://shop?secret=planted-p4ss", "is no ARN of a secret"),
            ("rds://u:planted-p4ss@shop", "has no port and no password"),
            ("rds://u@shop:5432", "has no port and no password"),
            ("rds://u@shop?host=elsewhere", "there is no option 'host' here"),
            ("rds://u@shop?hostaddr=10.0.0.1", "there is no option 'hostaddr' here"),
            ("rds://u@shop?endpoint=fastest", "is one of reader and writer"),
            ("rds://u@shop?tunnel=here", "is no host and port"),
            ("rds://u@shop_1/x", "names no instance or cluster"),
        ],
    )
    def test_targets_that_are_none(self, target: str, says: str, capfd: pytest.CaptureFixture[str]) -> None:
        assert run(["scan", target]) == 2
        err = capfd.readouterr().err
        assert says in err
        assert "planted" not in err


def set_status(status: str) -> None:
    _backend().databases["shop"].status = status


def set_engine(engine: str) -> None:
    _backend().databases["shop"].engine = engine


def _backend() -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[ACCOUNT][REGION]


def test_a_scanned_instance_is_tagged_and_dark_no_more(
    door: Door, aws: Aws, postgres: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    catalog = _catalog()
    discover = [
        "aws",
        "discover",
        "--service",
        "rds",
        "--region",
        REGION,
        "--format",
        "jsonl",
        "--catalog",
        catalog,
        "--quiet",
    ]
    assert _state(discover, capfd) == "dark"
    target = f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}"
    assert run(["scan", target, "--catalog", catalog, "--jobs", "1"]) == 0
    assert _state(discover, capfd) == "scanned"
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop"
    assert run(["aws", "tag", arn, "--catalog", catalog, "--yes"]) == 0
    tags = aws.client("rds").list_tags_for_resource(ResourceName=arn)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["DataClassification"] == "restricted"


def test_one_that_could_not_be_entered_stays_dark(door: Door, aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    catalog = _catalog()
    door.passwords["assay_reader"] = "of another way to log in"
    assert run(["scan", f"rds://assay_reader@shop?tunnel={door.tunnel}", "--catalog", catalog, "--jobs", "1"]) == 3
    discover = [
        "aws",
        "discover",
        "--service",
        "rds",
        "--region",
        REGION,
        "--format",
        "jsonl",
        "--catalog",
        catalog,
        "--quiet",
    ]
    assert _state(discover, capfd) == "dark"


def _state(discover: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    capfd.readouterr()
    run(discover)
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    [state] = [line["state"] for line in lines if line.get("kind") == "asset"]
    return str(state)


def test_the_opener_finds_its_database_in_a_process_that_was_not_told(door: Door, postgres: Shop) -> None:
    source = NamedSource(f"rds://assay_reader@shop/{postgres.schema[0]}?tunnel={door.tunnel}", Access())
    other = pickle.loads(pickle.dumps(source.opener()))
    [asset] = list(source.assets())
    with other.open(asset) as reader:
        assert reader.sample(100, 0).rows == 40
