"""Makes documents out of phrases: `open/` for training, `sealed/` (other layouts, other words) for the last measure.

A file holds layouts, parted by `====`. Blocks of a layout, parted by `~~`, but for the first and the last, come in any
order. `? text` (at the beginning of a line or in it) is there or not, ` || ` parts alternatives, `+2-5 text` is a line
that is repeated; `{slot}` is filled anew each time.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_REPEATED = re.compile(r"^\+(\d+)-(\d+) (.*)$")


class Maker:
    """Makes the documents of one part, always the same for a seed."""

    def __init__(self, part: str, seed: int) -> None:
        words = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))
        self.lists: dict[str, list[str]] = {**words["shared"], **words[part]}
        self.random = random.Random(f"{part} {seed}")
        self.layouts = {
            path.stem: [layout.strip("\n") for layout in path.read_text(encoding="utf-8").split("\n====\n")]
            for path in sorted((HERE / part).glob("*.txt"))
        }
        self.made: dict[str, Callable[[], str]] = {
            "n": lambda: str(self.random.choice((self.random.randint(1, 9), self.random.randint(10, 999)))),
            "year": lambda: str(self.random.randint(1995, 2026)),
            "pct": lambda: f"{self.random.randint(1, 40)}{self.random.choice(('%', ' %', '.5%'))}",
            "money": self._money,
            "amount": lambda: self.random.choice(("$", "€", "£", "USD ", "EUR ")) + self._money(),
            "person": lambda: f"{self._of('first')} {self._of('last')}",
            "company": lambda: f"{self._of('firm')} {self._of('kind')}",
            "addr": lambda: f"{self.random.randint(1, 400)} {self._of('street')}, {self._of('city')}",
            "phone": lambda: f"({self.random.randint(200, 999)}) 555-{self.random.randint(1000, 9999)}",
            "email": lambda: (
                f"{self._of('first').lower()}.{self._of('last').lower()}@{self._of('firm').lower()}.example"
            ),
            "date": self._date,
            "time": lambda: (
                f"{self.random.randint(0, 23):02}:{self.random.randint(0, 59):02}"
                + self.random.choice(("", f":{self.random.randint(0, 59):02}"))
            ),
            "iso": lambda: (
                f"2025-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}T"
                f"{self.random.randint(0, 23):02}:{self.random.randint(0, 59):02}:{self.random.randint(0, 59):02}Z"
            ),
            "month3": lambda: self._of("month")[:3],
            "ip": lambda: ".".join(str(self.random.randint(1, 254)) for _ in range(4)),
            "id": lambda: self.random.choice(("", "A-", "INV", "X/")) + str(self.random.randint(1000, 9_999_999)),
        }

    def documents(self, kind: str, number: int) -> Iterator[tuple[str, str]]:
        """So many documents of a type, each with the name of its layout."""
        layouts = self.layouts[kind]
        for _ in range(number):
            at = self.random.randrange(len(layouts))
            yield f"{kind}-{at}", self._document(layouts, at)

    def _document(self, layouts: list[str], at: int) -> str:
        chance = self.random.random
        blocks = layouts[at].split("\n~~\n")
        middle = blocks[1:-1]
        self.random.shuffle(middle)
        if len(layouts) > 1 and chance() < 0.25:
            # Real documents hold parts of others.
            middle.append(self.random.choice(self.random.choice(layouts).split("\n~~\n")))
        lines = [line for block in (blocks[:1] + middle + blocks[1:][-1:]) for line in block.split("\n")]
        if len(lines) > 4 and chance() < 0.5:
            lines = [line for line in lines if chance() > 0.15] or lines
        text = "\n".join(out for line in lines for out in self._lines(line))
        style = chance()
        if style < 0.08:
            text = text.upper()
        elif style < 0.16:
            text = text.replace("\n", "\n\n")
        elif style < 0.22:
            text = "\n".join("    " + line for line in text.split("\n"))
        elif style < 0.28:
            text = re.sub(r"\n(?!\n)", " ", text)
        return text

    def _lines(self, line: str) -> Iterator[str]:
        repeated = _REPEATED.match(line)
        if repeated is None:
            if (made := self._line(line)) is not None:
                yield made
            return
        for _ in range(self.random.randint(int(repeated[1]), int(repeated[2]))):
            yield self._line(repeated[3]) or ""

    def _line(self, line: str) -> str | None:
        line = self.random.choice(line.split(" || "))
        if line.startswith("? "):
            if self.random.random() < 0.5:
                return None
            line = line[2:]
        if " ? " in line:
            before, after = line.split(" ? ", 1)
            line = f"{before} {after}" if self.random.random() < 0.5 else before
        return _SLOT.sub(lambda slot: self.made[slot[1]]() if slot[1] in self.made else self._of(slot[1]), line)

    def _of(self, slot: str) -> str:
        return self.random.choice(self.lists[slot])

    def _money(self) -> str:
        value = self.random.choice((self.random.uniform(1, 900), self.random.uniform(1000, 900_000)))
        return self.random.choice((f"{value:,.2f}", f"{value:.2f}", f"{value:,.0f}"))

    def _date(self) -> str:
        day, month, year = self.random.randint(1, 28), self.random.randint(1, 12), self.random.randint(2001, 2026)
        return self.random.choice(
            (
                f"{month:02}/{day:02}/{year}",
                f"{day:02}.{month:02}.{year}",
                f"{year}-{month:02}-{day:02}",
                f"{self._of('month')} {day}, {year}",
                f"{day} {self._of('month')} {year}",
            )
        )
