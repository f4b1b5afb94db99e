"""Values of the half for development: python-stdnum, Faker, phonenumbers and the rules of gitleaks 8.30.

What a value is called comes from its maker as well: the first line of a module's documentation, the name of a
provider's method, the id of a rule.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.identifiers.regexes import parsed, secret_part, written

EACH = 8
_TRIES = 4_000


class Made(NamedTuple):
    """A value, what its maker calls it, and where it comes from (`maker:kind`)."""

    kind: str
    value: str
    words: tuple[str, ...]
    locale: str


FAKER = {
    "credit_card_number": ("Credit card", "card number"),
    "iban": ("IBAN",),
    "swift": ("SWIFT", "BIC"),
    "swift11": ("SWIFT code",),
    "aba": ("ABA routing number", "routing number"),
    "free_email": ("E-mail", "email"),
    "ipv4_public": ("IP address", "client ip"),
    "ipv6": ("IPv6 address",),
    "mac_address": ("MAC address", "hardware address"),
    "phone_number": ("Phone", "telephone"),
    "license_plate": ("License plate", "vehicle registration"),
    "vin": ("VIN", "vehicle identification number"),
    "name": ("Name", "full name"),
    "address": ("Address", "home address"),
    "postcode": ("Postal code", "postcode"),
    "date_of_birth": ("Date of birth", "born"),
    "credit_card_security_code": ("CVV", "security code"),
    "credit_card_expire": ("Card expiry", "valid thru"),
    "passport_number": ("Passport number", "passport no"),
    "password": ("Password", "password"),
    "doi": ("DOI",),
    "isbn13": ("ISBN",),
    "uuid4": ("request id",),
}
"""Methods that every locale has, and the words of their names."""

LOCAL = {
    "ssn": ("SSN", "social security number"),
    "vat_id": ("VAT ID", "VAT number"),
    "rvnr": ("RVNR", "Rentenversicherungsnummer"),
    "kvnr": ("KVNR", "Krankenversichertennummer"),
    "birth_number": ("birth number", "rodné číslo"),
    "tin": ("TIN", "ΑΦΜ"),
    "police_id": ("police ID", "Αριθμός Ταυτότητας"),
    "aadhaar_id": ("Aadhaar",),
    "pan": ("PAN",),
    "gstin": ("GSTIN",),
    "itin": ("ITIN",),
    "ein": ("EIN", "employer identification number"),
    "dni": ("DNI",),
    "cuil": ("CUIL",),
    "cuit": ("CUIT",),
    "person_rut": ("RUT",),
    "nuip": ("NUIP",),
    "natural_person_nit_with_check_digit": ("NIT",),
    "nie": ("NIE",),
    "nif": ("NIF",),
    "cif": ("CIF",),
    "nuss": ("NUSS", "número de la Seguridad Social"),
    "curp": ("CURP",),
    "rfc": ("RFC",),
    "cedula": ("cédula",),
    "rif": ("RIF",),
    "cie": ("carta d'identità elettronica",),
    "cpf": ("CPF",),
    "rg": ("RG",),
    "cnpj": ("CNPJ",),
    "org_id": ("organisationsnummer",),
    "clabe": ("CLABE",),
    "company_business_id": ("Y-tunnus",),
    "company_vat": ("company VAT",),
    "uid": ("UID",),
    "siren": ("SIREN",),
    "siret": ("SIRET",),
    "rcs_number": ("RCS",),
    "regon": ("REGON",),
    "businesses_inn": ("ИНН",),
    "individuals_inn": ("ИНН",),
    "businesses_ogrn": ("ОГРН",),
    "snils": ("СНИЛС",),
    "sss": ("SSS",),
    "philhealth": ("PhilHealth",),
    "umid": ("UMID",),
}
"""Methods that single locales have, by the words that the locale's documentation or its law uses."""

EVERYWHERE = ("name", "address", "phone_number", "postcode", "license_plate", "iban", "free_email")
PLAIN = re.compile(r"[0-9A-Za-z]")


def made(random: Random, gitleaks: Path) -> Iterator[Made]:
    """Everything, maker by maker."""
    yield from stdnum_values(random)
    yield from faker_values(random.randrange(1 << 30))
    yield from phone_values()
    yield from gitleaks_values(random, gitleaks)


def stdnum_values(random: Random) -> Iterator[Made]:
    """Numbers that differ from documented ones in some signs, and that the module calls valid, as it writes them."""
    import stdnum

    for found in pkgutil.walk_packages(stdnum.__path__, "stdnum."):
        module = importlib.import_module(found.name)
        if found.ispkg or not hasattr(module, "is_valid") or "iso7064" in found.name:
            continue
        seeds = list(_documented(module))
        first = (module.__doc__ or "").strip().splitlines()[0]
        words = _stdnum_words(first, found.name)
        path = found.name.removeprefix("stdnum.")
        done: set[str] = set()
        for _ in range(_TRIES):
            if not seeds or len(done) >= EACH:
                break
            number = _varied(random.choice(seeds), random)
            try:
                valid = module.is_valid(number)
                shown = (
                    module.format(number) if valid and hasattr(module, "format") and random.random() < 0.5 else number
                )
            except Exception:  # noqa: BLE001 - other people's code; what it cannot judge is no value
                continue
            if valid and number not in done:
                done.add(number)
                yield Made(f"stdnum:{path}", str(shown), words, path.partition(".")[0] if "." in path else "")


