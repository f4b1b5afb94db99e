"""Identifier files: what is wrong is told with file, line, key and what was meant."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.detect import cache as kept_identifiers
from assay.detect import ruleset
from assay.detect.cache import keep, read_all
from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.files import files_under
from assay.detect.loading import read_identifier
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.errors import RuleError, UsageError
from assay.model import Category, Level, Normalise, Redaction, Stage

GOOD = """\
name: BADGE_NUMBER
title: Badge number
category: CUSTOM
sensitivity: MEDIUM
keywords: [badge, door]
patterns:
  - id: badge
    regex: '\\bBDG-\\d{6}\\b'
    confidence: 0.8
ignore:
  words: [sample]
finds:
  - {text: "badge BDG-204817", value: "BDG-204817"}
  - {text: "the door opened for BDG-773102", value: "BDG-773102"}
  - {text: "BDG-419035", value: "BDG-419035"}
ignores:
  - {text: "BDG-20481", because: five digits}
  - {text: "BDG-2048171", because: seven digits}
  - {text: "sample BDG-204817", because: a sample}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "badge.yaml"
    file.write_text(text)
    return file


def changed(**changes: Any) -> str:
    document = yaml.safe_load(GOOD)
    document.update(changes)
    return yaml.safe_dump({key: value for key, value in document.items() if value is not None}, sort_keys=False)


def test_a_good_file(tmp_path: Path) -> None:
    found = read_identifier(write(tmp_path, GOOD), tmp_path)
    assert (found.path, found.name, found.category, found.level) == (
        "badge",
        "BADGE_NUMBER",
        Category.CUSTOM,
        Level.CONFIDENTIAL,
    )
    assert (found.distance, found.redaction, found.stage) == (50, Redaction.PARTIAL, Stage.STABLE)
    assert found.normalise is Normalise.EXACT
    assert found.patterns[0].id == "badge"
    assert found.digest == read_identifier(write(tmp_path, GOOD), tmp_path).digest
    assert found.digest != read_identifier(write(tmp_path, GOOD + "# more\n"), tmp_path).digest


