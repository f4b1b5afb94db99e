"""Where a context word is found, one of its rule's stems stands: without them nothing need be searched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.detect import keywords
from assay.detect.ruleset import RuleSet
from assay.detect.stems import any_stem, may_have, stems

WORDS = st.sampled_from(
    ["email", "e-mail", "phone no", "kontonummer", "fødselsnummer", "straße", "инн", "身分證", "x-y z", "№"]
)
ODD = st.text(alphabet="aKk -ßſıéИиж東京ÿµ9", min_size=1, max_size=8).filter(
    lambda word: keywords.parts(word) and word.strip()
)
CASES = (str.lower, str.upper, str.title, lambda word: word.title().replace(" ", ""), str.swapcase)
GLUES = (" ", "_", "-", "", ". ", "\t")


FORMS = list(zip(CASES, GLUES, strict=False))


def found(text: bytes, words: tuple[str, ...], names: tuple[str, ...]) -> bool:
    expression = keywords.context_regex(words, names)
    return expression is not None and expression.search(text) is not None


def test_every_word_of_identifiers_is_seen_in_all_its_forms(rules: RuleSet) -> None:
    seen = 0
    for rule in rules.rules[::5]:  # their expressions take long to compile
        identifier = rule.identifier
        words = (*identifier.keywords, *identifier.names)
        assert len(stems(words)) <= 2 * len(words)
        for word, expression, among in (
            *((word, rule.context, rule.context_stems) for word in words),
            *((word, rule.ignore_context, rule.ignore_stems) for word in identifier.ignore_words),
        ):
            # Each word in one of its forms: there are thousands of words.
            case, glue = FORMS[seen % len(FORMS)]
            text = f"x {glue.join(case(word).split())}: 1".encode()
            if expression is not None and expression.search(text) is not None:
                seen += 1
                assert may_have(text, among), (rule.name, word, text)
    assert seen > 300


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS | ODD, min_size=1, max_size=6), st.data())
def test_no_word_is_found_where_no_stem_stands(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))
    glue = data.draw(st.sampled_from(GLUES))
    either = "".join(data.draw(st.sampled_from((char.lower(), char.upper()))) for char in word)
    text = data.draw(st.sampled_from(("", "a", "é", "=", " "))) + glue.join(either.split(" ")) + "= 7"
    if found(text.encode(), tuple(words), tuple(words)):
        assert may_have(text.encode(), any_stem(words)), (words, text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["email", "mail", "e-mail address", "email id"], {b"mail"}),
        (["mail id", "post box"], {b"mail", b"post"}),
        (["Straße"], {b"stra"}),
        (["инн"], {"и".encode(), "И".encode()}),
        (["邮箱"], {"邮箱".encode()}),
        ([], set()),
    ],
)
def test_stems_are_few(words: list[str], expected: set[bytes]) -> None:
    assert set(stems(words)) == expected


def test_a_text_without_stems_may_have_no_word() -> None:
    among = any_stem(["e-mail", "t.el"])
    assert may_have(b"My E-MAIL", among)
    assert may_have(b"T.EL 5", among)
    assert not may_have(b"My letter, Txel", among)
    assert not may_have(b"mail", any_stem([]))
