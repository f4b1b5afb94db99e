"""A plan of protection as a page for a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from calling import Assay
from protecting_for_tests import PARTNER, PUBLIC, Guard, make_database, make_table, make_volume

from assay.model import Level
from assay.store.engine import open_catalog


@pytest.fixture
def guard(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    with open_catalog("catalog.db", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


class _Page(HTMLParser):
    """Whether every element is closed, and what is told."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.told: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [
            str(value) for name, value in attrs if name in ("src", "href") and not str(value).startswith("#")
        ]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.told.append(data)


def read(file: str = "plan.html") -> str:
    page = _Page()
    page.feed(Path(file).read_text())
    assert (page.open, page.loads) == ([], [])
    return " ".join(" ".join(page.told).split())


def test_everything_that_a_person_decides_by_is_on_it(assay: Assay, guard: Guard) -> None:
    guard.make()
    guard.put_policy(PUBLIC, PARTNER)
    make_table(guard)
    volume = make_volume(guard, Level.CONFIDENTIAL)
    database = make_database(guard)
    done = assay(
        "protect",
        "plan",
        "s3://lake",
        "dynamodb://orders",
        volume,
        database,
        "--format",
        "html",
        "--output",
        "plan.html",
    )
    assert (done.code, done.out) == (0, ""), done.err
    told = read()
    digest = re.search(r"digest ([0-9a-f]{64})", done.err)
    assert digest is not None
    assert told.count(digest[1]) == 2
    for part in (
        "What may break", "whoever asks by plain HTTP", "999999999999", "Clients outside of its network", "CIS 2.1.1",
        "Costs: at least ", "of which it is not known", "an estimate, by list prices of",
        "for all that has the tag assay:backup=assay-restricted-continuous-2555d",
        "By hand", "create-snapshot", "only the root user", "Taken back", "no", "yes, from the journal", "s3:PutBucketPolicy",
    ):  # fmt: skip
        assert part.lower() in told.lower(), part


def test_names_from_outside_are_no_markup(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.INTERNAL)
    guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Classification", "Value": "restricted"}]})
    Path("own.yaml").write_text(
        'policies: [{name: "<script>alert(1)</script>", set: {kms_key: "alias/<b>x</b>"}, where: {type: s3_bucket}}]'
    )
    assay("protect", "plan", "s3://lake", "--policy", "own.yaml", "--format", "html", "--output", "plan.html")
    text = Path("plan.html").read_text()
    assert "<b>x" not in text
    assert "alias/<b>x</b>" in read()


def test_where_it_goes(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.INTERNAL)
    wrong = assay("protect", "plan", "s3://lake", "--output", "plan.html")
    assert (wrong.code, "give --format html" in wrong.err) == (2, True)
    assert assay("protect", "plan", "s3://lake", "--format", "html").out.startswith("<!DOCTYPE html>")
    assert (
        "there is no folder"
        in assay("protect", "plan", "s3://lake", "--format", "html", "--output", "no/such/plan.html").err
    )
    assert not Path("plan.html").exists()
