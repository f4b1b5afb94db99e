"""Names of places, judged by lists of countries and towns (see the heads of the lists and NOTICE for where they are from)."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from assay.detect.validators import person_names

_MOST_WORDS = 5


@lru_cache(maxsize=65_536)
def country_name(value: str) -> bool:
    """A country, a territory, a state of the United States or a continent, in English or one of six other languages."""
    return _folded(value) in person_names._listed("countries.txt")


@lru_cache(maxsize=65_536)
def town_name(value: str) -> bool:
    """A town of at least 20,000 people, in its own or a neighbour's spelling."""
    return _folded(value) in _towns()


@lru_cache(maxsize=65_536)
def place_name(value: str) -> bool:
    """A listed country or town that is no listed name of a person."""
    return country_name(value) or (town_name(value) and not person_names.is_listed(value))


def _folded(value: str) -> str:
    words = value.split()
    return " ".join(map(person_names._fold, words)) if len(words) <= _MOST_WORDS else ""


@cache
def _towns() -> frozenset[str]:
    import lzma  # only where places are looked for

    text = lzma.decompress(Path(__file__).with_name("cities.txt.xz").read_bytes()).decode("ascii")
    return frozenset(text.split("\n"))
