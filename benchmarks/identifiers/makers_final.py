"""Values of the half that is opened once: idnumbers, the npm package stdnum, schwifty, mimesis, presidio-evaluator, niafaker
and the rules that kingfisher prints.

As in `makers_dev`, what a value is called comes from its maker.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.identifiers.makers_dev import EACH, Made, rule_values
from benchmarks.identifiers.regexes import parsed, written

_TRIES = 30_000
_VALID = re.compile(
    r"it\('validate:[^']*', \(\) => \{\s*const result = validate\('([^']+)'\);\s*"
    r"expect\(result\.isValid && result\.compact\)"
)
_NAMED = re.compile(r"(?m)^  (name|localName|abbreviation):\s+['\"]([^'\"]+)['\"]")
_COUNTRIES = [
    "AD",
    "AE",
    "AL",
    "AT",
    "AZ",
    "BA",
    "BE",
    "BG",
    "BH",
    "BR",
    "BY",
    "CH",
    "CR",
    "CY",
    "CZ",
    "DE",
    "DK",
    "DO",
    "EE",
    "EG",
    "ES",
    "FI",
    "FR",
    "GB",
    "GE",
    "GI",
    "GR",
    "GT",
    "HR",
    "HU",
    "IE",
    "IL",
    "IS",
    "IT",
    "JO",
    "KW",
    "KZ",
    "LB",
    "LI",
    "LT",
    "LU",
    "LV",
    "MC",
    "MD",
    "ME",
    "MK",
    "MT",
    "NL",
    "NO",
    "PK",
    "PL",
    "PS",
    "PT",
    "QA",
    "RO",
    "RS",
    "SA",
    "SE",
    "SI",
    "SK",
    "SM",
    "TN",
    "TR",
    "UA",
    "VA",
    "XK",
]
RECORDS = {
    "CCNumber": ("Card",),
    "CVV2": ("CVV2",),
    "EmailAddress": ("Email address",),
    "TelephoneNumber": ("Telephone number",),
    "Birthday": ("Birthday",),
    "Password": ("Password",),
}
MIMESIS = {
    ("payment", "credit_card_number"): ("Kreditkarte", "carte bancaire", "tarjeta"),
    ("payment", "cvv"): ("CVV",),
    ("payment", "bitcoin_address"): ("Bitcoin wallet", "BTC"),
    ("payment", "ethereum_address"): ("Ethereum address", "wallet"),
    ("code", "imei"): ("IMEI",),
    ("internet", "ip_v4"): ("IP",),
    ("internet", "ip_v6"): ("IPv6",),
    ("internet", "mac_address"): ("MAC",),
    ("person", "email"): ("Mail", "Courriel", "Correo electrónico"),
    ("person", "telephone"): ("Tel.", "Phone number"),
    ("person", "password"): ("Kennwort", "mot de passe"),
    ("cryptographic", "jwt"): ("access token",),
    ("cryptographic", "mnemonic_phrase"): ("recovery phrase",),
    ("internet", "dsn"): ("database url",),
}


def made(random: Random, cache: Path) -> Iterator[Made]:
    """Everything, maker by maker."""
    yield from idnumber_values(random)
    yield from npm_values(cache / "stdnum")
    yield from bank_values(random)
    yield from mimesis_values(random.randrange(1 << 30))
    yield from record_values(cache / "presidio_evaluator", random)
    yield from african_values()
    yield from kingfisher_values(cache / "kingfisher.json", random)


def idnumber_values(random: Random) -> Iterator[Made]:
    """Strings of each class's own expression that the class calls valid, and the names that it gives the number."""
    import idnumbers.nationalid as root

    for found in pkgutil.walk_packages(root.__path__, "idnumbers.nationalid."):
        module = importlib.import_module(found.name)
        for name, kind in sorted(vars(module).items()):
            if not inspect.isclass(kind) or kind.__module__ != found.name or not hasattr(kind, "METADATA"):
                continue
            facts = kind.METADATA
            if facts.alias_of is not None or not facts.iso3166_alpha2:
                continue
            words = tuple(dict.fromkeys(str(word) for word in (facts.official_name, *facts.names) if word))[:4]
            for value in _valid(kind, facts.regexp.pattern, random):
                yield Made(f"idnumbers:{facts.iso3166_alpha2}.{name}", value, words, facts.iso3166_alpha2)


def _valid(kind: Any, expression: str, random: Random) -> list[str]:
    tree = parsed(expression)
    values: list[str] = []
    for _ in range(_TRIES):
        # Separators stand everywhere or nowhere: nobody writes half of them.
        value = written(tree, random, random.random() < 0.5).upper()
        try:
            if kind.validate(value) and value not in values:
                values.append(value)
        except Exception:  # noqa: BLE001 - other people's code; what it cannot judge is no value
            continue
        if len(values) == EACH:
            break
    return values


