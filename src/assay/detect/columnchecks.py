"""Validators over many values at once: the same answers as one by one, for values of the usual shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from assay.detect import numbering
from assay.detect.suffixlist import ruled
from assay.detect.validators import financial, personal, places

_ZERO = 48
_NEWLINE = 10
_DOT = 46
_AT = 64
_FEW = 32
_LEAST_REPEATED = 2
# A line feed is searched many times as fast as the beginning of a line.
_MESSAGE_ID = re.compile(rf"\n(?:{personal.MESSAGE_ID.pattern})$", re.MULTILINE)
_HEX = bytes(120 if chr(byte) in "0123456789abcdef" else 32 for byte in range(256))
_NO_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)

Check = Callable[[str], bool]
Batch = Callable[["Texts"], Any]


class Texts:
    """Values of one column: as text, one a line, and as bytes. Arrays are made when they are first asked for."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values
        self.lines = "\n".join(values)
        self.plain = self.lines.isascii() and self.lines.count("\n") == len(values) - 1
        self._bytes: bytes | None = None
        self._square: Any = None
        self._digits: Any = None

    @property
    def bytes(self) -> bytes:
        if self._bytes is None:
            self._bytes = self.lines.encode("utf-8", "surrogatepass")
        return self._bytes

    @property
    def square(self) -> Any:
        """Array [place, value] of the bytes of values that are all of one length; `None` of others."""
        if self._square is None:
            width = len(self.values[0])
            array = np.frombuffer(self.bytes + b"\n", dtype=np.uint8)
            if not self.plain or not width or len(array) != len(self.values) * (width + 1):
                self._square = False
            else:
                lines = array.reshape(len(self.values), width + 1)
                ended = bool((lines[:, width] == _NEWLINE).all())
                self._square = np.ascontiguousarray(lines[:, :width].T) if ended else False
        return None if self._square is False else self._square

    @property
    def digits(self) -> Any:
        """The same as numbers 0 to 9, where all of them are digits; `None` else."""
        if self._digits is None:
            square = self.square
            digits = None if square is None else square - np.uint8(_ZERO)
            self._digits = digits if digits is not None and int(digits.max()) <= 9 else False
        return None if self._digits is False else self._digits


def passing(name: str, check: Check, texts: Texts) -> Sequence[bool]:
    """For each of the values whether the validator called `name`, which is `check`, lets it pass."""
    values = texts.values
    batch = _BATCHES.get(name) if len(values) >= _FEW else None
    if batch is not None and texts.plain:
        passed = batch(texts)
        if passed is not None:
            found: list[bool] = passed.tolist() if isinstance(passed, np.ndarray) else passed
            return found
    distinct = set(values)
    if len(distinct) * _LEAST_REPEATED > len(values):
        return list(map(check, values))
    known = {value: check(value) for value in distinct}
    return list(map(known.__getitem__, values))


def hopeless(name: str, texts: Texts) -> bool:
    """Whether that validator certainly passes none of the values, nor any part of one."""
    none = HOPELESS.get(name)
    return none is not None and none(texts)


def _luhn(texts: Texts) -> Any:
    digits = texts.digits
    if digits is None or len(digits) < 2:
        return None
    total = digits[-1::-2].sum(axis=0, dtype=np.int32) + _DOUBLED[digits[-2::-2]].sum(axis=0, dtype=np.int32)
    return (total % 10 == 0) & (digits != digits[0]).any(axis=0)


_DOUBLED = np.array((0, 2, 4, 6, 8, 1, 3, 5, 7, 9), dtype=np.uint8)


def _card_network(texts: Texts) -> Any:
    digits = texts.digits
    if digits is None or len(digits) < 12:
        return None
    prefixes = ((digits[0].astype(np.int64) * 10 + digits[1]) * 10 + digits[2]) * 10 + digits[3]
    known = _networks(len(digits))
    for prefix in np.unique(prefixes[known[prefixes] < 0]).tolist():
        known[prefix] = financial.card_network(f"{prefix:04}".ljust(len(digits), "0"))
    return known[prefixes] > 0


@cache
def _networks(_length: int) -> Any:
    """By four-digit prefix whether cards of that length are issued: 1, 0, or -1 where nobody asked yet."""
    return np.full(10_000, -1, dtype=np.int8)


def _card_varied(texts: Texts) -> Any:
    digits = texts.digits
    if digits is None:
        return None
    step = np.diff(digits.astype(np.int8), axis=0)
    counting = np.zeros(digits.shape[1], dtype=bool)
    for up in (1, -1):
        follows = (step == up) | (step == -9 * up)
        for at in range(len(follows) - financial.COUNTING_RUN + 2):
            counting |= follows[at : at + financial.COUNTING_RUN - 1].all(axis=0)
    seen = np.bitwise_or.reduce(np.uint16(1) << digits.astype(np.uint16), axis=0)
    return (_ONES[seen] >= 4) & ~counting


