"""National numbers of countries I to Z are found on numbers that others made: python-stdnum's documentation."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

import pytest
import stdnum

from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.files import builtin_root
from assay.detect.loading import read_identifier
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.model import Identifier, Stage

LEFT_OUT = {
    "it.aic": "a medicine, not a patient",
    "me.iban": "IBAN finds it",
    "nl.brin": "a school building",
    "nl.postcode": "a postal code",
    "no.iban": "IBAN finds it",
    "se.postnummer": "a postal code",
}
"""Modules that number neither persons, companies nor bank accounts, or that another identifier covers."""

RENAMED = {"jp.in_": "jp/my_number", "jp.cn": "jp/corporate_number"}
"""Module → identifier, where the module's own name says too little."""

BESIDES = {"kr.rrn": {"kr_rrn_since_2020"}, "se.personnummer": {"se_samordningsnummer"}}
"""Checks of forms that the module does not know."""

UNDOCUMENTED = {"mu.nid"}
"""Modules whose documentation shows no valid number."""

ELSEWHERE = {
    ("it.codicefiscale", "00743110157"): ("IT_IVA", "codice fiscale: the code of a company is its VAT number"),
    ("lv.pvn", "161175-19997"): ("LV_PERSONAS_KODS", "personas kods: a person's number, checked by the same module"),
    ("lv.pvn", "328673-00679"): ("LV_PERSONAS_KODS", "personas kods: a person's number, checked by the same module"),
    ("ro.cf", "185 472 90"): ("RO_CUI", "cod fiscal: without RO it is a company number, not a VAT number"),
    ("ro.cf", "1630615123457"): ("RO_CNP", "CNP: a sole trader's personal code"),
    ("ro.cui", "RO 185 472 90"): ("RO_CF", "CUI: with RO it is a VAT number"),
}
"""(module, number) → the name that the number is found under, the keyword to put before it and why."""


def _modules() -> Iterator[str]:
    for package in pkgutil.iter_modules(stdnum.__path__):
        country = package.name.rstrip("_")
        if not package.ispkg or len(country) != 2 or country < "i" or country == "us":
            continue
        for module in pkgutil.iter_modules(importlib.import_module(f"stdnum.{package.name}").__path__):
            if f"{package.name}.{module.name}" not in LEFT_OUT:
                yield f"{package.name}.{module.name}"


MODULES = list(_modules())


def _path(module: str) -> str:
    country, _, number = module.partition(".")
    return RENAMED.get(module, f"{country.rstrip('_')}/{number}")


def _documented(module: str) -> list[str]:
    """Arguments of the `validate()` calls in the module's documentation that return a number."""
    numbers = []
    for example in doctest.DocTestParser().get_examples(importlib.import_module(f"stdnum.{module}").__doc__ or ""):
        call = ast.parse(example.source.strip()).body[0]
        if example.exc_msg is None and isinstance(call, ast.Expr) and isinstance(call.value, ast.Call):
            name, arguments = call.value.func, call.value.args
            if isinstance(name, ast.Name) and name.id == "validate" and not call.value.keywords:
                numbers.append(str(ast.literal_eval(arguments[0])).strip())
    return numbers


NUMBERS = [(module, number) for module in MODULES for number in _documented(module)]


@cache
def _identifier(path: str) -> Identifier:
    return read_identifier(builtin_root() / f"{path}.yaml", builtin_root())


@pytest.fixture(scope="module")
def detector(rules: RuleSet) -> Detector:
    return Detector(rules, Fingerprinter(b"national numbers"), floor=0.5)


def _found(detector: Detector, text: str, number: str) -> set[str]:
    """Names of the findings that lie on `number` and hold at least the last four of its characters, or all of it."""
    data = text.encode()
    begin = data.rindex(number.encode())
    end = begin + len(number.encode())
    least = min(4, len(number))
    return {
        hit.rule.name
        for hit in hits_in(detector, data)
        if begin <= hit.start and hit.end <= end and hit.end - hit.start >= least and hit.end == end
    }


def _expected(module: str, number: str) -> tuple[str, str]:
    if (module, number) in ELSEWHERE:
        name, why = ELSEWHERE[module, number]
        return name, why.partition(":")[0]
    identifier = _identifier(_path(module))
    return identifier.name, identifier.keywords[0]


def test_every_module_has_an_identifier_or_a_reason() -> None:
    missing = [module for module in MODULES if not (builtin_root() / f"{_path(module)}.yaml").is_file()]
    assert not missing


def test_documentation_gives_numbers() -> None:
    assert {module for module in MODULES if not _documented(module)} == UNDOCUMENTED
    assert set(ELSEWHERE) <= set(NUMBERS)


@pytest.mark.parametrize(("module", "number"), NUMBERS)
def test_documented_number_is_found_after_its_keyword(detector: Detector, module: str, number: str) -> None:
    name, keyword = _expected(module, number)
    assert name in _found(detector, f"{keyword}: {number}", number)


@pytest.mark.parametrize(("module", "number"), NUMBERS)
def test_documented_number_is_found_in_its_column(detector: Detector, module: str, number: str) -> None:
    name, _ = _expected(module, number)
    path = next(rule.identifier.path for rule in detector.rules.rules if rule.name == name)
    header = _identifier(path).names[0].replace(" ", "_")
    rows = "".join(f"{row},{number},open\n" for row in range(1, 4))
    assert name in _found(detector, f"row,{header},state\n{rows}", number)


@pytest.mark.parametrize("number", _documented("si.emso"))
@pytest.mark.parametrize("keyword", ["JMBG", "ЕМБГ", "jedinstveni matični broj"])
def test_number_of_the_neighbours_is_told_by_its_keyword(detector: Detector, keyword: str, number: str) -> None:
    assert _found(detector, f"{keyword} {number}", number) == {"RS_JMBG"}


@pytest.mark.parametrize("module", MODULES)
def test_identifier_is_checked_by_its_module(module: str) -> None:
    identifier = _identifier(_path(module))
    checks = {name for pattern in identifier.patterns for name, _ in pattern.validators}
    assert checks == {f"stdnum.{module}"} | BESIDES.get(module, set())
    assert identifier.stage is Stage.STABLE
    assert identifier.names
    assert identifier.source
