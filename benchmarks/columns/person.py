"""An invented person whose parts fit together, in the language of a table."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta

from faker import Faker

_TODAY = date(2026, 1, 1)


def _plain(text: str) -> str:
    text = text.replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(c for c in folded.lower() if c.isalnum())


class Person:
    """Name, birth, contact and place of an invented person; all parts are text or dates."""

    def __init__(self, rng: random.Random, fake: Faker) -> None:
        locale = str(fake.locales[0])
        self.language = locale[:2]
        self.female = rng.random() < 0.5
        self.first = str(fake.first_name_female() if self.female else fake.first_name_male())
        self.last = str(fake.last_name())
        self.full = f"{self.first} {self.last}"
        self.last_first = f"{self.last}, {self.first}"
        self.initials = f"{self.first[:1]}.{self.last[:1]}."
        self.title = rng.choice(("Ms", "Mrs", "Dr") if self.female else ("Mr", "Mr", "Dr"))
        self.birth = _TODAY - timedelta(days=rng.randrange(18 * 365, 88 * 365))
        self.age = (_TODAY - self.birth).days // 365
        first, last = _plain(self.first) or f"u{rng.randrange(999)}", _plain(self.last) or "x"
        shape = rng.choice(("{f}.{l}", "{i}{l}", "{f}{n}", "{l}_{f}", "{f}.{l}{n}"))
        name = shape.format(f=first, l=last, i=first[0], n=rng.randrange(1, 99))
        self.email = f"{name}@{fake.free_email_domain()}"
        self.login = rng.choice(("{i}{l}", "{f}{n}", "{l}{i}")).format(
            f=first, l=last, i=first[0], n=rng.randrange(1, 999)
        )
        self.company = str(fake.company())
        self.work_email = f"{first}.{last}@{_plain(self.company)[:14] or 'firma'}.example"
        self.phone = str(fake.phone_number())
        self.mobile = str(fake.phone_number())
        self.street = str(fake.street_address()).replace("\n", ", ")
        self.city = str(fake.city())
        self.zip = str(fake.postcode())
        self.state = str(fake.administrative_unit()) if hasattr(fake, "administrative_unit") else ""
        self.country = str(fake.current_country())
        self.address = f"{self.street}, {self.zip} {self.city}"
        self.job = str(fake.job())
