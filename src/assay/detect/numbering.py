"""Numbering plans of the world's telephone regions, as the phonenumbers library carries them (ITU-T E.164)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from assay.detect.cache import kept_or_made
from assay.detect.files import state_of

FEWEST, MOST = 7, 15
"""Digits of a number with its country code (E.164)."""
LONGEST_CODE = 3
LEAST_VARIED = 3
FILLERS = frozenset({"1234567890", "0123456789", "123456789"})

_FORMAT = b"assay numbering plans 1\n"
_TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan")


class Plan(NamedTuple):
    """Numbering plan of one region: the trunk prefix dialled before national numbers, and what those look like."""

    trunk: str
    national: re.Pattern[str]


class _Kept:
    """Where plans are kept: the same ones whatever the folder, and first read when there is a number to be checked."""

    folder: Path | None = None


def keep_below(cache: Path | None) -> None:
    """From now on plans are read from this folder where they are there: to load the library takes twenty times as long."""
    _Kept.folder = cache


@cache
def plan_of(region: str) -> Plan | None:
    """The plan of a region (`GB`), or of a country code that belongs to none."""
    found = _known()["plans"].get(region)
    return None if found is None else Plan(trunk=found[0], national=re.compile(found[1]))


@cache
def plans_of(code: int) -> tuple[Plan, ...]:
    """The plans of the regions that share a country code."""
    plans = map(plan_of, _known()["regions"].get(str(code), ()))
    return tuple(plan for plan in plans if plan is not None)


@cache
def _known() -> dict[str, dict[str, list[str]]]:
    """Country code → its regions, and region → trunk prefix and what national numbers look like."""
    found = find_spec("phonenumbers")
    if _Kept.folder is None or found is None or found.origin is None:
        return _read()
    file = _Kept.folder / f"plans-{state_of(Path(found.origin), _FORMAT)}.json"
    known: dict[str, dict[str, list[str]]] = kept_or_made(file, _read)
    return known


def _read() -> dict[str, dict[str, list[str]]]:
    import phonenumbers

    regions = {
        str(code): [str(code) if region == "001" else region for region in names]
        for code, names in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    }
    plans = {}
    for region in {region for names in regions.values() for region in names}:
        meta = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
            int(region) if region.isdigit() else 0, "001" if region.isdigit() else region
        )
        if meta is None:
            continue
        kinds = [getattr(meta, kind) for kind in _TYPES]
        forms = {kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern}
        if forms:
            plans[region] = [meta.national_prefix or "", "|".join(f"(?:{form})" for form in sorted(forms))]
    return {"regions": regions, "plans": plans}


@cache
def _forms_of(start: str) -> tuple[tuple[int, Callable[[str], object]], ...]:
    """For the first three digits of a number: the lengths of country codes they may hold, and what stands behind those."""
    return tuple([(size, plan.national.fullmatch) for size in (1, 2, 3) for plan in plans_of(int(start[:size] or 0))])


def international(digits: str) -> bool:
    """Whether a country's numbering plan knows the number, which begins with its country code."""
    return any(form(digits[size:]) is not None for size, form in _forms_of(digits[:LONGEST_CODE]))


@lru_cache(maxsize=256)
def international_lines(starts: frozenset[str]) -> re.Pattern[str]:
    """Matches the lines that are numbers which `international` knows, of those that begin with one of `starts`."""
    forms = [
        rf"{start[:size]}(?={start[size:]})(?:{plan.national.pattern})"
        for start in sorted(starts)
        for size in (1, 2, 3)
        for plan in plans_of(int(start[:size] or 0))
    ]
    return re.compile(rf"^(?:{'|'.join(forms)})$" if forms else "(?!)", re.MULTILINE)


def varied(digits: str) -> bool:
    """Whether the digits are those of a number, and do not merely fill a field."""
    return len(set(digits)) >= LEAST_VARIED and digits not in FILLERS
