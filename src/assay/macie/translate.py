"""Our identifiers as custom data identifiers of Macie: what can be said there, what only partly, what not at all, and why.

Macie has no validators, no look-around, no words that rule a value out from beside it. What is left of each identifier is
proven on its own examples, with the keywords, ignore words and the distance as Macie takes them (`assay.macie.matching`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.macie import limits
from assay.macie.bytesets import CannotError
from assay.macie.expressions import Translated, translated
from assay.macie.matching import Criteria, matches
from assay.model import Example, Identifier, Pattern

PREFIX = "assay:"
"""Names of what we make in Macie begin so; the identifier's NAME follows, and what tells its parts apart."""

UNSAID = "cannot be said"
UNCHECKED = "not checked by Macie"
NOTHING = "none of its examples would be found"


class Verdict(StrEnum):
    """How much of an identifier Macie can be given. `expressible`: all of its examples hold, no pattern and no check is missing;
    notes may say where Macie takes values a little wider."""

    EXPRESSIBLE = "expressible"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """A custom data identifier as Macie takes it."""

    name: str
    description: str
    criteria: Criteria

    @property
    def state(self) -> dict[str, Any]:
        """What it consists of, under Macie's own names; what is not given is not in it."""
        regex, keywords, ignored, distance = self.criteria
        found: dict[str, Any] = {"regex": regex}
        if keywords:
            found |= {"keywords": list(keywords), "maximumMatchDistance": distance}
        if ignored:
            found["ignoreWords"] = list(ignored)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressed:
    """What becomes of one identifier. `reasons` say what Macie cannot be told, `found` and `ignored` how many of its examples
    hold, of how many. `parts` are one or several: values that need a keyword are apart from those that do not."""

    identifier: Identifier
    verdict: Verdict
    parts: tuple[Custom, ...]
    reasons: tuple[str, ...]
    found: tuple[int, int]
    ignored: tuple[int, int]


def identifier_named(name: str) -> str | None:
    """The NAME of ours that a custom data identifier of this name was made of.

    >>> identifier_named("assay:SSN:near:2"), identifier_named("badge")
    ('SSN', None)
    """
    return name.removeprefix(PREFIX).partition(":")[0] if name.startswith(PREFIX) else None


def expressed(identifier: Identifier) -> Expressed:
    """What Macie can be given of an identifier, proven on its examples."""
    reasons: list[str] = []
    pieces: dict[bool, list[Translated]] = {False: [], True: []}
    for pattern in identifier.patterns:
        try:
            piece = _piece(pattern)
        except CannotError as error:
            reasons.append(f"pattern '{pattern.id}' {UNSAID}: {error}")
            continue
        reasons += piece.lost
        pieces[_needs_words(pattern)].append(piece)
    ignored = _ignore_words(identifier, reasons)
    parts = [
        *_parts(identifier, pieces[False], (), ignored, ""),
        *_parts(identifier, pieces[True], _keywords(identifier, pieces[True], reasons), ignored, ":near"),
    ]
    reasons += _left_out(identifier)
    found = [_is_found(parts, example) for example in identifier.finds]
    left = [not _is_wrong(parts, example) for example in identifier.ignores]
    checked = any(pattern.validators for pattern in identifier.patterns)
    is_whole = all(found) and all(left) and not checked and not any(UNSAID in reason for reason in reasons)
    verdict = Verdict.EXPRESSIBLE if is_whole else Verdict.PARTLY if parts and any(found) else Verdict.NOT
    if parts and not any(found):
        reasons.append(NOTHING)
    return Expressed(
        identifier=identifier,
        verdict=verdict,
        parts=() if verdict is Verdict.NOT else tuple(parts),
        reasons=tuple(sorted(dict.fromkeys(reasons), key=_weight)),
        found=(sum(found), len(found)),
        ignored=(sum(left), len(left)),
    )


def _weight(reason: str) -> int:
    """What is worst comes first: what is not looked for at all, then what is not checked, then what is only wider."""
    return 0 if NOTHING in reason else 1 if UNSAID in reason else 2 if reason.startswith(UNCHECKED) else 3


def _piece(pattern: Pattern) -> Translated:
    piece = translated(pattern.regex, caseless=pattern.caseless, from_value=bool(pattern.left_chars))
    if len(piece.regex) > limits.LONGEST_REGEX:
        raise CannotError(f"it has {len(piece.regex):,} characters of {limits.LONGEST_REGEX}")
    try:
        compiled = re.compile(piece.regex, re.ASCII)
    except (re.error, OverflowError):
        raise CannotError("it is no expression any more without what Macie lacks") from None
    if compiled.match("") is not None:
        raise CannotError("it would match nothing at all")
    return piece


