"""Every identifier proves itself: its examples are found, its counter-examples are not, its known misses still miss."""

from __future__ import annotations

import io
from functools import cache
from urllib.parse import unquote

import pytest
from planting import shown_too_much

from assay.detect import validators
from assay.detect.automaton import check
from assay.detect.cache import read_all
from assay.detect.document import hits_in, structure_of
from assay.detect.engine import Detector
from assay.detect.files import builtin_root, files_under
from assay.detect.names import tokens
from assay.detect.proof import prove
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.formats import UTF8, Kind, Transcoder, Window, structure_for, windows
from assay.formats.structure import Structure
from assay.model import DEFAULT_FRAMEWORKS, Identifier

FLOOR = [
    "SSN",
    "EMAIL",
    "PHONE",
    "PERSON_NAME",
    "ADDRESS",
    "DOB",
    "DRIVERS_LICENSE",
    "PASSPORT",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "GEO_COORDINATES",
    "VEHICLE_ID",
    "MRN",
    "ICD_CODE",
    "NDC",
    "HEALTH_INSURANCE_ID",
    "CREDIT_CARD",
    "CVV",
    "CARD_TRACK_DATA",
    "BANK_ACCOUNT",
    "ROUTING_NUMBER",
    "IBAN",
    "SWIFT_BIC",
    "CRYPTO_WALLET",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "PRIVATE_KEY",
    "API_KEY",
    "JWT",
    "GITHUB_TOKEN",
    "SLACK_TOKEN",
    "GOOGLE_API_KEY",
    "AZURE_CONNECTION_STRING",
    "DB_CONNECTION_STRING",
    "PASSWORD",
]


@cache
def everything() -> tuple[Identifier, ...]:
    found, _ = read_all((), cache=None, builtin=True)
    return tuple(found)


NAMES = [file.relative_to(builtin_root()).with_suffix("").as_posix() for file in files_under(builtin_root())]


@pytest.fixture(scope="module")
def by_path() -> dict[str, Identifier]:
    return {identifier.path: identifier for identifier in everything()}


@pytest.mark.parametrize("path", NAMES)
def test_its_examples_hold(path: str, by_path: dict[str, Identifier], all_rules: RuleSet) -> None:
    failures = list(prove([by_path[path]], all_rules))
    assert not failures, "\n".join(
        f"{each.kind}[{each.number}] {each.example.text!r}: {each.problem}" for each in failures
    )


@pytest.mark.parametrize("path", NAMES)
def test_its_examples_are_explained_and_redacted(path: str, by_path: dict[str, Identifier], all_rules: RuleSet) -> None:
    detector = Detector(all_rules, Fingerprinter(b"examples"), floor=0.0)
    identifier = by_path[path]
    for example in (*identifier.finds, *identifier.ignores, *identifier.known_misses):
        data = example.text.encode()
        for hit in hits_in(detector, data):
            value = data[hit.start : hit.end].decode()
            assert sum(weight for _, _, weight in hit.evidence) == pytest.approx(hit.confidence, abs=0.001)
            assert 0 <= hit.confidence <= 1
            # What is shown is of the value that is meant: an address with a percent sign in it is shorter than it is written.
            meant = unquote(value) if hit.rule.name == "EMAIL" else value
            assert shown_too_much(hit.redacted, meant, hit.rule.identifier) is None, hit.rule.name
            assert all(value not in detail for _, detail, _ in hit.evidence if len(value) > 3)


@pytest.mark.parametrize("path", NAMES)
def test_it_is_complete(path: str, by_path: dict[str, Identifier]) -> None:
    identifier = by_path[path]
    assert len(identifier.finds) >= 3
    assert len(identifier.ignores) >= 3
    assert all(example.value and example.value in example.text for example in identifier.finds)
    assert all(example.because for example in (*identifier.ignores, *identifier.known_misses))
    assert set(DEFAULT_FRAMEWORKS[identifier.category]) <= set(identifier.frameworks)
    for pattern in identifier.patterns:
        if pattern.anchor == "value":
            check(pattern.find or pattern.regex, where=path, key="find", caseless=pattern.caseless)
        for name, _ in pattern.validators:
            assert callable(validators.get(name))
    assert all(tokens(name) or not name.isascii() for name in identifier.names)


@pytest.mark.parametrize("path", NAMES)
def test_a_value_on_the_cut_between_two_windows_is_found_once(
    path: str, by_path: dict[str, Identifier], all_rules: RuleSet
) -> None:
    core = 4_000
    detector = Detector(all_rules, Fingerprinter(b"examples"), floor=0.5)
    for example in by_path[path].finds:
        text = example.text.encode()
        kind, _ = structure_of(text)
        if kind is not Kind.TEXT and kind is not Kind.JSON:
            continue
        start = text.index(example.value.encode()) if example.value else 0
        end = start + len((example.value or "").encode())
        for cut in (start, (start + end) // 2, end):
            data = (b"w " if kind is Kind.TEXT else b"  ") * ((core - cut) // 2) + text
            cuts = windows(io.BytesIO(data), Transcoder(UTF8), core=len(data) - len(text) + cut)
            whole = Window(data, 0, len(data), 0, 0, 0, True)
            structure = structure_for(kind)
            in_parts = [place for window in cuts for place in _places(detector, window, structure)]
            assert sorted(in_parts) == sorted(_places(detector, whole, structure_for(kind)))


def _places(detector: Detector, window: Window, structure: Structure) -> list[tuple[str, int, int]]:
    hits = detector.detect(window, structure)
    return [(hit.rule.name, window.byte + hit.start, window.byte + hit.end) for hit in hits]


def test_what_was_not_looked_up_runs_only_when_asked_for(by_path: dict[str, Identifier]) -> None:
    unlooked = {path: each.stage for path, each in by_path.items() if "unverified" in each.source}
    assert not {path for path, stage in unlooked.items() if stage != "preview"}


def test_the_floor_is_there(by_path: dict[str, Identifier]) -> None:
    names = [identifier.name for identifier in by_path.values()]
    assert set(FLOOR) <= set(names)
    assert len(names) == len(set(names))
