"""The page for a browser: what it tells, that nothing in it is anyone else's, and that it stays small."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_for_tests import classification, column, every_kind, finding, gap, skip, summary

from assay.model import Category, Coverage, Evidence, Level, Locator
from assay.report.printable import printable
from assay.report.webpage.document import SHOWN_PLACES, SHOWN_RESOURCES, WebPage
from assay.sinks.html import HtmlSink
from assay.sinks.output import Output

MADE = datetime(2026, 3, 5, 10, 11, tzinfo=UTC)
VOID = {"meta", "input", "wbr"}


def page(records: list[Any]) -> str:
    stream = io.BytesIO()
    sink = HtmlSink(Output(stream, "test"), WebPage(made=MADE, version="1.2.3"))
    for record in records:
        sink.write(record)
    sink.close()
    return stream.getvalue().decode()


class Parsed(HTMLParser):
    """The elements of a page with their attributes, its texts, and whether every element is closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.raw[self._open[-1]] = data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def test_the_page_tells_everything_that_a_person_needs() -> None:
    text = Parsed(page(every_kind())).text
    for told in (
        "Sensitive data in file:///srv/data 2026-03-05 10:11 UTC restricted SSN was found in customers.csv.",
        "Findings 1 2 test values ignored",
        "Not read 1 see what and why",
        "Read 4.1 kB of 8.2 kB; at most 3.1% of the rest may hold findings (95 % bound), in 1.2 s",
        "Not read: 1 gap What could not be read may hold anything. 1 corrupt broken.zip the archive ends too early",
        "1 restricted 1 unclassified 1 public",
        "Paths are below /srv/data/",
        "2:9 ssn 5**** 9 +0.65 pattern dashed +0.30 name column 'ssn'".replace("5**** 9", "5****9"),
        "The name is 'ssn' and 3 of 3 values match.",
        "Frameworks GDPR, HIPAA",
        "Left out by policy: 1 1 media",
        "Made by assay 1.2.3.",
    ):
        assert told in text, told


def test_a_dot_is_told_as_the_folder_that_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for target, called in ((".", str(tmp_path)), ("./", str(tmp_path)), ("git:.", f"git:{tmp_path}"), ("data", "data")):
        parsed = Parsed(page([summary(target=target)]))
        assert f"Sensitive data in {called} 2026" in parsed.text.replace("/ ", "/")


def test_what_is_not_copied_is_named() -> None:
    left = skip(
        resource="file:///srv/data/all.zip", reason="not copied", detail="one member was left out: x.png <image>"
    )
    told = Parsed(page([skip(), left, summary()])).text
    assert (
        "Left out by policy: 2 1 media 1 not copied / srv/ data/ all.zip one member was left out: x.png <image>" in told
    )


def test_a_long_name_of_a_kind_breaks_at_its_low_lines() -> None:
    """On a narrow screen it broke within a word."""
    told = page([replace(finding(), identifier="CREDIT_CARD"), classification()])
    assert '<code class="kind">CREDIT_<wbr>CARD</code>' in told
    assert "CREDIT_ CARD" in Parsed(told).text


def test_nothing_found_says_so() -> None:
    whole = Coverage(bytes_read=10, bytes_total=10)
    clean = summary(
        findings=0, gaps=0, by_level={Level.PUBLIC: 3}, by_identifier={}, level=Level.PUBLIC, coverage=whole
    )
    text = Parsed(page([clean])).text
    assert "Where it was found Nothing was found." in text
    assert "Not read" not in text
    unread = Parsed(page([gap(), clean])).text
    assert "Nothing was found in what could be read." in unread
    assert "Not read: 1 gap" in unread


def test_an_interrupted_scan_says_so() -> None:
    assert "Interrupted: these results are partial." in page([summary(interrupted=True)])
    assert "Interrupted: these results are partial." in page([finding()])


def test_the_worst_comes_first() -> None:
    text = Parsed(
        page(
            [
                finding(resource="file:///srv/a", identifier="EMAIL", level=Level.INTERNAL),
                classification(resource="file:///srv/a", level=Level.INTERNAL, because="because of a"),
                finding(resource="file:///srv/z"),
                classification(resource="file:///srv/z", because="because of z"),
                summary(by_identifier={"EMAIL": 1, "SSN": 1}),
            ]
        )
    ).text
    assert text.index("because of z") < text.index("because of a")


