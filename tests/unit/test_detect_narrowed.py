"""An expression narrowed to the bytes of a column matches where the whole expression does, whatever stands beyond."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.detect.narrowed import ALNUM, kinds_of, narrowed
from assay.detect.ruleset import RuleSet

OWN = [
    r"(?![^@]*\d{3}\$)(?:[^@]*?[/:])?(?P<value>[a-z.]+@[a-z]+\.[a-z]+)(?![a-z@]|\.[a-z])",
    r"(?![^@]*[^a-z]x://)[a-z0-9]+@[a-z]+",
    r"(?!.*\$)[a-z]+@[a-z]+",
    r"(?<![^,]b,)a+@?(?=[a-z]*,)",
    r"(?:a|\$b|(?:c\$)?d)+?(?!\$)",
    r"(?>a+|b)\d*(?:-\d+){0,2}",
    r"(a)?(?:\$(b))?@\1?",
    r"[-.]*(?P<value>(?!(?<=[a-z]:)[^@]+@b)[a-z.]+@[a-z]+\.[a-z]+)",
    r"(?P<value>a(?:(?=(?<=\$).*,)|[a-z]+))",
    r"a?(?P<value>(?!(?<=[$,])[^@]+x)[a-z]+)",
]
SHAPES = [
    "ada.stone@posteo.de",
    "a@b.de",
    "aad",
    "abad",
    "a1-22-3",
    "601-55-3127",
    "4485275742308327",
    "DE89370400440532013000",
    "+44 20 7946 0958",
    "8.8.4.4",
    "x@http://y",
    "a$b@c",
]
BEYOND = ["", "a", "$", "x://", "12$@", "@", "b,", "a@b.de,x", "\n", "://a@b", ",,"]


def _texts(dice: random.Random) -> list[bytes]:
    shape = dice.choice(SHAPES)
    texts = []
    for _ in range(dice.randint(1, 6)):
        chars = [
            dice.choice("0123456789") if char.isdigit() and dice.random() < 0.3 else char
            for char in (shape if dice.random() < 0.8 else dice.choice(SHAPES))
        ]
        if dice.random() < 0.3:
            chars.insert(dice.randrange(len(chars) + 1), dice.choice("ab1.@-$ :/"))
        texts.append("".join(chars).encode())
    return texts


def _holds(expression: str, flags: int, texts: list[bytes], dice: random.Random) -> bool:
    beside = frozenset(b",")
    joined = b"," + b",,".join(texts) + b","
    present = frozenset(joined) - frozenset(ALNUM)
    everywhere = frozenset.intersection(*(frozenset(text) for text in texts)) & present
    narrow = narrowed(expression, kinds_of(present), beside, everywhere, flags)
    whole = re.compile(expression.encode(), flags)
    if narrow is not None and not narrow.stays_within(beside):
        return False
    at = 1
    for text in texts:
        before, behind = dice.choice(BEYOND).encode(), dice.choice(BEYOND).encode()
        own = before + b"," + text + b"," + behind
        start = len(before) + 1
        expected = whole.match(own, start)
        found = narrow.regex.match(joined, at) if narrow is not None else None
        assert (found is None) == (expected is None), (text, own)
        if expected is not None and found is not None:
            group = whole.groupindex.get("value", 0)
            assert [place - at for place in found.span(group)] == [place - start for place in expected.span(group)]
        at += len(text) + 2
    return True


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 10**9), expression=st.sampled_from(OWN))
def test_it_matches_as_the_whole_expression_does(seed: int, expression: str) -> None:
    dice = random.Random(seed)
    _holds(expression, 0, _texts(dice), dice)


def test_so_do_those_of_the_bundled_identifiers(rules: RuleSet) -> None:
    dice = random.Random(7)
    narrowed_ones = 0
    for rule in rules.rules:
        for compiled in rule.patterns:
            flags = re.IGNORECASE if compiled.pattern.caseless else 0
            narrowed_ones += _holds(compiled.pattern.regex, flags, _texts(dice), dice)
    assert narrowed_ones > 100


@pytest.mark.parametrize(
    ("expression", "everywhere", "stays"),
    [
        (r"(?![^@]*\$)[a-z]+@[a-z]+", b"@", True),
        (r"(?![^@]*\$)[a-z]+@[a-z]+", b"", False),
        (r"(?!.*\$)[a-z]+@[a-z]+", b"@", False),
        (r"(?!(?:[^@]*[^a-z])?[a-z]+://)[a-z]+@[a-z]+", b"@", True),
        (r"[a-z](?![^@]*\$)[a-z]*@[a-z]+", b"@", False),
        (r"(?<![^@]\$)[a-z]+@[a-z]+", b"@", False),
        (r"[a-z](?P<value>(?!(?<=[a-z]:)[^@]+@)[a-z]*@[a-z]+)", b"@", True),
        (r"[a-z](?P<value>(?!(?<=:[a-z])[^@]+@)[a-z]*@[a-z]+)", b"@", False),
        (r"[a-z](?P<value>(?!(?<=[,:])[^@]+@)[a-z]*@[a-z]+)", b"@", False),
        (r"[a-z](?:(?!(?<=[a-z]:)[^@]+@)[a-z])*@[a-z]+", b"@", False),
    ],
)
def test_what_may_see_beyond_is_left(expression: str, everywhere: bytes, stays: bool) -> None:
    narrow = narrowed(expression, kinds_of(frozenset(b"@,")), frozenset(b","), frozenset(everywhere))
    assert narrow is not None
    assert narrow.stays_within(frozenset(b",")) == stays


def test_what_cannot_match_is_told() -> None:
    assert narrowed(r"[a-z]+\$", kinds_of(frozenset(b",")), frozenset(b","), frozenset()) is None
