"""SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), for code-scanning pages and editors.

The log's `results` are written as they come; what can only be known at the end (the rules that were used, the
invocation with its gaps, the summary) follows them, since the order of an object's keys is free.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from assay.model import (
    Classification,
    Finding,
    Gap,
    Identifier,
    Level,
    Locator,
    Skip,
    Summary,
)
from assay.ports import Result
from assay.report.jsonlines import PLACES, encode
from assay.report.printable import printable
from assay.report.snippets import HIDDEN, SnippetOf, no_snippet
from assay.sinks.output import Output

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.RESTRICTED: "error", Level.CONFIDENTIAL: "warning"}
_SEVERITY = {Level.RESTRICTED: "9.0", Level.CONFIDENTIAL: "6.0", Level.INTERNAL: "3.0"}
_LISTED_GAPS = 1_000
_NEXT = b","
_ONE_LINE = 40
"""Values up to this length are taken to lie on one line when it cannot be looked up."""

_KEYS_LEFT_OUT = ("kind", "resource")


EndOf = Callable[[Finding], tuple[int, int] | None]
"""The line and column where a finding ends, 1-based, the column after its last character; `None` if not known."""


def _unknown(_finding: Finding) -> tuple[int, int] | None:
    return None


class SarifSink:
    """One run in one log. `bases` maps a `uriBaseId` to the URI (ending in `/`) that results are relative to.

    `end_of` is asked where each finding ends, `snippet_of` for its masked line; `done` is called when neither will be any more.
    """

    def __init__(
        self,
        output: Output,
        *,
        version: str,
        identifiers: Mapping[str, Identifier],
        bases: Sequence[tuple[str, str]] = (),
        end_of: EndOf = _unknown,
        snippet_of: SnippetOf = no_snippet,
        done: Callable[[], None] | None = None,
    ) -> None:
        self._done = done
        self._end_of = end_of
        self._snippet_of = snippet_of
        self._output = output
        self._version = version
        self._identifiers = identifiers
        self._bases = bases
        self._rules: dict[str, int] = {}
        self._occurrences: dict[str, Counter[tuple[str, str]]] = {}
        self._gaps: list[Gap] = []
        self._gap_count = 0
        self._skips: Counter[str] = Counter()
        self._summary: Summary | None = None
        self._started = _now()
        head = {"$schema": SCHEMA_URI, "version": "2.1.0"}
        # Written with the first result: a scan that cannot begin leaves no half of a document.
        self._before = orjson.dumps(head)[:-1] + b',"runs":[{"columnKind":"unicodeCodePoints","results":['

    def write(self, result: Result) -> None:
        if isinstance(result, Finding):
            self._output.write(self._before + b"\n" + orjson.dumps(self._result(result)))
            self._before = _NEXT
        elif isinstance(result, Gap):
            self._gap_count += 1
            if len(self._gaps) < _LISTED_GAPS:
                self._gaps.append(result)
        elif isinstance(result, Skip):
            self._skips[result.reason] += 1
        elif isinstance(result, Classification):
            self._occurrences.pop(result.resource, None)
        elif isinstance(result, Summary):
            self._summary = result

    def close(self) -> None:
        if self._done is not None:
            self._done()
        tail: dict[str, Any] = {
            "tool": {"driver": self._driver()},
            "invocations": [self._invocation()],
        }
        # What stands for what is not shown.
        tail["redactionTokens"] = [HIDDEN, "*"]
        if self._bases:
            tail["originalUriBaseIds"] = {name: {"uri": uri} for name, uri in self._bases}
        if self._summary is not None:
            summary = orjson.loads(encode(self._summary))
            tail["properties"] = {key: value for key, value in summary.items() if key != "kind"}
            tail["properties"]["skipped"] = dict(sorted(self._skips.items()))
        begin = b"" if self._before == _NEXT else self._before
        self._output.write(begin + b"\n]," + orjson.dumps(tail)[1:-1] + b"}]}\n")
        self._output.commit()

    def _driver(self) -> dict[str, Any]:
        return {
            "name": "assay",
            "version": self._version,
            "semanticVersion": self._version,
            "rules": [self._rule(name) for name in self._rules],
        }

    def _rule(self, name: str) -> dict[str, Any]:
        identifier = self._identifiers.get(name)
        if identifier is None:
            return {"id": name}
        rule: dict[str, Any] = {
            "id": name,
            "name": identifier.path,
            "shortDescription": {"text": identifier.title},
            "fullDescription": {"text": identifier.description or identifier.title},
            "help": {"text": _help(identifier)},
            "defaultConfiguration": {"level": _LEVELS.get(identifier.level, "note")},
            "properties": {
                "tags": ["security", identifier.category, *identifier.frameworks],
                "category": identifier.category,
                "sensitivity": identifier.sensitivity,
                "level": identifier.level,
                "security-severity": _SEVERITY.get(identifier.level, "1.0"),
            },
        }
        link = next((source for source in identifier.source if source.startswith(("https://", "http://"))), None)
        if link is not None:
            rule["helpUri"] = link
        return rule

    def _result(self, finding: Finding) -> dict[str, Any]:
        index = self._rules.setdefault(finding.identifier, len(self._rules))
        identifier = self._identifiers.get(finding.identifier)
        title = identifier.title if identifier is not None else finding.identifier
        return {
            "ruleId": finding.identifier,
            "ruleIndex": index,
            "level": _LEVELS.get(finding.level, "note"),
            "kind": "fail",
            "rank": round(finding.confidence * 100, PLACES),
            "message": {"text": f"{title}: {finding.redacted} ({finding.band} confidence, {finding.level})."},
            "locations": [self._location(finding)],
            "partialFingerprints": {"assayFinding/v1": self._fingerprint(finding)},
            "properties": _properties(finding),
        }

    def _location(self, finding: Finding) -> dict[str, Any]:
        at = finding.location
        physical: dict[str, Any] = {"artifactLocation": self._artifact(finding.resource)}
        # Lines and offsets of an archive's member, or of a page, are not those of the file itself.
        if at.member is None and at.page is None and (region := _region(at, self._end_of(finding))):
            physical["region"] = region
            if at.line is not None and (shown := self._snippet_of(finding.resource, at, finding.redacted)):
                physical["contextRegion"] = {"startLine": at.line, "snippet": {"text": printable(shown)}}
        location: dict[str, Any] = {"physicalLocation": physical}
        names = []
        if at.member is not None:
            names.append({"fullyQualifiedName": printable(at.member), "kind": "resource"})
        if at.field is not None or at.json_path is not None:
            name = {"name": printable(at.field)} if at.field is not None else {}
            names.append({**name, "fullyQualifiedName": printable(at.json_path or at.field or ""), "kind": "property"})
        if names:
            location["logicalLocations"] = names
        return location

    def _artifact(self, resource: str) -> dict[str, str]:
        # A blob of a repository's history is shown where its file was.
        place = f"file:{resource[4:].partition('?')[0]}" if resource.startswith("git:///") else resource
        for name, base in self._bases:
            if place.startswith(base) and len(place) > len(base):
                return {"uri": place[len(base) :], "uriBaseId": name}
        return {"uri": resource}

    def _fingerprint(self, finding: Finding) -> str:
        """The same for the same value at the same turn in the same file, wherever it moves to in it."""
        key = (finding.identifier, finding.fingerprint)
        seen = self._occurrences.setdefault(finding.resource, Counter())
        seen[key] += 1
        where = self._artifact(finding.resource)["uri"]
        parts = (finding.identifier, where, finding.location.member or "", finding.fingerprint, str(seen[key]))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _invocation(self) -> dict[str, Any]:
        interrupted = self._summary is None or self._summary.interrupted
        notifications = [self._notification(gap) for gap in self._gaps]
        if self._gap_count > len(self._gaps):
            more = self._gap_count - len(self._gaps)
            notifications.append({"level": "warning", "message": {"text": f"{more} more could not be read."}})
        if interrupted:
            text = "The scan was interrupted; these results are partial."
            notifications.append({"level": "error", "message": {"text": text}})
        return {
            "executionSuccessful": not interrupted,
            "startTimeUtc": self._started,
            "endTimeUtc": _now(),
            "toolExecutionNotifications": notifications,
        }

    def _notification(self, gap: Gap) -> dict[str, Any]:
        text = f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason
        return {
            "level": "warning",
            "descriptor": {"id": gap.reason},
            "message": {"text": f"Not read: {printable(text)}"},
            "locations": [{"physicalLocation": {"artifactLocation": self._artifact(gap.resource)}}],
        }


def _region(at: Locator, end: tuple[int, int] | None) -> dict[str, int]:
    """Lines and offsets of one region speak of the same characters: where the end is not known, it is the start line."""
    region: dict[str, int] = {}
    length = at.end - at.start if at.start is not None and at.end is not None else None
    if at.line is not None:
        region["startLine"] = at.line
        if at.column is not None:
            if end is None and length is not None and length <= _ONE_LINE:
                end = (at.line, at.column + length)
            if end is None:
                # A region of a start line alone is that line; pages that show no offsets show it.
                return region
            region["startColumn"] = at.column
            if end[0] != at.line:
                region["endLine"] = end[0]
            region["endColumn"] = end[1]
    if at.start is not None and length is not None:
        region["charOffset"] = at.start
        region["charLength"] = length
    if at.byte_start is not None and at.byte_end is not None:
        region["byteOffset"] = at.byte_start
        region["byteLength"] = at.byte_end - at.byte_start
    return region


def _properties(finding: Finding) -> dict[str, Any]:
    """What the JSON Lines say of the finding, so that no form of the output says less."""
    line = orjson.loads(encode(finding))
    told = {key: value for key, value in line.items() if key not in _KEYS_LEFT_OUT}
    if finding.resource.startswith("git:///"):
        about = parse_qs(finding.resource.partition("?")[2])
        told |= {key: about[key][0] for key in ("commit", "date", "blob") if key in about}
    return told


def _help(identifier: Identifier) -> str:
    sentences = [
        identifier.description or identifier.title,
        f"Category {identifier.category}, sensitivity {identifier.sensitivity}, level {identifier.level}.",
    ]
    if identifier.frameworks:
        sentences.append(f"Concerns {', '.join(identifier.frameworks)}.")
    if identifier.regions:
        sentences.append(f"Regions: {', '.join(identifier.regions)}.")
    sentences.append(
        "If the value is real, remove it or restrict who can read it; if it is a credential, revoke it first. "
        "If it is not, accept it with an allow list or an 'assay:allow' comment on its line."
    )
    return " ".join(sentences)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
