"""What is kept between findings, and what is left out before a search, changes no finding."""

from __future__ import annotations

import re
from pathlib import Path

from assay.detect.cache import read_all
from assay.detect.compiled import MANY_DIGITS, DigitRuns
from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter

DIGIT = re.compile(rb"[0-9]")


def test_a_run_of_digits_ends_at_what_no_match_passes_over() -> None:
    reads = sum(1 << byte for byte in b"0123456789 -")
    runs = DigitRuns(reads)
    assert runs.longest(b"call 030 1234-567, or 99") == 10
    assert runs.longest(b"2025-01-01\n2025-01-02") == 8
    assert runs.longest(b"no digits") == 0
    assert runs.longest(b"") == 0


def test_every_match_near_a_keyword_lies_in_one_run(detector: Detector, compiled: Path) -> None:
    tried = 0
    # The rules of a scan have none of them.
    examples = {each.name: each for each in read_all((), cache=compiled, builtin=True)[0]}
    for rule in detector.rules.rules:
        runs = rule.digit_runs
        if runs is None:
            continue
        patterns = [item for item in rule.near_word if item.least_digits >= MANY_DIGITS]
        identifier = examples[rule.name]
        texts = [example.text.encode() for example in (*identifier.finds, *identifier.ignores)]
        for text in texts:
            for item in patterns:
                for match in item.regex.finditer(text):
                    digits = len(DIGIT.findall(match[0]))
                    assert item.least_digits <= digits <= runs.longest(text), (rule.name, item.pattern.id, text)
                    tried += 1
    assert tried > 500


def test_the_same_value_is_weighed_by_what_stands_around_it_each_time(detector: Detector) -> None:
    far = "x" * 400
    text = f"536-90-4399 {far}\nssn 536-90-4399 {far}\n536-90-4399\n"
    hits = [hit for hit in hits_in(detector, text.encode(), "a.txt") if hit.rule.name == "SSN"]
    assert [any(item.signal == "context" for item in hit.evidence) for hit in hits] == [False, True, False]
    assert hits[0].evidence == hits[2].evidence
    assert len({(hit.redacted, hit.fingerprint) for hit in hits}) == 1


def test_more_values_than_are_kept(detector: Detector) -> None:
    names = [f"ada{number}.stone@posteo.de" for number in range(6_000)]
    text = "\n".join([*names, *names]).encode()
    fresh = Detector(detector.rules, Fingerprinter(b"k" * 32))
    hits = [hit for hit in hits_in(fresh, text, "a.txt") if hit.rule.name == "EMAIL"]
    assert [text[hit.start : hit.end].decode() for hit in hits] == [*names, *names]
    assert [hit.fingerprint for hit in hits[:6_000]] == [hit.fingerprint for hit in hits[6_000:]]
    assert len({hit.fingerprint for hit in hits}) == 6_000


def test_two_keys_give_two_fingerprints_of_what_is_kept(detector: Detector) -> None:
    text = b"mail ada.stone@posteo.de"
    found = [
        [hit.fingerprint for hit in hits_in(Detector(detector.rules, Fingerprinter(key)), text, "a.txt")]
        for key in (b"a" * 32, b"b" * 32, b"a" * 32)
    ]
    assert found[0] == found[2] != found[1]
