"""All our identifiers as custom data identifiers of Macie: within its limits, and proven on their own examples."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import hyperscan
import pytest

from assay.detect.cache import read_all
from assay.macie import limits
from assay.macie.matching import Criteria, matches
from assay.macie.translate import Expressed, Verdict, expressed, identifier_named
from assay.model import Example, Identifier

# As the guide has it; the strict layer refuses the same.
_UNSUPPORTED = re.compile(r"\(\?(?:[=!]|<[=!])|\((?!\?)|\(\?P?<\w|\\[1-9]")
_NAMES = re.compile(r"assay:[A-Z0-9_]+(?::near)?(?::\d)?")


@pytest.fixture(scope="module")
def every() -> dict[str, Expressed]:
    identifiers, _ = read_all((), cache=None, builtin=True)
    return {each.name: expressed(each) for each in identifiers}


def test_every_part_is_within_the_limits(every: dict[str, Expressed]) -> None:
    parts = [part for each in every.values() for part in each.parts]
    assert len({part.name for part in parts}) == len(parts) > 400
    for part in parts:
        regex, keywords, ignored, distance = part.criteria
        assert 0 < len(regex) <= 512, part.name
        assert not _UNSUPPORTED.search(re.sub(r"\\[^1-9]|\[(?:\\.|[^\]\\])*\]", "", regex)), part.name
        assert len(keywords) <= 50, part.name
        assert all(3 <= len(word) <= 90 for word in keywords), part.name
        assert len(ignored) <= 10, part.name
        assert all(4 <= len(word) <= 90 for word in ignored), part.name
        assert 1 <= distance <= 300, part.name
        assert _NAMES.fullmatch(part.name), part.name
        assert len(part.description) <= 512, part.name
        # It is sent as JSON in UTF-8.
        assert regex.encode(), part.name
        assert re.compile(regex, re.ASCII).match("") is None, part.name


def test_an_engine_of_linear_time_runs_every_part(every: dict[str, Expressed]) -> None:
    """Macie's own engine cannot be asked; one that lacks the same takes all but three, which docs/aws.md names."""
    refused = []
    for part in (part for each in every.values() for part in each.parts):
        try:
            hyperscan.Database().compile(expressions=[part.criteria.regex.encode()], flags=[hyperscan.HS_FLAG_UTF8])
        except hyperscan.error:
            refused.append(part.name)
    assert sorted(refused) == ["assay:AWS_SECRET_KEY", "assay:CARD_SPOKEN:near", "assay:EMAIL"]


def test_how_much_of_all_can_be_said(every: dict[str, Expressed]) -> None:
    verdicts = Counter(each.verdict for each in every.values())
    assert verdicts[Verdict.NOT] <= 5
    found = sum(each.found[0] for each in every.values())
    assert found / sum(each.found[1] for each in every.values()) > 0.92
    # Without validators and look-around a quarter of what should be left alone is not.
    left = sum(each.ignored[0] for each in every.values())
    assert 0.6 < left / sum(each.ignored[1] for each in every.values()) < 0.85


def test_whatever_is_not_whole_says_why(every: dict[str, Expressed]) -> None:
    for name, each in every.items():
        is_whole = each.found[0] == each.found[1] and each.ignored[0] == each.ignored[1]
        if each.verdict is not Verdict.EXPRESSIBLE:
            assert each.reasons, name
        else:
            assert is_whole, name
        assert (each.verdict is Verdict.NOT) == (not each.parts), name


def test_identifiers_whose_checks_macie_has_not_are_never_whole(every: dict[str, Expressed]) -> None:
    checked = [each for each in every.values() if any(p.validators for p in each.identifier.patterns)]
    assert len(checked) > 300
    assert not [each.identifier.name for each in checked if each.verdict is Verdict.EXPRESSIBLE]


def own(**changes: object) -> Identifier:
    identifiers, _ = read_all((), cache=None, builtin=True)
    (example,) = (each for each in identifiers if each.name == "EMPLOYEE_NUMBER")
    return replace(example, **changes)


def test_one_of_a_users_own_is_said_whole() -> None:
    kept = tuple(each for each in own().ignores if "sample" not in each.text)
    found = expressed(own(ignore_words=(), ignores=kept))
    assert found.verdict is Verdict.EXPRESSIBLE
    (part,) = found.parts
    assert part.name == "assay:EMPLOYEE_NUMBER:near"
    assert part.criteria.regex == r"\bEMP-\d{6}\b"
    assert {"employee", "emp", "staff", "employee_number"} <= set(part.criteria.keywords)
    # Ours is counted from the value's beginning, Macie's to its end.
    assert part.criteria.distance == 50 + len("EMP-204817")


def test_words_that_rule_a_value_out_are_told_as_lost() -> None:
    found = expressed(own())
    assert found.verdict is Verdict.PARTLY
    assert (found.found, found.ignored) == ((3, 3), (3, 4))
    assert "words and names beside a value that rule it out" in found.reasons


def test_values_to_ignore_are_macies_ignore_words() -> None:
    found = expressed(own(ignore_values=("EMP-000000", "X"), test_values=tuple(f"EMP-00000{n}" for n in range(1, 10))))
    (part,) = found.parts
    assert part.criteria.ignore_words[0] == "EMP-000000"
    assert len(part.criteria.ignore_words) == limits.MOST_IGNORED
    assert "10 of 11 values to ignore fit" in found.reasons


def test_what_needs_words_and_has_none_is_not_made() -> None:
    found = expressed(own(keywords=(), names=("no",)))
    assert (found.verdict, found.parts) == (Verdict.NOT, ())
    assert "it needs words beside it, and has none that Macie takes" in found.reasons


def test_an_example_that_is_not_found_shows() -> None:
    found = expressed(own(finds=(*own().finds, Example(text="EMP-204817 is an employee", value="EMP-204817"))))
    assert found.found == (3, 4)
    assert found.verdict is Verdict.PARTLY


@pytest.mark.parametrize(("name", "ours"), [("assay:SSN", "SSN"), ("assay:SSN:near:2", "SSN"), ("badge", None)])
def test_names_lead_back_to_ours(name: str, ours: str | None) -> None:
    assert identifier_named(name) == ours


NEAR = Criteria(r"\d{6}", ("badge no",), ("000",), 20)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("badge no 123456", ["123456"]),
        ("BADGE NO: 123456", ["123456"]),
        ("123456 is the badge no", []),
        ("badge no" + " " * 14 + "123456", ["123456"]),
        ("badge no" + " " * 15 + "123456", []),
        ("badge no 000123", []),
        ("badge_no,town\n123456,Ulm\n", []),
        ("badge no,town\n123456,654321\n", ["123456"]),
        ("id,note\n1,badge no 123456\n", ["123456"]),
        ('{"badge no": {"of": [123456]}, "x": 654321}', ["123456"]),
        ('{"note": "badge no 123456", "next": 654321}', ["123456"]),
        ("a badge no\nand then 123456", ["123456"]),
    ],
)
def test_keywords_ignore_words_and_distance_as_macie_takes_them(text: str, found: list[str]) -> None:
    assert list(matches(NEAR, text)) == found
