"""Findings of Macie come into the catalog as those of one more detector, and are compared with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from macie_for_tests import START, bucket, enabled, policy_finding, told
from sqlalchemy import func, select

from assay.cli.__main__ import run
from assay.model import Classification, Level
from assay.store import lookups
from assay.store.engine import Catalog, open_catalog
from assay.store.schema.catalog import classification_versions, findings, outbox
from assay.store.schema.macie import macie_findings

SSN = "name,ssn\nAda Park,536-90-4399\n"


class Assay:
    """The command line with a catalog; what it said last in `out` and `lines`."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        self._capsys.readouterr()
        code = run([*arguments, "--catalog", self.url])
        self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def imported(self, *options: str) -> dict[str, Any]:
        """Imports, and returns what it says."""
        assert self("aws", "macie", "import", "--format", "jsonl", *options) == 0, self.err
        (line,) = self.lines
        return line

    def scan(self, *options: str) -> int:
        return self("scan", "s3://lake", "--quiet", "--jobs", "1", *options)

    def catalog(self) -> Catalog:
        return open_catalog(self.url)

    def known(self, resource: str) -> Classification | None:
        with self.catalog() as catalog, catalog.reading() as connection:
            return lookups.classification_now(connection, resource)

    def level(self, resource: str) -> str | None:
        found = self.known(resource)
        return None if found is None else str(found.level)

    def count(self, table: Any) -> int:
        with self.catalog() as catalog, catalog.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def assay(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Assay:
    monkeypatch.chdir(tmp_path)
    aws.strict.pages(2)
    enabled(aws)
    open_catalog("catalog.db", create=True).close()
    return Assay("catalog.db", capsys)


def personal(**types: int) -> dict[str, dict[str, int]]:
    return {"PERSONAL_INFORMATION": types}


def test_all_findings_come_however_many_and_are_told_by_fifty(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", *(told(number, f"{number}.csv") for number in range(1, 103)))
    done = assay.imported()
    assert (done["told"], done["changed"], done["objects"], done["added"]) == (102, 102, 102, 102)
    calls = aws.strict.calls
    assert [len(call.parameters["findingIds"]) for call in calls.made("macie2.GetFindings")] == [50, 50, 2]
    assert calls.names()["macie2.ListFindings"] == 51 + 1
    assert assay.count(macie_findings) == 102
    known = assay.known("s3://lake/7.csv")
    assert known is not None
    assert (known.level, known.identifiers) == (Level.RESTRICTED, {"PERSON_NAME": 3, "SSN": 12})
    assert not known.coverage.complete


def test_importing_again_changes_nothing(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"), told(2, "b.csv", custom={"badge": 1}))
    assay.imported()
    tables = (classification_versions, outbox, findings, macie_findings)
    before = [assay.count(table) for table in tables]
    done = assay.imported()
    assert (done["told"], done["changed"], done["added"], done["raised"], done["questions"]) == (2, 0, 0, 0, 0)
    assert [assay.count(table) for table in tables] == before
    assert before[:2] == [2, 2]


def test_since_a_time_only_what_was_updated_then_comes(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"), told(90, "b.csv"))
    assert assay.imported("--since", "2026-03-01T13:00:00+00:00")["told"] == 1
    assert assay.known("s3://lake/a.csv") is None
    sent = [call.parameters["findingCriteria"]["criterion"] for call in aws.strict.calls.made("macie2.ListFindings")]
    assert {each["updatedAt"]["gte"] for each in sent} == {int(START.timestamp() + 3600) * 1000}


def test_only_a_buckets_findings_come_if_it_is_named(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"), told(2, "b.csv", bucket="other"))
    assert assay.imported("--bucket", "other")["told"] == 1
    assert assay.level("s3://other/b.csv") == "restricted"


def test_archived_and_made_up_findings_and_policies_are_no_evidence(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds(
        "findings", told(1, "a.csv", archived=True), told(2, "b.csv", sample=True), policy_finding(3), told(4, "c.csv")
    )
    done = assay.imported()
    assert [done[name] for name in ("told", "archived", "samples", "objects")] == [3, 1, 1, 1]
    assert [assay.level(f"s3://lake/{name}.csv") for name in "abc"] == [None, None, "restricted"]
    assert assay.count(macie_findings) == 3


def test_what_is_archived_later_lowers_nothing(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"))
    assay.imported()
    aws.strict.macie_holds("findings", told(1, "a.csv", archived=True))
    done = assay.imported()
    assert (done["changed"], done["archived"], done["objects"]) == (1, 1, 0)
    assert assay.level("s3://lake/a.csv") == "restricted"


def test_an_object_of_ours_is_raised_and_what_follows_sees_it(aws: Aws, assay: Assay) -> None:
    bucket(aws, "lake", a_csv=SSN, b_csv="x,y\n1,2\n")
    assert assay.scan() == 0
    assert assay.level("s3://lake/b.csv") == "public"
    aws.strict.macie_holds("findings", told(1, "a.csv"), told(2, "b.csv"))
    done = assay.imported()
    assert (done["added"], done["raised"], done["objects"]) == (0, 1, 2)
    known = assay.known("s3://lake/b.csv")
    assert known is not None
    assert (known.level, known.identifiers, known.coverage.complete) == (
        Level.RESTRICTED,
        {"PERSON_NAME": 3, "SSN": 12},
        True,
    )
    # Ours stays as it is, with our own counts.
    ours = assay.known("s3://lake/a.csv")
    assert ours is not None
    assert ours.identifiers == {"PERSON_NAME": 1, "SSN": 1}
    assert assay("catalog", "export", "findings", "--output", "f.jsonl") == 0
    rows = [json.loads(line) for line in Path("f.jsonl").read_text(encoding="utf-8").splitlines()]
    macie = [(row["resource"], row["identifier"], row["redacted"]) for row in rows if row["ruleset"] == "macie"]
    assert sorted(macie) == [("s3://lake/b.csv", "PERSON_NAME", ""), ("s3://lake/b.csv", "SSN", "")]
    assert assay("aws", "tag", "s3://lake/b.csv", "--dry-run", "--format", "jsonl") == 0
    (action,) = [line for line in assay.lines if line["kind"] == "action"]
    assert action["after"]["DataClassification"] == "restricted"


def test_a_later_scan_keeps_what_macie_found_of_the_object_that_it_looked_at(aws: Aws, assay: Assay) -> None:
    s3 = bucket(aws, "lake", b_csv="x,y\n1,2\n")
    etag = s3.head_object(Bucket="lake", Key="b.csv")["ETag"]
    aws.strict.macie_holds("findings", told(1, "b.csv", etag=etag.strip('"')))
    assay.imported()
    assert assay.scan() == 0
    assert assay.level("s3://lake/b.csv") == "restricted"
    assert assay.scan() == 0  # unchanged, and told again
    assert assay.level("s3://lake/b.csv") == "restricted"
    # Another object of that key is not what Macie looked at.
    s3.put_object(Bucket="lake", Key="b.csv", Body=b"x,y\n3,4\n")
    assert assay.scan() == 0
    assert assay.level("s3://lake/b.csv") == "public"
    done = assay.imported()
    assert (done["outdated"], done["objects"]) == (1, 0)
    assert assay.level("s3://lake/b.csv") == "public"


def test_a_scan_for_one_identifier_does_not_lower_what_macie_found(aws: Aws, assay: Assay) -> None:
    bucket(aws, "lake", b_csv="x,y\n1,2\n")
    aws.strict.macie_holds("findings", told(1, "b.csv"))
    assay.imported()
    assert assay.scan("-i", "JWT") == 0
    assert assay.level("s3://lake/b.csv") == "restricted"


def test_what_is_not_sure_is_asked_and_an_answer_holds_for_later_imports(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv", sensitive=personal(NAME=3)))
    assert assay.imported()["questions"] == 1
    assert assay("review", "list", "--format", "jsonl") == 0
    (item,) = assay.lines
    assert (item["identifier"], item["resource"]) == ("PERSON_NAME", "s3://lake/a.csv")
    assert assay("review", "suppress", item["id"], "--reason", "team names", "--by", "Ada") == 0
    aws.strict.macie_holds("findings", told(2, "b.csv"), told(3, "a.csv", sensitive=personal(NAME=9, NEW_THING=1)))
    assay.imported()
    known = assay.known("s3://lake/a.csv")
    assert known is not None
    assert "NEW_THING" in known.identifiers
    assert assay("aws", "macie", "suppress", "--yes") == 0
    assert "1 applied" in assay.out


def test_types_that_nobody_knows_are_internal_at_least_and_told(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv", sensitive=personal(NEW_THING=3), custom={"Badge No.": 2}))
    done = assay.imported()
    assert done["unknown_types"] == {"NEW_THING": 1, "Badge No.": 1}
    known = assay.known("s3://lake/a.csv")
    assert known is not None
    assert (known.level, known.identifiers) == (Level.INTERNAL, {"BADGE_NO": 2, "NEW_THING": 3})


def test_a_table_of_ones_own_says_what_they_mean(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv", sensitive={}, custom={"Badge No.": 2}))
    Path("map.yaml").write_text("Badge No.: EMPLOYEE_NUMBER\n", encoding="utf-8")
    assert assay.imported("--map", "map.yaml")["by_identifier"] == {"EMPLOYEE_NUMBER": 1}
    assert assay.level("s3://lake/a.csv") == "confidential"
    for text, said in (
        ("a: NOWHERE", "no identifier 'NOWHERE'"),
        ("[1]", "names to names"),
        ("a: [", "cannot be read"),
    ):
        Path("map.yaml").write_text(text, encoding="utf-8")
        assert assay("aws", "macie", "import", "--map", "map.yaml") == 2
        assert said in assay.err


def test_findings_that_were_listed_and_not_told_are_a_gap(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"))
    aws.strict.answer("macie2.GetFindings", {"findings": []})
    assert assay("aws", "macie", "import") == 3
    assert "1 findings were listed and not told; import again" in assay.out


def test_a_failure_on_the_way_keeps_what_was_told_and_says_so(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", *(told(number, f"{number}.csv") for number in range(1, 60)))
    aws.strict.deny("macie2.GetFindings", findingIds=lambda ids: len(ids) < 50)
    assert assay("aws", "macie", "import") == 2
    assert "Macie: GetFindings: AccessDeniedException" in assay.err
    assert assay.count(macie_findings) == 50
    aws.strict.reset()
    enabled(aws)
    aws.strict.macie_holds("findings", *(told(number, f"{number}.csv") for number in range(1, 60)))
    assert assay.imported()["added"] == 59


def test_throttling_is_waited_out(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"))
    aws.strict.throttle("macie2.*", times=2)
    assert assay.imported()["told"] == 1


def test_samples_of_values_are_never_asked_for(aws: Aws, assay: Assay) -> None:
    aws.strict.macie_holds("findings", told(1, "a.csv"))
    assay.imported()
    assert set(aws.strict.calls.names()) == {
        "macie2.EnableMacie",
        "macie2.ListFindings",
        "macie2.GetFindings",
        "sts.GetCallerIdentity",
    }


# The comparison


def test_macie_and_we_are_compared_object_by_object(aws: Aws, assay: Assay) -> None:
    bucket(aws, "lake", a_csv=SSN, b_csv="x,y\n1,2\n", d_csv="mrn\nMRN 5582019374\n", e_csv=SSN)
    assert assay.scan() == 0
    aws.strict.macie_holds("findings", told(1, "a.csv"), told(2, "b.csv", sensitive=personal(NAME=2)), told(3, "c.csv"))
    assay.imported()
    assert assay("aws", "macie", "compare", "--format", "jsonl") == 0
    told_ = {
        (each["resource"][-5:], each["identifier"]): each for each in assay.lines if each["kind"] == "macie_agreement"
    }
    assert {key: each["verdict"] for key, each in told_.items()} == {
        ("a.csv", "SSN"): "both",
        ("a.csv", "PERSON_NAME"): "both",
        ("b.csv", "PERSON_NAME"): "only_macie",
        ("c.csv", "SSN"): "not_read_by_us",
        ("c.csv", "PERSON_NAME"): "not_read_by_us",
        ("d.csv", "MRN"): "no_type_in_macie",
        ("e.csv", "SSN"): "only_ours",
        ("e.csv", "PERSON_NAME"): "only_ours",
    }
    assert (told_["a.csv", "SSN"]["macie"], told_["a.csv", "SSN"]["ours"]) == (12, 1)
    total = assay.lines[-1]
    assert (total["kind"], total["agreement"]) == ("macie_agreement_total", 0.4)
    (ssn,) = [each for each in assay.lines if each.get("identifier") == "SSN" and each["kind"].endswith("_identifier")]
    assert (ssn["both"], ssn["only_ours"], ssn["not_read_by_us"]) == (1, 1, 1)
    assert assay("aws", "macie", "compare") == 0
    assert "40% of what could be compared was found by both" in assay.out
    assert "s3://lake/b.csv  PERSON_NAME × 2" in assay.out


@pytest.mark.usefixtures("aws")
def test_without_findings_there_is_nothing_to_compare(assay: Assay) -> None:
    assert assay("aws", "macie", "compare") == 2
    assert "'assay aws macie import' brings them" in assay.err
