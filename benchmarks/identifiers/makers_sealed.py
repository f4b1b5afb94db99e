"""Values of the sealed part: django-localflavor's tests, faker-js, the packages mrz and validate-docbr, and the rules of
CredSweeper and ClassiFinder. No rule was made with any of them.

As in `makers_dev`, what a value is called comes from its maker: the name of a form's field, of a method, of a rule.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.identifiers.makers_dev import EACH, Made
from benchmarks.identifiers.makers_examples import Said
from benchmarks.identifiers.regexes import parsed, written

_TRIES = 400
_LONG_ENOUGH = 6
_LOCALES = ("en", "de", "fr", "es", "it", "pt_BR", "nl", "pl", "en_GB", "en_AU")
_METHODS = {
    "person.fullName": ("Full name", "Contact"),
    "phone.number": ("Phone number", "Mobile"),
    "internet.email": ("Email", "E-mail address"),
    "location.zipCode": ("Zip code", "Postcode"),
    "finance.iban": ("IBAN",),
    "finance.bic": ("BIC", "SWIFT/BIC"),
    "finance.creditCardNumber": ("Card number", "Payment card"),
    "finance.routingNumber": ("Routing number", "ABA number"),
    "finance.bitcoinAddress": ("Bitcoin address",),
    "finance.ethereumAddress": ("Ethereum address",),
    "internet.mac": ("MAC address",),
    "internet.ipv4": ("IP address",),
    "internet.userAgent": ("User agent",),
    "phone.imei": ("IMEI",),
    "vehicle.vin": ("VIN",),
    "commerce.isbn": ("ISBN",),
    "string.uuid": ("Trace id",),
}
_SCRIPT = """
const { allFakers } = require(process.argv[1]);
const [locales, methods, each] = JSON.parse(process.argv[2]);
for (const locale of locales) {
  const faker = allFakers[locale];
  faker.seed(7301);
  for (const method of methods) {
    const [part, name] = method.split('.');
    for (let i = 0; i < each; i++) {
      try { console.log(JSON.stringify([locale, method, String(faker[part][name]())])); } catch (e) { break; }
    }
  }
}
"""


def made(random: Random, cache: Path) -> Iterator[Made | Said]:
    """Everything, maker by maker."""
    yield from localflavor_values(cache / "django_localflavor")
    yield from faker_js_values(cache / "faker-js")
    yield from zone_values(random)
    yield from brazilian_numbers()
    yield from credsweeper_values(cache / "credsweeper" / "rules" / "config.yaml", random)
    yield from classifinder_values(cache / "classifinder", random)


def localflavor_values(package: Path) -> Iterator[Made]:
    """What the tests of a form's field call valid and invalid input; the invalid ones are hard negatives."""
    for path in sorted(package.glob("tests/test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                yield from _tested(function)


def _tested(function: ast.FunctionDef) -> Iterator[Made]:
    tables: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Dict):
            keys = [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
            tables[node.targets[0].id] = [key for key in keys if isinstance(key, str)]
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "assertFieldOutput":
            names = [item.id for item in node.args if isinstance(item, ast.Name)]
            if len(names) < 3:
                continue
            field, valid, invalid = names[:3]
            words = _field_words(field)
            for value in tables.get(valid, ())[:EACH]:
                yield Made(f"localflavor:{field}", value, (words,), field[:2])
            for value in tables.get(invalid, ())[:EACH]:
                if sum(sign.isdigit() for sign in value) >= _LONG_ENOUGH:
                    yield Made("localflavor:invalid", value, (words,), field[:2])


def _field_words(field: str) -> str:
    """`ESIdentityCardNumberField` → `Identity Card Number`, `PLPESELField` → `PESEL`."""
    plain = re.sub(r"(?:Form)?Field$", "", field)
    plain = plain[2:] if plain[:2].isupper() and len(plain) > 4 else plain
    return " ".join(re.findall(r"[A-Z]{2,}(?=[A-Z][a-z]|$)|[A-Z][a-z]+|[A-Z]+", plain)) or plain


def faker_js_values(package: Path) -> Iterator[Made]:
    """What faker-js makes in ten locales; needs node."""
    asked = json.dumps([_LOCALES, list(_METHODS), 3])
    done = subprocess.run(["node", "-e", _SCRIPT, str(package), asked], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        locale, method, value = json.loads(line)
        yield Made(f"faker-js:{method}", value, _METHODS[method], locale)


def zone_values(random: Random) -> Iterator[Said]:
    """Machine-readable zones that the package mrz writes, in texts of their own: they have several lines."""
    for module, kind, names_first in (
        ("td1", "TD1CodeGenerator", False), ("td2", "TD2CodeGenerator", True), ("td3", "TD3CodeGenerator", True),
        ("mrva", "MRVACodeGenerator", True), ("mrvb", "MRVBCodeGenerator", True),
    ):  # fmt: skip
        maker = getattr(importlib.import_module(f"mrz.generator.{module}"), kind)
        for _ in range(EACH):
            number = "".join(random.choice("ABCDEFGHJKLMNP0123456789") for _ in range(9))
            born = f"{random.randint(50, 99):02}{random.randint(1, 12):02}{random.randint(1, 28):02}"
            ends = f"{random.randint(27, 35):02}{random.randint(1, 12):02}{random.randint(1, 28):02}"
            country = random.choice(["ESP", "FRA", "ITA", "NLD", "SWE", "USA", "GBR", "POL"])
            names = (
                random.choice(["Lindqvist", "Moreau", "Carvalho", "Nowak"]),
                random.choice(["Ingrid", "Paul", "Rita"]),
            )
            code = "V" if module.startswith("mrv") else "P" if module == "td3" else "ID"
            rest = number, country, born, random.choice("MF"), ends
            if names_first:
                zone = maker(code, country, *names, *rest)
            else:
                zone = maker(code, country, number, born, rest[3], ends, country, *names)
            head = random.choice(("Machine readable zone:\n", 'mrz = """\n', "Scanned document\n\n"))
            yield Said(f"mrz:{module}", f"{head}{zone}\n\nstate: open\n", len(head), len(head) + len(str(zone)))


def brazilian_numbers() -> Iterator[Made]:
    """Numbers that validate-docbr generates."""
    package = importlib.import_module("validate_docbr")
    import random as global_random

    global_random.seed(41)
    for name, words in (
        ("CPF", ("CPF",)), ("CNPJ", ("CNPJ",)), ("CNH", ("CNH",)), ("CNS", ("CNS", "Cartão SUS")),
        ("PIS", ("PIS", "PIS/PASEP")), ("TituloEleitoral", ("Título Eleitoral", "título de eleitor")),
    ):  # fmt: skip
        for masked in (False, True):
            for _ in range(EACH // 2):
                yield Made(f"validate-docbr:{name}", getattr(package, name)().generate(masked), words, "BR")


def credsweeper_values(rules: Path, random: Random) -> Iterator[Made]:
    """Strings of the group `value` of CredSweeper's expressions."""
    import yaml

    for rule in yaml.safe_load(rules.read_text(encoding="utf-8")):
        if rule["type"] == "pattern":
            yield from _drawn(f"credsweeper:{rule['name']}", rule["values"][0], rule["name"], random)


def classifinder_values(package: Path, random: Random) -> Iterator[Made]:
    """Strings of the first group of ClassiFinder's expressions."""
    sys.path.insert(0, str(package))
    registry = importlib.import_module("classifinder_engine.patterns.registry")
    for pattern in registry.PATTERN_REGISTRY:
        yield from _drawn(f"classifinder:{pattern.id}", pattern.regex.pattern, pattern.id.replace("_", " "), random)


def _drawn(kind: str, expression: str, words: str, random: Random) -> Iterator[Made]:
    try:
        compiled, tree = (
            re.compile(expression),
            _named(parsed(expression), "value" if "?P<value>" in expression else None),
        )
    except (re.error, OverflowError):
        return
    done: set[str] = set()
    for _ in range(_TRIES):
        if len(done) >= EACH:
            return
        try:
            value = written(tree, random)
        except (IndexError, KeyError):
            return
        if value not in done and compiled and "\n" not in value and " " not in value:
            done.add(value)
            yield Made(kind, value, (words,), "")


def _named(tree: Any, name: str | None) -> Any:
    """The group of that name, or the first that captures, else all of it."""
    number = tree.state.groupdict.get(name) if name else None
    found = _group(tree, number)
    return tree if found is None else found


def _group(tree: Any, number: int | None) -> Any:
    for operation, argument in tree:
        parts = [argument] if isinstance(argument, tuple | list) else []
        if str(operation) == "SUBPATTERN":
            if argument[0] is not None and number in (None, argument[0]):
                return argument[3]
            parts = [argument[3]]
        elif str(operation) == "BRANCH":
            parts = list(argument[1])
        elif str(operation) in ("MAX_REPEAT", "MIN_REPEAT"):
            parts = [argument[2]]
        else:
            continue
        for part in parts:
            found = _group(part, number)
            if found is not None:
                return found
    return None
