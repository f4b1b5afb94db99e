"""National numbers of countries A to H and of the EU, proven on the numbers of python-stdnum's own documentation."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
import stdnum

from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.files import builtin_root
from assay.detect.loading import read_identifier
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet

NOT_SENSITIVE = {
    "at/postleitzahl": "a postal code",
    "be/iban": "the IBAN identifier finds it",
    "be/ogm_vcs": "the reference of one payment",
    "ch/esr": "the reference of one payment",
    "de/wkn": "a security",
    "do/ncf": "the number of a receipt",
    "es/iban": "the IBAN identifier finds it",
    "es/postal_code": "a postal code",
    "eu/banknote": "a banknote",
    "eu/ecnumber": "a chemical substance",
    "eu/nace": "a branch of the economy",
    "gb/sedol": "a security",
}
"""Modules that are not numbers of persons, companies, banks or health."""

SAME_NUMBER = {"be/ssn": ("BE_NN", "BE_BIS")}
"""The Belgian social security number is the national number of residents and the BIS number of others."""

SHARED_NUMBER = {"cz/rc": ("CZ_RC", "SK_RC")}
"""Czechia and Slovakia have one number of one name."""

MORE_SPECIFIC = {"eu/vat": ("EU_VAT", "BE_VAT", "FR_TVA")}
"""A VAT number goes under its own country's name where that country has an identifier."""

KEYWORDS = {"be/ssn": ("niss", "insz")}
"""Where the keywords of the names differ, those of the module itself."""


def modules() -> Iterator[str]:
    for package in pkgutil.iter_modules(stdnum.__path__):
        if package.ispkg and re.fullmatch(r"[a-h][a-z]|eu", package.name):
            for module in pkgutil.iter_modules(importlib.import_module(f"stdnum.{package.name}").__path__):
                # Aliases such as `vat` live in the package itself; only files are listed here.
                yield f"{package.name}/{module.name}"


def documented(path: str) -> Iterator[str]:
    """The numbers that the module's documentation shows to be valid."""
    module = importlib.import_module("stdnum." + path.replace("/", "."))
    for example in doctest.DocTestParser().get_examples(module.__doc__ or ""):
        if example.source.startswith("validate(") and example.exc_msg is None and example.want.startswith("'"):
            call = ast.parse(example.source.strip(), mode="eval").body
            assert isinstance(call, ast.Call)
            number = ast.literal_eval(call.args[0])
            # Some examples name a variant by a second argument; is_valid() without it must agree.
            if module.is_valid(number):
                yield number


PATHS = [path for path in modules() if path not in NOT_SENSITIVE]
CASES = [(path, number) for path in PATHS for number in documented(path)]


@pytest.fixture(scope="module")
def detector(all_rules: RuleSet) -> Detector:
    return Detector(all_rules, Fingerprinter(b"examples"), floor=0.5)


def plain(value: str) -> str:
    return "".join(character for character in value if character.isalnum()).upper()


def names_found(detector: Detector, text: str, number: str) -> set[str]:
    """Names under which `number` (or all of it that the identifier takes for its value) is found in `text`."""
    data = text.encode()
    found = set()
    for hit in hits_in(detector, data):
        value = plain(data[hit.start : hit.end].decode())
        if value and (value in plain(number) or plain(number) in value) and len(value) >= 4:
            found.add(hit.rule.name)
    return found


def expected(path: str) -> tuple[str, ...]:
    return (
        SAME_NUMBER.get(path) or SHARED_NUMBER.get(path) or MORE_SPECIFIC.get(path) or (path.replace("/", "_").upper(),)
    )


def test_every_module_is_an_identifier_or_left_out_with_a_reason() -> None:
    missing = [path for path in PATHS if path not in SAME_NUMBER and not (builtin_root() / f"{path}.yaml").exists()]
    assert missing == []
    assert [path for path in NOT_SENSITIVE if (builtin_root() / f"{path}.yaml").exists()] == []


def test_documentation_holds_numbers() -> None:
    assert len(CASES) > 110
    assert {path for path, _ in CASES} == set(PATHS)


@pytest.mark.parametrize(("path", "number"), CASES)
def test_documented_number_is_found_after_its_keyword(detector: Detector, path: str, number: str) -> None:
    names = expected(path)
    keywords = KEYWORDS.get(path) or detector.rules.by_name(names[0]).keywords[:3]
    found = {keyword: names_found(detector, f"{keyword}: {number}", number) for keyword in keywords}
    missed = {keyword: sorted(got) for keyword, got in found.items() if not got & set(names)}
    assert not missed


@pytest.mark.parametrize(("path", "number"), CASES)
def test_documented_number_is_found_in_a_column_of_its_name(detector: Detector, path: str, number: str) -> None:
    names = expected(path)
    hint = KEYWORDS.get(path) or detector.rules.by_name(names[0]).names
    column = hint[0].replace(" ", "_")
    rows = "".join(f'{row},"{number}",open\n' for row in range(1, 4))
    assert names_found(detector, f"row,{column},state\n{rows}", number) & set(names)


@pytest.mark.parametrize("path", [path for path in PATHS if path not in SAME_NUMBER])
def test_identifier_is_complete(path: str) -> None:
    identifier = read_identifier(builtin_root() / f"{path}.yaml", builtin_root())
    assert identifier.name == path.replace("/", "_").upper()
    assert identifier.names
    assert identifier.keywords
    assert identifier.source
    assert len(identifier.finds) >= 4
    assert len({example.value for example in identifier.finds}) == len(identifier.finds)
