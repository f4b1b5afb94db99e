"""`assay aws discover --snowflake`: stages, by an emulator of Snowflake, beside the buckets of an emulator of AWS."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import fakesnow
import pytest
import snowflake.connector
from awsservers import ACCOUNT, Aws
from calling import Assay, Done
from e2e.test_cli_aws_discover import VALIDATOR, bucket
from snowflake.connector.errors import DatabaseError, ProgrammingError
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.sources.sql import snowflakestages
from assay.store.engine import open_catalog

URL = "snowflake://reader@xy12345"
MADE = """
CREATE DATABASE SHOP;
CREATE SCHEMA SHOP.LOADS;
CREATE STAGE SHOP.LOADS.LANDING URL='s3://customer-exports/in/';
CREATE STAGE SHOP.LOADS.ALL_OF_IT URL='s3://customer-exports';
CREATE STAGE SHOP.LOADS.THEIRS URL='s3://of-a-partner/out/';
CREATE STAGE SHOP.LOADS.GOVERNED URL='s3gov://agency/in/';
CREATE STAGE SHOP.LOADS.AZURE URL='azure://account.blob.core.windows.net/in/';
CREATE STAGE SHOP.LOADS.KEPT;
CREATE DATABASE OTHER;
CREATE SCHEMA OTHER.LOADS;
CREATE STAGE OTHER.LOADS.LANDING URL='s3://customer-exports/other/'
"""
ALL = [
    "OTHER.LOADS.LANDING",
    *(f"SHOP.LOADS.{name}" for name in ("ALL_OF_IT", "AZURE", "GOVERNED", "KEPT", "LANDING", "THEIRS")),
]


@pytest.fixture
def account(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stages of each kind, and the bucket that some of them lead to."""
    bucket(aws, "customer-exports")
    bucket(aws, "quiet")
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "planted-p4ss")
    with warnings.catch_warnings(), fakesnow.patch():
        warnings.simplefilter("ignore")
        with snowflake.connector.connect(account="xy12345", user="maker", password="x") as connection:
            for statement in MADE.split(";"):
                connection.cursor().execute(statement.strip())
        yield


def records(done: Done) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.out.splitlines()]
    for record in found:
        VALIDATOR.validate(record)
    assert "planted-p4ss" not in done.out + done.err
    return found


def stages(done: Done) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in records(done) if each.get("type") == "snowflake:stage"}


def look(assay: Assay, *arguments: str) -> Done:
    return assay("aws", "discover", "--service", "s3", "--format", "jsonl", "--quiet", *arguments)


