"""Abbreviations and foreign words in names of columns, written out in English.

`abbreviations.yaml` holds them by domain. A word that stands in several is taken from the domain that most of its
neighbours are of; some are taken only beside such a neighbour, since alone they mean something else more often.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from assay.detect import telling
from assay.detect.joined import Joined
from assay.detect.shipped import shipped
from assay.detect.telling import vocabulary

_FILE = Path(__file__).with_name("abbreviations.yaml")
_ONLY_BESIDE, _ONLY_LAST, _ENDS, _STARTS, _KNOWN = (
    "only_beside",
    "only_last",
    "ends",
    "starts",
    "known",
)
_LONGEST = 3
_SHORTEST_TOLD = 4
# Letters that are no others with an accent.
_LETTERS = str.maketrans({
    "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "đ": "d",
    "Đ": "D", "ð": "d", "þ": "th",
})  # fmt: skip


class _Entry(NamedTuple):
    """One reading of a word: of what domain, and what it stands for.

    `only_beside`: a neighbour of the domain must bear it out. `only_last`: it must be the last of several words.
    """

    domain: str
    words: tuple[str, ...]
    only_beside: bool
    only_last: bool


class _Dictionary(NamedTuple):
    """The readings of each word or words, the words that tell a domain without being short for anything, and what takes
    joined words apart."""

    readings: Mapping[tuple[str, ...], tuple[_Entry, ...]]
    telling: Mapping[str, str]
    joined: Joined


def expand(words: Sequence[str]) -> list[str]:
    """The words of a column's name (lower case) with abbreviations written out and foreign words in English.

    >>> expand(["mbr", "dob"])
    ['member', 'date', 'of', 'birth']
    >>> expand(["fecha", "nacimiento"])
    ['birth', 'date']
    >>> expand(["kundennummer"])
    ['customer', 'number']
    >>> expand(["company", "message"])
    ['company', 'message']
    """
    return list(_expanded(tuple(words)))


def read_ahead(cache: Path | None) -> None:
    """Reads the dictionary from where it is kept in `cache`; else its first use reads the files that ship."""
    for file in (_FILE, telling.FILE):
        shipped(file, cache)


@cache
def known_words() -> frozenset[str]:
    """The single words that the dictionary has and that are long enough to be told inside longer ones."""
    return frozenset(key[0] for key in _dictionary().readings if len(key) == 1 and len(key[0]) >= _SHORTEST_TOLD)


def plain(text: str) -> str:
    """`text` without accents, as the dictionary's keys are: `prénom` → `prenom`, `Straße` → `Strasse`."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


@lru_cache(maxsize=65_536)
def _expanded(words: tuple[str, ...]) -> tuple[str, ...]:
    readings, telling, joined = _dictionary()
    words = tuple(part for word in words for part in _apart(word, joined))
    keys = tuple(plain(word) for word in words)
    parts = list(_parts(keys, readings))
    if not any(part in readings for part, _ in parts):
        return words
    domains = [_domains(part, readings, telling) for part, _ in parts]
    votes = Counter(domain for near in domains for domain in near)
    found: list[str] = []
    for (part, at), own in zip(parts, domains, strict=True):
        # Its own vote bears nothing out; more than one left are its neighbours'.
        best = max(
            (
                entry
                for entry in readings.get(part, ())
                if (not entry.only_beside or votes[entry.domain] > own.count(entry.domain))
                and (not entry.only_last or 0 < at == len(words) - 1)
            ),
            key=lambda entry: votes[entry.domain],
            default=None,
        )
        found += best.words if best is not None else words[at : at + len(part)]
    # `prov_npi` gives "provider" twice.
    return tuple(word for word, _ in groupby(found))


def _apart(word: str, joined: Joined) -> tuple[str, ...]:
    """`rechnungsadresse` → rechnung, adresse; `cusnam` → cus, nam."""
    parts = joined.parts(plain(word))
    return parts if len(parts) > 1 or parts[0] in joined.short else (word,)


def _parts(
    keys: tuple[str, ...], readings: Mapping[tuple[str, ...], tuple[_Entry, ...]]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """The words cut into entries of the dictionary, the longest first, and words that it does not have."""
    at = 0
    while at < len(keys):
        length = next(
            (size for size in range(min(_LONGEST, len(keys) - at), 1, -1) if keys[at : at + size] in readings), 1
        )
        yield keys[at : at + length], at
        at += length


def _domains(
    part: tuple[str, ...], readings: Mapping[tuple[str, ...], tuple[_Entry, ...]], telling: Mapping[str, str]
) -> tuple[str, ...]:
    if part in readings:
        return tuple(entry.domain for entry in readings[part])
    return (telling[part[0]],) if part[0] in telling else ()


@cache
def _dictionary() -> _Dictionary:
    data: dict[str, dict[str, Any]] = dict(shipped(_FILE))
    only_beside, only_last = (
        {(domain, word) for domain, words in data.pop(flag).items() for word in words}
        for flag in (_ONLY_BESIDE, _ONLY_LAST)
    )
    ends, starts, further = (frozenset(data.pop(name)) for name in (_ENDS, _STARTS, _KNOWN))
    readings: dict[tuple[str, ...], list[_Entry]] = {}
    used: dict[str, set[str]] = {}
    for domain, entries in data.items():
        for short, written in entries.items():
            words = tuple(written.split())
            entry = _Entry(domain, words, (domain, short) in only_beside, (domain, short) in only_last)
            readings.setdefault(tuple(plain(short).split()), []).append(entry)
            for word in words:
                used.setdefault(word, set()).add(domain)
    return _Dictionary(
        readings={key: tuple(entries) for key, entries in readings.items()},
        telling={word: next(iter(domains)) for word, domains in used.items() if len(domains) == 1},
        joined=_joined(readings, further.union(used), ends, starts),
    )


def _joined(
    readings: Mapping[tuple[str, ...], Sequence[_Entry]],
    words: Iterable[str],
    ends: frozenset[str],
    starts: frozenset[str],
) -> Joined:
    short = {key[0]: " ".join(entries[0].words) for key, entries in readings.items() if len(key) == 1}
    known = vocabulary()
    return Joined(
        short=short,
        words=known.telling.union(known.open_at_end, words, *readings),
        ends=ends,
        starts=starts,
        ordered=tuple(sorted(short)),
    )