def _needs_words(pattern: Pattern) -> bool:
    return pattern.anchor != "value" or pattern.context_required or pattern.field_required


def _parts(
    identifier: Identifier, pieces: Sequence[Translated], keywords: tuple[str, ...], ignored: tuple[str, ...], kind: str
) -> Iterator[Custom]:
    """As few as the longest expression lets be; those that need keywords are none without."""
    if kind and not keywords:
        return
    for number, group in enumerate(_grouped(pieces), start=1):
        suffix = kind + (f":{number}" if number > 1 else "")
        # Macie counts from the end of the keyword to the end of the match.
        longest = max(piece.longest for piece in group)
        distance = min(limits.FARTHEST, identifier.distance + longest)
        yield Custom(
            name=f"{PREFIX}{identifier.name}{suffix}"[: limits.LONGEST_NAME],
            description=identifier.title[: limits.LONGEST_DESCRIPTION],
            criteria=Criteria(_joined(group), keywords, ignored, max(1, distance)),
        )


def _grouped(pieces: Sequence[Translated]) -> Iterator[list[Translated]]:
    group: list[Translated] = []
    for piece in {piece.regex: piece for piece in pieces}.values():
        if group and len(_joined([*group, piece])) > limits.LONGEST_REGEX:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _joined(group: Sequence[Translated]) -> str:
    return group[0].regex if len(group) == 1 else "|".join(piece.regex for piece in group)


def _keywords(identifier: Identifier, pieces: Sequence[Translated], reasons: list[str]) -> tuple[str, ...]:
    if not pieces:
        return ()
    words = [word.rstrip(":= ").strip() for word in (*identifier.keywords, *identifier.names)]
    words = list(dict.fromkeys(word for word in words if word))
    fitting = [word for word in words if limits.SHORTEST_KEYWORD <= len(word) <= limits.LONGEST_KEYWORD]
    if len(fitting) < len(words):
        reasons.append(f"keywords of fewer than {limits.SHORTEST_KEYWORD} characters are left out")
    if not fitting:
        reasons.append("it needs words beside it, and has none that Macie takes")
    if len(fitting) > limits.MOST_KEYWORDS:
        reasons.append(f"{limits.MOST_KEYWORDS} of {len(fitting)} keywords fit")
    # Names of fields write words together, which for Macie is another sequence of characters.
    several = [word for word in fitting if " " in word]
    spelled = [*fitting, *(word.replace(" ", "_") for word in several), *(word.replace(" ", "") for word in several)]
    return tuple(list(dict.fromkeys(spelled))[: limits.MOST_KEYWORDS])


def _ignore_words(identifier: Identifier, reasons: list[str]) -> tuple[str, ...]:
    values = list(dict.fromkeys((*identifier.ignore_values, *identifier.test_values)))
    fitting = [value for value in values if limits.SHORTEST_IGNORED <= len(value) <= limits.LONGEST_IGNORED]
    if len(fitting) < len(values) or len(fitting) > limits.MOST_IGNORED:
        reasons.append(f"{min(len(fitting), limits.MOST_IGNORED)} of {len(values)} values to ignore fit")
    return tuple(fitting[: limits.MOST_IGNORED])


def _left_out(identifier: Identifier) -> Iterator[str]:
    checks = list(dict.fromkeys(name for pattern in identifier.patterns for name, _ in pattern.validators))
    if checks:
        yield f"{UNCHECKED}: {', '.join(checks)}"
    if identifier.ignore_words or identifier.ignore_names:
        yield "words and names beside a value that rule it out"
    if identifier.ignore_regexes or identifier.test_regexes:
        yield "expressions for values to ignore"
    if any(pattern.field_required or pattern.anchor == "column" for pattern in identifier.patterns):
        yield "values that we take only from named fields are taken from text, too"
    after = any(pattern.context_required or pattern.anchor == "keyword" for pattern in identifier.patterns)
    if after and identifier.keywords:
        yield "keywords count before a value only"


def _is_found(parts: Iterable[Custom], example: Example) -> bool:
    value = example.value or ""
    return any(value in match or match in value for part in parts for match in matches(part.criteria, example.text))


def _is_wrong(parts: Iterable[Custom], example: Example) -> bool:
    found = (match for part in parts for match in matches(part.criteria, example.text))
    return any(example.value is None or example.value in match for match in found)