@pytest.mark.usefixtures("account")
class TestStages:
    def test_of_a_whole_account_with_the_buckets_that_they_lead_to(self, assay: Assay) -> None:
        done = look(assay, "--snowflake", URL)
        assert (done.code, done.err) == (0, "")
        found = stages(done)
        assert list(found) == ALL
        landing = found["SHOP.LOADS.LANDING"]
        assert landing["resource"] == "s3://customer-exports/in"
        assert landing["arn"] == "snowflake://xy12345:443/SHOP/LOADS/@LANDING"
        assert (landing["account"], landing["status"], landing["engine"]) == ("xy12345", "external", "snowflake")
        assert landing["created"]
        assert landing["related"] == {
            "location": "s3://customer-exports/in/",
            "owner_role": "SYSADMIN",
            "bucket": "arn:aws:s3:::customer-exports",
            "bucket_is_here": "yes",
        }
        assert found["SHOP.LOADS.THEIRS"]["related"]["bucket_is_here"] == "no"
        assert found["SHOP.LOADS.GOVERNED"]["resource"] == "s3://agency/in"
        for name in ("AZURE", "KEPT"):
            stage = found[f"SHOP.LOADS.{name}"]
            assert stage["resource"] == stage["arn"]
            assert "bucket_is_here" not in stage["related"]
        assert found["SHOP.LOADS.KEPT"]["status"] == "internal"
        buckets = {each["name"]: each["related"] for each in records(done) if each.get("type") == "s3:bucket"}
        leading = "OTHER.LOADS.LANDING, SHOP.LOADS.ALL_OF_IT, SHOP.LOADS.LANDING"
        assert buckets == {"customer-exports": {"snowflake_stages": leading}, "quiet": {}}
        summary = records(done)[-1]
        assert summary["by_type"] == {"s3:bucket": 2, "snowflake:stage": 7}
        assert summary["services"] == ["s3", "snowflake"]

    def test_a_database_and_a_schema_narrow_them(self, assay: Assay) -> None:
        assert list(stages(look(assay, "--snowflake", f"{URL}/shop"))) == ALL[1:]
        assert list(stages(look(assay, "--snowflake", f"{URL}/OTHER/loads"))) == ALL[:1]

    @pytest.mark.parametrize("narrowed", [("--region", "us-east-1"), ("refused",)])
    def test_a_bucket_may_be_there_where_not_all_were_listed(
        self, assay: Assay, aws: Aws, narrowed: tuple[str, ...]
    ) -> None:
        if narrowed == ("refused",):
            aws.strict.deny("s3.ListBuckets")
            narrowed = ()
        found = stages(look(assay, "--snowflake", URL, *narrowed))
        assert found["SHOP.LOADS.LANDING"]["related"]["bucket_is_here"] == "unknown"

    def test_what_a_scan_has_read_of_the_bucket_counts_for_the_stage(self, assay: Assay) -> None:
        with open_catalog("estate.db", create=True) as catalog:
            recording = begin(catalog, ["made"], ruleset="r", governance="g", sampling="all", options={})
            uri = "s3://customer-exports/in/a.csv"
            recording.take(made.finding(resource=uri))
            recording.take(made.classification(resource=uri, level=Level.RESTRICTED))
            recording.finish(made.summary())
        done = look(assay, "--snowflake", URL, "--catalog", "estate.db")
        states = {name: each["state"] for name, each in stages(done).items()}
        assert states == {
            "OTHER.LOADS.LANDING": "dark",
            "SHOP.LOADS.ALL_OF_IT": "scanned",
            "SHOP.LOADS.AZURE": "unsupported",
            "SHOP.LOADS.GOVERNED": "dark",
            "SHOP.LOADS.KEPT": "unsupported",
            "SHOP.LOADS.LANDING": "scanned",
            "SHOP.LOADS.THEIRS": "dark",
        }
        assert stages(done)["SHOP.LOADS.LANDING"]["level"] == "restricted"
        page = assay("aws", "discover", "--service", "s3", "--snowflake", URL, "--catalog", "estate.db")
        assert any("Snowflake stage" in line and "of a bucket elsewhere" in line for line in page.out.splitlines())
        assert all(len(line) <= 80 for line in page.out.splitlines())

    def test_an_account_that_refuses_is_a_gap_and_the_rest_is_told(
        self, assay: Assay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect = snowflake.connector.connect

        def refusing(**given: Any) -> Any:
            assert given["password"] == "planted-p4ss"
            if given["account"] == "closed":
                raise DatabaseError("planted-p4ss is wrong", errno=250_001)
            return connect(**given)

        # The emulator stands there itself, and has to be there again before it goes.
        with monkeypatch.context() as within:
            within.setattr(snowflake.connector, "connect", refusing)
            done = look(assay, "--snowflake", "snowflake://reader@closed?role=R", "--snowflake", URL)
        assert done.code == 3
        assert list(stages(done)) == ALL
        (gap,) = [each for each in records(done) if each["kind"] == "gap"]
        assert (gap["resource"], gap["reason"]) == ("snowflake://closed", "unreadable")
        assert "refused user, password or key" in gap["detail"]
        assert [each["name"] for each in records(done) if each.get("type") == "s3:bucket"]

    def test_what_may_not_be_shown_is_a_gap(self, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(self: Any, statement: str, *_: Any, **__: Any) -> Any:
            assert statement == "SHOW STAGES IN ACCOUNT"
            raise ProgrammingError("'planted-p4ss' is not authorised", errno=3001)

        monkeypatch.setattr(fakesnow.cursor.FakeSnowflakeCursor, "execute", denied)
        done = look(assay, "--snowflake", URL)
        (gap,) = [each for each in records(done) if each["kind"] == "gap"]
        assert (done.code, stages(done)) == (3, {})
        assert "permission denied" in gap["detail"]

    def test_more_than_snowflake_tells_are_not_all(self, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snowflakestages, "_MOST", 7)
        done = look(assay, "--snowflake", URL)
        assert (done.code, list(stages(done))) == (3, ALL)
        (gap,) = [each for each in records(done) if each["kind"] == "gap"]
        assert gap["reason"] == "not all told"
        assert "7 stages were listed before" in gap["detail"]

    def test_a_key_that_is_not_there(self, assay: Assay) -> None:
        done = look(assay, "--snowflake", f"{URL}?private_key_file=nowhere.p8")
        (gap,) = [each for each in records(done) if each["kind"] == "gap"]
        assert (done.code, gap["reason"]) == (3, "unreadable")
        assert "private_key_file names no file" in gap["detail"]

    def test_the_same_account_twice_is_asked_once(self, assay: Assay) -> None:
        done = look(assay, "--snowflake", URL, "--snowflake", f"{URL}?role=R")
        assert records(done)[-1]["by_type"]["snowflake:stage"] == 7


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:planted-p4ss@h/x", "stages are of a Snowflake account"),
        ("xy12345", "stages are of a Snowflake account"),
        ("snowflake://", "is no Snowflake account"),
        ("snowflake://u:planted-p4ss@a/x/y/z", "is no Snowflake account"),
        ("snowflake://u:planted-p4ss@a:443", "is no Snowflake account"),
        ("snowflake://u:planted-p4ss@a/x?table=orders", "mean nothing for stages"),
        ("snowflake://u:planted-p4ss@a?protocol=http", "would send the password in clear"),
    ],
)
def test_urls_that_name_no_stages(assay: Assay, aws: Aws, url: str, said: str) -> None:
    done = assay("aws", "discover", "--snowflake", url)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "planted" not in done.err
    # It is told before anybody is asked.
    assert not len(aws.strict.calls)


def test_without_the_connector_nothing_is_asked(assay: Assay, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "snowflake.connector", None)
    done = assay("aws", "discover", "--snowflake", URL)
    assert (done.code, done.out) == (2, "")
    assert "pip install 'assay[snowflake]'" in done.err
    assert not aws.strict.calls.made("s3.ListBuckets", account=ACCOUNT)
