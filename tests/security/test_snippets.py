"""What is shown around findings: plain words and nothing else, whatever the line holds, in every output that people read."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

import assay
from assay.app.config.settings import Settings
from assay.app.scan.snippets import Snippets
from assay.cli.__main__ import run
from assay.detect.cache import read_all
from assay.detect.validators.person_names import listed_name
from assay.model import Finding
from assay.model.options import ScanOptions
from assay.report.snippets import HIDDEN, plain_words, snippet
from assay.sources.extent import Around, Extents

BUILT_IN = read_all((), cache=None, builtin=True)[0]
ALONE = re.compile(r"[^\W_]+")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: Path) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(compiled))
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "only-for-these-tests")
    monkeypatch.chdir(tmp_path)


def dense() -> str:
    """Every example of every identifier, found and ignored, several in a line, parted in many ways, and very long lines."""
    draw = random.Random(7)
    texts = [example.text for each in BUILT_IN for example in (*each.finds, *each.ignores)]
    draw.shuffle(texts)
    texts += [
        "password is secret",
        "my pin: the user key",
        "pass phrase = 'user name key'",
        "Wren Halloway, Oslo",
        "7731",
    ]
    # What comes first says what kind of file it is.
    lines, at = ["words of many kinds, one after the other"], 0
    while at < len(texts):
        number = draw.choice((1, 2, 3, 5, 40))
        lines.append(draw.choice((" ", ", ", ",", "\t", ";", " the user ", "|")).join(texts[at : at + number]))
        at += number
    return "\n".join(lines) + "\n"


def shown(path: Path) -> Iterator[tuple[Finding, str]]:
    """Findings of a file with what is shown of their lines."""
    told = Snippets(ScanOptions(include_test_values=True), Settings(), Extents())
    for result in assay.scan(str(path), include_test_values=True):
        if isinstance(result, Finding) and (said := told.of(result.resource, result.location, result.redacted)):
            yield result, said


def test_only_plain_words_are_shown_of_dense_lines(tmp_path: Path) -> None:
    (tmp_path / "dense.txt").write_text(dense(), encoding="utf-8")
    count = 0
    for finding, said in shown(tmp_path / "dense.txt"):
        count += 1
        before, _, after = said.partition(finding.redacted)
        assert finding.redacted in said
        for word in ALONE.findall(before + " " + after):
            assert word.lower() in plain_words(), finding.identifier
    assert count > 300


def test_plain_words_are_no_names_of_persons_and_no_values() -> None:
    words = plain_words()
    assert len(words) > 400
    assert [word for word in words if listed_name(word)] == []
    for identifier in BUILT_IN:
        for example in identifier.finds:
            if example.value and example.value.lower() in words:
                # What only a field's name makes a value is shown nowhere: of fields no line is shown.
                assert identifier.name in {"CRIMINAL_RECORD", "PASSWORD", "USERNAME"}, identifier.name


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("the customer said <X> and more was sent", f"the customer {HIDDEN} <X> and {HIDDEN} was sent"),
        ("password is secret but id <X>", f"password {HIDDEN} <X>"),
        ("password = user, key: the name; id <X>", f"password = {HIDDEN} key: {HIDDEN} id <X>"),
        ("'the user key' <X> \"your name\" end", f"{HIDDEN} <X> {HIDDEN} end"),
        ("call login('the user <X> key') now", f"call {HIDDEN} <X> {HIDDEN} now"),
        ("user=<X>-secret ok", f"user=<X>{HIDDEN}"),
        ("user=<X>, then ok", f"user=<X>, then {HIDDEN}"),
        ("2026-01-02T10:11:12 INFO the user 10:11 <X>", f"{HIDDEN} INFO the user {HIDDEN} <X>"),
        ("pass:word the user <X>", ""),
        ("user-secret-<X> then", f"{HIDDEN}<X> then"),
        ("don't <X> send the user's key", f"{HIDDEN} <X> send the {HIDDEN} key"),
        ("4111 1111 a1 x <X> 0 0.5 -- ##", ""),
        ("{\"user\": \"name\", \"id\": <X>}", ""),
    ],
)  # fmt: skip
def test_a_line(line: str, expected: str) -> None:
    before, _, after = line.partition("<X>")
    told = snippet(Around(before, "536-90-4399", after, True, True), "<X>", lambda _: ())
    assert told == expected


@pytest.mark.parametrize(("begins", "ends"), [(False, True), (True, False), (False, False)])
def test_a_line_that_is_cut_shows_no_part_of_a_word(begins: bool, ends: bool) -> None:
    told = snippet(Around("user the ", "536-90-4399", " and secret", begins, ends), "<X>", lambda _: ())
    assert "secret" not in told or ends
    assert not told or begins


def test_candidates_are_hidden_even_where_they_are_plain_words() -> None:
    def candidates(line: str) -> list[tuple[int, int]]:
        return [(line.index("user"), line.index("user") + 8)]

    told = snippet(Around("the user key of ", "536-90-4399", " is here", True, True), "<X>", candidates)
    assert told == f"the {HIDDEN} of <X> is here"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dense.csv", "id,note,ssn\n" + "".join(f"{n},the user Wren,512-44-7{n:03}\n" for n in range(300, 340))),
        ("one.json", json.dumps({"note": "the user key", "ssn": "512-44-7731"})),
        ("a.yaml", "password: the user key\nssn: 512-44-7731\n"),
        (".env", "PASSWORD=user\nSSN=512-44-7731\n"),
    ],
)
def test_nothing_is_shown_of_rows_and_fields(tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / name).write_text(data)
    assert any(isinstance(result, Finding) for result in assay.scan(str(tmp_path / name)))
    assert list(shown(tmp_path / name)) == []


@pytest.mark.parametrize("form", ["table", "html", "sarif"])
def test_outputs_show_the_line(tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "Zq7-Wren-Halloway-91"
    Path("app.log").write_text(
        f"the customer {secret} called, his SSN is 512-44-7731 and the order was sent to {secret}\n"
    )

    run(["scan", "app.log", "--no-catalog", "--format", form])

    out = unescape(capfd.readouterr().out)
    out = out if form != "sarif" else json.dumps(json.loads(out), ensure_ascii=False)
    assert re.search(rf"the customer {HIDDEN} his SSN is 5\*+1 and the order was sent", out)
    assert not any(part in out for part in ("Zq7", "Wren", "Halloway", "7731", "-91"))


def test_a_file_that_changed_shows_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("the customer 512-44-7731 was sent\n")
    found = [
        result
        for result in assay.scan(str(path), identifiers=["SSN"], min_confidence=0.1)
        if isinstance(result, Finding)
    ]
    assert found
    path.write_text("tiny Wren Halloway 512-44-9999 x\n")
    told = Snippets(ScanOptions(), Settings(), Extents())
    said = told.of(found[0].resource, found[0].location, found[0].redacted)
    assert not any(part in said for part in ("tiny", "Wren", "Halloway", "512", "9999"))
    path.unlink()
    assert Snippets(ScanOptions(), Settings(), Extents()).of(found[0].resource, found[0].location, "x") == ""
