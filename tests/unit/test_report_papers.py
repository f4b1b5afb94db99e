"""Reports of made-up facts: what each says, and what it says of what nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assay.app.reporting.gathering import TERMS
from assay.app.reporting.papers import PAPERS, Choice, made, written
from assay.detect.cache import read_all
from assay.errors import ConfigError, UsageError
from assay.model import Identifier, Level
from assay.report.papers import residency
from assay.report.papers.document import document
from assay.report.papers.facts import Asked, Control, Facts, Held, Store
from assay.report.papers.paper import Grid, Paper
from assay.report.papers.texts import document as as_object
from assay.report.papers.texts import table

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def identifiers() -> dict[str, Identifier]:
    every, _ = read_all((), cache=None, builtin=True, examples=False, broken=[])
    return {each.name: each for each in every}


def held(uri: str = "s3://lake/crm/a.csv", **changes: Any) -> Held:
    values: dict[str, Any] = {
        "uri": uri,
        "store": "s3://lake",
        "level": Level.RESTRICTED,
        "confidence": 0.97,
        "categories": ("PII",),
        "identifiers": {"SSN": 3},
        "frameworks": ("GDPR", "HIPAA"),
        "policies": ("MASKING", "RETENTION"),
        "needs_review": False,
        "is_complete": True,
        "bytes_total": 1_000,
        "rows_total": 3,
        "because": "restricted because 3 SSN were found",
        "first_seen_at": NOW - timedelta(days=10),
        "seen_at": NOW,
        "owner": "ada@example.org",
        "region": "eu-west-1",
    }
    return Held(**{**values, **changes})


def control(**changes: Any) -> Control:
    values: dict[str, Any] = {
        "store": "s3://lake",
        "name": "s3_public_access_block",
        "ids": ("S3.8",),
        "plan": "0123456789abcdef",
        "outcome": "applied",
        "at": NOW,
        "approved_by": ("grace",),
    }
    return Control(**{**values, **changes})


def facts(*of: Held, **changes: Any) -> Facts:
    values: dict[str, Any] = {
        "made_at": NOW,
        "about": "team.db",
        "since": None,
        "held": of,
        "terms": TERMS,
        "checkpoint": "7:abc",
    }
    return Facts(**{**values, **changes})


def rows(paper: Paper, name: str | None = None) -> list[dict[str, Any]]:
    tables = as_object(paper)["tables"]
    found: list[dict[str, Any]] = tables[name or next(iter(tables))]
    return found


def laws() -> list[residency.Law]:
    return residency.laws(residency.shipped(), "shipped")


def make(name: str, given: Facts, **choice: Any) -> Paper:
    return made(name, given, Choice(laws=laws(), **choice))


@pytest.mark.parametrize("name", [name for name in PAPERS if name != "pipeline"])
def test_every_report_can_be_made_of_nothing(name: str) -> None:
    paper = make(name, facts())
    assert paper.name == name
    page = "".join(document(paper, version="1"))
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page


# Compliance


def test_compliance_tells_what_is_met_by_which_plan_and_who_approved_it() -> None:
    given = facts(held(), controls=(control(),), compared=frozenset({"s3://lake"}))
    (line, other) = rows(make("compliance", given))
    assert (line["framework"], other["framework"]) == ("GDPR", "HIPAA")
    assert line["controls_met"] == "s3_public_access_block (S3.8)"
    assert (line["evidence"], line["approved_by"], line["gaps"]) == ("plan 01234567", "grace", "")


def test_what_was_never_compared_with_its_policy_is_a_gap_though_it_was_tagged() -> None:
    (line, _) = rows(make("compliance", facts(held(), controls=(control(name="s3_object_tags", ids=()),))))
    assert line["gaps"] == "never compared with its policy"


@pytest.mark.parametrize("outcome", ["planned", "failed", "unknown", "refused", "undone", "intended"])
def test_only_what_was_seen_to_be_so_counts_as_met(outcome: str) -> None:
    given = facts(held(), controls=(control(outcome=outcome, reason="because"),), compared=frozenset({"s3://lake"}))
    (line, _) = rows(make("compliance", given))
    assert line["controls_met"] == ""
    assert line["gaps"] == f"s3_public_access_block: {outcome}, because"


def test_the_latest_that_became_of_a_control_counts() -> None:
    earlier = control(outcome="applied", at=NOW - timedelta(days=3))
    given = facts(held(), controls=(control(outcome="undone"), earlier), compared=frozenset({"s3://lake"}))
    (line, _) = rows(make("compliance", given))
    assert (line["controls_met"], line["gaps"]) == ("", "s3_public_access_block: undone")


def test_compliance_of_one_standard_tells_what_it_asks_for() -> None:
    asked = (Asked(standard="HIPAA", category="PHI", identifier=None, policy="45 CFR 164"),)
    paper = make("compliance", facts(held(), asked=asked), frameworks=("HIPAA",))
    assert [line["framework"] for line in rows(paper)] == ["HIPAA"]
    assert "It asks for: 45 CFR 164" in [text for part in paper.parts for text in part.said]


def test_a_standard_under_which_nothing_is_held_says_so() -> None:
    paper = make("compliance", facts(held()), frameworks=("FERPA",))
    assert "Nothing was found that falls under FERPA." in [text for part in paper.parts for text in part.said]


# Residency


@pytest.mark.parametrize(
    ("identifier", "region", "verdict", "law"),
    [
        ("DE_ID_CARD", "eu-west-1", "at home", "GDPR"),
        ("DE_ID_CARD", "eu-west-2", "adequate", "GDPR"),
        ("DE_ID_CARD", "us-east-1", "needs a ground", "GDPR"),
        ("DE_ID_CARD", None, "unknown", "GDPR"),
        ("CN_RESIDENT_ID", "us-east-1", "not allowed", "PIPL"),
    ],
)
def test_residency_goes_by_whose_people_it_is_and_where_it_lies(
    identifiers: dict[str, Identifier], identifier: str, region: str | None, verdict: str, law: str
) -> None:
    name = (
        identifier
        if identifier in identifiers
        else next(key for key, one in identifiers.items() if one.regions == ("CN",))
    )
    (line,) = rows(make("residency", facts(held(identifiers={name: 2}, region=region), identifiers=identifiers)))
    assert (line["law"], line["verdict"]) == (law, verdict)
    assert (line["suggested_move"] is None) == (verdict in ("at home", "adequate", "unknown"))


def test_data_that_tells_no_country_is_counted_and_not_called_in_order(identifiers: dict[str, Identifier]) -> None:
    paper = make("residency", facts(held(identifiers={"EMAIL": 2}), identifiers=identifiers))
    assert list(paper.grids()) == []
    assert "1 resource with sensitive data hold nothing that tells it" in " ".join(paper.limits)


def test_norway_is_a_country_though_yaml_takes_it_for_a_truth_value() -> None:
    (gdpr,) = [law for law in laws() if law.name == "GDPR"]
    assert "NO" in gdpr.people_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("laws: 3", "has no list 'laws'"),
        ("a: [", "is no YAML"),
        ("[" * 20_000, "is no YAML"),
        ("laws: [2024-99-99]", "is no YAML"),
        ("laws:\n  - {name: X}", "law 1: 'at_home' is missing"),
        (
            "laws:\n  - {name: X, people_of: [DE], at_home: [], elsewhere: forbidden, ground: g}",
            "'elsewhere' is 'needs a ground'",
        ),
        ("laws:\n  - {name: X, people_of: DE, at_home: [], elsewhere: not allowed, ground: g}", "has to be a list"),
    ],
)
def test_bad_rules_say_where_they_are_bad(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match="mine.yaml") as error:
        residency.laws(text, "mine.yaml")
    assert told in str(error.value)


# Retention


def test_retention_tells_what_is_beyond_its_term_by_the_least_that_is_known_of_its_age() -> None:
    old = held("s3://lake/old", level=Level.CONFIDENTIAL, first_seen_at=NOW - timedelta(days=400))
    new = held("s3://lake/new", level=Level.CONFIDENTIAL)
    written = held("s3://lake/written", level=Level.INTERNAL, written_at=NOW - timedelta(days=91))
    lines = {line["resource"][10:]: line for line in rows(make("retention", facts(new, old, written)))}
    assert lines["old"]["verdict"] == "beyond its term"
    assert lines["old"]["beyond_by_days"] == 35
    assert lines["new"]["verdict"] == "within, as far as is known"
    assert (lines["written"]["verdict"], lines["written"]["known_from"]) == ("beyond its term", "last written")


def test_what_is_exactly_as_old_as_its_term_is_within_it() -> None:
    (line,) = rows(make("retention", facts(held(first_seen_at=NOW - timedelta(days=2555)))))
    assert line["verdict"] == "within, as far as is known"


# The others


def store(**changes: Any) -> Store:
    values: dict[str, Any] = {
        "uri": "s3://attic", "type": "s3:bucket", "name": "attic", "account": "123456789012", "region": "eu-west-1", "state": "dark",
        "because": "never scanned", "created": None, "size_bytes": 5, "public": True, "encrypted": True, "owner": None,
    }  # fmt: skip
    return Store(**{**values, **changes})


def test_coverage_without_an_estate_does_not_say_that_all_was_scanned() -> None:
    paper = make("coverage", facts(held()))
    (dark,) = [number for number in paper.numbers if number.title == "Never scanned"]
    assert (dark.number, dark.is_bad) == ("not known", True)


def test_coverage_lists_what_is_dark_and_of_nobody() -> None:
    paper = make(
        "coverage",
        facts(
            held(is_complete=False, gaps=1),
            gaps={"corrupt": 1},
            estate=(store(), store(uri="s3://lake", state="scanned")),
        ),
    )
    assert [line["resource"] for line in rows(paper, "dark")] == ["s3://attic"]
    assert rows(paper)[0]["with_gaps"] == 1


def test_access_tells_of_what_is_public_and_should_not_be() -> None:
    paper = make("access", facts(held(), estate=(store(uri="s3://lake"), store())))
    assert [line["resource"] for line in rows(paper, "public")] == ["s3://lake"]


def test_the_summary_asks_first_for_keys_and_for_what_nobody_compared() -> None:
    paper = make(
        "executive", facts(held(), held("s3://lake/k", categories=("SECRETS",), identifiers={"PRIVATE_KEY": 1}))
    )
    (advice,) = [part for part in paper.parts if part.title == "What to do first"]
    assert advice.said[0] == "1. Replace the passwords and keys that lie in 1 resource: s3://lake/k."
    assert "Compare 1 place with restricted data" in advice.said[1]


def test_a_pipeline_has_a_risk_that_is_the_sum_of_what_it_says() -> None:
    given = facts(held(), held("s3://other/b", store="s3://other", region=None, owner=None, needs_review=True))
    paper = make("pipeline", given, inputs=("s3://lake", "s3://other"))
    (made_of,) = [part for part in paper.parts if part.title == "What the risk is made of"]
    assert sum(points for _, points in made_of.bars) == int(paper.numbers[0].number) == 75
    steps = [line["step"] for line in rows(paper, "checklist")]
    assert any(step.startswith("Mask the sensitive columns") for step in steps)
    assert any("assay review list" in step for step in steps)


def test_a_pipeline_of_what_nobody_scanned_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing is known of s3://new; scan it first"):
        make("pipeline", facts(held()), inputs=("s3://lake", "s3://new"))
    with pytest.raises(UsageError, match="a pipeline has inputs"):
        make("pipeline", facts(held()))


def test_waves_begin_with_the_harmless_and_end_with_the_restricted() -> None:
    harmless = held("s3://lake/docs/a", level=Level.PUBLIC, identifiers={})
    unsure = held("s3://lake/raw/a", level=Level.UNCLASSIFIED, identifiers={}, is_complete=False)
    idle = held("s3://lake/old/a", written_at=NOW - timedelta(days=800))
    lines = rows(make("migration", facts(held(), harmless, unsure, idle)))
    assert [(line["wave"], line["dataset"]) for line in lines] == [
        (1, "s3://lake/docs/"), (3, "s3://lake/raw/"), (4, "s3://lake/crm/"), (4, "s3://lake/old/"),
    ]  # fmt: skip
    assert lines[1]["before_it_moves"] == "read it completely"
    assert lines[3]["storage_tier"] == "S3 Glacier Deep Archive"


# What they are written as


def test_a_spreadsheet_runs_nothing_that_stands_in_a_report() -> None:
    grid = Grid(name="a", columns=("at least (95 %)", "b"), rows=(("=1+1", None), (0.5, Level.PUBLIC)))
    assert table(grid) == "at_least_95,b\n'=1+1,\n0.5,public\n"


def test_a_page_lets_nothing_in_and_escapes_what_comes_from_outside() -> None:
    page = "".join(
        document(make("executive", facts(held("s3://lake/<img src=x>", categories=("SECRETS",)))), version="1")
    )
    assert "<img" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("odd", ["x" * 20_000, "w " * 9_000, "\x1b\n" * 500, "\u6f22" * 3_000])
def test_a_pdf_has_room_for_names_of_any_length(odd: str) -> None:
    pytest.importorskip("reportlab")
    given = facts(held(odd, store=odd, owner=odd, region=odd, frameworks=(odd,)), gaps={odd: 3})
    for name in ("executive", "residency", "coverage", "compliance"):
        assert written(make(name, given), "pdf", version="1").startswith(b"%PDF-")
