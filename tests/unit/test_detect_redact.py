"""What may be shown of a value, and fingerprints."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from planting import KEY, fingerprint, shown_too_much

from assay.detect.cache import read_all
from assay.detect.redact import Fingerprinter, mask, normaliser, redact
from assay.model import Category, Identifier, Level, Normalise, Redaction, Sensitivity

BUILT_IN = read_all((), cache=None, builtin=True)[0]


def identifier(
    redaction: Redaction, *, prefixes: tuple[str, ...] = (), normalise: Normalise = Normalise.EXACT
) -> Identifier:
    return Identifier(
        path="test/it",
        name="IT",
        title="It",
        category=Category.CUSTOM,
        sensitivity=Sensitivity.LOW,
        level=Level.INTERNAL,
        frameworks=(),
        patterns=(),
        redaction=redaction,
        prefixes=prefixes,
        normalise=normalise,
    )


STYLES = [
    identifier(Redaction.PARTIAL),
    identifier(Redaction.LAST4),
    identifier(Redaction.PREFIX, prefixes=("ghp_", "sk-live-", "a")),
    identifier(Redaction.PREFIX),
    identifier(Redaction.HIDDEN),
]


@given(
    st.text(max_size=120) | st.from_regex(r"\A[0-9 -]{1,24}\Z") | st.from_regex(r"\A(ghp_|sk-live-|a)[a-z0-9]{0,40}\Z")
)
@example("")
@example("1" * 12)
@example("4485 0118 3162 1647")
@example("\u0661" * 16)
@example("a\nb" * 9)
def test_never_more_than_allowed(value: str) -> None:
    for style in STYLES:
        shown = redact(value, style)
        if value:
            assert shown_too_much(shown, value, style) is None, (style.redaction, shown)
        assert "\n" not in shown


@given(st.sampled_from(BUILT_IN), st.text(min_size=1, max_size=60))
def test_every_identifier_on_any_text(which: Identifier, value: str) -> None:
    assert shown_too_much(redact(value, which), value, which) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234567", "*******"),
        ("12345678", "1******8"),
        ("123456789012345", "1*************5"),
        ("1234567890123456", "12************56"),
        ("x" * 36, "xx" + "*" * 32 + "xx"),
        ("x" * 400, "xx" + "*" * 32 + "xx"),
    ],
)
def test_the_ends_of_a_value(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(max_size=300))
def test_at_most_a_quarter_is_shown(value: str) -> None:
    clear = [char for char, was in zip(mask(value), value, strict=False) if char != "*" and was != "*"]
    assert len(clear) * 4 <= max(len(value), 1)


def test_a_prefix_that_is_most_of_the_value_is_not_shown() -> None:
    style = identifier(Redaction.PREFIX, prefixes=("sk-live-",))
    assert redact("sk-live-ab", style) == "*" * 10
    assert redact("sk-live-abcdefgh", style) == "sk-live-" + "*" * 8


def test_fingerprints_are_keyed_and_of_the_normal_form() -> None:
    assert Fingerprinter(KEY.encode())(b"SSN\x00536904399") != Fingerprinter(b"another key of ours")(
        b"SSN\x00536904399"
    )
    digits = identifier(Redaction.PARTIAL, normalise=Normalise.DIGITS)
    expected = fingerprint("536-90-4399", digits, KEY)
    form = normaliser(Normalise.DIGITS)
    assert Fingerprinter(KEY.encode())(f"IT\0{form('536 90 4399')}".encode()) == expected


@given(st.binary(min_size=1, max_size=100), st.binary(max_size=100))
def test_a_fingerprint_is_hmac_sha256(key: bytes, message: bytes) -> None:
    import hashlib
    import hmac

    assert Fingerprinter(key)(message) == hmac.new(key, message, hashlib.sha256).hexdigest()


@given(st.sampled_from(sorted(Normalise)), st.text(max_size=40))
def test_normalising_twice_changes_nothing(kind: Normalise, value: str) -> None:
    form = normaliser(kind)
    assert form(form(value)) == form(value)
