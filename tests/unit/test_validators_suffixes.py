"""Public suffixes as tldextract tells them."""

from __future__ import annotations

import random

import pytest
import tldextract

from assay.detect.suffixlist import rules
from assay.detect.validators.suffixes import below_public_suffix


@pytest.fixture(scope="module")
def extract() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def test_every_rule_and_what_lies_around_it_is_told_as_tldextract_tells_it(extract: tldextract.TLDExtract) -> None:
    listed = sorted(rules())
    assert len(listed) > 5_000
    dice = random.Random(11)
    names = []
    for rule in listed:
        bare = rule.lstrip("!*.")
        names += [bare, f"acme.{bare}", f"mail.acme.{bare}"]
    names += [".".join(dice.choice(listed).lstrip("!*.").split(".")[0] for _ in range(3)) for _ in range(2_000)]
    wrong = []
    for name in names:
        found = extract(name)
        if below_public_suffix(name) != (bool(found.domain) and bool(found.suffix)):
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize(
    ("domain", "below"),
    [
        ("acme.com", True),
        ("com", False),
        ("co.uk", False),
        ("acme.co.uk", True),
        ("www.ck", True),
        ("other.ck", False),
        ("acme.other.ck", True),
        ("acme.github.io", True),
        ("xn--mller-kva.de", True),
        ("xn--e1afmkfd.xn--p1ai", True),
        ("xn--p1ai", False),
        ("acme.nosuchregistry", False),
        ("xn--\udc80", False),
    ],
)
def test_known_cases(domain: str, below: bool) -> None:
    assert below_public_suffix(domain) is below
