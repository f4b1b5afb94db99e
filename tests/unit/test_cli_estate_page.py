"""The page of an estate: short however large the estate is, and what was never scanned comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assay.cli.discover import _Writer
from assay.cli.estate_pages import estate_page, kind_of
from assay.model import Asset, EstateAsset, EstateState, EstateSummary, Gap, Skip
from assay.report.people import plain

GIB = 1024**3


def asset(kind: str, name: str, account: str = "123456789012", region: str = "eu-west-1", **changes: Any) -> Asset:
    return Asset(arn=f"arn:{name}", type=kind, name=name, account=account, region=region, **changes)


def dark(of: Asset, state: EstateState | None = EstateState.DARK, **changes: Any) -> EstateAsset:
    uri = f"s3://{of.name}" if of.type == "s3:bucket" else of.arn
    return EstateAsset(**{"uri": uri, "asset": of, "owners": {}, "labels": {}, "state": state, **changes})


def page(*results: EstateAsset | Gap | Skip, columns: int = 80, interrupted: bool = False) -> list[str]:
    summary = EstateSummary(
        accounts=("123456789012",), regions=("eu-west-1",), services=("s3",), assets=len(results), shown=len(results),
        by_type={}, by_state={}, gaps=0, skips=0, seconds=1.0, interrupted=interrupted,
    )  # fmt: skip
    return list(estate_page(results, summary, columns, plain))


def test_of_three_hundred_buckets_five_are_shown() -> None:
    lines = page(*(dark(asset("s3:bucket", f"bucket-{number:03}")) for number in range(300)))
    assert "    … and 295 more of S3 bucket" in lines
    assert len(lines) < 15
    assert lines[-1] == "Next, with the same catalog: assay scan s3://bucket-000"


def test_of_a_hundred_accounts_it_stays_a_page() -> None:
    accounts = [f"{number:012}" for number in range(100)]
    buckets = [dark(asset("s3:bucket", f"b{name}", name)) for name in accounts]
    volume = asset("ec2:volume", "vol-1", capacity_bytes=8 * GIB)
    volumes = [dark(replace(volume, account=name), EstateState.UNSUPPORTED) for name in accounts]
    scanned = [dark(asset("dynamodb:table", "orders", name), EstateState.SCANNED) for name in accounts]
    refused = [Gap(resource=f"aws://{name}/eu-west-1/rds", reason="access denied") for name in accounts]
    lines = page(*buckets, *volumes, *scanned, *refused)
    assert len(lines) < 200
    assert lines.count("  … and 60 more; --format csv or jsonl has all") == 3
    assert "  … and 88 more; --format csv or jsonl has all" in lines


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_it_fits(columns: int) -> None:
    tagged = {"Owner": "the team that looks after everything that nobody else looks after"}
    found = dark(
        asset("s3:bucket", "b" * 30, public=True, encrypted=False), owners=tagged, labels={"Sensitivity": "high"}
    )
    gap = Gap(
        resource="aws://123456789012/eu-west-1/rds", reason="throttled", detail="DescribeDBInstances: Throttling " * 3
    )
    lines = page(found, gap, columns=columns)
    assert all(len(line) <= columns for line in lines)
    assert any("b" * 30 in line for line in lines)


def test_notes_and_names_cannot_act_on_the_terminal() -> None:
    lines = page(dark(asset("s3:bucket", "a\x1b[2Jb"), owners={"Owner": "ada\x1b]0;x\x07"}))
    assert not any("\x1b" in line or "\x07" in line for line in lines)


def test_what_is_not_known_is_marked() -> None:
    lines = page(dark(asset("s3:bucket", "closed"), owners=None, labels=None), interrupted=True)
    assert lines[0].startswith("Interrupted. 1 resource in 1 account")
    assert any(line.split() == ["S3", "bucket", "closed", "?"] for line in lines)


@pytest.mark.parametrize(
    ("kind", "engine", "held_by", "said"),
    [
        ("rds:cluster", "docdb", None, "DocumentDB"),
        ("rds:db", "docdb", "arn:cluster", "DocumentDB instance"),
        ("rds:db", "sqlserver-ex", None, "RDS sqlserver-ex"),
        ("rds:db", None, None, "RDS"),
        ("ec2:snapshot", None, None, "EBS snapshot"),
    ],
)
def test_what_a_person_calls_it(kind: str, engine: str | None, held_by: str | None, said: str) -> None:
    assert kind_of(asset(kind, "x", engine=engine, held_by=held_by)) == said


ORDERS = "s3://lake/orders"


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ([{"owner": "HR"}, {}], {ORDERS: "HR"}),
        ([{}, {"owner": "HR"}], {ORDERS: "HR"}),
        ([{"owner": "HR"}, {"owner": "Sales"}], {ORDERS: "HR"}),
        ([{"owner": " ", "team": "HR"}], {ORDERS: "HR"}),
        ([{}, {}], {ORDERS: ""}),
        ([None, {}], {}),
        ([{}, None], {}),
        ([None, {"owner": "HR"}], {ORDERS: "HR"}),
    ],
)
def test_whose_something_is_that_several_lead_to(of: list[dict[str, str] | None], told: dict[str, str]) -> None:
    output: Any = None
    writer = _Writer(output, "table", None)
    for number, owners in enumerate(of):
        writer.write(dark(asset("glue:table", f"orders{number}", uris=(ORDERS,)), owners=owners))
    assert writer.told.owners == told
