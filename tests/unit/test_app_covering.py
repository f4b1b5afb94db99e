"""An estate against the catalog: dark, stale, gone, and what cannot be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assay.app.cloud.covering import Ages, gone, judged, known
from assay.model import Asset, EstateState, Level
from assay.store.estate import SeenResource

NOW = datetime(2026, 6, 30, tzinfo=UTC)
ACCOUNT = "123456789012"
HOST = "postgresql://shop.c9.eu-west-1.rds.amazonaws.com:5432"
ALL = frozenset({"s3", "rds", "redshift", "dynamodb", "glue", "kinesis"})


def asset(kind: str, *uris: str, **changes: Any) -> Asset:
    name = uris[0] if uris else "x"
    return Asset(
        arn=f"arn:{name}", type=kind, name=name, account=ACCOUNT, region="eu-west-1", uris=uris, **changes
    )  # fmt: skip


def seen(uri: str, days_ago: float, level: Level | None = Level.INTERNAL) -> SeenResource:
    at = NOW - timedelta(days=days_ago)
    return SeenResource(uri, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), level)


def judge(of: Asset, *scanned: SeenResource, used: bool | None = None, others: tuple[Asset, ...] = ()) -> Any:
    return judged(of, known([of, *others], scanned), Ages(), NOW, lambda _asset, _since: used)


def test_what_has_nothing_below_it_is_dark() -> None:
    bucket = asset("s3:bucket", "s3://lake")
    assert judge(bucket, seen("s3://lake2/a", 1), seen("s3://la/ke", 1))[0] is EstateState.DARK
    assert judge(asset("rds:db", engine="postgres"))[:2] == (EstateState.DARK, "never scanned: it has no endpoint")
    for kind, engine in (("rds:db", "sqlserver-ex"), ("redshift:cluster", None), ("dynamodb:table", None), ("rds:cluster", "docdb"),
                         ("kinesis:stream", None)):  # fmt: skip
        assert judge(asset(kind, engine=engine))[0] is EstateState.DARK


@pytest.mark.parametrize(
    ("kind", "engine", "uris"),
    [
        ("ec2:volume", None, ()),
        ("es:domain", "OpenSearch_2.11", ()),
        ("rds:cluster", "neptune", ()),
        ("glue:table", None, ("glue://lake/remote",)),
    ],
)
def test_what_no_scan_reads_is_not_dark(kind: str, engine: str | None, uris: tuple[str, ...]) -> None:
    assert judge(asset(kind, *uris, engine=engine))[0] is EstateState.UNSUPPORTED


def test_the_newest_and_the_highest_below_it_count() -> None:
    bucket = asset("s3:bucket", "s3://lake")
    objects = (
        seen("s3://lake/a.csv", 30, Level.RESTRICTED),
        seen("s3://lake/b/c.csv", 2, Level.PUBLIC),
        seen("s3://lake", 9, None),
    )
    state, because, scans = judge(bucket, *objects)
    assert (state, because) == (EstateState.SCANNED, "last scanned 2 days ago")
    assert (scans.resources, scans.level, scans.last_at) == (3, Level.RESTRICTED, NOW - timedelta(days=2))


@pytest.mark.parametrize(
    ("days", "state"), [(6.9, EstateState.SCANNED), (7, EstateState.SCANNED), (7.01, EstateState.STALE)]
)
def test_objects_are_stale_after_a_week(days: float, state: EstateState) -> None:
    assert judge(asset("s3:bucket", "s3://lake"), seen("s3://lake/a", days))[0] is state


@pytest.mark.parametrize(
    ("days", "used", "state", "because"),
    [
        (29, True, EstateState.SCANNED, "last scanned 29 days ago"),
        (31, True, EstateState.STALE, "last scanned 31 days ago; used since"),
        (31, None, EstateState.STALE, "last scanned 31 days ago; may have changed since"),
        (31, False, EstateState.SCANNED, "last scanned 31 days ago; nobody was connected since"),
    ],
)
def test_databases_are_stale_after_a_month_if_they_may_have_changed(
    days: int, used: bool | None, state: EstateState, because: str
) -> None:
    shop = asset("rds:db", HOST, engine="postgres")
    assert judge(shop, seen(f"{HOST}/shop/public/orders", days), used=used)[:2] == (state, because)


def test_nothing_is_stale_where_that_is_switched_off() -> None:
    bucket = asset("s3:bucket", "s3://lake")
    of = known([bucket], [seen("s3://lake/a", 4_000)])
    assert judged(bucket, of, Ages(objects=0), NOW, lambda *_: None)[0] is EstateState.SCANNED


def test_a_name_that_two_have_tells_neither() -> None:
    here, there = asset("dynamodb:table", "dynamodb://orders3"), asset("dynamodb:table", "dynamodb://orders3")
    assert judge(here, seen("dynamodb://orders3", 1))[0] is EstateState.SCANNED
    state, because, _ = judge(here, seen("dynamodb://orders3", 1), others=(there,))
    assert (state, because) == (EstateState.UNKNOWN, "scanned was one of 2 of this name")
    assert judge(here, others=(there,))[0] is EstateState.DARK


def test_a_table_over_a_prefix_is_scanned_with_it() -> None:
    table = asset("glue:table", "glue://lake/orders", "s3://lake/year%3D2026/Q1%20report")
    assert judge(table, seen("s3://lake/year=2026/Q1%20report/1.parquet", 1))[0] is EstateState.SCANNED
    assert judge(table, seen("s3://lake/year=2026/Q1%20report2/1.parquet", 1))[0] is EstateState.DARK
    twin = asset("glue:table", "glue://lake/orders2", "s3://lake/year%3D2026/Q1%20report")
    scanned = seen("s3://lake/year=2026/Q1%20report/1.parquet", 1)
    assert judge(table, scanned, others=(twin,))[0] is EstateState.SCANNED


def test_what_another_holds_is_not_judged() -> None:
    member = asset("rds:db", HOST, held_by="arn:cluster")
    assert judge(member)[:2] == (EstateState.ELSEWHERE, "its data are those of arn:cluster")


def test_what_is_gone() -> None:
    of = known(
        [asset("s3:bucket", "s3://lake")],
        [
            seen("s3://lake/a", 1),
            seen("s3://old/1", 3, Level.RESTRICTED),
            seen("s3://old/2", 2, Level.PUBLIC),
            seen(f"{HOST}/shop/public/orders", 1),
            seen("postgresql://db.example.org:5432/shop/public/orders", 1),
        ],
    )
    found = list(gone(of, ALL, frozenset({"eu-west-1"}), set()))
    assert [(each.uri, each.state) for each in found] == [(HOST, EstateState.GONE), ("s3://old", EstateState.GONE)]
    assert found[1].scans is not None
    assert (found[1].scans.resources, found[1].scans.level) == (2, Level.RESTRICTED)
    assert [each.uri for each in gone(of, ALL, frozenset({"us-east-1"}), set())] == ["s3://old"]
    assert [each.uri for each in gone(of, frozenset({"rds"}), frozenset({"eu-west-1"}), set())] == [HOST]


def test_what_may_not_be_gone() -> None:
    of = known([], [seen("s3://old/1", 3)])
    (found,) = gone(of, ALL, frozenset({"eu-west-1"}), {"s3"})
    assert found.state is EstateState.UNKNOWN
    assert "not everything could be listed" in found.because