def _documented(module: Any) -> Iterator[str]:
    for example in doctest.DocTestParser().get_examples(module.__doc__ or ""):
        if example.source.startswith("validate(") and example.exc_msg is None and example.want.startswith("'"):
            call = ast.parse(example.source.strip(), mode="eval").body
            number = ast.literal_eval(call.args[0])  # type: ignore[attr-defined]
            if module.is_valid(number):
                yield number


def _stdnum_words(first: str, path: str) -> tuple[str, ...]:
    """`PESEL (Polish national identification number).` → the name, and the name with what stands in brackets."""
    name, _, rest = first.rstrip(".").partition(" (")
    inner = rest.rstrip(")").split(",")[0].strip()
    return tuple(dict.fromkeys(word for word in (name.split(",")[0].strip(), inner) if word)) or (path,)


def _varied(number: str, random: Random) -> str:
    share = random.choice((0.2, 0.5, 0.9))
    return "".join(
        random.choice("0123456789") if sign.isdigit() and random.random() < share else sign for sign in number
    )


def faker_values(seed: int) -> Iterator[Made]:
    """What the providers of each locale make."""
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    for locale in sorted(AVAILABLE_LOCALES):
        try:
            fake = Faker(locale)
        except (AttributeError, ImportError):
            continue
        fake.seed_instance(seed)
        everything = tuple(FAKER) if locale == "en_US" else EVERYWHERE
        for method, words in [(name, FAKER[name]) for name in everything] + list(LOCAL.items()):
            if not _own(fake, method, locale):
                continue
            for _ in range(EACH if method in LOCAL or locale == "en_US" else 3):
                try:
                    value = str(getattr(fake, method)())
                except (AttributeError, TypeError, ValueError, KeyError, IndexError):
                    break
                yield Made(f"faker:{locale}.{method}", value.replace("\n", ", "), words, locale)


def _own(fake: Any, method: str, locale: str) -> bool:
    """Whether a locale makes such values itself, and does not borrow another's."""
    if locale == "en_US":
        return method in FAKER or method in ("ssn", "itin", "ein")
    if method == "free_email":
        return locale in ("de_DE", "fr_FR", "ja_JP", "pl_PL")
    for provider in fake.factories[0].get_providers():
        if hasattr(provider, method):
            where = type(provider).__module__
            owner = next((base for base in type(provider).__mro__ if method in vars(base)), None)
            if method in LOCAL:
                return owner is not None and locale in owner.__module__
            return locale in where
    return False


def phone_values() -> Iterator[Made]:
    """Example numbers of every region, in both written forms."""
    import phonenumbers as p

    for region in sorted(p.SUPPORTED_REGIONS):
        for kind in (p.PhoneNumberType.MOBILE, p.PhoneNumberType.FIXED_LINE):
            number = p.example_number_for_type(region, kind)
            if number is None:
                continue
            for form in (p.PhoneNumberFormat.INTERNATIONAL, p.PhoneNumberFormat.E164):
                yield Made("phonenumbers:international", p.format_number(number, form), ("Phone", "mobile"), region)
            national = p.format_number(number, p.PhoneNumberFormat.NATIONAL)
            yield Made("phonenumbers:national", national, ("Phone", "telephone"), region)


def gitleaks_values(random: Random, binary: Path) -> Iterator[Made]:
    """Strings that the rules in gitleaks' own binary match."""
    data = binary.read_bytes()
    start = data.index(b"[[rules]]")
    end = data.index(b"\x00", start) if b"\x00" in data[start : start + 2_000_000] else start + 400_000
    text = data[start:end].decode("utf-8", "replace")
    blocks = re.split(r"(?m)^\[\[rules\]\]\n", text)[1:]
    for block in blocks:
        head = re.match(r'id = "[^"]+"\ndescription = .*\nregex = \'\'\'.*?\'\'\'', block, re.DOTALL)
        if head is None:
            continue
        rule = tomllib.loads(head[0])
        yield from rule_values("gitleaks", rule["id"], rule["regex"], random)


def rule_values(maker: str, name: str, expression: str, random: Random) -> Iterator[Made]:
    """Strings of one rule for a credential."""
    try:
        tree = secret_part(parsed(expression))
    except re.error:
        return
    for _ in range(EACH):
        value = written(tree, random).strip()
        if len(value) >= 8:
            yield Made(f"{maker}:{name}", value, (name.replace("-", " "),), "")
