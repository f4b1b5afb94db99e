"""Macie's findings of one object → findings of ours, and what they say of its level. Macie is one more detector beside ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assay.classify.resource import Tally, classify
from assay.macie.mapping import TypeMapping
from assay.model import Classification, Evidence, Finding, Identifier, Locator
from assay.model.macie import MacieFinding

SIGNAL = "macie"
RULESET = "macie"
LOOKED = "Macie looked, and tells what it found only"
_PLACE = frozenset({"line", "column", "page", "row", "field", "json_path"})


def standing(findings: Iterable[MacieFinding], etag: str | None = None) -> list[MacieFinding]:
    """Those that say something of an object as it is. `etag` is that of the object that is there now, if it is known."""
    return [each for each in findings if each.counts and (etag is None or not each.etag or each.etag == etag)]


def evidence_of(
    resource: str, findings: Sequence[MacieFinding], mapping: TypeMapping
) -> tuple[list[Finding], dict[str, int]]:
    """A finding for each identifier, without a value, and how often each was detected.

    Macie reports an object again with every job: of one type the largest count stands, and counts of several types that mean
    the same identifier add up.
    """
    by_type: dict[str, int] = {}
    best: dict[str, Finding] = {}
    names: dict[str, str] = {}
    for finding in findings:
        for detection in finding.detections:
            meaning = mapping.meaning(detection)
            name = meaning.identifier.name
            key = f"{'custom ' if detection.custom else ''}{detection.type}"
            names[key] = name
            by_type[key] = max(by_type.get(key, 0), detection.occurrences)
            made = _finding(resource, finding, detection.type, detection.occurrences, detection.place, meaning)
            if name not in best or made.confidence > best[name].confidence:
                best[name] = made
    counts: dict[str, int] = {}
    for key, count in by_type.items():
        counts[names[key]] = counts.get(names[key], 0) + max(1, count)
    return [best[name] for name in sorted(best)], counts


def concluded(
    resource: str, findings: Sequence[Finding], counts: Mapping[str, int], identifiers: Mapping[str, Identifier]
) -> Classification:
    """What these findings say of the object. `identifiers` has those of ours and those that were made for Macie's own types."""
    tally = Tally(resource=resource, skips=[LOOKED])
    tally.add({each.identifier: (counts.get(each.identifier, 1), each.confidence) for each in findings})
    tally.note_levels({each.identifier: each.level for each in findings})
    tally.note_categories({each.identifier: [each.category] for each in findings})
    return classify(tally, identifiers)


def identifiers_in(
    findings: Iterable[MacieFinding], mapping: TypeMapping, known: Mapping[str, Identifier]
) -> dict[str, Identifier]:
    """The identifiers that there are, and those that Macie's own types mean."""
    found = dict(known)
    for finding in findings:
        for detection in finding.detections:
            identifier = mapping.meaning(detection).identifier
            found.setdefault(identifier.name, identifier)
    return found


def _finding(
    resource: str, finding: MacieFinding, type_: str, count: int, place: Mapping[str, Any] | None, meaning: Any
) -> Finding:
    identifier = meaning.identifier
    detail = f"{type_} × {count} ({finding.severity or 'no severity'})"
    stands = {name: value for name, value in (place or {}).items() if name in _PLACE}
    return Finding(
        resource=resource,
        identifier=identifier.name,
        category=identifier.category,
        sensitivity=identifier.sensitivity,
        level=identifier.level,
        confidence=meaning.confidence,
        redacted="",
        # Of the place, as the value is not known: the same again is the same question.
        fingerprint=hashlib.sha256(f"macie {resource} {identifier.name}".encode()).hexdigest()[:32],
        location=Locator(**stands),
        evidence=(Evidence(SIGNAL, detail, meaning.confidence),),
        ruleset=RULESET,
    )
