"""Invented people of the third part: from a value library of its own, or from lists of common names and places.

A locale of a schema is `mimesis/de` (the library and its language) or `lists/FR` (lists and country).
"""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import blind_words as words
import fetch
from mimesis import Generic
from mimesis.enums import Gender
from mimesis.locales import Locale

_TODAY = date(2026, 6, 1)
_LISTS = "datamimic_ce/domains/domain_data/common"
#: Of a list sorted by how common an entry is, so many are used.
_COMMON = 1200


@dataclass(frozen=True, kw_only=True)
class Place:
    """A town with one of its postal codes."""

    city: str
    zip: str
    state: str


class Origin(Protocol):
    """Where names, places and numbers of people come from."""

    language: str

    def first(self, *, female: bool) -> str: ...
    def last(self, *, female: bool) -> str: ...
    def street(self) -> str: ...
    def place(self) -> Place: ...
    def phone(self) -> str: ...
    def job(self) -> str: ...
    def company(self) -> str: ...
    def mail(self, first: str, last: str) -> str: ...


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits of a name."""
    text = text.translate(str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "Ł": "L", "æ": "ae"}))
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(c for c in folded.lower() if c.isalnum()) or "x"


class Library:
    """People from the value library."""

    def __init__(self, locale: str, seed: int) -> None:
        self._of = Generic(Locale(locale), seed=seed)
        self._rng = random.Random(seed)
        self.language = locale[:2]

    def first(self, *, female: bool) -> str:
        return str(self._of.person.first_name(gender=Gender.FEMALE if female else Gender.MALE))

    def last(self, *, female: bool) -> str:
        return str(self._of.person.last_name(gender=Gender.FEMALE if female else Gender.MALE))

    def street(self) -> str:
        return str(self._of.address.address())

    def place(self) -> Place:
        address = self._of.address
        return Place(city=str(address.city()), zip=str(address.zip_code()), state=str(address.state()))

    def phone(self) -> str:
        return str(self._of.person.telephone())

    def job(self) -> str:
        return str(self._of.person.occupation())

    def company(self) -> str:
        return str(self._of.finance.company())

    def mail(self, first: str, last: str) -> str:
        # Half of the library's own addresses, which have nothing to do with the name.
        own = str(self._of.person.email())
        return own if self._rng.random() < 0.5 else f"{plain(first)}{plain(last)[:1]}@{own.partition('@')[2]}"


class Lists:
    """People from lists of a country's common names, its towns and its streets."""

    def __init__(self, country: str, seed: int, package: Path) -> None:
        self._rng = random.Random(seed)
        self._country = country
        self.language = words.LANGUAGES[country]
        romanised = country == "JP"
        read = _reader(package)
        self._women = _names(read(f"person/givenName_female_{country}"), romanised=romanised)
        self._men = _names(read(f"person/givenName_male_{country}"), romanised=romanised)
        self._last = _names(read(f"person/familyName_{country}"), romanised=romanised)
        self._streets = words.STREETS.get(country) or [
            name for name in _names(read(f"street/street_{country}"), spread=True) if not name[0].isdigit()
        ]
        self._places = words.PLACES.get(country) or _places(read(f"city/city_{country}"))

    def first(self, *, female: bool) -> str:
        return self._rng.choice(self._women if female else self._men)

    def last(self, *, female: bool) -> str:
        name = self._rng.choice(self._last)
        return name[:-1] + "a" if female and self._country == "PL" and name.endswith("ki") else name

    def street(self) -> str:
        number = self._rng.randint(1, 190)
        name = self._rng.choice(self._streets)
        return words.STREET_FORMS[self._country].format(name=name, number=number)

    def place(self) -> Place:
        city, code, state = self._rng.choice(self._places)
        return Place(city=city, zip=code.zfill(5) if self._country == "US" else code, state=state)

    def phone(self) -> str:
        shape = self._rng.choice(words.PHONES[self._country])
        return "".join(str(self._rng.randrange(10)) if c == "#" else c for c in shape)

    def job(self) -> str:
        return self._rng.choice(words.JOBS[self.language])

    def company(self) -> str:
        return f"{self._rng.choice(self._last)} {self._rng.choice(words.LEGAL_FORMS[self._country])}"

    def mail(self, first: str, last: str) -> str:
        shape = self._rng.choice(("{f}.{l}", "{l}.{f}", "{f}{l}", "{i}.{l}", "{f}_{l}{n}", "{l}{n}"))
        local = shape.format(f=plain(first), l=plain(last), i=plain(first)[0], n=self._rng.randint(1, 99))
        return f"{local}@{self._rng.choice(words.MAIL_DOMAINS[self._country])}"


def _reader(package: Path) -> Callable[[str], str]:
    return lambda name: fetch.members(package, [f"{_LISTS}/{name}.csv"])[0].decode("utf-8-sig")


def _names(text: str, *, romanised: bool = False, spread: bool = False) -> list[str]:
    rows = [row for row in csv.reader(io.StringIO(text)) if row and row[0].strip()]
    names = [(row[2] if romanised and len(row) > 2 else row[0]).strip() for row in rows]
    return names[:: max(1, len(names) // _COMMON)] if spread else names[:_COMMON]


def _places(text: str) -> list[tuple[str, str, str]]:
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    rows = [row for row in reader if row.get("postalCode") and row.get("name")]
    rows = rows[:: max(1, len(rows) // _COMMON)]
    return [(row["name"], row["postalCode"], row["state.id"]) for row in rows]


def origin(locale: str, seed: int, package: Path) -> Origin:
    """Give the people of a schema's locale; `package` is the archive with the lists."""
    kind, _, of = locale.partition("/")
    return Library(of, seed) if kind == "mimesis" else Lists(of, seed, package)


class Person:
    """An invented person whose parts fit together."""

    def __init__(self, rng: random.Random, source: Origin) -> None:
        self.female = rng.random() < 0.52
        self.first = source.first(female=self.female)
        self.middle = source.first(female=self.female)
        self.last = source.last(female=self.female)
        self.full = f"{self.first} {self.last}"
        self.last_first = f"{self.last}, {self.first}"
        self.last_initial = f"{self.last} {self.first[:1]}."
        self.birth = _TODAY - timedelta(days=rng.randrange(17 * 365, 91 * 365))
        self.age = str((_TODAY - self.birth).days // 365)
        place = source.place()
        self.city, self.zip, self.state = place.city, place.zip, place.state
        self.street = source.street()
        self.address = f"{self.street}, {self.zip} {self.city}"
        self.phone = source.phone()
        self.mobile = source.phone()
        self.email = source.mail(self.first, self.last)
        self.job = source.job()
        self.company = source.company()
        shape = rng.choice(("{i}{l}", "{l}{i}", "{f}{l2}", "{f}.{l}"))
        self.login = shape.format(
            i=plain(self.first)[0], f=plain(self.first), l=plain(self.last)[:8], l2=plain(self.last)[:2]
        )
        self.work_email = f"{plain(self.first)}.{plain(self.last)}@{plain(self.company)[:16]}.example"
