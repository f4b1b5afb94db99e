"""Validators are total: on any text they answer yes or no, and never raise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.detect import validators
from assay.detect.cache import read_all

STDNUM = sorted(
    {
        name
        for identifier in read_all((), cache=None, builtin=True)[0]
        for pattern in identifier.patterns
        for name, _ in pattern.validators
        if name.startswith("stdnum.")
    }
)
ODD = [
    "",
    " ",
    "0",
    "0" * 64,
    "9" * 19,
    "-" * 12,
    "\x00",
    "\ud800",
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "\u00b2" * 9,
    "\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19",
    "\u2460" * 11,
    "A" * 5000,
    "1" * 5000,
    "://",
    "a@b",
    "@",
    "eyJ.eyJ.",
    "%",
    "{}",
    "99/99/9999",
    "0000-00-00",
    "31.02.2000",
    "1-1-1",
    "::",
    "\n",
    "=" * 40,
    "e\u0301" * 10,
    "\U0001f600" * 10,
]


@cache
def samples() -> Sequence[str]:
    """Real shapes: values and texts of all identifiers' examples."""
    found: dict[str, None] = {}
    for identifier in read_all((), cache=None, builtin=True)[0]:
        for example in (*identifier.finds, *identifier.ignores):
            found[example.value or example.text] = None
    return list(found)


def anything() -> st.SearchStrategy[str]:
    alphabets = ("0123456789", "0123456789 -./", "ABCDEFGHJKMNPQRSTVWXYZ0123456789", "abcdef0123456789:@.")
    return st.one_of(
        st.text(max_size=40),
        *(st.text(alphabet, max_size=40) for alphabet in alphabets),
        st.sampled_from(list(samples())),
        st.builds(
            lambda value, at, char: value[:at] + char + value[at + 1 :],
            st.sampled_from(list(samples())),
            st.integers(0, 40),
            st.characters(),
        ),
    )


def test_no_two_validators_share_a_name() -> None:
    names = validators.names()
    assert len(names) > 50
    assert sorted(set(names)) == names


@pytest.mark.parametrize("name", [*validators.names(), *STDNUM])
def test_a_validator_is_total(name: str) -> None:
    check = validators.get(name)
    for value in ODD:
        assert check(value) in (True, False), value

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(anything())
    def holds(value: str) -> None:
        assert check(value) in (True, False)

    holds()


@pytest.mark.parametrize("name", [*validators.names(), *STDNUM])
def test_a_validator_is_pure(name: str) -> None:
    check = validators.get(name)
    first = [bool(check(value)) for value in samples()[::7]]
    assert [bool(check(value)) for value in samples()[::7]] == first