def test_the_browser_may_fetch_nothing_and_run_only_what_the_page_brings() -> None:
    parsed = Parsed(page(every_kind()))
    (policy,) = [
        str(meta["content"]) for meta in parsed.of("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    digests = {
        kind: base64.b64encode(hashlib.sha256(parsed.raw[kind].encode()).digest()).decode()
        for kind in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        for name, value in attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            assert name != "src"
            assert name != "href" or str(value).startswith("#")
    assert "url(" not in parsed.raw["style"]
    assert "@import" not in parsed.raw["style"]
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|\beval\b", parsed.raw["script"])


def test_it_can_be_read_without_the_script() -> None:
    parsed = Parsed(page(every_kind()))
    (form,) = parsed.of("form")
    assert "hidden" in form, "what does nothing without the script is shown by it"
    hidden = [attributes for tag, attributes in parsed.elements if "hidden" in attributes and tag != "form"]
    assert hidden == []


EVIL = [
    '"><script>alert(1)</script>',
    "</style><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "&lt;script&gt;",
    "<!-- ",
    "]]>",
    "\x1b[2J\u202egpj.exe\u2066\x00",
    "bad\udcff",
    "javascript:alert(1)",
]
odd_text = st.one_of(st.sampled_from(EVIL), st.text(st.characters(exclude_categories=()), max_size=60))


@settings(max_examples=60)
@given(name=odd_text, field=odd_text, reason=odd_text, more=odd_text)
def test_no_name_becomes_part_of_the_page(name: str, field: str, reason: str, more: str) -> None:
    def records(name: str, field: str, reason: str, more: str) -> list[Any]:
        at = Locator(line=1, column=1, field=field, member=f"{name}.", table=more, sheet=reason)
        return [
            finding(
                resource=f"file:///srv/{name}",
                identifier=f"A{more}",
                redacted=more,
                location=at,
                evidence=(Evidence("name", f"in {field}", 0.9),),
            ),
            column(resource=f"file:///srv/{name}", table=more, column=field, detection_reason=reason),
            classification(resource=f"file:///srv/{name}", because=f"x{reason}", frameworks=(f"F{more}",)),
            gap(resource="file:///other", reason=f"r{reason}", detail=f"d{more}"),
            skip(reason=reason),
            summary(target=f"t{name}", because=f"b{reason}", sampling=f"s{more}", by_identifier={f"A{more}": 1}),
        ]

    def skeleton(parsed: Parsed) -> list[tuple[str, list[str]]]:
        # Where a path may be broken depends on it.
        plain = {"folder", "wbr"}
        return [
            (tag, sorted(attributes))
            for tag, attributes in parsed.elements
            if tag not in plain and attributes.get("class") not in plain
        ]

    parsed = Parsed(page(records(name, field, reason, more)))
    harmless = Parsed(page(records("a", "b" if field else "", "c", "d")))
    assert skeleton(parsed) == skeleton(harmless)
    assert parsed.raw == harmless.raw
    for text in parsed.texts:
        shown = text.replace("\n", "")
        assert printable(shown) == shown


def test_a_hundred_thousand_findings_are_grouped_and_counted() -> None:
    stream = io.BytesIO()
    sink = HtmlSink(Output(stream, "test"), WebPage(made=MADE, version="1"))
    for number in range(100_000):
        sink.write(finding(location=Locator(line=number + 1, column=1)))
    sink.write(classification(identifiers={"SSN": 100_000}))
    sink.write(summary(findings=100_000, by_identifier={"SSN": 100_000}))
    sink.close()
    text = Parsed(stream.getvalue().decode()).text
    assert f"{SHOWN_PLACES}:1" in text
    assert f"and {100_000 - SHOWN_PLACES:,} more" in text
    assert len(stream.getvalue()) < 50_000


@pytest.mark.parametrize("number", [SHOWN_RESOURCES, SHOWN_RESOURCES + 1, 5 * SHOWN_RESOURCES])
def test_of_many_resources_the_worst_are_shown_and_the_rest_is_said(number: int) -> None:
    records: list[Any] = []
    for index in range(number):
        level = Level.RESTRICTED if index == 3 else Level.INTERNAL
        records.append(finding(resource=f"file:///srv/{index:05}.txt", level=level))
        records.append(classification(resource=f"file:///srv/{index:05}.txt", level=level))
    parsed = Parsed(page([*records, summary(resources=number)]))
    shown = [item for item in parsed.of("li") if "data-level" in item]
    assert len(shown) == SHOWN_RESOURCES
    assert shown[0]["data-level"] == "restricted"
    rest = number - SHOWN_RESOURCES
    said = (
        f"The {SHOWN_RESOURCES} worst of {number:,} resources with findings are shown; the other {rest:,} are no more "
        "sensitive than these. --format csv, parquet or jsonl lists all."
    )
    assert (said in parsed.text) == (rest > 0)


def test_many_columns_and_gaps_are_counted() -> None:
    columns = [
        column(column=f"c{number}", detected_type="ICD_CODE", categories=(Category.PHI,)) for number in range(500)
    ]
    gaps = [gap(resource=f"file:///srv/{number}.pdf", reason="unsupported format") for number in range(5_000)]
    text = Parsed(page([*columns, classification(), *gaps, gap(), summary(columns=500, sensitive_columns=500)])).text
    assert "… and 440 more sensitive columns; --format csv, parquet or jsonl lists all" in text
    assert "Not read: 5,001 gaps" in text
    assert "… and 4,900 more; --format jsonl lists all" in text
    assert "Also: 1 corrupt" in text
