"""Comprehend and Textract besides our own detectors: what is sent, what becomes of their answers, and what is refused.

No emulator has them: requests pass the service's model and its limits, answers have its shape.
"""

from __future__ import annotations

import logging
import pickle
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from documentfiles import pdf, png
from strict.recognised import Request
from strict.recognition import picture_of

import assay
from assay.aws.access import Access
from assay.cli.__main__ import run
from assay.detect.cache import read_all
from assay.errors import ReadError
from assay.model import Classification, Finding, Gap, Skip
from assay.recognisers.comprehend import IDENTIFIERS, NOT_SENSITIVE, Comprehend
from assay.recognisers.textract import Textract

ASK = "comprehend.DetectPiiEntities"
READ = "textract.DetectDocumentText"
WHO = "Ottokar Q"


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sees(*kinds: tuple[str, str], score: float = 0.99) -> Callable[[Request], dict[str, Any]]:
    """Answers with each occurrence of each text as an entity of its type."""

    def answer(request: Request) -> dict[str, Any]:
        text = request.parameters["Text"]
        return {
            "Entities": [
                {"Type": kind, "Score": score, "BeginOffset": found.start(), "EndOffset": found.end()}
                for value, kind in kinds
                for found in re.finditer(re.escape(value), text)
            ]
        }

    return answer


@pytest.fixture
def comprehend(aws: Aws) -> Aws:
    aws.strict.answer(ASK, sees((WHO, "NAME"), ("536-90-4399", "SSN"), ("123-45-6789", "SSN")))
    return aws


def scan(target: Path, **options: Any) -> list[Any]:
    return list(assay.scan(target, **{"jobs": 1, "comprehend": True, **options}))


def of(records: Sequence[Any], kind: type) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]


def sent(aws: Aws) -> list[str]:
    return [call.request.parameters["Text"] for call in aws.strict.calls.made(ASK)]


def test_what_it_sees_is_a_finding_at_its_place_and_never_clear(comprehend: Aws, tmp_path: Path) -> None:
    text = f"Größe 😀 €\nplease call {WHO} about it\nSSN 536-90-4399\n"
    (tmp_path / "note.txt").write_text(text, encoding="utf-8")
    records = scan(tmp_path / "note.txt")
    found = {each.identifier: each for each in of(records, Finding)}
    assert set(found) == {"PERSON_NAME", "SSN"}
    name = found["PERSON_NAME"]
    assert (name.location.line, name.location.start) == (2, text.index(WHO))
    assert text.encode()[name.location.byte_start : name.location.byte_end].decode() == WHO
    assert [(each.signal, each.weight) for each in name.evidence] == [("comprehend", 0.9)]
    assert name.confidence == 0.9, "nothing here has proven it"
    assert {each.signal for each in found["SSN"].evidence} != {"comprehend"}, "what is found here stays as it is"
    assert WHO not in repr(records)
    assert not of(records, Gap)


