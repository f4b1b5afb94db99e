"""Reviewers' overrides on findings and on resources as a whole. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from assay.model import Classification, Evidence, Finding, Level, Sensitivity, category_of
from assay.model.candidates import Candidates
from assay.model.review import Action, Applied, Override, Scope, storable
from assay.review.overrides import SETTING, Means, in_effect, said, unseen
from assay.review.scopes import matches
from assay.review.workflow import ONE_VALUE


def settle_findings(
    findings: Iterable[Finding], overrides: Iterable[Override], *, today: date, means: Means
) -> tuple[list[Finding], list[Applied]]:
    """The findings that still count, and what overrides did to them, one note per override, resource and identifier."""
    living = in_effect(overrides, today)
    # Of single values there may be thousands, and they are the most specific.
    values: dict[str | None, list[Override]] = {}
    for override in living:
        if override.scope in (Scope.FINDING, Scope.VALUE):
            values.setdefault(override.fingerprint, []).append(override)
    wider = [override for override in living if override.scope not in (Scope.FINDING, Scope.VALUE)]
    kept: list[Finding] = []
    notes: dict[tuple[str, str, str], Applied] = {}
    for finding in findings:
        settled = _settle_finding(finding, [*values.get(finding.fingerprint, ()), *wider], means, notes)
        if settled is not None:
            kept.append(settled)
    return kept, list(notes.values())


def _settle_finding(
    finding: Finding, living: Sequence[Override], means: Means, notes: dict[tuple[str, str, str], Applied]
) -> Finding | None:
    is_candidate = finding.confidence < means.floor
    found = [each for each in living if _meets_finding(each, finding) and _of_kind(each, finding, is_candidate)]
    if not found:
        return finding
    if found[0].action is Action.SUPPRESS and is_candidate:
        return None  # it never counted, so nothing is held back
    if found[0].action is Action.SUPPRESS:
        held = finding.sensitivity is Sensitivity.CRITICAL and any(
            evidence.signal == "validator" and evidence.weight > 0 for evidence in finding.evidence
        )
        _note(notes, found[0], finding, None, held=held)
        return None
    before = finding
    for action in SETTING:
        chosen = next((each for each in found if each.action is action), None)
        if chosen is None:
            continue
        if action is Action.SET_CONFIDENCE and chosen.confidence is not None:
            change = Evidence("feedback", said(chosen), round(chosen.confidence - finding.confidence, 9))
            finding = replace(finding, confidence=chosen.confidence, evidence=(*finding.evidence, change))
        elif action is Action.SET_CATEGORIES:
            # A finding is of one category.
            category = next(map(category_of, chosen.categories), finding.category)
            change = Evidence("feedback", said(chosen), 0.0)
            finding = replace(finding, category=category, evidence=(*finding.evidence, change))
        elif action is Action.RECLASSIFY:
            name = chosen.to_identifier or finding.identifier
            level = chosen.level or means.level_of(name) or finding.level
            change = Evidence("feedback", said(chosen), 0.0)
            category, sensitivity = means.kind_of(name) or (finding.category, finding.sensitivity)
            finding = replace(
                finding,
                identifier=name,
                category=category,
                sensitivity=sensitivity,
                level=level,
                evidence=(*finding.evidence, change),
            )
        _note(notes, chosen, before, finding)
    return finding


def suppresses(override: Override, candidates: Candidates) -> bool:
    """Whether an override says that no candidate of this kind has to be looked at."""
    if override.action is not Action.SUPPRESS or override.below is None or override.path is None:
        return False
    if override.identifier != candidates.identifier or not matches(override.path, candidates.resource):
        return False
    return override.scope is Scope.IDENTIFIER or override.pattern == candidates.pattern


def _of_kind(override: Override, finding: Finding, is_candidate: bool) -> bool:
    """Whether an override speaks of findings of that confidence, or of candidates."""
    if override.below is not None:
        return finding.confidence < override.below
    return not is_candidate or override.scope in ONE_VALUE


def _meets_finding(override: Override, finding: Finding) -> bool:
    if override.identifier is not None and override.identifier != finding.identifier:
        return False
    scope = override.scope
    if scope is Scope.VALUE:
        return override.fingerprint == finding.fingerprint
    if scope is Scope.FINDING:
        return (override.fingerprint, override.resource) == (finding.fingerprint, storable(finding.resource))
    if scope is Scope.COLUMN:
        # A finding in a file that is one table does not say which.
        return (
            override.identifier is not None
            and override.resource == storable(finding.resource)
            and finding.location.field is not None
            and override.column == storable(finding.location.field)
            and (finding.location.table or finding.location.sheet) in (None, override.table)
        )
    if override.path is None or not matches(override.path, finding.resource):
        return False
    if scope is Scope.PATTERN:
        return any(each.signal == "pattern" and each.detail == override.pattern for each in finding.evidence)
    return scope is Scope.IDENTIFIER and override.identifier is not None


def _note(
    notes: dict[tuple[str, str, str], Applied],
    override: Override,
    before: Finding,
    after: Finding | None,
    *,
    held: bool = False,
) -> None:
    key = (override.id, before.resource, before.identifier)
    known = notes.get(key)
    if known is not None:
        notes[key] = replace(known, count=known.count + 1, held=known.held or held)
        return
    notes[key] = Applied(
        override=override.id,
        scope=override.scope,
        action=override.action,
        resource=before.resource,
        identifier=before.identifier,
        becomes=None if after is None else after.identifier,
        sentence=f"{before.identifier} {said(override)}",
        held=held,
        level_before=before.level,
        level_after=after.level if after is not None else None,
    )


def settle_classification(
    classification: Classification, overrides: Iterable[Override], notes: Sequence[Applied], *, today: date
) -> tuple[Classification, list[Applied]]:
    """The classification of a resource under overrides of it as a whole, `notes` being what was done to what it holds.

    `public` becomes `unclassified` where a validated critical finding was suppressed in it.
    """
    here = [note for note in notes if note.resource == classification.resource]
    if any(note.held for note in here) and classification.level is Level.PUBLIC:
        classification = replace(classification, level=Level.UNCLASSIFIED)
    applied: list[Applied] = []
    for override in _of_resource(in_effect(overrides, today), classification.resource):
        before = classification
        lower = override.level is not None and override.level.rank < before.level.rank
        hidden = unseen(override, before.categories, before.level)
        withheld = bool(hidden) and (lower or override.level is None)
        if withheld:
            classification = replace(classification, needs_review=True)
        else:
            # What could not be read stays unclassified however sure somebody is.
            sure = override.confidence is not None and before.level is not Level.UNCLASSIFIED
            classification = replace(
                classification,
                level=override.level or before.level,
                confidence=override.confidence if sure and override.confidence is not None else before.confidence,
                needs_review=False,
            )
        note = Applied(
            override=override.id,
            scope=override.scope,
            action=override.action,
            resource=before.resource,
            outcome="withheld" if withheld else "applied",
            sentence=f"not {said(override)}: {hidden} has come since" if withheld else said(override),
            level_before=before.level,
            level_after=classification.level,
        )
        applied.append(note)
    sentences = list(dict.fromkeys(note.sentence for note in (*here, *applied)))
    if sentences:
        more = f"; and {len(sentences) - 3} more decisions" if len(sentences) > 3 else ""
        because = "; ".join((classification.because, *sentences[:3]))
        classification = replace(classification, because=because + more)
    return classification, applied


def _of_resource(living: Sequence[Override], resource: str) -> list[Override]:
    """The override of a resource's level and the one of its confidence that hold."""
    whole = [each for each in living if each.scope is Scope.RESOURCE and each.resource == storable(resource)]
    return [
        next(each for each in whole if each.action is action)
        for action in (Action.RECLASSIFY, Action.SET_CONFIDENCE)
        if any(each.action is action for each in whole)
    ]