def npm_values(package: Path) -> Iterator[Made]:
    """The numbers that the tests of the TypeScript library expect to be valid."""
    for spec in sorted(package.glob("src/*/*.spec.ts")):
        source = spec.with_name(spec.name.replace(".spec", ""))
        told = dict(_NAMED.findall(source.read_text(encoding="utf-8"))) if source.exists() else {}
        # An abbreviation of two letters is no word that anybody would know the number by.
        words = tuple(dict.fromkeys(word for word in told.values() if len(word) > 2)) or (spec.name.partition(".")[0],)
        for value in dict.fromkeys(_VALID.findall(spec.read_text(encoding="utf-8"))):
            yield Made(f"npm-stdnum:{spec.parent.name}.{spec.name.partition('.')[0]}", value, words, spec.parent.name)


def bank_values(random: Random) -> Iterator[Made]:
    """Account numbers of all countries that schwifty knows banks of."""
    from schwifty import IBAN

    for country in _COUNTRIES:
        for _ in range(2):
            try:
                iban = IBAN.random(country_code=country, random=random)
            except Exception:  # noqa: BLE001 - not every country can be drawn from
                break
            shown = iban.formatted if random.random() < 0.5 else str(iban)
            yield Made("schwifty:iban", shown, ("Bank account", "IBAN no."), country)
            if iban.bic is not None:
                yield Made("schwifty:bic", str(iban.bic), ("BIC", "Bank identifier code"), country)


def mimesis_values(seed: int) -> Iterator[Made]:
    """What mimesis makes, in four locales."""
    from mimesis import Generic
    from mimesis.locales import Locale

    for locale in (Locale.EN, Locale.DE, Locale.FR, Locale.ES, Locale.PT_BR, Locale.JA):
        generic = Generic(locale, seed=seed)
        for (provider, method), words in MIMESIS.items():
            for _ in range(4):
                value = str(getattr(getattr(generic, provider), method)())
                yield Made(f"mimesis:{method}", value, words, locale.value)
        for _ in range(8):
            yield Made("mimesis:full_name", generic.person.full_name(), ("Customer name", "Contact name"), locale.value)
            yield Made("mimesis:isbn", generic.code.isbn(), ("ISBN", "book"), locale.value)
            yield Made("mimesis:ean", generic.code.ean(), ("EAN", "article"), locale.value)


def record_values(package: Path, random: Random) -> Iterator[Made]:
    """Fields of the made-up people that presidio-evaluator ships, and driver's licences in the forms it knows."""
    raw = package / "data_generator" / "raw_data"
    with (raw / "FakeNameGenerator.com_3000.csv").open(encoding="utf-8-sig", newline="") as lines:
        people = random.sample(list(csv.DictReader(lines)), 40)
    for person in people:
        for field, words in RECORDS.items():
            if person[field] and "E+" not in person[field]:
                yield Made(f"presidio:{field}", person[field], words, person["Country"])
        yield Made(
            "presidio:name", f"{person['GivenName']} {person['Surname']}", ("Cardholder", "Patient"), person["Country"]
        )
        if person["Country"] == "US":
            street = f"{person['StreetAddress']}, {person['City']}, {person['State']} {person['ZipCode']}"
            yield Made("presidio:address", street, ("Mailing address", "Ship to"), "US")
    with (raw / "us_driver_licenses.csv").open(encoding="utf-8-sig", newline="") as lines:
        licences = [cell for row in csv.reader(lines) for cell in row if any(sign.isdigit() for sign in cell)]
    for value in random.sample(licences, min(24, len(licences))):
        yield Made("presidio:us_driver_license", value, ("Driver license", "driver's license number"), "US")


def african_values() -> Iterator[Made]:
    """Identity numbers and telephones of ten countries."""
    import random as global_random

    from niafaker import NiaFaker

    global_random.seed(11)
    for country in ("ke", "ng", "za", "gh", "eg", "et", "ug", "tz", "rw", "ma"):
        try:
            fake = NiaFaker(country)
        except (ValueError, FileNotFoundError):
            continue
        for _ in range(4):
            yield Made("niafaker:phone", str(fake.phone()), ("Phone", "M-Pesa"), country.upper())


def kingfisher_values(rules: Path, random: Random) -> Iterator[Made]:
    """Strings that the rules which `kingfisher rules list --format json` prints match."""
    listed = json.loads(rules.read_text(encoding="utf-8"))
    for rule in listed if isinstance(listed, list) else next(iter(listed.values())):
        name = re.sub(r"\.\d+$", "", rule["id"].partition(".")[2])
        yield from rule_values("kingfisher", name, rule["pattern"], random)