def test_without_being_asked_nothing_is_sent(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(f"please call {WHO}\n")
    (tmp_path / "scan.png").write_bytes(png())
    records = scan(tmp_path, comprehend=False)
    assert [skip.reason for skip in of(records, Skip)] == ["image"]
    assert list(comprehend.strict.calls) == []


def test_tables_are_not_sent(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(f"name,colour\n{WHO},blue\nAda,red\n")
    (tmp_path / "people.jsonl").write_text(f'{{"name": "{WHO}"}}\n{{"name": "Ada"}}\n')
    scan(tmp_path)
    assert sent(comprehend) == []


def test_names_of_fields_are_told_of_json(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f'{{"x": {{"whom": "{WHO}"}}, "y": [1, 2]}}')
    (finding,) = of(scan(tmp_path), Finding)
    assert (finding.identifier, finding.location.json_path) == ("PERSON_NAME", "$.x.whom")


def test_a_long_text_is_cut_between_lines_and_offsets_go_on(
    comprehend: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_COMPREHEND_BYTES", "400000")
    lines = [f"line {number} of a text without end, äöü 😀" for number in range(6_000)]
    lines[5_500] = f"please call {WHO}"
    text = "\n".join(lines)
    (tmp_path / "long.txt").write_text(text, encoding="utf-8")
    (finding,) = of(scan(tmp_path), Finding)
    assert (finding.location.line, finding.location.start) == (5_501, text.index(WHO))
    assert len(sent(comprehend)) == 3
    assert "".join(sent(comprehend)) == text
    assert all(piece.endswith("\n") for piece in sent(comprehend)[:-1])


def test_a_text_without_lines_is_cut_between_characters(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("€" * 33_000 + f" {WHO} " + "€" * 1_000, encoding="utf-8")
    (finding,) = of(scan(tmp_path), Finding)
    assert finding.location.start == 33_001
    assert sum(len(piece.encode()) for piece in sent(comprehend)) <= 100_000


def test_more_than_is_to_be_sent_is_told(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("nothing of interest\n" * 9_000 + f"SSN 536-90-4399, {WHO}\n")
    records = scan(tmp_path)
    assert [(each.reason, each.detail) for each in of(records, Skip)] == [
        ("not sent", "100,000 bytes of it were sent to comprehend, and no more")
    ]
    assert [each.identifier for each in of(records, Finding)] == ["SSN"], "it is read here nevertheless"
    assert sum(map(len, sent(comprehend))) <= 100_000


@pytest.mark.parametrize(
    ("inject", "reason"),
    [
        (lambda aws: aws.strict.deny(ASK), "access denied"),
        (lambda aws: aws.strict.throttle(ASK), "throttled"),
        (lambda aws: aws.strict.expire(ASK), "credentials expired"),
        (lambda aws: aws.strict.fail(ASK, "InternalServerException", status=500), "refused"),
    ],
)
def test_what_fails_is_a_gap_and_all_else_goes_on(
    aws: Aws, tmp_path: Path, inject: Callable[[Aws], Any], reason: str
) -> None:
    inject(aws)
    (tmp_path / "note.txt").write_text("SSN 536-90-4399\n" + "x\n" * 80_000)
    records = scan(tmp_path)
    (gap,) = of(records, Gap)
    assert (gap.reason, "536" in gap.detail) == (reason, False)
    assert gap.detail.startswith("Comprehend: ")
    assert [each.identifier for each in of(records, Finding)] == ["SSN"]


def test_nothing_clean_is_said_of_what_it_could_not_look_at(aws: Aws, tmp_path: Path) -> None:
    aws.strict.deny(ASK, times=1)
    aws.strict.answer(ASK, {"Entities": []})
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("nothing here\n")
    levels = {Path(each.resource).name: str(each.level) for each in of(scan(tmp_path), Classification)}
    assert levels == {"a.txt": "unclassified", "b.txt": "public"}


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ({"Type": "BRAIN_SCAN", "Score": 0.9, "BeginOffset": 0, "EndOffset": 4}, "unknown kind"),
        ({"Type": "NAME", "Score": 0.9, "BeginOffset": 0, "EndOffset": 400}, "unreadable answer"),
        ({"Type": "NAME", "Score": 0.9, "BeginOffset": 4, "EndOffset": 4}, "unreadable answer"),
        ({"Type": "NAME", "Score": 0.9}, "unreadable answer"),
    ],
)
def test_answers_that_are_not_understood_are_gaps(
    aws: Aws, tmp_path: Path, entity: dict[str, Any], reason: str
) -> None:
    aws.strict.answer(ASK, {"Entities": [entity]})
    (tmp_path / "a.txt").write_text("some words here\n")
    records = scan(tmp_path)
    assert [each.reason for each in of(records, Gap)] == [reason]
    assert [str(each.level) for each in of(records, Classification)] == ["unclassified"]


def test_scores_floors_test_values_and_allow_lists_count(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"call {WHO} or 123-45-6789\n")
    assert [each.identifier for each in of(scan(tmp_path, identifiers=("SSN",)), Finding)] == []
    assert [each.identifier for each in of(scan(tmp_path, min_confidence=0.95), Finding)] == []
    allow = tmp_path / "allow.yaml"
    allow.write_text(f"- value: {WHO}\n  reason: our mascot\n")
    records = scan(tmp_path / "a.txt", allow=str(allow))
    assert of(records, Finding) == []


def test_workers_ask_too(comprehend: Aws, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"number {number}: call {WHO}\n")
    records = scan(tmp_path, jobs=2)
    assert [each.identifier for each in of(records, Finding)] == ["PERSON_NAME"] * 3
    asked = pickle.loads(pickle.dumps(Comprehend(Access(), language="es", most=10)))  # our own
    assert [each.identifier for each in asked.entities(WHO).entities] == ["PERSON_NAME"]


def test_what_a_catalog_has_of_a_scan_without_it_is_not_enough(comprehend: Aws, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"call {WHO}\n")
    catalog = str(tmp_path / "kept.db")
    assert run(["catalog", "init", "--catalog", catalog]) == 0
    for wanted, number in ((False, 0), (True, 1), (True, 1), (False, 0)):
        records = scan(tmp_path / "a.txt", comprehend=wanted, catalog=catalog)
        assert len(of(records, Finding)) == number
    assert len(sent(comprehend)) == 1, "what has not changed is not sent again"


def test_languages_are_those_that_it_knows(aws: Aws) -> None:
    with pytest.raises(ReadError) as caught:
        Comprehend(Access(), language="de", most=10).entities("Wort")
    assert (caught.value.reason, "UnsupportedLanguage" in caught.value.detail) == ("refused", True)
    with pytest.raises(ReadError) as caught:
        Comprehend(Access(), language="en", most=10).entities("x" * 100_001)
    assert "TextSizeLimitExceeded" in caught.value.detail
    assert aws.strict.calls.names()


def test_every_type_of_the_service_has_its_meaning() -> None:
    import botocore.session

    shape = botocore.session.get_session().get_service_model("comprehend").shape_for("PiiEntityType")
    assert set(shape.enum) == IDENTIFIERS.keys() | NOT_SENSITIVE
    known, _ = read_all((), cache=None, builtin=True)
    assert set(IDENTIFIERS.values()) <= {identifier.name for identifier in known}


def lines(*texts: str) -> dict[str, Any]:
    """As Textract tells of a page: itself, its lines, and their words."""
    page = {"BlockType": "PAGE", "Id": "p"}
    told = [
        {"BlockType": "LINE", "Id": f"l{number}", "Text": text, "Confidence": 99.0} for number, text in enumerate(texts)
    ]
    words = [{"BlockType": "WORD", "Id": f"w{number}", "Text": text.split()[0]} for number, text in enumerate(texts)]
    return {"DocumentMetadata": {"Pages": 1}, "Blocks": [page, *told, *words]}


def read(target: Path, **options: Any) -> list[Any]:
    return scan(target, comprehend=False, textract=True, **options)


def test_the_text_of_a_picture_is_read(aws: Aws, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="assay")
    aws.strict.answer(READ, lines("PATIENT  RECORD", "SSN 536-90-4399"))
    (tmp_path / "scan.png").write_bytes(png())
    records = read(tmp_path)
    (finding,) = of(records, Finding)
    assert (finding.identifier, finding.location.member, finding.location.line) == ("SSN", "(text of the picture)", 2)
    (level,) = of(records, Classification)
    assert (str(level.level), level.coverage.complete) == ("restricted", True)
    assert not of(records, Gap)
    assert not of(records, Skip)
    (call,) = aws.strict.calls.made(READ)
    assert picture_of(call.request) == png()
    assert "536-90-4399" not in caplog.text + repr(records)


def test_both_may_be_asked(comprehend: Aws, tmp_path: Path) -> None:
    comprehend.strict.answer(READ, lines(f"please call {WHO}"))
    (tmp_path / "scan.png").write_bytes(png())
    (finding,) = of(scan(tmp_path, textract=True), Finding)
    assert (finding.identifier, finding.location.member) == ("PERSON_NAME", "(text of the picture)")


def test_a_picture_without_text_is_empty_and_other_formats_are_left_out(aws: Aws, tmp_path: Path) -> None:
    aws.strict.answer(READ, lines())
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "b.gif").write_bytes(b"GIF89a" + b"\0" * 40)
    records = read(tmp_path)
    assert [(Path(each.resource).name, each.reason) for each in of(records, Skip)] == [("b.gif", "image")]
    assert len(aws.strict.calls.made(READ)) == 1


def test_a_picture_that_is_too_large_or_refused_is_a_gap(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png() + b"\0" * 5_000_000)
    (tmp_path / "b.png").write_bytes(png())
    (tmp_path / "c.png").write_bytes(png(9))
    aws.strict.fail(READ, "BadDocumentException", times=1)
    aws.strict.deny(READ)
    records = read(tmp_path)
    assert [each.reason for each in of(records, Gap)] == ["too large", "not read by Textract", "access denied"]
    assert {str(each.level) for each in of(records, Classification)} == {"unclassified"}


def test_a_scan_of_one_page_is_read_and_one_of_several_stays_a_gap(aws: Aws, tmp_path: Path) -> None:
    aws.strict.answer(READ, lines("SSN 536-90-4399"))
    (tmp_path / "one.pdf").write_bytes(pdf([[]]))
    (tmp_path / "two.pdf").write_bytes(pdf([[], []]))
    (tmp_path / "words.pdf").write_bytes(pdf([["plain words"]]))
    records = read(tmp_path)
    gaps = [(Path(each.resource).name, each.reason) for each in of(records, Gap)]
    assert gaps == [("two.pdf", "no text layer"), ("two.pdf", "not read by Textract")]
    found = [(Path(each.resource).name, each.identifier) for each in of(records, Finding) if each.location.line]
    assert ("one.pdf", "SSN") in found
    assert len(aws.strict.calls.made(READ)) == 2, "what has text is not sent"


def test_it_is_asked_for_on_the_command_line(
    comprehend: Aws, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    comprehend.strict.answer(READ, lines(f"call {WHO}"))
    (tmp_path / "scan.png").write_bytes(png())
    assert run(["scan", "scan.png", "--comprehend", "--textract", "--format", "jsonl", "--jobs", "1"]) == 0
    out, err = capfd.readouterr()
    assert '"PERSON_NAME"' in out
    assert "0.0015 USD" in err
    assert "about 0.10 USD" in err
    assert WHO not in out + err
    monkeypatch.setenv("ASSAY_TEXTRACT", "true")
    comprehend.strict.calls.clear()
    assert run(["scan", "scan.png", "--jobs", "1"]) == 0
    assert [call.name for call in comprehend.strict.calls] == [READ]


def test_no_document_is_read_beyond_what_may_be_sent(aws: Aws) -> None:
    aws.strict.answer(READ, lines("x"))
    assert Textract(Access()).reads(b"\xff\xd8\xff\xe0")
    assert not Textract(Access()).reads(b"GIF89a")
    assert list(Textract(Access()).lines(png())) == ["x"]
