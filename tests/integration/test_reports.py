"""`assay report` of catalogs of each kind: what people, spreadsheets and programs are told."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.cli.__main__ import run
from assay.model import Level
from assay.model.action import Action, Gate, Outcome, Plan, Planned, Receipt
from assay.store import journal, plans
from assay.store.engine import Catalog

CRM = "s3://lake/crm/a.csv"


class Told:
    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run(["report", *arguments, "--catalog", self.url])
        return (code, *self._capsys.readouterr())

    def of(self, *arguments: str) -> dict[str, Any]:
        code, out, err = self(*arguments, "--format", "json")
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def report(catalog: Catalog, catalog_url: str, capsys: pytest.CaptureFixture[str]) -> Told:
    recording = begin(catalog, ["s3://lake"], ruleset="r", actor="tess@desk")
    recording.take(made.finding(resource=CRM))
    recording.take(made.classification(resource=CRM))
    recording.take(made.gap())
    recording.take(made.classification(resource=made.gap().resource, level=Level.UNCLASSIFIED, identifiers={}))
    recording.finish(made.summary())
    action = Action(
        resource="s3://lake", control="s3_versioning", before={"versioning": None}, after={"versioning": "Enabled"},
        account="123456789012", calls=frozenset({"s3.PutBucketVersioning"}), control_ids=("S3.14",),
    )  # fmt: skip
    plan = Plan(
        command="protect plan", targets=("s3://lake",), made_at=datetime.now(UTC), made_by="ada", looked_at=1,
        actions=(Planned(action=action, gate=Gate.REVIEW, because="it is restricted"),), refusals=(), notes={},
    )  # fmt: skip
    with catalog.transaction() as connection:
        kept = plans.keep(connection, plan)
        plans.approve(connection, kept, by="grace", at=datetime.now(UTC), reason="as it has to be")
    claim = journal.new_claim()
    with catalog.transaction() as connection:
        journal.begin(connection, kept, [action], claim, Outcome.INTENDED, by="ada")
    with catalog.transaction() as connection:
        receipt = Receipt(plan=kept, action=action.id, outcome=Outcome.APPLIED, before=action.before, after=action.after, at=datetime.now(UTC), by="ada")  # fmt: skip
        journal.finish(connection, [receipt], [action], claim)
    return Told(catalog_url, capsys)


def test_compliance_shows_plan_approval_and_a_checkpoint_that_verifies(
    report: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report.of("compliance")
    line = next(line for line in found["tables"]["held"] if line["resource"] == CRM)
    assert line["controls_met"] == "s3_versioning (S3.14)"
    assert line["approved_by"] == "grace"
    assert line["evidence"].startswith("plan ")
    said = " ".join(text for part in found["parts"] for text in part["said"])
    checkpoint = said.partition("The log stood at ")[2].split(" ")[0]
    assert run(["audit", "verify", "--checkpoint", checkpoint, "--catalog", report.url]) == 0


def test_every_report_is_written_in_every_format(report: Told, tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    for name in ("compliance", "residency", "executive", "retention", "access", "coverage", "migration", "quality"):
        assert report(name)[0] == 0
        for ending in ("html", "json", "csv", "pdf"):
            file = tmp_path / f"{name}.{ending}"
            assert report(name, "--output", str(file))[0] == 0
            assert file.read_bytes()[:4] == {"html": b"<!DO", "pdf": b"%PDF"}.get(ending, file.read_bytes()[:4])
    assert report("pipeline", CRM)[0] == 0


def test_what_was_not_read_is_never_counted_as_read(report: Told) -> None:
    found = report.of("coverage")
    assert next(each for each in found["numbers"] if each["title"] == "Read completely")["number"] == "1"
    assert found["parts"][1]["counts"] == {made.gap().reason: 1}


def test_an_estate_tells_regions_owners_and_what_is_dark(report: Told, tmp_path: Path) -> None:
    base = {"kind": "asset", "type": "s3:bucket", "account": "123456789012", "public": False}
    lines = [
        base | {"resource": "s3://lake", "name": "lake", "region": "us-east-1", "state": "scanned", "owners": {"owner": "crm@example.org"}},
        base | {"resource": "s3://attic", "name": "attic", "region": "eu-west-1", "state": "dark", "because": "never scanned"},
        {"kind": "summary"},
    ]  # fmt: skip
    file = tmp_path / "estate.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert [line["resource"] for line in report.of("coverage", "--estate", str(file))["tables"]["dark"]] == [
        "s3://attic"
    ]
    line = next(
        line for line in report.of("compliance", "--estate", str(file))["tables"]["held"] if line["resource"] == CRM
    )
    assert (line["region"], line["owner"]) == ("us-east-1", "crm@example.org")


def test_the_csv_is_one_table_and_says_which_others_there_are(report: Told) -> None:
    code, out, err = report("pipeline", CRM, "--format", "csv")
    assert (code, "with --table: inputs" in err) == (0, True)
    assert next(csv.reader(io.StringIO(out))) == ["step", "because"]
    _, out, _ = report("pipeline", CRM, "--format", "csv", "--table", "inputs")
    assert CRM in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("complience",), "there is no report 'complience'; did you mean 'compliance'?"),
        (("compliance", "--framework", "GDPRR"), "--framework GDPRR: there is none of this name; there are"),
        (("executive", "s3://nowhere"), "nothing is known of s3://nowhere; scan it first"),
        (("retention", "--term", "secret=3"), "--term secret=3: write a level and days"),
        (
            ("retention", "--term", f"restricted={'9' * 5_000}"),
            "write a level and days, as restricted=3650; at most 100,000",
        ),
        (("residency", "--place", "eu-west-1"), "--place eu-west-1: write it as s3://exports*=eu-west-1"),
        (("coverage", "--estate", "nowhere.jsonl"), "nowhere.jsonl: cannot be read: No such file or directory"),
        (("coverage", "--table", "dark"), "--table goes with --format csv"),
        (("coverage", "--format", "csv", "--table", "dork"), "--table dork: the report 'coverage' has coverage"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_one_line(report: Told, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = report(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "told",
    [
        {"owners": ["a"]},
        {"region": 5},
        {"size_bytes": "x"},
        {"size_bytes": True},
        {"public": "no"},
        {"resource": ["s3://x"]},
    ],
)
def test_an_estate_that_discover_did_not_write_is_told_by_its_line(
    report: Told, tmp_path: Path, told: dict[str, Any]
) -> None:
    file = tmp_path / "estate.jsonl"
    good = {
        "kind": "asset",
        "resource": "s3://lake",
        "owners": {"team": "crm"},
        "related": {},
        "size_bytes": 3,
        "public": None,
    }
    file.write_text(f"{json.dumps(good)}\n{json.dumps(good | told)}\n", encoding="utf-8")
    code, out, err = report("coverage", "--estate", str(file))
    assert (code, out) == (2, "")
    assert "estate.jsonl:2: is no line of 'assay aws discover --format jsonl'" in err


def test_numbers_of_a_period_have_the_events_that_came_in(report: Told, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["catalog", "metrics", "--format", "json", "--catalog", report.url]) == 0
    received = json.loads(capsys.readouterr().out)["received"]
    assert set(received) >= {"number", "by_source", "by_type", "by_status", "by_hour"}
