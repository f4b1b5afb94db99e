"""Whether values of a column are of one kind by their check digits, and how often random values would pass for it.

One number of ten digits says nothing: every tenth passes a check digit. Two hundred that all pass it say a lot.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache

from assay.detect import score
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.numeric import MOST_PLACES
from assay.detect.shapes import mask_of

LEAST = 12
"""Different values from which all of a column passing says something."""
_TRIED = 48
_FIRST = 3
_ALL = 0.97
_RARE = 0.25
_RANDOM = 240
_MOST_MASKS = 512
_LEAST_LENGTH = 6
_NUMBERED = "PHONE"
_AREA, _OF_ONE = 4, 6
_SUBSCRIBER = 10
_NUMBER = re.compile(rf"(9+)(?:\.(9{{1,{MOST_PLACES}}}))?")
_UNGROUPED = str.maketrans("", "", "- ./")

_Check = Callable[[str], bool]


class Purity:
    """Tries the patterns that count only with context on columns of values that are all alike."""

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._by_name = {rule.name: rule for rule in rules}
        self._patterns = [
            item
            for rule in rules
            for item in rule.patterns
            if item.pattern.validators and (item.pattern.context_required or item.by_keyword)
        ]
        self._fitting: dict[str, list[CompiledPattern]] = {}

    def judge(self, values: Mapping[str, int], hits: Mapping[str, int], hinted: Container[int]) -> dict[str, float]:
        """The identifiers that (nearly) all of the values are, though nothing else says so, with their share."""
        pure: dict[str, float] = {}
        tried = [value for value, _ in zip(values, range(_TRIED), strict=False)]
        if len(tried) < LEAST or any(number * 2 > sum(values.values()) for number in hits.values()):
            return pure
        masks = Counter(map(mask_of, tried))
        mask, number = masks.most_common(1)[0]
        if number < _ALL * len(tried) or len(mask) < _LEAST_LENGTH or len(mask) >= 48 or "9" not in mask:
            return pure
        for compiled in self._fit(mask, tried):
            if compiled.rule.index in hinted:
                continue
            # What random values of this mask do is known from other columns, mostly.
            if _is_common(compiled, mask):
                continue
            passes = _passes(compiled)
            if not all(map(passes, tried[:_FIRST])):
                continue
            passed = sum(map(passes, tried))
            if passed < _ALL * len(tried):
                continue
            if _altered(compiled, tried) <= _RARE or (
                compiled.rule.name == _NUMBERED and mask.count("9") >= _SUBSCRIBER and _is_spread(tried)
            ):
                name = compiled.rule.name
                pure[name] = max(pure.get(name, 0.0), passed / len(tried))
        return pure

    def _fit(self, mask: str, tried: Sequence[str]) -> list[CompiledPattern]:
        """The patterns that values of this mask can match at all."""
        known = self._fitting.get(mask)
        if known is None:
            texts = [*tried[:_FIRST], *_random(mask)[:_TRIED]]
            likely = [item for item in self._patterns if not _is_short(item, mask)]
            known = [item for item in likely if any(map(_matches(item), texts))]
            if len(self._fitting) >= _MOST_MASKS:
                self._fitting.clear()
            self._fitting[mask] = known
        return known

    def chance(self, name: str, masks: Mapping[str, int]) -> float:
        """The share of random values of these masks that pass for the identifier, by its best pattern for each."""
        total = sum(masks.values())
        # Numbers only: what has words or an @ in it is no accident.
        telling = {
            mask: number
            for mask, number in masks.items()
            if number >= LEAST and mask.count("9") >= _LEAST_LENGTH and mask.translate(_UNGROUPED).isalnum()
        }
        if not telling:
            return 0.0
        patterns = self._by_name[name].patterns
        return sum(number * max(_chance(item, mask) for item in patterns) for mask, number in telling.items()) / total


def _is_short(compiled: CompiledPattern, mask: str) -> bool:
    """Whether numbers of this mask are surely too short for a pattern: it need not be compiled to be tried."""
    number = _NUMBER.fullmatch(mask)
    need = compiled.numbers
    return number is not None and len(number[1]) < (need.whole if number[2] is None else need.fraction)


def _matches(compiled: CompiledPattern) -> _Check:
    def matches(value: str) -> bool:
        data = value.encode("utf-8", "replace")
        match = compiled.match(data, 0)
        if match is None:
            return False
        first, last = compiled.span(match)
        return first == 0 and last == len(data)

    return matches


def _passes(compiled: CompiledPattern) -> _Check:
    matches = _matches(compiled)

    def passes(value: str) -> bool:
        return matches(value) and score.of_value(compiled, value) is not None

    return passes


def _is_spread(values: Sequence[str]) -> bool:
    """Whether numbers are of many areas, as telephone numbers are and numbers of orders are not."""
    return len({value[:_AREA] for value in values}) * _OF_ONE >= len(values)


def _altered(compiled: CompiledPattern, values: Sequence[str]) -> float:
    """The share of values that still pass with one digit changed: a check digit lets few of them, a range most."""
    passes = _passes(compiled)
    tried = still = 0
    for value in values:
        places = [at for at, char in enumerate(value) if "0" <= char <= "9"]
        for at in (places[-1], places[len(places) // 2]) if places else ():
            changed = f"{value[:at]}{(int(value[at]) + 3) % 10}{value[at + 1 :]}"
            tried += 1
            still += passes(changed)
    return still / tried if tried else 1.0


@lru_cache(4096)
def _chance(compiled: CompiledPattern, mask: str) -> float:
    passes = _passes(compiled)
    return sum(map(passes, _random(mask))) / _RANDOM


@lru_cache(4096)
def _is_common(compiled: CompiledPattern, mask: str) -> bool:
    """Whether `_chance` is more than rare: as soon as that is sure, the rest is not tried."""
    passes = _passes(compiled)
    left = int(_RARE * _RANDOM)
    for value in _random(mask):
        left -= passes(value)
        if left < 0:
            return True
    return False


@lru_cache(512)
def _random(mask: str) -> list[str]:
    """Random values of a mask, the same for each mask every time."""
    draw = random.Random(mask)
    choices = {"9": string.digits, "A": string.ascii_uppercase, "a": string.ascii_lowercase}
    return ["".join(draw.choice(choices[char]) if char in choices else char for char in mask) for _ in range(_RANDOM)]