WRONG = [
    (GOOD.replace("title:", "titel:"), 2, "unknown key 'titel'; did you mean 'title'?"),
    (GOOD.replace("regex:", "regexp:"), 8, "unknown key 'regexp'; did you mean 'regex'?"),
    (GOOD.replace("\\d{6}", "[[:digit:]]{6}"), 8, "is read differently by different engines"),
    (GOOD.replace("category: CUSTOM", "category: CUSTM"), 3, "category 'CUSTM' is not one of PII"),
    (GOOD.replace("category: CUSTOM", "category: CUSTM"), 3, "did you mean 'CUSTOM'?"),
    (GOOD.replace("category: CUSTOM", "category: staff"), 3, "category 'staff' must be PII, PHI"),
    (GOOD.replace("sensitivity: MEDIUM", "sensitivity: MEDIUMM"), 4, "did you mean 'MEDIUM'?"),
    (GOOD.replace("title: Badge number\n", ""), 1, "key 'title' is missing"),
    (GOOD.replace("name: BADGE_NUMBER", "name: badge number"), 1, "must be capitals, digits and underscores"),
    (GOOD.replace("confidence: 0.8", "confidence: 1.8"), 9, "confidence must be a number from 0.05 to 0.99"),
    (GOOD.replace("confidence: 0.8", "confidence: high"), 9, "confidence must be a number"),
    (GOOD.replace("confidence: 0.8", "confidence: true"), 9, "confidence must be a number"),
    (GOOD.replace("\\d{6}\\b'", "\\d{6}\\b('"), 8, "regex is not a regular expression"),
    (GOOD.replace("[badge, door]", "badge"), 5, "keywords must be a list"),
    (GOOD.replace("[badge, door]", "[badge, 7]"), 5, "keywords entry 2 must be text; put it in quotes"),
    (GOOD.replace("  words: [sample]", "  word: [sample]"), 11, "unknown key 'word'; did you mean 'words'?"),
    (
        GOOD.replace('  - {text: "BDG-419035", value: "BDG-419035"}\n', ""),
        12,
        "needs at least 3 examples under 'finds'",
    ),
    (GOOD.replace(", because: a sample", ""), 19, "an example under ignores needs 'because'"),
    (GOOD.replace('value: "BDG-773102"', 'value: "BDG-773103"'), 14, "value does not stand in its text"),
    (GOOD + "level: publik\n", 20, "did you mean 'public'?"),
    (GOOD + "level: public\n", 20, "level must be restricted, confidential or internal"),
    (GOOD + "distance: 5000\n", 20, "distance must be a number from 1 to 1000"),
    (GOOD + "name: TWICE\n", 20, "key 'name' is given twice"),
    (GOOD + "redaction: [\n", 21, ""),
    ("- a\n- b\n", 1, "an identifier is a mapping"),
    ("", 1, "an identifier is a mapping"),
    (changed(patterns=[]), 8, "patterns must be a list with at least one entry"),
    (
        changed(keywords=[], patterns=[{"id": "a", "regex": "x", "confidence": 0.5, "context_required": True}]),
        7,
        "keywords or names",
    ),
    (
        changed(patterns=[{"id": "a", "regex": "x", "confidence": 0.5}, {"id": "a", "regex": "y", "confidence": 0.5}]),
        12,
        "used twice",
    ),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(RuleError) as raised:
        read_identifier(file, tmp_path)
    message = str(raised.value)
    assert words in message
    assert message.startswith(f"{file}:{line}: "), message
    assert "\n" not in message


def test_a_file_that_cannot_be_read_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such file or folder"):
        files_under(tmp_path / "none.yaml")
    broken = tmp_path / "b.yaml"
    broken.write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(RuleError, match=r"b\.yaml: is not UTF-8 text \(line 1\); save it as UTF-8"):
        read_identifier(broken)


@pytest.mark.parametrize("expression", [r"(?=x)BDG\d{6}", r"(?<!x)BDG\d{6}", r"(BDG)-\1-\d", r"(?<=#)\d{6}"])
def test_a_pattern_that_is_not_linear_is_refused(expression: str, tmp_path: Path) -> None:
    file = write(tmp_path, changed(patterns=[{"id": "badge", "regex": expression, "confidence": 0.8}]))
    with pytest.raises(RuleError) as raised:
        ruleset.load([file], builtin=False)
    message = str(raised.value)
    assert "badge: pattern 'badge'" in message
    assert "linear time" in message


def test_one_that_would_backtrack_for_ever_is_run_in_linear_time(tmp_path: Path) -> None:
    # Python's own engine needs 2**n steps to tell that no B follows n digits.
    examples = [{"text": text, "value": text} for text in ("1B", "12B", "123B")]
    pattern = {"id": "badge", "regex": r"(?:[0-9]+)+B", "confidence": 0.8}
    rules = ruleset.load([write(tmp_path, changed(patterns=[pattern], finds=examples))], builtin=False)
    detector = Detector(rules, Fingerprinter(b"k" * 16))
    assert hits_in(detector, b"1" * 5_000 + b"C") == []
    assert len(hits_in(detector, b"1" * 50 + b"B")) == 1


@pytest.mark.parametrize(
    "expression",
    [
        r"BDG-[0-9]+",
        r"[Bb]+#[0-9]{4}",
        r"X+-[0-9]{4}",
        r"(?:ab)+c",
    ],
)
def test_a_users_pattern_cannot_end_the_process(expression: str, tmp_path: Path) -> None:
    """In a process of its own, because the crash is in native code."""
    write(tmp_path, changed(patterns=[{"id": "badge", "regex": expression, "confidence": 0.8}]))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assay.detect import ruleset\n"
        "from assay.detect.document import hits_in\n"
        "from assay.detect.engine import Detector\n"
        "from assay.detect.redact import Fingerprinter\n"
        "detector = Detector(ruleset.load([Path(sys.argv[1])], builtin=False), Fingerprinter(b'k' * 16))\n"
        "for text in (b'X' * 3000 + b'-1234', b'ab' * 3000 + b'c', b'BDG-' + b'1' * 3000, b'b' * 3000 + b'#1234'):\n"
        "    hits_in(detector, text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "badge.yaml")], capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_names_are_unique(tmp_path: Path) -> None:
    file = write(tmp_path, changed(name="SSN"))
    with pytest.raises(
        RuleError, match=r"identifier SSN is already defined by the built-in 'us/ssn'; names are unique"
    ):
        read_all([file], cache=None, builtin=True)


def test_a_validator_that_is_not_there(tmp_path: Path) -> None:
    file = write(
        tmp_path, changed(patterns=[{"id": "badge", "regex": "x", "confidence": 0.8, "validators": {"luhm": 0.1}}])
    )
    with pytest.raises(RuleError, match="no validator named 'luhm'; did you mean 'luhn'?"):
        ruleset.load([file], builtin=False)


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no identifier named 'BADGE_NUMBR'; did you mean BADGE_NUMBER?"):
        ruleset.load([write(tmp_path, GOOD)], names=["BADGE_NUMBR"], builtin=False)
    with pytest.raises(UsageError, match="no identifier is left"):
        ruleset.load([write(tmp_path, GOOD)], categories=[Category.PHI], builtin=False)


def test_the_digest_of_a_rule_set_is_of_its_content(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    first = ruleset.load([file], builtin=False).digest
    assert ruleset.load([file], builtin=False).digest == first
    write(tmp_path, GOOD.replace("0.8", "0.7"))
    assert ruleset.load([file], builtin=False).digest != first


def test_preview_identifiers_take_part_only_when_asked_for(tmp_path: Path) -> None:
    preview = write(tmp_path, GOOD + "stage: preview\n")
    other = tmp_path / "other.yaml"
    other.write_text(changed(name="OTHER"))
    assert set(ruleset.load([preview, other], builtin=False).by_identifier) == {"OTHER"}
    assert set(ruleset.load([preview], builtin=False, names=["BADGE_NUMBER"]).by_identifier) == {"BADGE_NUMBER"}
    assert set(ruleset.load([preview, other], builtin=False, preview=True).by_identifier) == {"BADGE_NUMBER", "OTHER"}


def _as_in_a_new_process() -> None:
    """Nothing is known of what this one has loaded."""
    ruleset._made.clear()
    kept_identifiers._known.cache_clear()


def test_a_set_is_made_once_in_a_process(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    first = ruleset.load([file], builtin=False)
    assert ruleset.load([file], builtin=False) is first
    assert ruleset.load([file], builtin=False, cache=tmp_path / "cache") is not first
    assert ruleset.load([file], builtin=False, candidates=True) is not first
    write(tmp_path, changed(title="Another title"))
    assert ruleset.load([file], builtin=False) is not first


def test_one_set_serves_several_threads_at_once(rules: RuleSet) -> None:
    """Each detector has room of its own to search in."""
    text = "".join(
        f"call 202-555-0{n}, mail user{n}@posteo.de, ssn 536-90-{4000 + n}\n" for n in range(100, 400)
    ).encode()

    def found(_: int) -> list[tuple[int, int, str]]:
        hits = hits_in(Detector(rules, Fingerprinter(b"key")), text)
        return [(hit.start, hit.end, hit.rule.name) for hit in hits]

    alone = found(0)
    assert len(alone) >= 600
    with ThreadPoolExecutor(4) as threads:
        assert all(each == alone for each in threads.map(found, range(12)))


def test_damaged_caches_are_made_again(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    cache = tmp_path / "cache"
    rules = ruleset.load([file], builtin=False, cache=cache)
    kept = sorted(cache.iterdir())
    assert kept
    for damaged in kept:
        body = damaged.read_bytes()
        for wrong in (b"", body[: len(body) // 2], b"\0" * len(body), b"{}", b"[]", b"null", b'[1,[2,{"a":[]}]]'):
            damaged.write_bytes(wrong)
            _as_in_a_new_process()
            again = ruleset.load([file], builtin=False, cache=cache)
            assert again.digest == rules.digest
            assert again.database is not None
            assert again.by_identifier == rules.by_identifier
            assert again.plan.expressions() == rules.plan.expressions()
        damaged.unlink()
        os.mkfifo(damaged)
        _as_in_a_new_process()
        assert ruleset.load([file], builtin=False, cache=cache).digest == rules.digest
        damaged.unlink(missing_ok=True)


def test_damaged_identifiers_as_read_are_read_again(tmp_path: Path) -> None:
    found = read_all((), cache=tmp_path, builtin=True)
    kept = {file.name.partition("-")[0]: file for file in tmp_path.iterdir()}
    assert sorted(kept) == ["examples", "identifiers"]
    whole = {file: file.read_bytes() for file in kept.values()}
    for wrong in (b"{}", b"[]", b"null", b"[1]", b'[{"path":"a"}]', whole[kept["examples"]].replace(b"SSN", b"XXX")):
        for file in whole:
            file.write_bytes(wrong)
        _as_in_a_new_process()
        assert read_all((), cache=tmp_path, builtin=True) == found
    assert {file: file.read_bytes() for file in whole} == whole


def test_what_a_scan_reads_of_the_cache_has_no_examples(tmp_path: Path) -> None:
    whole, _ = read_all((), cache=tmp_path, builtin=True)
    _as_in_a_new_process()
    bare, _ = read_all((), cache=tmp_path, builtin=True, examples=False)
    assert not any(each.finds or each.ignores or each.known_misses for each in bare)
    assert [replace(each, finds=(), ignores=(), known_misses=()) for each in whole] == bare


def test_a_cache_on_a_full_disk_is_not_filled_with_what_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    keep(tmp_path / "cache" / "file", b"body")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    blocked = tmp_path / "not-a-folder"
    blocked.write_text("")
    assert ruleset.load([file], builtin=False, cache=blocked / "cache").database is not None
