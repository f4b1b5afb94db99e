"""Databases that events are about are scanned where a login is known for them, by IAM or a secret; else it is said what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from awsservers import ACCOUNT, REGION, Aws
from rdsfront import Door
from rescans_for_tests import ARN, created, make_due, open_tasks, rescan
from sqltables import Shop
from test_sources_rds import instance, pg_door, planted
from workers_for_tests import Queues, drain, levels, statuses

from assay.app.config.settings import load_settings
from assay.app.work.databaselogins import targets_of
from assay.aws.arn import parse
from assay.errors import ConfigError
from assay.store.engine import Catalog


@pytest.fixture
def door(aws: Aws, postgres: Shop, tmp_path: Path) -> Iterator[Door]:
    planted(postgres)
    with pg_door(instance(aws), postgres, tmp_path) as made:
        yield made


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has settings name logins."""

    def named(*logins: str) -> None:
        monkeypatch.setenv("ASSAY_DATABASE_LOGINS", " ".join(logins))

    return named


def database(shop: Shop) -> str:
    return urlsplit(shop.url).path.strip("/")


def event(name: str = "shop", kind: str = "db") -> dict[str, Any]:
    return {
        "id": f"rds-{name}", "detail-type": f"RDS DB {'Instance' if kind == 'db' else 'Cluster'} Event", "source": "aws.rds",
        "account": ACCOUNT, "region": REGION, "time": "2026-03-02T08:15:02Z",
        "detail": {"SourceIdentifier": name, "SourceArn": ARN.format("rds", f"{kind}:{name}"),
                   "EventCategories": ["configuration change"], "Date": "2026-03-02T08:15:02Z"},
    }  # fmt: skip


def test_a_database_is_scanned_with_a_login_by_iam(
    catalog: Catalog, catalog_url: str, inbox: Queues, postgres: Shop, door: Door, known: Callable[..., None]
) -> None:
    known(f"rds://assay_reader@*/{database(postgres)}?tunnel={door.tunnel}")
    inbox.send(event(), created("shop", "CreateDBInstance", dBInstanceIdentifier="shop"))
    drain(catalog, inbox)
    assert statuses(catalog) == {"done": 2}
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    (resource,) = levels(catalog)
    assert resource.startswith(f"postgresql://{door.host}:{door.port}/")
    assert levels(catalog)[resource] == "restricted"
    assert {user for user, _ in door.attempts} == {"assay_reader"}
    # Nothing has changed since: no table is read again.
    inbox.send(event("shop") | {"id": "again"})
    drain(catalog, inbox)
    assert rescan(catalog, catalog_url) == {"rescan done": 1}


def test_a_secret_may_say_who_logs_in(
    catalog: Catalog, catalog_url: str, inbox: Queues, aws: Aws, postgres: Shop, door: Door, known: Callable[..., None]
) -> None:
    door.passwords["steward"] = "planted-p4ss"
    held = json.dumps({"username": "steward", "password": "planted-p4ss"})
    secret = aws.client("secretsmanager").create_secret(Name="shop", SecretString=held)["ARN"]
    known(f"rds://shop/{database(postgres)}?secret={secret}&tunnel={door.tunnel}", "rds://nobody@elsewhere")
    inbox.send(event())
    drain(catalog, inbox)
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert set(levels(catalog).values()) == {"restricted"}
    assert door.attempts == [("steward", "planted-p4ss")] * len(door.attempts) != []


def test_without_a_login_it_is_said_what_to_give(
    catalog: Catalog, catalog_url: str, inbox: Queues, aws: Aws, known: Callable[..., None]
) -> None:
    instance(aws)
    known("rds://nobody@elsewhere/orders")
    inbox.send(event())
    drain(catalog, inbox)
    assert rescan(catalog, catalog_url) == {"rescan dead": 1}
    ((resource, status, reason),) = open_tasks(catalog)
    assert (resource, status) == (ARN.format("rds", "db:shop"), "dead")
    assert reason == (
        "no login is known for it: name one in database_logins, rds://USER@shop/DATABASE (by IAM) or "
        "rds://shop/DATABASE?secret=ARN"
    )


def test_a_login_that_is_refused_is_tried_again_and_given_up_with_what_to_check(
    catalog: Catalog, catalog_url: str, inbox: Queues, door: Door, known: Callable[..., None]
) -> None:
    door.passwords["steward"] = "another"
    known(f"rds://steward@shop/?tunnel={door.tunnel}")
    inbox.send(event())
    drain(catalog, inbox)
    assert rescan(catalog, catalog_url, attempts=2) == {"rescan put off": 1}
    make_due(catalog)
    assert rescan(catalog, catalog_url, attempts=2) == {"rescan dead": 1}
    ((_, _, reason),) = open_tasks(catalog)
    assert reason.startswith("login refused: ")
    assert "rds_iam" in reason
    assert "X-Amz-Signature" not in reason


def test_an_instance_is_entered_as_its_cluster() -> None:
    arn = parse(ARN.format("rds", "db:shop-1"))
    asked: list[str] = []

    def cluster(name: str) -> str:
        asked.append(name)
        return "Shop"

    logins = ["rds://reader@shop/orders", "rds://reader@SHOP/people", "rds://other@*"]
    assert targets_of(arn, logins, cluster) == logins[:2]
    assert asked == ["shop-1"]
    assert targets_of(arn, logins[2:], cluster) == ["rds://other@shop-1"]
    assert targets_of(parse(ARN.format("rds", "cluster:shop")), logins, cluster) == logins[:2]
    assert asked == ["shop-1"]
    assert targets_of(arn, ["rds://reader@else"], lambda _name: None) == []
    assert targets_of(arn, ["rds://*/orders?secret=master"], cluster) == ["rds://shop-1/orders?secret=master"]


def test_an_instance_is_asked_for_its_cluster(
    catalog: Catalog, catalog_url: str, inbox: Queues, aws: Aws, known: Callable[..., None]
) -> None:
    rds = aws.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        MasterUsername="admin",
        MasterUserPassword="planted-master-1",
    )
    rds.create_db_instance(
        DBInstanceIdentifier="shop-1",
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r5.large",
    )
    known("rds://reader@shop/orders")
    inbox.send(event("shop-1"))
    drain(catalog, inbox)
    assert rescan(catalog, catalog_url, attempts=1) == {"rescan dead": 1}
    ((_, _, reason),) = open_tasks(catalog)
    # It was found as the cluster, which lets nobody in by IAM.
    assert reason.startswith("no login: a login by IAM is not enabled on the writer")


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ("postgresql://u@h/d", "names no database of RDS"),
        ("rds://shop/orders", "says neither who logs in"),
        ("rds://u:planted-p4ss@shop", "has no port and no password"),
        ("rds://sh*p", "names no instance or cluster"),
        ("rds://shop?export=nightly", "names an export"),
    ],
)
def test_what_is_no_login_is_told_when_settings_are_read(tmp_path: Path, login: str, told: str) -> None:
    file = tmp_path / "assay.toml"
    file.write_text(f'database_logins = ["rds://reader@*", "{login}"]\n')
    with pytest.raises(ConfigError, match=told) as caught:
        load_settings(file)
    assert "holds as number 2" in str(caught.value)
    assert "planted-p4ss" not in str(caught.value)
