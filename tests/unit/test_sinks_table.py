"""The page for people: order, width, and nothing that a terminal would act on."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_for_tests import CUSTOMERS, classification, column, every_kind, finding, gap, skip, summary

from assay.model import Category, Coverage, JudgedAgain, Level, Locator, Unchanged
from assay.report.people import People
from assay.report.printable import local_path, printable, shorten, size, width
from assay.report.tally import KEPT_RESOURCES, Tally
from assay.sinks.output import Output
from assay.sinks.table import TableSink


def page(records: list[Any], columns: int = 80) -> str:
    stream = io.BytesIO()
    sink = TableSink(Output(stream, "test"), People(columns=columns, base="/srv"))
    for record in records:
        sink.write(record)
    sink.close()
    return stream.getvalue().decode()


def test_the_page_tells_everything_that_a_person_needs() -> None:
    text = page(every_kind())
    assert text == (
        "RESTRICTED    data/customers.csv\n"
        "  SSN                            1  restricted    high      2:9 ssn 5****9\n"
        "\n"
        "Not read: 1 gap. What could not be read may hold anything.\n"
        "  data/broken.zip  corrupt: the archive ends too early\n"
        "\n"
        "Left out by policy: 1 (1 media)\n"
        "1 finding in 3 resources; the whole is restricted: SSN was found in\n"
        "  customers.csv.\n"
        "By level: 1 restricted, 1 unclassified, 1 public\n"
        "Read 4.1 kB of 8.2 kB (50.0%) in 1.2 s; at most 3.1% of the rest may hold\n"
        "  findings (95 % bound).\n"
        "2 test values ignored; --include-test-values shows them\n"
        "Next: --format jsonl gives every finding with its evidence; --allow FILE accepts\n"
        "  known values.\n"
    )


def test_a_long_reason_of_a_gap_is_not_cut_unseen() -> None:
    """It ended after two lines, in the middle of what to do."""
    why = " ".join(f"word{number}" for number in range(60))
    lines = page([gap(detail=why), summary()]).splitlines()
    assert lines[5].endswith("…")
    assert [line.startswith("    ") for line in lines[2:7]] == [True, True, True, True, False]
    assert max(map(len, lines)) <= 80
    assert "do this" in page([gap(detail=f"{'word ' * 30}: do this"), summary()])


def test_what_is_not_copied_is_named() -> None:
    """It was a number among others, although whoever copies has to know what is not there."""
    left = skip(
        resource="file:///srv/data/all.zip", reason="not copied", detail="one member was left out: x.png (image)"
    )
    assert (
        "Left out by policy: 2 (1 media, 1 not copied)\n"
        "  data/all.zip  not copied: one member was left out: x.png (image)\n"
    ) in page([skip(), left, summary()])


def test_the_worst_comes_first() -> None:
    text = page(
        [
            finding(resource="file:///srv/a", identifier="EMAIL", level=Level.INTERNAL),
            classification(resource="file:///srv/a", level=Level.INTERNAL),
            finding(resource="file:///srv/z"),
            finding(resource="file:///srv/z", identifier="EMAIL", level=Level.INTERNAL),
            finding(resource="file:///srv/z", identifier="EMAIL", level=Level.INTERNAL),
            classification(resource="file:///srv/z"),
            summary(),
        ]
    )
    assert text.index("RESTRICTED    z") < text.index("  SSN ") < text.index("  EMAIL ") < text.index("INTERNAL      a")


def test_an_interrupted_scan_says_so() -> None:
    assert "INTERRUPTED: these results are partial." in page([summary(interrupted=True)])


def test_nothing_found_says_so_and_how_much_was_read() -> None:
    whole = Coverage(bytes_read=10, bytes_total=10)
    text = page([summary(findings=0, gaps=0, by_level={Level.PUBLIC: 3}, level=Level.PUBLIC, coverage=whole)])
    assert text.startswith("Nothing found in 3 resources; the whole is public:")
    assert "everything that was to be read" in text


KEPT = Unchanged(resources=1, tables=4, columns=14, run="20260302T065212-ab12cd34", since="2026-03-02T06:52:12.000001Z")
NOTHING_READ: dict[str, Any] = {"gaps": 0, "bytes_read": 0, "coverage": Coverage()}


def test_what_has_not_changed_is_told_in_a_sentence() -> None:
    text = " ".join(page([summary(**NOTHING_READ, unchanged=KEPT)]).split())
    assert (
        "Nothing changed since 2026-03-02 06:52 UTC: 4 tables and 14 columns kept from run 20260302T065212-ab12cd34. "
        "Done in 1.2 s; nothing had to be read." in text
    )
    sampled = {**NOTHING_READ, "coverage": Coverage(complete=False)}
    text = " ".join(page([summary(**sampled, unchanged=KEPT)]).split())
    assert "kept from run 20260302T065212-ab12cd34; of samples, as they were drawn then." in text


def test_what_was_kept_beside_what_was_read_is_told_too() -> None:
    several = replace(KEPT, runs=3, resources=20, tables=0, columns=0)
    text = " ".join(page([summary(gaps=0, coverage=Coverage(), unchanged=several)]).split())
    kept = "kept from 3 runs, the last of them 20260302T065212-ab12cd34: 20 resources."
    assert f"Not changed since 2026-03-02 06:52 UTC, and {kept}" in text
    assert "Read what had changed, 4.1 kB, in 1.2 s." in text


def test_what_was_judged_again_is_told_in_a_sentence() -> None:
    text = " ".join(page([summary(**NOTHING_READ, judged_again=JudgedAgain(tables=1, columns=2))]).split())
    assert "1 table and 2 columns judged again as rules and decisions are now, from what is stored" in text
    assert "nothing had to be read" in text


def test_columns_told_by_more_than_findings_are_listed() -> None:
    diagnosis = column(column="dx", detected_type="ICD_CODE", confidence=72.0, categories=(Category.PHI,))
    text = page([finding(), column(), diagnosis, classification(), summary()])
    assert "  column dx: ICD_CODE, 72 of 100\n" in text
    assert "column ssn" not in text


def test_file_names_cannot_draw_on_the_terminal() -> None:
    evil = "file:///srv/%1B%5B2J%0Afake%20RESTRICTED%E2%80%AEtxt.exe%FF"
    text = page(
        [finding(resource=evil), gap(resource=evil, detail="\x1b]0;title\x07"), skip(reason="\x1b[31m"), summary()]
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J\\nfake RESTRICTED\\u202etxt.exe\\udcff" in text


odd_text = st.text(st.characters(exclude_categories=()), max_size=200)


@settings(max_examples=60)
@given(name=odd_text, field=odd_text, reason=odd_text, columns=st.integers(72, 120), count=st.integers(0, 10**9))
def test_every_line_fits_and_is_printable(name: str, field: str, reason: str, columns: int, count: int) -> None:
    at = Locator(line=count + 1, column=count + 1, field=field, member=name)
    records = [
        finding(resource="file:///" + name, location=at, redacted=name, identifier="A" * 63),
        column(resource="file:///" + name, column=field, detected_type="X" * 63, detection_reason=reason),
        classification(resource="file:///" + name, needs_review=True),
        gap(resource="file:///" + name, detail=reason),
        summary(),
    ]
    for line in page(records, columns).split("\n"):
        assert printable(line) == line
        assert width(line) <= columns or " " not in line.strip()


def test_memory_does_not_grow_with_the_number_of_resources() -> None:
    tally = Tally()
    for number in range(3 * KEPT_RESOURCES):
        resource = f"file:///srv/{number}"
        level = Level.RESTRICTED if number == 7 else Level.INTERNAL
        for _ in range(5):
            tally.add(finding(resource=resource, level=level))
        tally.add(classification(resource=resource, level=level))
    kept = list(tally.kept())
    assert len(kept) < 2 * KEPT_RESOURCES
    assert len(kept) + tally.dropped == 3 * KEPT_RESOURCES
    assert kept[0].resource == "file:///srv/7"
    assert all(len(hits.places) <= 3 for resource in kept for hits in resource.hits.values())


def test_a_resource_without_findings_is_not_kept() -> None:
    tally = Tally()
    tally.add(column(detected_type=None))
    tally.add(classification())
    assert list(tally.kept()) == []


def test_words_for_people() -> None:
    assert [size(count) for count in (0, 1, 999, 1000, 34_100_000, 999_600, 10**13)] == [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.0 kB",
        "34.1 MB",
        "1.0 MB",
        "10.0 TB",
    ]
    assert shorten("漢字漢字", 5) == "漢字…"
    assert shorten("a/long/path/name.txt", 9, keep_end=True) == "…name.txt"
    assert local_path(CUSTOMERS) == "/srv/data/customers.csv"
    assert local_path("s3://bucket/key%20x") == "s3://bucket/key%20x"


@pytest.mark.parametrize("columns", [36, 40, 56, 71, 72, 80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    part = Coverage(bytes_read=1_000, bytes_total=9_000_000, complete=False, missed_upper_bound=0.031)
    deep = "file:///srv/" + "folder/" * 20
    records: list[Any] = []
    for number in range(40):
        resource = f"{deep}{number}.csv"
        for name in ("SSN", "AZURE_CONNECTION_STRING_OF_SORTS", "EMAIL"):
            records += [finding(resource=resource, identifier=name)] * 3
        records.append(classification(resource=resource, coverage=part, needs_review=True))
    records += [gap(resource=f"{deep}{number}.zip") for number in range(20)]
    records += [skip(), column(), summary(interrupted=True, test_values_ignored=12_345, suppressed=1_234, findings=360)]
    lines = page([*every_kind()[:-1], *records], columns).splitlines()
    assert max(map(width, lines)) <= columns, max(lines, key=width)
    assert any(line.split()[:2] == ["SSN", "3"] for line in lines)
