"""Texts with values planted at known places, and how a finding is checked against the file that it was found in.

The checks are written from the specification and share no code with the product: they read the file again at the
offsets, lines and columns that a finding tells.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import html
import io
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import hyperscan
import pyarrow.parquet as pq

from assay.model import Finding, Identifier, Redaction

KEY = "only-for-these-tests"
"""The fingerprint key of all tests."""


def with_check_digit(digits: str) -> str:
    """The digits and their check digit (ISO/IEC 7812-1, Luhn)."""
    doubled = [int(char) * (2 if at % 2 == 0 else 1) for at, char in enumerate(reversed(digits))]
    return digits + str(-sum(sum(divmod(item, 10)) for item in doubled) % 10)


_MARK = re.compile(r"\u27e6(\d+)\u27e7")


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A value, the identifier it is found as, and what its location must say besides the offsets.

    `written` is how it stands in the file where that differs (escapes); `field` and the like are compared if given.
    """

    identifier: str
    value: str
    written: str | None = None
    field: str | None = None
    json_path: str | None = None
    row: int | None = None
    member: str | None = None

    @property
    def raw(self) -> str:
        return self.value if self.written is None else self.written


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A text with its plants, and where each begins in code points."""

    text: str
    plants: Sequence[Plant]
    starts: Sequence[int]


def plant(template: str, *plants: Plant) -> Planted:
    """`template` with \u27e60\u27e7, \u27e61\u27e7 … replaced by the plants, each exactly once and in any order."""
    pieces: list[str] = []
    starts = [-1] * len(plants)
    length = last = 0
    for match in _MARK.finditer(template):
        number = int(match[1])
        before = template[last : match.start()]
        assert starts[number] < 0, f"plant {number} stands twice"
        starts[number] = length + len(before)
        pieces += [before, plants[number].raw]
        length += len(before) + len(plants[number].raw)
        last = match.end()
    assert -1 not in starts, "a plant has no place in the template"
    return Planted(text="".join(pieces) + template[last:], plants=plants, starts=starts)


def shown_too_much(shown: str, value: str, identifier: Identifier) -> str | None:
    """What is wrong with `shown` as the redacted form of `value`, by section 2 of the specification; `None` if nothing."""
    n = len(value)
    if identifier.redaction is Redaction.HIDDEN:
        return None if set(shown) <= {"*"} else "a hidden value shows something"
    if identifier.redaction is Redaction.LAST4:
        digits = re.sub(r"\D+", "", value)
        stars = re.sub(r"\d+\Z", "", shown)
        clear = shown[len(stars) :]
        if set(stars) - {"*"} or len(stars) > 32:
            return "a card shows something before its last digits"
        if clear not in ("", digits[-4:]) or (clear and len(digits) < 12):
            return "a card shows other than its last four digits"
        return None
    if identifier.redaction is Redaction.PREFIX:
        clear, stars = shown.rstrip("*"), shown[len(shown.rstrip("*")) :]
        if clear and (clear not in identifier.prefixes or not value.startswith(clear)):
            return "a secret shows other than its provider's prefix"
        return None if 0 < len(stars) <= 32 else "a secret has no stars, or more than 32"
    k = min(2, n // 8)
    if n < 8:
        return None if shown == "*" * n else "a short value is shown"
    if len(shown) != 2 * k + min(n - 2 * k, 32):
        return "ends or stars of the wrong length"
    if set(shown[k : len(shown) - k]) != {"*"}:
        return "the middle is shown"
    if shown not in (value[:k] + shown[k:-k] + value[n - k :], "*" * len(shown)):
        return "the ends are not the value's own"
    return None


def fingerprint(value: str, identifier: Identifier, key: str) -> str:
    """HMAC-SHA-256 of the identifier's name and the normalised value."""
    forms = {
        "exact": value.strip(),
        "lower": value.strip().lower(),
        "digits": re.sub(r"\D+", "", value),
        "alnum": re.sub(r"[\W_]+", "", value).upper(),
    }
    normal = f"{identifier.name}\0{forms[identifier.normalise]}"
    return hmac.new(key.encode(), normal.encode(), hashlib.sha256).hexdigest()


def at_its_place(finding: Finding, raw: bytes, codec: str = "utf-8", *, bom: int = 0) -> str:
    """The text at the finding's offsets, after checking that offsets, bytes, line and column agree about `raw`."""
    text = raw[bom:].decode(codec, "replace")
    at = finding.location
    assert at.start is not None
    assert at.end is not None
    value = text[at.start : at.end]
    assert 0 <= at.start < at.end <= len(text)
    assert raw[at.byte_start : at.byte_end].decode(codec, "replace") == value
    before = text[: at.start]
    assert at.line == before.count("\n") + 1
    assert at.column == len(before) - (before.rfind("\n") + 1) + 1
    return value


def spellings(value: str) -> Iterator[bytes]:
    """A clear value as it might leak: plain, JSON- and percent-encoded, base64, hexadecimal, UTF-16."""
    plain = value.encode()
    yield plain
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield repr(value)[1:-1].encode()
    yield urllib.parse.quote(value).encode()
    yield urllib.parse.quote_plus(value).encode()
    yield base64.b64encode(plain)
    yield plain.hex().encode()
    yield value.encode("utf-16-le")


def readable(output: bytes, output_format: str) -> bytes:
    """What a scan wrote, with what its format does to texts undone: compression, doubled quotes, entities."""
    if output_format == "parquet":
        return json.dumps(pq.read_table(io.BytesIO(output)).to_pylist(), ensure_ascii=False).encode()
    if output_format == "csv":
        return b"\n".join(cell.encode() for line in csv.reader(io.StringIO(output.decode())) for cell in line)
    if output_format == "html":
        return html.unescape(output.decode().replace("<wbr>", "")).encode()
    return output


def leaks(data: bytes, values: Iterable[str]) -> list[str]:
    """The values of which any spelling stands in `data`."""
    searched = tuple(values)
    if not searched or not data:
        return []
    found: set[int] = set()
    _searcher(searched).scan(data, match_event_handler=lambda number, *_: found.add(number) or None)
    return [searched[number] for number in sorted(found)]


@cache
def _searcher(values: tuple[str, ...]) -> hyperscan.Database:
    """All spellings of all values as literals: thousands of them, in outputs of many megabytes."""
    forms = {(number, form) for number, value in enumerate(values) for form in spellings(value)}
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=["".join(f"\\x{byte:02x}" for byte in form).encode() for _, form in forms],
        ids=[number for number, _ in forms],
        elements=len(forms),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(forms),
    )
    return database


def records(lines: bytes | str) -> list[dict[str, Any]]:
    """JSON Lines as objects."""
    return [json.loads(line) for line in lines.splitlines()]


def of_kind(found: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in found if record["kind"] == kind]
