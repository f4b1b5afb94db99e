"""What is doubtful of identifiers that are valid: patterns that are slow, unanchored, over-broad or overlapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from string import ascii_letters, ascii_lowercase, digits
from typing import Any, NamedTuple

from assay.detect import automaton
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.required import required
from assay.model import Identifier, Pattern

_SAMPLE_LINES = 400
_BROAD_PER_KB = 0.5
"""Candidates in a kilobyte of nothing in particular, from which on a pattern costs every scan time."""
_LONG_GAP = 200


class Doubt(NamedTuple):
    """What is doubtful of a pattern, or of a whole identifier where `pattern` is empty."""

    identifier: str
    pattern: str
    kind: str
    problem: str


def doubts(identifiers: Sequence[Identifier], beside: Sequence[Identifier] = ()) -> Iterator[Doubt]:
    """The doubts about `identifiers`: about each alone, and where they find the same values as each other or `beside`."""
    sample = _sample()
    for identifier in identifiers:
        for pattern in identifier.patterns:
            if pattern.anchor == "value":
                yield from _of_pattern(identifier, pattern, sample)
    yield from _overlaps(identifiers, beside)


def _of_pattern(identifier: Identifier, pattern: Pattern, sample: bytes) -> Iterator[Doubt]:
    expression = pattern.find or pattern.regex
    where = (identifier.name, pattern.id)
    if automaton.unbounded(expression):
        yield Doubt(
            *where, "slow", "what is looked for has no longest match; give a 'find' of fixed width that it begins with"
        )
    elif (gap := _widest_gap(expression)) > _LONG_GAP:
        yield Doubt(
            *where, "slow", f"what is looked for may pass over {gap} characters of any kind; give a shorter 'find'"
        )
    if not required(expression) and not pattern.context_required:
        yield Doubt(
            *where,
            "unanchored",
            "what is looked for has no three characters that are always in it; begin with a fixed prefix, or require context",
        )
    count = _candidates(expression, sample, caseless=pattern.caseless)
    if count * 1_000 > _BROAD_PER_KB * len(sample) and not pattern.context_required:
        yield Doubt(
            *where,
            "over-broad",
            f"{count} candidates in {len(sample) // 1000} kB of words, numbers, digests and code; make it narrower",
        )


def _widest_gap(expression: str) -> int:
    """The most characters of any kind that an expression passes over in one repeat."""
    return max((_gaps(automaton.sre_parse.parse(expression))), default=0)


def _gaps(parsed: Any) -> Iterator[int]:
    sre = automaton.sre
    for operator, argument in parsed:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            inner = argument[2]
            if len(inner) == 1 and (inner[0][0] is sre.ANY or _negated(inner[0])):
                yield int(argument[1])
            yield from _gaps(inner)
        elif operator is sre.SUBPATTERN:
            yield from _gaps(argument[-1])
        elif operator is sre.BRANCH:
            for choice in argument[1]:
                yield from _gaps(choice)


def _negated(item: Any) -> bool:
    operator, argument = item
    sre = automaton.sre
    return operator is sre.NOT_LITERAL or (operator is sre.IN and argument[0][0] is sre.NEGATE)


def _candidates(expression: str, sample: bytes, *, caseless: bool) -> int:
    flags = re.IGNORECASE if caseless else 0
    return sum(1 for _ in re.compile(expression.encode(), flags).finditer(sample))


def _overlaps(identifiers: Sequence[Identifier], beside: Sequence[Identifier]) -> Iterator[Doubt]:
    """Identifiers of which one finds all examples of another."""
    everything = list({item.name: item for item in (*identifiers, *beside)}.values())
    patterns = [compiled for index, item in enumerate(everything) for compiled in _patterns(index, item)]
    for identifier in identifiers:
        examples = [(each.text.encode(), (each.value or "").encode()) for each in identifier.finds]
        others = dict.fromkeys(
            compiled.rule.name
            for compiled in patterns
            if compiled.rule.name != identifier.name and all(_finds(compiled, *each) for each in examples)
        )
        if others and examples:
            found = ", ".join(list(others)[:3])
            yield Doubt(
                identifier.name,
                "",
                "overlapping",
                f"all of its examples are found by {found} too; only one of them is told",
            )


def _patterns(index: int, identifier: Identifier) -> Iterator[CompiledPattern]:
    rule = CompiledRule(index, identifier, untrusted=False)
    yield from (each for each in rule.patterns if each.pattern.anchor == "value")


def _finds(compiled: CompiledPattern, text: bytes, value: bytes) -> bool:
    match = compiled.search(text, 0, len(text))
    if match is None:
        return False
    first, last = compiled.span(match)
    return text[first:last] == value and all(check(value.decode()) for _, check, _ in compiled.checks)


def _sample() -> bytes:
    """Words, numbers, digests, identifiers of code and base-64, the same every time: nothing in it is sensitive."""
    chance = Random("lint")

    def letters(alphabet: str, length: int) -> str:
        return "".join(chance.choice(alphabet) for _ in range(length))

    lines = []
    for number in range(_SAMPLE_LINES):
        word = letters(ascii_lowercase, chance.randint(3, 9))
        lines.append(
            (
                " ".join(letters(ascii_lowercase, chance.randint(2, 9)) for _ in range(12)),
                f"{number} {chance.randint(0, 10**9)} {chance.random():.6f} 2024-0{number % 9 + 1}-1{number % 10} 10.{number % 255}.7.{number % 91}",
                letters("0123456789abcdef", 64),
                f"def {word}_{letters(ascii_lowercase, 5)}(self, {word}): return self._{word}[{number}]",
                letters(ascii_letters + digits + "+/", 76),
                f'"{word}": "{letters("0123456789abcdef", 8)}-{letters("0123456789abcdef", 4)}", "url": "https://{word}.example.org/{word}?id={number}",',
            )[number % 6]
        )
    return "\n".join(lines).encode()
