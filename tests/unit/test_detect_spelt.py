"""Words that are looked for by their letters: what is told of them is what an expression with their borders matches."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.automaton import Expression, compiled
from assay.detect.keywords import SIGNS, field_expression, keyword_expressions, parts
from assay.detect.ruleset import RuleSet
from assay.detect.spelt import of_field, of_keyword, spelt

_KEYWORDS = ("passport", "diagnosis", "routing2")
_NAMES = ("vorname", "account number", "tax id number", "mother maiden name", "iban number 2")
_BEFORE = ("", " ", "_", "-", "x", "X", "9", '"', "é", "\n", "a_", ".")
_AFTER = ("", " ", "s", "s ", "S", "sx", "_id", "Id", "9", "=", ":", " =", '":', "' >", "s=", "\t:", "  :", "é", "es")
_LONG_TAILS = ("_abc =", "A" + "b" * 16 + ":", "A" + "b" * 17 + ":")


def _matches(expressions: Sequence[Expression], owners: Sequence[str], data: bytes) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    compiled(expressions).scan(
        data, match_event_handler=lambda number, _start, end, *_: found.add((owners[number], end))
    )
    return found


def _strict(data: bytes) -> set[tuple[str, int]]:
    of = [(word, text) for word in _KEYWORDS for text in keyword_expressions(word)]
    of += [(name, field_expression(name)) for name in _NAMES]
    return _matches([Expression(text) for _, text in of], [word for word, _ in of], data)


def _loose(data: bytes) -> set[tuple[str, int]]:
    of = [(word, text) for word in _KEYWORDS for text in of_keyword(word)[0]]
    of += [(name, text) for name in _NAMES for text in of_field(name)[0]]
    found = set()
    for word, end in _matches([Expression(text) for _, text in of], [word for word, _ in of], data):
        known = spelt(word)
        told = (known.ends if word in _KEYWORDS else known.assigned)(data, end)
        # Names that may stand beside what they name have no expression of their own.
        if told is not None and (word in _KEYWORDS or data[told - 1] in SIGNS):
            found.add((word, told))
    return found


def _cased(text: str, how: int) -> str:
    if how < 4:
        return (text.lower, text.upper, text.capitalize, text.swapcase)[how]()
    return "".join(char.upper() if number * how % 3 else char.lower() for number, char in enumerate(text))


_WRITTEN = st.builds(
    lambda before, word, glue, how, after: before + glue.join(_cased(part, how) for part in parts(word)) + after,
    st.sampled_from(_BEFORE),
    st.sampled_from((*_KEYWORDS, *_NAMES)),
    st.sampled_from(("", " ", "_", "-", ".", "\t", "  ", "x")),
    st.integers(0, 9),
    st.sampled_from((*_AFTER, *_LONG_TAILS)),
)


@given(written=st.lists(_WRITTEN, max_size=6))
def test_letters_and_what_stands_around_them_tell_what_the_expression_with_borders_does(written: list[str]) -> None:
    data = "".join(written).encode()
    assert _loose(data) == _strict(data)


@pytest.mark.parametrize(
    "text",
    ["passport", "Passports", "passport number", "my_passport=", "myPassport", "oldPASSPORT", "accountNumber:", "myAccountNumber:", "meinVorname=", "a.account.number ="],
)  # fmt: skip
def test_a_long_word_is_told_where_it_stands_alone(text: str) -> None:
    assert _loose(text.encode()) == _strict(text.encode()) != set()


@pytest.mark.parametrize(
    "text", ["passporting", "xpassport", "9passport", "account number", "accountnumberx:", "myaccountnumber:"]
)
def test_it_is_not_told_inside_another_word_or_where_nothing_is_assigned(text: str) -> None:
    assert _loose(text.encode()) == _strict(text.encode()) == set()


def test_only_long_words_of_letters_are_looked_for_by_their_letters(rules: RuleSet) -> None:
    for word in ("ssn", "pesel", "a/c", "número", "bank account"):
        assert of_keyword(word) == (keyword_expressions(word), None)
    for name in ("iban", "e code", "card_#", "code postal é"):
        assert of_field(name) == ([field_expression(name)], None)
    words = {target.word.letters for target in rules.targets if target.word is not None}
    assert {b"passport", b"socialsecuritynumber"} <= words
    assert min(map(len, words)) >= 6