_ONES = np.array([number.bit_count() for number in range(1024)], dtype=np.uint8)


def _ssn(texts: Texts) -> Any:
    square = texts.square
    if square is None or personal.NINE_DIGITS.fullmatch(texts.values[0]) is None:
        return None
    is_digit = np.array([char.isdigit() for char in texts.values[0]])
    digits = square[is_digit] - np.uint8(_ZERO)
    others = square[~is_digit]
    if int(digits.max()) > 9 or bool(((others >= _ZERO) & (others <= _ZERO + 9)).any()):
        return None
    area = (digits[0].astype(np.int32) * 10 + digits[1]) * 10 + digits[2]
    passed = (area > 0) & (area != 666) & (digits[0] != 9)
    passed &= (digits[3:5] > 0).any(axis=0) & (digits[5:] > 0).any(axis=0)
    return passed & (digits != digits[0]).any(axis=0)


def _public_suffix_email(texts: Texts) -> Any:
    locals_, after = _around_at(texts)
    together = "\n".join(locals_)
    if not all(locals_) or max(map(len, locals_)) > 64 or ".." in together or ".\n" in f"{together}\n":
        return None
    mapped = together.encode()
    has_digits = len(mapped.translate(None, _NO_DIGITS)) > 0
    if (has_digits or b"x" * 16 in mapped.translate(_HEX)) and _MESSAGE_ID.search(f"\n{together}"):
        return None
    domains = "\n".join(after).lower().split("\n")
    known = _Domains()
    below = known.usual(domains)
    return list(map(known.__getitem__, domains)) if below is None else below


def _around_at(texts: Texts) -> tuple[list[str], list[str]]:
    """What stands before the last `@` of each of the values, and what behind it."""
    pieces = texts.lines.replace("@", "\n").split("\n")
    if len(pieces) == 2 * len(texts.values):
        array = np.frombuffer(texts.bytes, dtype=np.uint8)
        marks = array[(array == _AT) | (array == _NEWLINE)]
        if bool((marks[::2] == _AT).all()):
            # One in each of them.
            return pieces[::2], pieces[1::2]
    parts = [value.rpartition("@") for value in texts.values]
    return [part[0] for part in parts], [part[2] for part in parts]


class _Domains(dict[str, bool]):
    """By domain whether it can have a mailbox. Of most the answer is that of what follows the first label."""

    def __init__(self) -> None:
        super().__init__()
        self._below: dict[str, bool] = {}

    def usual(self, domains: Sequence[str]) -> list[bool] | None:
        """The answers where all domains are below others whose answer is theirs; `None` where that is to be asked of each."""
        parts = [domain.partition(".") for domain in domains]
        labels, below = [part[0] for part in parts], [part[2] for part in parts]
        if not all(labels) or not all(below) or not "".join(labels).isalpha():
            return None
        if max(map(len, labels)) >= _LABEL or not _LABELS.isdisjoint(labels) or max(map(len, domains)) >= _SHORT:
            return None
        different = set(below)
        if any("xn--" in rest for rest in different) or not ruled().isdisjoint(domains):
            return None
        return list(map({rest: self._answer(rest) for rest in different}.__getitem__, below))

    def _answer(self, rest: str) -> bool:
        found = self._below.get(rest)
        if found is None:
            found = self._below[rest] = personal.public_suffix_email(f"a@{_ANY_LABEL}.{rest}")
        return found

    def __missing__(self, domain: str) -> bool:
        label, dot, rest = domain.partition(".")
        if dot and label.isalpha() and len(label) < _LABEL and label not in _LABELS and "xn--" not in rest:
            below = self._answer(rest)
            # A shorter domain that is a suffix itself has none of its own; neither answers for the other.
            found = below if domain not in ruled() and len(domain) < _SHORT else _alone(domain)
        else:
            found = _alone(domain)
        self[domain] = found
        return found


def _alone(domain: str) -> bool:
    return personal.public_suffix_email(f"a@{domain}")


_LABEL = 60
_SHORT = 200
_ANY_LABEL = "qzkvwxj"
_LABELS = frozenset({"self", "test", "example", "invalid"})


def _iban(texts: Texts) -> Any:
    square = texts.square
    if square is None or not 15 <= len(square) <= 34:
        return None
    numbers = _AS_NUMBER[square]
    if int(numbers.max()) > 35:
        return None
    country = numbers[0].astype(np.int64) * 64 + numbers[1]
    passed = np.zeros(len(country), dtype=bool)
    for each in np.unique(country).tolist():
        mine = country == each
        first = int(np.argmax(mine))
        structure = _iban_structure(texts.values[first][:2])
        if structure is not None and len(structure) == len(square):
            of_country = numbers[:, mine]
            passed[mine] = ((of_country >= structure[:, :1]) & (of_country <= structure[:, 1:])).all(axis=0)
    passed &= (numbers[4:] > 0).any(axis=0)
    check = numbers[2].astype(np.int64) * 10 + numbers[3]
    return passed & (check >= 2) & (check <= 98) & (_mod_97(np.concatenate((numbers[4:], numbers[:4]))) == 1)


