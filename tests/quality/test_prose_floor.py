"""Names and addresses in running text, read with the model: a floor, on sentences that were labelled before anything read them.

`prose.txt` has a sentence a line, names in braces and addresses in angle brackets. How good it is on more and harder text is
measured by `python -m benchmarks.prose` (docs/prose.md); this holds that nothing breaks it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assay.detect.engine import Detector
from assay.detect.prose import Prose
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.formats.structure import PlainText, Window
from benchmarks.prose import ADDRESS, PERSON, Spans, Text, score

LABELLED = Path(__file__).with_name("prose.txt")
MARKED = re.compile(r"\{(?P<name>[^}]+)\}|<(?P<address>[^>]+)>")


def labelled() -> list[Text]:
    """The sentences, without the marks."""
    texts = []
    for line in LABELLED.read_text(encoding="utf-8").splitlines():
        plain, spans, at = "", list[tuple[int, int, str]](), 0
        for mark in MARKED.finditer(line):
            plain += line[at : mark.start()]
            value = mark["name"] or mark["address"]
            spans.append((len(plain), len(plain) + len(value), PERSON if mark["name"] else ADDRESS))
            plain, at = plain + value, mark.end()
        texts.append(Text(plain + line[at:], spans))
    return texts


@pytest.fixture(scope="module")
def told(rules: RuleSet) -> tuple[list[Text], list[Spans]]:
    pytest.importorskip("onnxruntime")
    detector = Detector(rules, Fingerprinter(b"quality"), floor=0.5, prose=Prose(rules))
    texts, found = labelled(), []
    for text in texts:
        data = text.text.encode()
        hits = detector.detect(Window(data, 0, len(data), 0, 0, 0, True), PlainText())
        found.append([(len(data[: hit.start].decode()), len(data[: hit.end].decode()), hit.rule.name) for hit in hits])
    return texts, found


@pytest.mark.parametrize(("kind", "least", "right"), [(PERSON, 0.9, 0.95), (ADDRESS, 0.85, 0.95)])
def test_most_are_found_and_next_to_nothing_else(
    told: tuple[list[Text], list[Spans]], kind: str, least: float, right: float
) -> None:
    misses: list[str] = []
    counted = score(*told, kind, misses)
    assert counted.found >= least * (counted.found + counted.missed), misses
    assert counted.right >= right * (counted.right + counted.wrong), misses


def test_nothing_is_found_where_nobody_is_named(told: tuple[list[Text], list[Spans]]) -> None:
    texts, found = told
    none = [number for number, text in enumerate(texts) if not text.spans]
    assert len(none) >= 10
    assert [texts[number].text for number in none if found[number]] == []
