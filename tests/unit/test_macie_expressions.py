"""Our expressions as Macie can run them."""

from __future__ import annotations

import re

import pytest

from assay.macie import expressions
from assay.macie.bytesets import CannotError
from assay.macie.expressions import translated


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (r"\bEMP-\d{6}\b", r"\bEMP-\d{6}\b"),
        (r"(?<!\w)AB\d{2}(?!\w)", r"\bAB\d{2}\b"),
        (r"(?<![A-Za-z0-9/+])(?<![\w][-.])\d{3}", r"\b\d{3}"),
        (r"(?<![^\s,;])\d{3}", r"\b\d{3}"),
        (r"(?P<value>ab|c)d", r"(?:(?:ab|c))d"),
        (r"(a)-(?:b)", r"(?:a)-b"),
        (r"(?>ab)c++", r"(?:ab)c+"),
        (r"a{100,1000}", r"a{99,}"),
        (r"[\w.-]+", r"[\w.\-]+"),
        (r"[^\d\n]", r"[^\d\n]"),
        (r"a.b", r"a.b"),
        (r"(?s:a.b)", r"(?:a[\s\S]b)"),
        (r"a*?b+?c??", r"a*?b+?c??"),
        (r"\.\$\(\\", r"\.\$\(\\"),
    ],
)
def test_what_macie_has_no_word_for_is_written_otherwise(ours: str, theirs: str) -> None:
    assert translated(ours).regex == theirs


@pytest.mark.parametrize(
    ("ours", "lost"),
    [
        (r"(?<!\w)AB(?!\w)", ()),
        (r"(?<![\w/])AB", (expressions.BESIDE,)),
        (r"(?!000)\d{3}", (expressions.AHEAD,)),
        (r"\d{3}(?!00)\d{2}", (expressions.AHEAD,)),
        (r"\d{3}(?=-)-\d{2}", (expressions.AHEAD,)),
        (r"(\d)-\1", (expressions.AGAIN,)),
        (r"^ab$", (expressions.ANCHORS,)),
        (r"a{1,500}", (expressions.WIDE,)),
        (r"a*b*c*", (expressions.OPEN,)),
        ("[A-Z\\xc3-\\xd0]x", (expressions.BYTES,)),
    ],
)
def test_what_is_lost_is_told(ours: str, lost: tuple[str, ...]) -> None:
    assert translated(ours).lost == lost


@pytest.mark.parametrize(
    ("ours", "matched", "left_alone"),
    [
        (r"\xe2\x80[\x90-\x94]", "‐–—", "-é"),
        (r"\xc3\xa9", "é", "eè"),
        (r"[A-Za-z\x80-\xff]", "aéж漢", "1 "),
        (r"[\xc4-\xca][\x80-\xbf]", "Āʿ", "aé漢"),
        (r"[\xe1\xe4-\xed][\x80-\xbf]{2}", "က漢", "aéࠀ"),
        (r"[^a-z]", "A1é", "az"),
    ],
)
def test_bytes_of_utf_8_become_characters(ours: str, matched: str, left_alone: str) -> None:
    theirs = re.compile(translated(ours).regex)
    ours_compiled = re.compile(ours.encode())
    for character in matched:
        assert theirs.fullmatch(character), character
        assert ours_compiled.match(character.encode()), character
    for character in left_alone:
        assert not theirs.fullmatch(character), character


def test_no_half_of_a_character_is_in_an_expression() -> None:
    found = translated(r"[\xe4-\xee][\x80-\xbf]{2}|[A-Za-z\x80-\xff]").regex
    assert found.encode()  # a surrogate cannot be encoded
    assert not re.fullmatch(found, "\ud800")


def test_the_same_separator_is_no_longer_asked_for() -> None:
    found = re.compile(translated(r"\d{3}([- ])\d{3}\1\d{3}").regex)
    assert found.fullmatch("123-456-789")
    assert found.fullmatch("123-456 789")


def test_what_stands_before_a_value_may_be_left_out() -> None:
    whole = translated(r"[^@]*?(?P<value>[a-z]+@[a-z]+)(?!x)")
    found = translated(r"[^@]*?(?P<value>[a-z]+@[a-z]+)(?!x)", from_value=True)
    assert whole.regex.startswith("[^@]*?")
    assert found.regex == "(?:[a-z]+@[a-z]+)"
    assert expressions.BEFORE in found.lost


@pytest.mark.parametrize("ours", [r"\xff", r"(?(1)a|b)", r"(a", r"a\x80+"])
def test_what_cannot_be_said_is_refused(ours: str) -> None:
    with pytest.raises(CannotError):
        translated(ours)


def test_case_is_ignored_as_ours_does() -> None:
    assert translated("ab", caseless=True).regex == "(?i:ab)"
    assert translated("(?i:ab)c").regex == "(?i:ab)c"
