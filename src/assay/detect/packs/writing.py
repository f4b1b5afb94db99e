"""Makes identifier files of other tools' rules: each is checked, and has examples that hold, before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.loading import read_identifier
from assay.detect.packs.drawn import drawn
from assay.detect.packs.expressions import beginning, has_lookaround, translated
from assay.detect.packs.foreign import Foreign, Untranslated
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet, check_patterns
from assay.errors import RuleError
from assay.model import Example, Identifier

_EXAMPLES = 3
_TRIES = 40
_LONGEST = 1_000
_NOT_NAME = re.compile(r"[^A-Za-z0-9]+")
_FLOOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An identifier made of another tool's rule, as it is written. `notes` say what of the rule is not in it."""

    rule: Foreign
    name: str
    text: str
    drawn: int
    """How many of its examples were made up from its expression."""

    @property
    def notes(self) -> Iterator[Untranslated]:
        for note in self.rule.notes:
            yield Untranslated(file=self.rule.file, line=self.rule.line, id=self.rule.id, because=note, whole=False)


def made(
    rules: Iterable[Foreign | Untranslated], *, taken: Iterable[str], folder: Path
) -> Iterator[Imported | Untranslated]:
    """What becomes of each rule: an identifier, or why it is none; `folder` is where they will lie, for errors only."""
    names = set(taken)
    for rule in rules:
        if isinstance(rule, Untranslated):
            yield rule
            continue
        try:
            found = _identifier(rule, names, folder)
        except RuleError as error:
            yield Untranslated(file=rule.file, line=rule.line, id=rule.id, because=str(error))
            continue
        names.add(found.name)
        yield found


def _identifier(rule: Foreign, names: set[str], folder: Path) -> Imported:
    name = _name(rule, names)
    patterns = [_pattern(rule, number, *each) for number, each in enumerate(rule.expressions, 1)]
    document: dict[str, Any] = {
        "name": name,
        "title": " ".join(rule.title.split())[:120],
        "description": f"Imported from {rule.tool}, rule {rule.id}.",
        "category": str(rule.category),
        "sensitivity": str(rule.sensitivity),
        "source": [f"{rule.tool}: {rule.file.name}, line {rule.line}, {rule.id}", *rule.source],
        "redaction": "hidden" if rule.category == "SECRETS" else "partial",
        "keywords": list(rule.keywords),
        "distance": rule.distance,
        "patterns": patterns,
        "ignore": {"words": list(rule.ignore_words), "regexes": _whole(rule.ignore_regexes)},
    }
    document = {key: value for key, value in document.items() if value not in ([], {}, "")}
    if not rule.ignore_words and not rule.ignore_regexes:
        del document["ignore"]
    finds, ignores, made_up = _examples(rule, document, folder)
    document["finds"] = [{"text": each.text, "value": each.value} for each in finds]
    document["ignores"] = [{"text": each.text, "because": each.because} for each in ignores]
    text = _yaml(document)
    _read(text, folder / f"{name.lower()}.yaml")
    return Imported(rule=rule, name=name, text=text, drawn=made_up)


def _pattern(rule: Foreign, number: int, expression: str, confidence: float) -> dict[str, Any]:
    regex, caseless = translated(expression, group=rule.group)
    if has_lookaround(regex):
        raise RuleError("its expression looks around or back at a group, which cannot be run in linear time")
    found: dict[str, Any] = {"id": f"pattern {number}"}
    if (start := beginning(regex)) is not None:
        found["find"] = start
    found |= {"regex": regex, "confidence": round(confidence, 2)}
    if rule.needs_context:
        found["context_required"] = True
    if caseless or rule.caseless:
        found["caseless"] = True
    if rule.random and confidence > 0.3:
        found["validators"] = {"random_token": 0.2}
    return found


def _whole(expressions: Sequence[str]) -> list[str]:
    """Lists elsewhere are searched for in a value; ours have to match all of it."""
    found = []
    for expression in expressions:
        text, _ = translated(expression, group=0)
        found.append(f"(?s:.*)(?:{text})(?s:.*)")
    return found


def _examples(rule: Foreign, document: dict[str, Any], folder: Path) -> tuple[list[Example], list[Example], int]:
    """Three texts that are found and three that are not: the rule's own, then made-up ones. All are tried out."""
    trial = {
        **document,
        "finds": [{"text": "x", "value": "x"}] * _EXAMPLES,
        "ignores": [{"text": "x", "because": "x"}] * _EXAMPLES,
    }
    identifier = _read(_yaml(trial), folder / "trial.yaml")
    check_patterns(identifier)
    detector = Detector(
        RuleSet([identifier], untrusted=frozenset((identifier.path,))), Fingerprinter(b"import"), floor=_FLOOR
    )
    finds = [Example(text=text, value=value) for text in rule.finds if (value := _found(detector, text))]
    own = len(finds)
    for text in _drawn(rule, identifier):
        if len(finds) >= _EXAMPLES:
            break
        if value := _found(detector, text):
            finds.append(Example(text=text, value=value))
    if len(finds) < _EXAMPLES:
        raise RuleError("no text could be made that it finds; write an identifier by hand")
    candidates = [(text, "the rule says so") for text in rule.ignores]
    value = finds[-1].value or ""
    candidates += [
        (finds[-1].text.replace(value, value[: max(1, len(value) // 3)]), "cut short"),
        ("nothing of the kind stands here", "plain words"),
        (f"{document['name'].lower()} = <fill in>", "the value is a hole to fill in"),
        ("see the manual", "plain words, too"),
    ]
    ignores = [Example(text=text, because=why) for text, why in candidates if not _found(detector, text)]
    if len(ignores) < _EXAMPLES:
        raise RuleError("it finds nearly anything, plain words too; make it narrower")
    return finds, ignores, len(finds) - own


def _drawn(rule: Foreign, identifier: Identifier) -> Iterator[str]:
    word = f"{rule.keywords[0]} " if rule.keywords else ""
    for number in range(_TRIES):
        pattern = identifier.patterns[number % len(identifier.patterns)]
        if text := drawn(pattern.regex, f"{rule.id} {number}"):
            yield f"{word}{text}"[:_LONGEST]
            yield f'{word}"{text}" '[:_LONGEST]


def _found(detector: Detector, text: str) -> str | None:
    data = text.encode()
    for hit in hits_in(detector, data):
        if not hit.test:
            return data[hit.start : hit.end].decode("utf-8", "replace")
    return None


def _read(text: str, file: Path) -> Identifier:
    try:
        return read_identifier(file, file.parent, text)
    except RuleError as error:
        # The file is not there yet: what is wrong is the rule's, which is told with its own place.
        raise RuleError(str(error).removeprefix(f"{file}:").split(": ", 1)[-1]) from None


def _name(rule: Foreign, names: set[str]) -> str:
    words = _NOT_NAME.sub("_", rule.id).strip("_").upper()
    prefix = _NOT_NAME.sub("_", rule.tool).upper()
    base = (words if words.startswith(prefix) else f"{prefix}_{words}")[:58]
    name, number = base, 2
    while name in names:
        name, number = f"{base}_{number}", number + 1
    return name


class _Dumper(yaml.SafeDumper):
    """Long lines stay whole: an expression over several lines is no expression."""


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
