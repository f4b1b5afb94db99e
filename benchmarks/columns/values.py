"""Values for generated columns: one function for each generator that a schema can name."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import vocabulary as words
from faker import Faker
from person import Person

Make = Callable[["Row"], str]
_HEX, _UPPER = "0123456789abcdef", "ABCDEFGHJKLMNPQRSTUVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MBI = "ACDEFGHJKMNPQRTUVWXY"


class Row:
    """What the columns of one row share: its number, a person and a condition."""

    def __init__(self, number: int, rng: random.Random, fake: Faker) -> None:
        self.number, self.rng, self.fake = number, rng, fake
        self.person = Person(rng, fake)
        self.condition = rng.choice(words.CONDITIONS)
        self.drug = rng.choice(words.DRUGS)
        self.lab = rng.choice(words.LABS)
        self.procedure = rng.choice(words.PROCEDURES)
        self.concept = rng.choice(words.CONCEPTS)

    @cached_property
    def other(self) -> Person:
        """A second person: a relative, a physician, a colleague."""
        return Person(self.rng, self.fake)

    def title(self) -> str:
        """The condition in the language of the table."""
        return self.condition[words.CONDITION_LANGUAGE.get(self.person.language, 1)]


def pattern(rng: random.Random, text: str) -> str:
    """Fill a pattern: `#` digit, `@` letter, `%` hex, `*` base 62, `?` upper alphanumeric.

    `~` is a hex digit too, `$` a digit but zero, `&` the sign @ itself.
    """
    sets = {"#": "0123456789", "@": _UPPER, "%": _HEX, "*": _BASE62}
    sets |= {"?": _UPPER + "23456789", "~": _HEX, "$": "123456789"}
    filled = (rng.choice(sets[c]) if c in sets else c for c in text)
    return "".join("@" if c == "&" else c for c in filled)


def _day(row: Row, first: str, last: str) -> date:
    start, end = date(int(first), 1, 1), date(int(last), 12, 28)
    return start + timedelta(days=row.rng.randrange((end - start).days))


def _moment(row: Row) -> datetime:
    return datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=row.rng.randrange(150_000_000))


def _stdnum(row: Row, module: str, shape: str) -> str:
    checked = importlib.import_module(f"stdnum.{module}")
    while True:
        value = pattern(row.rng, shape)
        if checked.is_valid(value):
            return value


def _person_part(name: str) -> Callable[..., str]:
    return lambda row, *_arguments: str(getattr(row.person, name))


def _card(row: Row) -> str:
    return _stdnum(row, "luhn", row.rng.choice(("4###############", "52##############")))


def _track(row: Row) -> str:
    return f";{_card(row)}={pattern(row.rng, '28##1010000')}{row.rng.randrange(1000):03d}?"


def _totp(row: Row) -> str:
    return base64.b32encode(row.rng.randbytes(20)).decode()


def _dea(row: Row) -> str:
    digits = [row.rng.randrange(10) for _ in range(6)]
    check = (sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10
    return pattern(row.rng, "B@") + "".join(map(str, [*digits, check]))


def _north_american(row: Row) -> str:
    area = row.rng.choice(("212", "305", "415", "512", "617", "702", "808", "972"))
    return f"1{area}{row.rng.randint(2, 9)}{pattern(row.rng, '######')}"


def _jwt(row: Row) -> str:
    head = {"alg": "HS256", "typ": "JWT"}
    body = {"sub": str(row.rng.randrange(10**6)), "iat": 1700000000 + row.number}
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, body)]
    return ".".join((*parts, pattern(row.rng, "*" * 43)))


def _pem(row: Row) -> str:
    body = base64.b64encode(row.rng.randbytes(96)).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"


def _text(texts: dict[str, tuple[str, ...]]) -> Callable[..., str]:
    def make(row: Row) -> str:
        who = row.person
        return row.rng.choice(texts.get(who.language, texts["en"])).format(
            full=who.full,
            first=who.first,
            last=who.last,
            phone=who.phone,
            street=who.street,
            city=who.city,
            email=who.email,
            dob=who.birth.isoformat(),
            age=who.age,
            dx=row.title().lower(),
            drug=row.drug,
        )

    return make


def _hash(row: Row, kind: str) -> str:
    if kind == "bcrypt":
        return "$2b$12$" + pattern(row.rng, "*" * 53)
    if kind == "pbkdf2":
        digest = base64.b64encode(row.rng.randbytes(32)).decode()
        return f"pbkdf2_sha256$600000${pattern(row.rng, '*' * 22)}${digest}"
    return hashlib.new(kind, row.rng.randbytes(16)).hexdigest()


def _mbi(row: Row) -> str:
    def pick(kinds: str) -> str:
        sets = {"9": "123456789", "0": "0123456789", "A": _MBI, "X": _MBI + "0123456789"}
        return "".join(row.rng.choice(sets[k]) for k in kinds)

    return pick("9AX0AX0AA00")


def _clabe(row: Row) -> str:
    body = pattern(row.rng, "0#########" + "#" * 7)
    total = sum(int(d) * w % 10 for d, w in zip(body, (3, 7, 1) * 6, strict=False))
    return f"{body}{-total % 10}"


def _nino(row: Row) -> str:
    letters = row.rng.choice("ABCEGHJKLMPRSTWXYZ") + row.rng.choice("ABCEGHJKLMPRSTWXYZ")
    return f"{letters}{pattern(row.rng, '######')}{row.rng.choice('ABCD')}"


def _iban(row: Row) -> str:
    return str(row.fake.iban())


def _npi(row: Row) -> str:
    return _stdnum(row, "luhn", "808401#########")[5:]


def _lab_value(row: Row) -> str:
    low, high = row.lab[3], row.lab[4]
    return f"{row.rng.uniform(low, high):.1f}"


def _blob(row: Row) -> str:
    value = {"theme": row.rng.choice(("dark", "light")), "rows": row.rng.randrange(10, 90)}
    return json.dumps(value)


def _profile(row: Row) -> str:
    who = row.person
    return json.dumps({"name": who.full, "email": who.email, "tel": who.phone}, ensure_ascii=False)


GENERATORS: dict[str, Callable[..., str]] = {
    "seq": lambda row, start="1": str(int(start) + row.number),
    "pat": lambda row, *shape: pattern(row.rng, " ".join(shape)),
    "choice": lambda row, *options: row.rng.choice(" ".join(options).split("/")),
    "int": lambda row, low, high: str(row.rng.randint(int(low), int(high))),
    "dec": lambda row, low, high, places="2": f"{row.rng.uniform(float(low), float(high)):.{places}f}",
    "uuid": lambda row: str(uuid.UUID(int=row.rng.getrandbits(128), version=4)),
    "hash": _hash,
    "epoch": lambda row: str(int(_moment(row).timestamp())),
    "epoch_ms": lambda row: str(int(_moment(row).timestamp() * 1000) + row.rng.randrange(1000)),
    "stamp": lambda row, *form: _moment(row).strftime(" ".join(form) or "%Y-%m-%d %H:%M:%S"),
    "date": lambda row, first, last, *form: _day(row, first, last).strftime(" ".join(form) or "%Y-%m-%d"),
    "version": lambda row: f"{row.rng.randint(0, 12)}.{row.rng.randint(0, 30)}.{row.rng.randint(0, 9)}",
    "version4": lambda row: ".".join(str(row.rng.randint(0, 40)) for _ in range(4)),
    "ip": lambda row: str(row.fake.ipv4_public()),
    "ip6": lambda row: str(row.fake.ipv6()),
    "mac": lambda row: str(row.fake.mac_address()),
    "agent": lambda row: str(row.fake.user_agent()),
    "url": lambda row, base="https://shop.example.com/p/": base + pattern(row.rng, "@@####"),
    "ean": lambda row: str(row.fake.ean13()),
    "isbn": lambda row: str(row.fake.isbn13()),
    "iban": _iban,
    "bic": lambda row: str(row.fake.swift(length=11)),
    "card": _card,
    "imei": lambda row: _stdnum(row, "imei", "35#############"),
    "vin": lambda row: str(row.fake.vin()),
    "plate": lambda row: str(row.fake.license_plate()),
    "stdnum": _stdnum,
    "faker": lambda row, method: str(getattr(row.fake, method)()),
    "jwt": _jwt,
    "pem": _pem,
    "secret": lambda row, kind: pattern(row.rng, words.SECRET_PATTERNS[kind]),
    "lat": lambda row: f"{row.rng.uniform(36, 58):.6f}",
    "lon": lambda row: f"{row.rng.uniform(-9, 24):.6f}",
    "dx_code": lambda row: row.condition[0],
    "dx_bare": lambda row: row.condition[0].replace(".", ""),
    "dx_text": lambda row: row.title(),
    "drug": lambda row: row.drug,
    "ndc": lambda row: pattern(row.rng, "#####-####-##"),
    "npi": _npi,
    "clabe": _clabe,
    "nino": _nino,
    "track": _track,
    "totp": _totp,
    "dea": _dea,
    "nanp": _north_american,
    "other": lambda row, name: str(getattr(row.other, name)),
    "mbi": _mbi,
    "lab_name": lambda row: row.lab[0],
    "loinc": lambda row: row.lab[1],
    "lab_unit": lambda row: row.lab[2],
    "lab_value": _lab_value,
    "proc_code": lambda row: row.procedure[0],
    "proc_text": lambda row: row.procedure[1],
    "snomed": lambda row: row.concept[0],
    "snomed_text": lambda row: row.concept[1],
    "product": lambda row: row.rng.choice(words.PRODUCTS),
    "note": _text(words.NOTE_TEXTS),
    "clinical": _text(words.CLINICAL_TEXTS),
    "plain": lambda row: row.rng.choice(words.PLAIN_TEXTS.get(row.person.language, words.PLAIN_TEXTS["en"])),
    "blob": _blob,
    "profile": _profile,
    "empty": lambda _row: "",
    "dob": lambda row, *form: row.person.birth.strftime(" ".join(form) or "%Y-%m-%d"),
    "sex": lambda row, codes="M/F": codes.split("/")[row.person.female],
}
GENERATORS |= {
    name: _person_part(name)
    for name in (
        "first",
        "last",
        "full",
        "last_first",
        "initials",
        "email",
        "login",
        "phone",
        "mobile",
        "street",
        "city",
        "zip",
        "state",
        "country",
        "address",
        "age",
        "job",
        "company",
        "title",
        "work_email",
    )
}
