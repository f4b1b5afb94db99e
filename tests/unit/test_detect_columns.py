"""What is done to a whole column at once gives what is done to its values one by one."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.detect import columnchecks, score, validators
from assay.detect.columnchecks import Texts, passing
from assay.detect.compiled import CompiledRule
from assay.detect.reach import needed_bytes, reach
from assay.detect.redact import mask, normalise_all, normaliser, redact, redact_all
from assay.detect.required import required
from assay.detect.ruleset import RuleSet
from assay.model import Identifier, Normalise

DIGITS = "0123456789"
IBAN = "DE89370400440532013000"
SEEDS = {
    "luhn": ["4485275742308327", "4485275742308328", "0000000000000000", "4444444444444444"],
    "card_network": ["4485275742308327", "5500005555555559", "9999005555555559", "349467929579507"],
    "card_varied": ["4485275742308327", "1111222211112222", "4512345678900008", "9876543212345678", "9012345678901234"],
    "ssn": ["601-55-3127", "000-55-3127", "666-55-3127", "901-55-3127", "601-00-3127", "601-55-0000", "111-11-1111"],
    "iban": [
        IBAN,
        "GB82WEST12345698765432",
        "GB82WEST12345698765430",
        "XX82WEST12345698765432",
        "DE00000000000000000000",
    ],
    "public_suffix_email": [
        "ada@posteo.de",
        "ada@co.uk",
        "ada@navy.co.uk",
        "a@self.de",
        "a@module.py",
        "a@x.module.py",
        "ada@example.com",
        "ada@www.ck",
        "ada@foo.ck",
        "ada@city.kawasaki.jp",
        "x@xn--bcher-kva.de",
        "x@a.xn--p1ai",
        "x@4u.com",
        "x@-a.com",
        "x@a..com",
        "x@nosuchsuffix",
        "x@" + "a" * 70 + ".com",
        "x@" + "ab." * 60 + "com",
    ],
    "global_ipv4": [
        "81.149.197.129",
        "10.0.0.1",
        "256.1.1.1",
        "01.2.3.4",
        "192.0.2.7",
        "224.0.0.1",
        "8.8.8.8",
        "203.0.114.9",
    ],
    "international_phone": [
        "+44 20 7946 0958",
        "+44 131 496 0280",
        "+1 212-555-0123",
        "+49 30 1234567",
        "+999 123 4567",
        "+442079460958",
        "+1234567890",
        "+11111111111",
        "+44 (0)20 7946 0958",
        "+44 1",
        "+0 20 7946 0958",
    ],
}
ODD = [
    "",
    "x",
    "1",
    "-",
    "é",
    "4485 2757 4230 8327",
    "ada..b@posteo.de",
    "1.2.3",
    "a@b@c.de",
    "12345678901234567890@a.de",
]


def _changed(value: str, dice: random.Random) -> str:
    chars = list(value)
    for at, char in enumerate(chars):
        if dice.random() < 0.15:
            chars[at] = dice.choice(DIGITS) if char.isdigit() else dice.choice("abcxyz") if char.islower() else char
    return "".join(chars)


@pytest.mark.parametrize("name", sorted(SEEDS))
@pytest.mark.parametrize("odd", [False, True])
def test_a_column_passes_where_its_values_do(name: str, odd: bool) -> None:
    check = validators.get(name)
    dice = random.Random(f"{name} {odd}")
    by_batch = set()
    for seed in SEEDS[name]:
        for _ in range(10):
            values = [_changed(seed, dice) for _ in range(80)]
            if odd:
                values += ODD
                dice.shuffle(values)
            expected = [check(value) for value in values]
            assert list(passing(name, check, Texts(values))) == expected
            by_batch.update(expected)
    assert by_batch == {True, False}
    mixed = SEEDS[name] * 20
    assert list(passing(name, check, Texts(mixed))) == [check(value) for value in mixed]


def test_usual_columns_take_no_python_call_a_value() -> None:
    """The batch answers by itself; the function of one value is only asked for what is special."""
    dice = random.Random(5)
    for name in ("luhn", "card_network", "card_varied", "ssn", "iban", "global_ipv4"):
        values = [SEEDS[name][0]] + [_changed(SEEDS[name][0], dice) for _ in range(99)]
        values = [value for value in values if re.sub(r"\d", "0", value) == re.sub(r"\d", "0", values[0])]

        def never(value: str) -> bool:
            raise AssertionError(value)

        assert list(passing(name, never, Texts(values * 2))) == list(map(validators.get(name), values * 2))


def test_repeated_values_are_checked_once() -> None:
    asked: list[str] = []

    def check(value: str) -> bool:
        asked.append(value)
        return value == "a"

    assert (
        list(passing("no batch of this name", check, Texts(["a", "b", "a", "a"] * 10)))
        == [True, False, True, True] * 10
    )
    assert sorted(asked) == ["a", "b"]


def test_every_batch_has_its_validator() -> None:
    assert set(columnchecks._BATCHES) | set(columnchecks.HOPELESS) <= set(validators.names())


@given(st.lists(st.text("12 .,aSt#漢", max_size=20), min_size=1, max_size=4))
def test_what_is_hopeless_passes_in_no_part(values: list[str]) -> None:
    for name in columnchecks.HOPELESS:
        if columnchecks.hopeless(name, Texts(values)):
            check = validators.get(name)
            parts = (value[low:high] for value in values for low in range(20) for high in range(low, 21))
            assert not any(map(check, parts))
    assert columnchecks.hopeless("postal_text", Texts(["8.8.8.8", "12 a 34"]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSN", "601-55-3127"),
        ("IBAN", "DE09158799795147474551"),
        ("EMAIL", "ada@posteo.de"),
        ("CREDIT_CARD", "4485275742308327"),
    ],
)
def test_what_is_vouched_for_is_what_would_be_judged(rules: RuleSet, name: str, value: str) -> None:
    found = 0
    for compiled in next(rule for rule in rules.rules if rule.name == name).patterns:
        judged = score.of_value(compiled, value)
        if judged is not None and all(check(value) for _, check, _ in compiled.checks):
            compiled.verdicts.clear()
            score.vouch(compiled, [value, value * 20])
            assert compiled.verdicts == {value: judged}
            assert score.of_value(compiled, value) == judged
            found += 1
    assert found


def test_what_is_on_a_list_is_not_nowhere(rules: RuleSet) -> None:
    address = next(rule for rule in rules.rules if rule.name == "ADDRESS")
    assert address.is_test.is_nowhere_in("8.8.8.8\n9.9.9.9")
    assert not address.is_test.is_nowhere_in("8.8.8.8\nat 123 Main Street, 9.9.9.9")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_column_may_have_what_is_on_a_list(rules: RuleSet, data: st.DataObject) -> None:
    """Wherever in the column it stands."""
    lists = [
        (rule, known, regex)
        for rule in rules.rules
        for known in (rule.is_test, rule.ignore)
        for regex in known._regexes or ()
    ]
    assert len(lists) > 50
    rule, known, regex = data.draw(st.sampled_from(lists))
    value = data.draw(st.from_regex(re.compile(regex, re.IGNORECASE), fullmatch=True))
    if "\n" in value or not known(value):
        return
    for column in ([value], ["1.5", value], [value, "1.5", "7"], ["1", value, value]):
        assert known.may_have(column, [rule.normalise(each) for each in column])


def test_of_other_columns_it_is_known_that_nothing_is_on_a_list(rules: RuleSet) -> None:
    columns = {
        "EMAIL": ["ada@posteo.de", "xx@posteo.de", "ruth@kino.org"],
        "CREDIT_CARD": ["4485275742308327", "5000000200700003"],
        "SSN": ["536-90-4399", "111-12-1111"],
        "PHONE": ["+44 20 7946 0958", "077777", "8888887"],
    }
    for rule in rules.rules:
        if column := columns.get(rule.name):
            normal = [rule.normalise(each) for each in column]
            assert not rule.is_test.may_have(column, normal)
            assert not rule.ignore.may_have(column, normal)


@pytest.mark.parametrize("odd", ["a@b@posteo.de", "posteo.de", "@posteo.de", "a@", ""])
def test_what_has_more_signs_or_none_is_parted_at_the_last(odd: str) -> None:
    from assay.detect.columnchecks import _around_at

    for values in (
        [odd],
        ["ada@posteo.de", odd],
        [odd, "ada@posteo.de"],
        [odd, "a@b@c.de"],
        ["a@b@c.de", odd, "x@y.de"],
    ):
        parts = [value.rpartition("@") for value in values]
        assert _around_at(Texts(values)) == ([part[0] for part in parts], [part[2] for part in parts])


@pytest.mark.parametrize(
    ("expression", "passed"),
    [
        (r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", ""),
        (r"\d+(?:,\d{3})*", ","),
        (r"[^@]+@x", ',;\n"'),
        (r"a(?!,)", ""),
        (r"a(?!,b)", ","),
        (r"a(?!b(?=,))", ","),
        (r"(?<=,,)a", ","),
        (r"a(?!;|,b)", ","),
        (r"\d+\s", "\n"),
        (r"a\Wb", ',;\n"'),
    ],
)
def test_what_an_expression_reads(expression: str, passed: str) -> None:
    reads = reach(expression)
    assert reads is not None
    assert {chr(byte) for byte in reads.read if chr(byte) in ',;\n"'} == set(passed)


@pytest.mark.parametrize("expression", [r"^a", r"a$", r"a(?=,|\Z)", r"(a)?(?(1)b|c)"])
def test_expressions_that_ask_where_a_text_ends_are_not_read_together(expression: str) -> None:
    assert reach(expression) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("0159-,. a", min_size=1, max_size=12), min_size=1, max_size=12), st.data())
def test_a_match_knows_nothing_of_what_is_beyond_bytes_that_are_not_read(texts: list[str], data: st.DataObject) -> None:
    expression = data.draw(
        st.sampled_from(
            [r"(?<![\w-])\d{2,3}-\d+(?![\w-]|[.-]\d)", r"\b\d+(?: \d+)?\b", r"(?<!\d)[01]++5?", r"(?>\d|-)+?a?(?!a)"]
        )
    )
    reads = reach(expression)
    assert reads is not None
    assert ord(";") not in reads.read
    regex = re.compile(expression.encode())
    together = b";" + b";".join(text.encode() for text in texts) + b";"
    at = 1
    for text in texts:
        alone = regex.match(b";" + text.encode() + b";", 1)
        found = regex.match(together, at)
        assert (alone and alone.end()) == (found and found.end() - at + 1)
        at += len(text.encode()) + 1


@given(st.text(".0123456789abcxyz-@ ", max_size=40))
def test_what_a_match_needs_is_in_it(text: str) -> None:
    for expression in (
        r"(?:foo|ab[cx]|x-?yz)@(?:a|b)\.com",
        r"\d{2,}(?:-|a)?[xyz]",
        r"(?:abc)+|xyz{2}",
        r"abc?\.(?:xyz|yzx)",
        r"[xX]{3,}@.*",
        r"a(?:b|-){2,4}c",
        r"\d{2,}0{3,}\d?",
        r"(?:a?){2,}bc",
    ):
        match = re.search(expression, text)
        if match:
            assert all(any(each in match.group() for each in texts) for texts in required(expression))
            assert all(any(byte in needed for byte in match.group().encode()) for needed in needed_bytes(expression))
    assert required(r"(?:foo|bar)@(?:x|y)\.com") == ({f"{a}@{b}.com" for a in ("foo", "bar") for b in "xy"},)
    assert required(r"\+?(?:555|5550)[ -]?\d+") == ({"555"},)
    assert required(r"[xX]{3,}@.*") == ({"xxx"}, {"xxx@"})
    assert required(r"a(?:b|-){2,4}c") == ({"abb", "ab-", "a-b", "a--"}, {"bbc", "b-c", "-bc", "--c"})
    assert required(r"(?:a?){2,}bc") == ()
    assert required(r"[a-h]{3,}xyz") == ({"xyz"},)
    assert required(r"abc[^@]+(?:xyz|uvw)") == ({"abc"}, {"xyz", "uvw"})


@given(st.lists(st.text("ab .-@1A\n\t\x1f", max_size=40), min_size=16, max_size=40))
def test_plain_columns_too(values: list[str]) -> None:
    for kind in Normalise:
        assert normalise_all(kind, values) == [normaliser(kind)(value) for value in values]


def test_masks_of_many_are_those_of_each(rules: RuleSet) -> None:
    email = next(rule.identifier for rule in rules.rules if rule.name == "EMAIL")
    for values in (["x" * number for number in range(1, 80)], ["adaada@posteo.de"] * 20, [""] * 20):
        assert redact_all(values, email) == [redact(value, email) for value in values]


@given(st.lists(st.text(max_size=14), min_size=1, max_size=8))
def test_normal_forms_and_redaction_of_many_are_those_of_each(values: list[str]) -> None:
    for kind in Normalise:
        assert normalise_all(kind, values) == [normaliser(kind)(value) for value in values]


def test_redaction_of_columns(rules: RuleSet) -> None:
    identifiers: list[Identifier] = [rule.identifier for rule in rules.rules if isinstance(rule, CompiledRule)]
    for identifier in {item.redaction: item for item in identifiers}.values():
        for values in (["4485275742308327"] * 3, ["123", "12345678901"], ["abc\ndefghij", "abcdefghijk"], ["a" * 300]):
            assert redact_all(values, identifier) == [redact(value, identifier) for value in values]
    assert mask("0123456789") == "0********9"


def test_counting_runs_wrap_around() -> None:
    check = validators.get("card_varied")
    values = ["4485275742308327"] * 40
    for start in range(10):
        up = "".join(str((start + step) % 10) for step in range(8))
        values += [f"4485{up}0830"[:16], f"4485{up[::-1]}0830"[:16], f"4485{up[:7]}70830"[:16]]
    assert all(len(one) == len(other) for one, other in pairwise(values))
    passed = passing("card_varied", check, Texts(values))
    assert list(passed) == [check(value) for value in values]
    assert np.count_nonzero(passed) < len(values)
