"""Validate a candidate and weigh its context: a score that is the sum of its evidence."""

from __future__ import annotations

from collections.abc import Container, Iterable

from assay.detect.candidate import Candidate
from assay.detect.compiled import UNKNOWN, CompiledPattern, Verdict
from assay.detect.confirm import keyword_near
from assay.detect.names import NameIndex
from assay.detect.stems import may_have
from assay.formats.structure import Place
from assay.model import Evidence

MAX_SCORE = 0.99
TEST_SCORE = 0.1
WITHOUT_CONTEXT = 0.35
WHOLE_CELL = 0.05
_QUOTES = b" \t\"'"
_PARENTS = 3
_KEPT = 1_024
_SHORT = 128


def judge(candidate: Candidate, data: bytes, names: NameIndex, place_override: Place | None = None) -> bool:
    """Run ignore lists (of names of fields, too) and validators, weigh context, set score and evidence. `False` drops the candidate."""
    compiled = candidate.pattern
    rule = compiled.rule
    value = candidate.value
    where = place_override or candidate.place
    if where is not None and where.names and rule.index in names.against(where.names[0]):
        return False
    verdict = of_value(compiled, value)
    if verdict is None or (rule.has_ignore_words and _ignored_nearby(candidate, data)):
        return False
    total, passed, is_test = verdict
    evidence = [*passed]
    total = _weigh_context(candidate, data, names, where, total, evidence)
    place = candidate.place
    if place is not None and _fills(candidate, data, place):
        candidate.cell = True
        evidence.append(Evidence("context", "fills its whole cell", WHOLE_CELL))
        total += WHOLE_CELL
    if is_test:
        candidate.test = True
        evidence.append(Evidence("validator", "documented test value", round(TEST_SCORE - total, 4)))
        total = TEST_SCORE
    elif total > MAX_SCORE:
        evidence.append(Evidence("pattern", "no single finding is certain", round(MAX_SCORE - total, 4)))
        total = MAX_SCORE
    candidate.score = total
    candidate.evidence = evidence
    return True


def judge_whole(candidate: Candidate, hints: Container[int], against: Container[int]) -> bool:
    """`judge` for a value that fills its cell, without the evidence: nothing stands around it but the column's name.

    `hints` are the rules that the name speaks for, `against` those that it speaks against.
    """
    compiled = candidate.pattern
    rule = compiled.rule
    if rule.index in against:
        return False
    verdict = of_value(compiled, candidate.value)
    if verdict is None:
        return False
    if rule.has_ignore_words:
        assert rule.ignore_context is not None
        if rule.ignore_context.search(candidate.value.encode()) is not None:
            return False
    total, _, is_test = verdict
    if candidate.governed is not None or rule.index in hints:
        total += 0.0 if compiled.pattern.anchor != "value" else rule.identifier.context_weight
    elif compiled.pattern.context_required:
        total = WITHOUT_CONTEXT
    candidate.cell = True
    candidate.test = is_test
    candidate.score = TEST_SCORE if is_test else min(MAX_SCORE, total + WHOLE_CELL)
    return True


def of_value(compiled: CompiledPattern, value: str) -> Verdict | None:
    """What a value says alone; `None` drops it. Kept for the next time: texts say the same address again and again."""
    known: Verdict | None = compiled.verdicts.get(value, UNKNOWN)
    if known is not UNKNOWN:
        return known
    verdict = _judged(compiled, value)
    if len(value) <= _SHORT:
        if len(compiled.verdicts) >= _KEPT:
            compiled.verdicts.clear()
        compiled.verdicts[value] = verdict
    return verdict


def vouch(compiled: CompiledPattern, values: Iterable[str]) -> None:
    """Lets it be known that values pass all validators of a pattern, are no test values and on no list."""
    total = compiled.shape_weight
    for _, _, weight in compiled.checks:
        total += weight  # in this order, as below: sums of such numbers depend on it
    verdict = total, (compiled.shape, *(passed for passed, _, _ in compiled.checks)), False
    known = compiled.verdicts
    if len(known) >= _KEPT:
        known.clear()
    known.update((value, verdict) for value in values if len(value) <= _SHORT)


def _judged(compiled: CompiledPattern, value: str) -> Verdict | None:
    rule = compiled.rule
    evidence = [compiled.shape]
    total = compiled.shape_weight
    is_test: bool | None = None
    for passed, check, weight in compiled.checks:
        if check(value):
            total += weight
            evidence.append(passed)
            continue
        # Documentation values need not pass: they are told apart.
        is_test = rule.is_test(value) if is_test is None else is_test
        if not is_test:
            return None
    if rule.ignore(value):
        return None
    return total, tuple(evidence), rule.is_test(value) if is_test is None else is_test


def _weigh_context(
    candidate: Candidate, data: bytes, names: NameIndex, place: Place | None, total: float, evidence: list[Evidence]
) -> float:
    rule = candidate.pattern.rule
    pattern = candidate.pattern.pattern
    identifier = rule.identifier
    weight = 0.0 if pattern.anchor != "value" else identifier.context_weight
    if candidate.governed is not None:
        evidence.append(Evidence("name", f"in a field named like '{candidate.governed}'", weight))
        return total + weight
    if place is not None:
        for name in place.names[:_PARENTS]:
            hint = names.match(name).get(rule.index)
            if hint is not None:
                evidence.append(Evidence("name", f"in a field named like '{hint}'", weight))
                return total + weight
    word = keyword_near(rule, data, candidate, place) if place is None or place is candidate.place else None
    if word is not None:
        evidence.append(Evidence("context", f"'{word}' within {identifier.distance} characters", weight))
        return total + weight
    if pattern.context_required:
        evidence.append(Evidence("context", "no context word near", round(WITHOUT_CONTEXT - total, 4)))
        return WITHOUT_CONTEXT
    return total


def _fills(candidate: Candidate, data: bytes, place: Place) -> bool:
    start, end = candidate.start, candidate.end
    if start < place.start or end > place.end:
        return False
    # A cell may be as long as a file: what stands beside the value tells nearly always.
    if (start > place.start and data[start - 1] not in _QUOTES) or (end < place.end and data[end] not in _QUOTES):
        return False
    return not data[place.start : start].strip(_QUOTES) and not data[end : place.end].strip(_QUOTES)


def _ignored_nearby(candidate: Candidate, data: bytes) -> bool:
    rule = candidate.pattern.rule
    reach = rule.identifier.distance
    # Within reach only: a line may be as long as the file.
    low = max(0, candidate.start - reach)
    low = max(low, data.rfind(b"\n", low, candidate.start) + 1)
    high = min(len(data), candidate.end + reach)
    stop = data.find(b"\n", candidate.end, high)
    high = high if stop < 0 else stop
    if candidate.place is not None:
        # A neighbouring cell's words say nothing of this one.
        low, high = max(low, candidate.place.start), min(high, candidate.place.end)
    if not may_have(data[low:high], rule.ignore_stems):
        return False
    assert rule.ignore_context is not None
    return rule.ignore_context.search(data, low, high) is not None