@cache
def _iban_structure(country: str) -> Any:
    """Array of the least and the greatest number in each place, `None` for countries without."""
    entry = next((entry for entry in financial.IBAN_COUNTRIES.split() if entry.startswith(country)), None)
    if entry is None:
        return None
    runs = [(2, "a"), (2, "n"), *((int(count), kind) for count, kind in financial.IBAN_RUN.findall(entry[2:]))]
    return np.array([_IBAN_BOUNDS[kind] for count, kind in runs for _ in range(count)])


_IBAN_BOUNDS = {"n": (0, 9), "a": (10, 35), "c": (0, 35)}
_AS_NUMBER = np.full(256, 99, dtype=np.uint8)
_AS_NUMBER[48:58] = np.arange(10)
_AS_NUMBER[65:91] = np.arange(10, 36)
_FITS = 7


def _mod_97(numbers: Any) -> Any:
    """Remainders of numbers whose places are digits or letters (10 to 35), most significant first."""
    rest = np.zeros(numbers.shape[1], dtype=np.int64)
    for at in range(0, len(numbers), _FITS):
        for row in numbers[at : at + _FITS]:
            rest *= np.where(row > 9, 100, 10) if int(row.max()) > 9 else 10
            rest += row
        rest %= 97
    return rest


def _global_ipv4(texts: Texts) -> Any:
    array = np.frombuffer(b"\n" + texts.bytes + b"\n", dtype=np.uint8)
    ends = np.flatnonzero((array == _DOT) | (array == _NEWLINE))[1:]
    count = len(texts.values)
    if len(ends) != 4 * count:
        return None
    starts = np.concatenate(([0], ends[:-1])) + 1
    lengths = ends - starts
    if int(lengths.min()) < 1 or int(lengths.max()) > 3 or bool((array[ends[3::4]] != _NEWLINE).any()):
        return None
    digits = array - np.uint8(_ZERO)
    if int(np.count_nonzero(digits > 9)) != 4 * count + 1:
        return None
    first = digits[starts].astype(np.int32)
    octets = np.where(lengths > 1, digits[ends - 2], np.uint8(0)).astype(np.int32) * 10 + digits[ends - 1]
    octets += np.where(lengths > 2, first, 0) * 100
    bad = (octets > 255) | ((lengths > 1) & (first == 0))
    passed = ~bad.reshape(count, 4).any(axis=1)
    for index in np.flatnonzero(passed & _SPECIAL[octets[::4] & 255]).tolist():
        passed[index] = places.global_ipv4(texts.values[index])
    return passed


def _without_words(texts: Texts) -> bool:
    # Ideographs are words, too, and no ASCII.
    return texts.plain and _LETTERS.search(texts.lines) is None


_LETTERS = re.compile(r"[A-Za-z]{2}")


def _international_phone(texts: Texts) -> Any:
    """Of numbers behind a plus sign, in digits with spaces or hyphens between, those that a country's plan knows."""
    if _PLAIN_PHONES.fullmatch(texts.lines) is None:
        return None
    numbers = texts.bytes.translate(None, b"+ -").decode().split("\n")
    lengths = set(map(len, numbers))
    if min(lengths) < numbering.FEWEST or max(lengths) > numbering.MOST:
        return None
    starts = frozenset([number[: numbering.LONGEST_CODE] for number in numbers])
    if len(starts) <= _FEW_COUNTRIES and numbering.FILLERS.isdisjoint(numbers):
        together = "\n".join(numbers)
        lines = numbering.international_lines(starts)
        if not lines.groups and _OF_TWO_DIGITS.search(f"\n{together}") is None and lines.findall(together) == numbers:
            return [True] * len(numbers)
    return [numbering.international(number) and numbering.varied(number) for number in numbers]


_FEW_COUNTRIES = 8
# Fewer than `numbering.LEAST_VARIED` different ones.
_OF_TWO_DIGITS = re.compile(r"\n(\d)\1*+(?:(\d)(?:\1|\2)*+)?$", re.MULTILINE)


_PLAIN_PHONES = re.compile(r"\+[0-9][0-9 -]*[0-9](?:\n\+[0-9][0-9 -]*[0-9])*+")

_SPECIAL = np.array([octet in places.SPECIAL_OCTETS for octet in range(256)])

HOPELESS: dict[str, Callable[[Texts], bool]] = {"postal_text": _without_words}
_BATCHES: dict[str, Batch] = {
    "card_network": _card_network,
    "card_varied": _card_varied,
    "global_ipv4": _global_ipv4,
    "iban": _iban,
    "international_phone": _international_phone,
    "luhn": _luhn,
    "public_suffix_email": _public_suffix_email,
    "ssn": _ssn,
}
