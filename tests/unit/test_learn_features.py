"""Features of documents hold no value, and none can be made of them."""

from __future__ import annotations

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.detect.validators.person_names import listed_name
from assay.learn.documents import LONGEST, features_of, without
from assay.learn.reading import Models, Reading
from assay.learn.vocabulary import vocabulary

LETTER = (
    "Dear {name}, thank you for your order. The invoice {number} of {day} is due in 30 days. "
    "Please pay {amount} to account {account}. Your password is {password}. Kind regards, the accounts team.\n"
)
ONE = {
    "name": "Zbigniew Qarthon", "number": "4711-88", "day": "2024-03-11", "amount": "1,204.50",
    "account": "GB29NWBK60161331926819", "password": "xkqzjv-wphth",
}  # fmt: skip
OTHER = {
    "name": "Wolodymr Xanthep", "number": "9034-12", "day": "2019-11-30", "amount": "8,977.13",
    "account": "DE89ABCD12345678901234", "password": "bvrrkt-mnxxz",
}  # fmt: skip


def test_another_value_of_the_same_shape_gives_the_same_features() -> None:
    one, other = (features_of(LETTER.format(**values).encode()) for values in (ONE, OTHER))
    assert one is not None
    assert one == other
    assert "invoice" in one


def test_features_hold_no_part_of_a_value() -> None:
    told = json.dumps(features_of(LETTER.format(**ONE).encode()))
    for value in ONE.values():
        for part in re.findall(r"[A-Za-z]{3,}|[0-9]{3,}", value):
            assert part.lower() not in told.lower()


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="bcdfghjkqvwxz", min_size=3, max_size=12),
    st.text(alphabet="bcdfghjkqvwxz", min_size=3, max_size=12),
)
def test_a_guess_cannot_be_told_from_the_secret(secret: str, guess: str) -> None:
    """Who has the stored features, and guesses the value, sees the same features for a wrong guess of the same length."""
    guess = (guess * 12)[: len(secret)]
    if {secret, guess} & vocabulary().words:
        return
    text = "The report is for {} and the summary of the results follows below, as every month, with all details.\n"
    assert features_of(text.format(secret).encode()) == features_of(text.format(guess).encode())


def test_the_vocabulary_holds_no_names_of_persons() -> None:
    words = vocabulary().words
    assert len(words) > 4_000
    assert not [word for word in words if listed_name(word)]
    assert all(re.fullmatch(r"[a-z]{2,24}", word) for word in words)
    assert all(set(vocabulary().terms[at].split()) <= words for at in vocabulary().pairs.values())


def test_every_feature_is_a_public_word_a_share_or_an_identifier() -> None:
    found = features_of(LETTER.format(**ONE).encode(), {"IBAN": 1})
    assert found is not None
    known = vocabulary()
    pairs = {known.terms[at] for at in known.pairs.values()}
    words = known.words
    for name in found:
        assert name in words or name in pairs or re.fullmatch(r"w:[a-z ]+=\d+|id:[A-Z_]+", name), name


def test_the_order_of_words_is_not_kept() -> None:
    words = [word for word in sorted(vocabulary().words) if len(word) == 7][:6]
    pairs = {vocabulary().terms[at] for at in vocabulary().pairs.values()}
    assert not any(f"{first} {second}" in pairs for first in words for second in words)
    phrase, turned = " ".join(words), " ".join(reversed(words))
    filler = " qqqq" * 30
    assert features_of((phrase + filler).encode()) == features_of((turned + filler).encode())


def test_what_was_found_is_cut_out_before_anything_is_counted() -> None:
    text = b"The invoice of the customer was paid in full and the balance is zero. " * 3 + b"password: invoice invoice"
    start = text.index(b"password: ") + 10
    taken = Reading(lambda features: Models(_Nothing(features)), keep=True)
    taken.add(text, [(start, len(text))])
    plain = Reading(lambda features: Models(_Nothing(features)), keep=True)
    plain.add(text[:start] + b" " * (len(text) - start), [])
    one, other = taken.done({}), plain.done({})
    assert one is not None
    assert one == other


def test_spans_that_overlap_or_end_beyond_the_text_are_cut_once() -> None:
    assert without(b"abcdef", [(1, 3), (2, 4), (5, 99)]) == b"a   e "


def test_short_and_empty_texts_tell_nothing() -> None:
    assert features_of(b"") is None
    assert features_of(b" \n" * LONGEST) is None
    assert features_of(b"short") is None


@settings(max_examples=80, deadline=None)
@given(st.binary(min_size=80, max_size=400))
def test_any_bytes_have_features_or_none(data: bytes) -> None:
    found = features_of(data)
    assert found is None or all(0 <= value <= 10 for value in found.values())


class _Model:
    labels = ("a",)

    def predict(self, _features: object) -> object:
        from assay.model.learning import Prediction

        return Prediction(label="a", confidence=0.1, shares={"a": 1.0})


def _Nothing(_features: object) -> _Model:  # noqa: N802
    return _Model()
