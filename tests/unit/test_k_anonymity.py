"""Which columns are quasi-identifiers, how rows that are alike are counted, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from governance_for_tests import shipped_identifiers
from hypothesis import given
from hypothesis import strategies as st
from reviews_for_tests import NOW, override
from unit import records_for_tests as made

from assay.app.reviews.decisions import decisions_of
from assay.model import (
    AnonymityPolicy,
    ClassSizes,
    ColumnRecord,
    ColumnSketch,
    Governance,
    KAnonymity,
    Level,
    Measure,
    TableRecord,
)
from assay.model.anonymity import class_sizes
from assay.model.review import Action, Override, Scope, Verdict
from assay.store.nouns import plain, table_of
from assay.tables.anonymity import QuasiIdentifiers, again, counted, not_counted, raised
from assay.tables.classes import counted_rows
from assay.tables.defaults import defaults, shipped_rows
from assay.tables.governing import check_rows

SHIPPED = defaults(shipped_identifiers())
SMALL = ClassSizes(k=1, classes=3, rows=9, unique=2, rows_below=2, below=5, smallest=(1, 1, 7))
cells = st.one_of(st.none(), st.sampled_from(["", "a", "ab", "b", "1:a", "-", "é"]))


def quasi(*columns: tuple[str, str | None], governance: Governance = SHIPPED) -> list[str]:
    records = [made.column(column=name, detected_type=found) for name, found in columns]
    return [columns[place][0] for place in QuasiIdentifiers(governance=governance).places(records)]


def sizes_of(rows: Sequence[tuple[str | None, ...]], below: int = 5) -> ClassSizes:
    """Independently of what is tested."""
    counts = sorted(Counter(rows).values())
    return ClassSizes(
        k=counts[0] if counts else 0,
        classes=len(counts),
        rows=len(rows),
        unique=counts.count(1),
        rows_below=sum(size for size in counts if size < below),
        below=below,
        smallest=tuple(counts[:20]),
    )


def test_columns_of_two_kinds_are_quasi_identifiers_by_type_or_by_the_end_of_their_name() -> None:
    assert quasi(("c1", "POSTAL_CODE"), ("c2", "DOB"), ("c3", "GENDER"), ("mail", "EMAIL")) == ["c1", "c2", "c3"]
    assert quasi(("patientAge", None), ("Marital.Status", None), ("race", None)) == [
        "patientAge",
        "Marital.Status",
        "race",
    ]
    assert quasi(("MARITALSTATUS", None), ("yob", None)) == ["MARITALSTATUS", "yob"]


@pytest.mark.parametrize("name", ["page", "age_group", "image_age_days", "average", "sex_ratio", "trace", "brace_id"])
def test_words_within_names_are_none(name: str) -> None:
    assert quasi((name, None), ("x", "POSTAL_CODE"), ("y", "DOB")) == ["x", "y"]


def test_two_columns_of_one_kind_single_nobody_out() -> None:
    assert quasi(("zip", "POSTAL_CODE"), ("city", None)) == []
    assert quasi(("zip", "POSTAL_CODE"), ("city", None), ("born", "DOB")) == ["zip", "city", "born"]
    assert quasi() == []


def test_what_the_configuration_switches_off_counts_no_more() -> None:
    without = replace(SHIPPED, quasi_identifiers=tuple(q for q in SHIPPED.quasi_identifiers if q.id != "birth"))
    assert quasi(("zip", "POSTAL_CODE"), ("born", "DOB"), governance=without) == []


def test_columns_that_are_not_judged_yet_may_be_quasi_identifiers() -> None:
    known = QuasiIdentifiers(governance=SHIPPED)

    def sketch(name: str, **hits: int) -> ColumnSketch:
        return ColumnSketch(name=name, index=0, filled=5, hits=hits)

    assert known.may_be_in([sketch("a", POSTAL_CODE=1), sketch("b", GENDER=2)])
    assert known.may_be_in([sketch("a", POSTAL_CODE=1), sketch("occupation")])
    assert not known.may_be_in([sketch("a", POSTAL_CODE=1), sketch("b", EMAIL=3)])
    assert known.may_be_in([ColumnSketch(name="empty", index=0)])


@given(st.lists(st.tuples(cells, cells), max_size=60), st.integers(1, 3))
def test_rows_are_counted_as_they_are_alike(rows: list[tuple[str | None, str | None]], parts: int) -> None:
    columns = [[row[0] for row in rows], [row[1] for row in rows]]

    def read() -> list[list[list[str | None]]]:
        return [[column[:7] for column in columns], [column[7:] for column in columns]]

    found = counted_rows(lambda: iter(read()), rows=(parts - 1) * 2_000_000 + 1, below=5)
    assert found == sizes_of(rows)


def test_sizes_of_many_classes_are_cut() -> None:
    found = class_sizes([(3, 1), (1, 15), (2, 1_000)], below=2)
    assert found.smallest == (1,) * 15 + (2,) * 5
    assert (found.k, found.classes, found.rows, found.unique, found.rows_below) == (1, 1_016, 2_018, 15, 15)
    assert class_sizes([], below=5) == ClassSizes(0, 0, 0, 0, 0, 5, ())


def test_small_classes_raise_a_table_by_policy() -> None:
    table = made.table(level=Level.INTERNAL)
    found = raised(table, counted(["zip", "born"], SMALL, Measure.EXACT), SHIPPED)
    assert found.level is Level.CONFIDENTIAL
    assert found.k_anonymity is not None
    assert found.k_anonymity.raised_from is Level.INTERNAL
    assert found.k_anonymity.because == (
        "k-anonymity is 1 by zip and born: 2 of 9 rows are alone, 2 in classes of fewer than 5; "
        "raised from internal to confidential by policy small-classes (k below 5)"
    )
    assert (
        raised(made.table(level=Level.RESTRICTED), counted(["a"], SMALL, Measure.EXACT), SHIPPED).level == "restricted"
    )


def test_a_table_without_anything_else_is_raised_with_what_holds_for_personal_data() -> None:
    table = made.table(
        level=Level.PUBLIC,
        table_categories=(),
        dominant_table_category=None,
        compliance_frameworks=(),
        sensitive_columns=(),
    )
    found = raised(table, counted(["age", "race"], SMALL, Measure.EXACT), SHIPPED)
    assert (found.level, found.table_categories, found.dominant_table_category) == ("confidential", ("PII",), "PII")
    assert "GDPR" in found.compliance_frameworks
    assert "MASKING" in found.recommended_policies


@pytest.mark.parametrize("k", [0, 5, 6])
def test_what_is_not_below_the_bar_raises_nothing(k: int) -> None:
    sizes = SMALL._replace(k=k, rows=k, unique=0, rows_below=0)
    found = raised(made.table(level=Level.INTERNAL), counted(["a", "b"], sizes, Measure.EXACT), SHIPPED)
    assert (found.level, found.k_anonymity and found.k_anonymity.raised_from) == (Level.INTERNAL, None)


def test_a_sample_and_what_was_not_counted_raise_nothing() -> None:
    table = made.table(level=Level.INTERNAL)
    sampled = raised(table, counted(["zip", "born"], SMALL, Measure.SAMPLE, "ask"), SHIPPED)
    nothing = raised(table, not_counted(["zip", "born"], 5, "too large"), SHIPPED)
    assert sampled.k_anonymity is not None
    assert nothing.k_anonymity is not None
    assert (sampled.level, nothing.level) == (Level.INTERNAL, Level.INTERNAL)
    assert (sampled.k_anonymity.k, sampled.k_anonymity.unique_rows, nothing.k_anonymity.classes) == (None, 2, None)
    assert "sample uniqueness by zip and born: 2 of 9 rows drawn at random" in sampled.k_anonymity.because
    assert nothing.k_anonymity.because == "rows alike in zip and born were not counted: too large"


def test_of_several_policies_the_highest_level_counts_and_another_configuration_judges_again() -> None:
    strict = AnonymityPolicy(id="alone", k=2, level=Level.RESTRICTED)
    both = replace(SHIPPED, anonymity=(*SHIPPED.anonymity, strict))
    found = raised(made.table(level=Level.PUBLIC), counted(["a", "b"], SMALL, Measure.EXACT), both)
    assert (found.level, QuasiIdentifiers(governance=both).below) == ("restricted", 5)
    assert found.k_anonymity is not None
    judged_again = again(made.table(level=Level.PUBLIC), found.k_anonymity, SHIPPED)
    assert judged_again.level == "confidential"
    assert judged_again.k_anonymity is not None
    assert judged_again.k_anonymity.because.count("raised from") == 1
    none = again(made.table(level=Level.PUBLIC), found.k_anonymity, replace(SHIPPED, anonymity=()))
    assert none.level == "public"
    assert none.k_anonymity is not None
    assert "raised" not in none.k_anonymity.because


def test_reviewers_decide_of_columns_before_rows_are_counted_and_of_the_table_after() -> None:
    columns = [made.column(column="zip", detected_type="POSTAL_CODE"), made.column(column="c2", detected_type="GENDER")]
    by: list[tuple[str, ...]] = []

    def finish(settled: Sequence[ColumnRecord], table: TableRecord) -> TableRecord:
        by.append(tuple(settled[place].column for place in QuasiIdentifiers(governance=SHIPPED).places(settled)))
        return raised(table, counted(["zip", "c2"], SMALL, Measure.EXACT), SHIPPED)

    def settled(*overrides: Override) -> TableRecord:
        table = made.table(level=Level.INTERNAL)
        return decisions_of(overrides, shipped_identifiers(), SHIPPED, NOW.date()).on_columns(columns, table, finish)[1]

    assert settled().level is Level.CONFIDENTIAL
    assert settled(override(column="c2", identifier="GENDER")).k_anonymity is not None
    assert by == [("zip", "c2"), ()]
    whole = override(Action.RECLASSIFY, Scope.TABLE, identifier=None, level=Level.PUBLIC, verdict=Verdict.RECLASSIFY)
    lowered = settled(whole)
    assert lowered.level is Level.PUBLIC
    assert lowered.k_anonymity is not None
    unseen = settled(replace(whole, seen=("PII",), seen_level=Level.INTERNAL))
    assert (unseen.level, unseen.need_review) == (Level.CONFIDENTIAL, True)


def test_what_is_stored_comes_back_and_older_records_have_none() -> None:
    found = raised(made.table(level=Level.PUBLIC), counted(["a", "b"], SMALL, Measure.EXACT), SHIPPED)
    stored = plain(found)
    assert table_of(stored) == found
    assert isinstance(table_of(stored).k_anonymity, KAnonymity)
    del stored["k_anonymity"]
    assert table_of(stored).k_anonymity is None


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("QUASI_IDENTIFIERS", {"QUASI_IDENTIFIER_ID": "x", "NAME": "XX", "MEMBERS": []}, "at least"),
        ("QUASI_IDENTIFIERS", {"QUASI_IDENTIFIER_ID": "x", "NAME": "XX", "MEMBERS": ["DOBB"]}, "did you mean DOB"),
        (
            "QUASI_IDENTIFIERS",
            {"QUASI_IDENTIFIER_ID": "x", "NAME": "XX", "MEMBERS": ["name:Job Title"]},
            "small letters",
        ),
        (
            "QUASI_IDENTIFIERS",
            {"QUASI_IDENTIFIER_ID": "x", "NAME": "PLACE", "MEMBERS": ["DOB"]},
            "same NAME as 'place'",
        ),
        ("ANONYMITY_POLICIES", {"POLICY_ID": "x", "K": 1, "LEVEL": "restricted"}, "from 2 to 1000"),
        ("ANONYMITY_POLICIES", {"POLICY_ID": "x", "K": 11, "LEVEL": "public"}, "not one of"),
        ("ANONYMITY_POLICIES", {"POLICY_ID": "x", "K": 5, "LEVEL": "internal"}, "same K as 'small-classes'"),
    ],
)
def test_rows_that_are_refused(table: str, row: dict[str, object], said: str) -> None:
    names = {identifier.name for identifier in shipped_identifiers()}
    _, problems = check_rows({table: [row]}, shipped_rows(shipped_identifiers()), {}, names)
    assert said in str(problems[0]), problems


def test_rows_of_ones_own_are_taken() -> None:
    names = {identifier.name for identifier in shipped_identifiers()}
    rows = {
        "QUASI_IDENTIFIERS": [
            {"QUASI_IDENTIFIER_ID": "team", "NAME": "TEAM", "MEMBERS": ["name:team name", "IP_ADDRESS"]}
        ],
        "ANONYMITY_POLICIES": [{"POLICY_ID": "alone", "K": 2, "LEVEL": "restricted"}],
    }
    whole, problems = check_rows(rows, shipped_rows(shipped_identifiers()), {}, names)
    assert problems == []
    assert whole["ANONYMITY_POLICIES"][0]["IS_ACTIVE"] is True
