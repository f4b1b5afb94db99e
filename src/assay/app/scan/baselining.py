"""Baselines made and kept: what is found now, against what was known."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from assay.app.config.settings import Settings
from assay.app.fingerprints import fingerprint_key, key_is_kept
from assay.app.scan.line import scan
from assay.app.scan.recipe import today
from assay.app.scan.sources import folder_of
from assay.detect.baseline import Baseline, Entry, bases_of, place_of, read_baseline
from assay.detect.redact import Fingerprinter
from assay.errors import ConfigError, OutputError, UsageError
from assay.model import Finding, Gap, Skip, Summary
from assay.model.options import ScanOptions
from assay.sources.file import file_uri

# Reasons of skips that say nothing of whether a value is still there.
_NOT_ASKED = frozenset(["excluded", "submodule"])


class Updated(NamedTuple):
    """A baseline, and how many entries are new, are gone, and could not be looked at (these stay)."""

    baseline: Baseline
    new: int
    gone: int
    unread: int


class Seen(NamedTuple):
    """Where an entry's value stands now, and what of it is shown."""

    line: int | None
    redacted: str


def key_id_of(settings: Settings) -> str:
    """The id of the key that fingerprints are made with. Raises `ConfigError` where none can be kept."""
    found = Fingerprinter(fingerprint_key(settings.fingerprint_key_file)).key_id
    if not key_is_kept(settings.fingerprint_key_file):
        raise ConfigError(
            "no fingerprint key can be kept here, so a baseline would never be recognised; see 'assay doctor'"
        )
    return found


def load(file: Path, settings: Settings) -> Baseline:
    """The baseline in a file, made with the key of these settings. Raises `ConfigError`."""
    return read_baseline(file, key_id=key_id_of(settings))


def created(file: Path, targets: Sequence[str], options: ScanOptions, settings: Settings) -> Updated:
    """A new baseline of all that is found. Raises `UsageError` where the file is there already."""
    if os.path.lexists(file):
        raise UsageError(f"{file}: is there already; 'assay baseline update' brings it up to date")
    empty = Baseline(
        file=file,
        key_id=key_id_of(settings),
        entries={},
        identifiers=options.identifiers,
        categories=options.categories,
        min_confidence=options.min_confidence,
    )
    return updated(empty, targets, options, settings)


def updated(baseline: Baseline, targets: Sequence[str], options: ScanOptions, settings: Settings) -> Updated:
    """The baseline with what is found in the targets now. What is gone from them leaves it, what could not be read stays.

    Raises `UsageError` where the scan was stopped, since what was not read by then is not gone.
    """
    bases = bases_of(baseline.file)
    asked = replace(
        options,
        identifiers=baseline.identifiers,
        categories=baseline.categories,
        min_confidence=baseline.min_confidence,
        baseline=None,
    )
    found: dict[tuple[str, str, str], Entry] = {}
    unread: set[str] = set()
    left_out: set[str] = set()
    for record in scan(targets, asked, settings=settings, own=(baseline.file,)):
        if isinstance(record, Finding) and not record.test_value:
            entry = Entry(
                place=place_of(record.resource, *bases), identifier=record.identifier, fingerprint=record.fingerprint
            )
            found[entry.key] = baseline.entries.get(entry.key, entry)
        elif isinstance(record, Gap):
            unread.add(place_of(record.resource, *bases))
        elif isinstance(record, Skip) and record.reason in _NOT_ASKED:
            left_out.add(place_of(record.resource, *bases))
        elif isinstance(record, Summary) and record.interrupted:
            raise UsageError("the scan was stopped; the baseline was left as it is")
    roots = [place_of(file_uri(folder_of(target)), *bases) for target in targets]
    kept: dict[tuple[str, str, str], Entry] = {}
    left = 0
    for key, entry in baseline.entries.items():
        if key in found:
            continue
        is_unread = any(_lies_in(entry.place, place) for place in unread)
        is_left_out = any(_lies_in(entry.place, place) for place in left_out)
        if is_unread or is_left_out or not any(_is_of(entry.place, root, bases) for root in roots):
            kept[key] = entry
            left += is_unread
    gone = len(baseline.entries) - len(kept) - sum(key in baseline.entries for key in found)
    new = sum(key not in baseline.entries for key in found)
    return Updated(replace(baseline, entries={**found, **kept}), new, gone, left)


def _is_of(place: str, root: str, bases: Sequence[str]) -> bool:
    """Whether a place lies in a target, as it is named or as the folder that the baseline lies in does."""
    holds = any(base.startswith(f"{root.rstrip('/')}/") for base in bases)
    return _lies_in(place, root) or (holds and not _is_uri(place))


def _lies_in(place: str, root: str) -> bool:
    plain = root.rstrip("/")
    return plain in ("", ".") or place == plain or place.startswith(f"{plain}/")


def write(baseline: Baseline) -> None:
    """Writes the file as a whole, or leaves it as it is. Raises `OutputError`."""
    file = Path(os.path.realpath(baseline.file))
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(baseline.text())
                os.fchmod(stream.fileno(), mode)
            os.replace(part, file)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{baseline.file}: cannot be written: {error.strerror}") from None


def undecided(baseline: Baseline) -> list[Entry]:
    """Entries that a person has not judged, and those whose judgement has expired, in order."""
    day = today()
    return [
        entry
        for _, entry in sorted(baseline.entries.items())
        if entry.verdict == "open" or (entry.expires is not None and entry.expires < day)
    ]


def seen_now(
    baseline: Baseline, entries: Iterable[Entry], settings: Settings
) -> dict[tuple[str, str, str], list[Seen]]:
    """Where the values of the entries stand now in files that are there, and how they are shown."""
    folder = baseline.file.absolute().parent
    files = sorted({str(folder / entry.place) for entry in entries if not _is_uri(entry.place)})
    there = [file for file in files if os.path.isfile(file)]
    found: dict[tuple[str, str, str], list[Seen]] = {}
    if there:
        options = ScanOptions(
            identifiers=baseline.identifiers, categories=baseline.categories, min_confidence=baseline.min_confidence
        )
        bases = bases_of(baseline.file)
        for finding in _findings(there, options, settings):
            key = (place_of(finding.resource, *bases), finding.identifier, finding.fingerprint)
            found.setdefault(key, []).append(Seen(finding.location.line, finding.redacted))
    return found


def _findings(files: Sequence[str], options: ScanOptions, settings: Settings) -> Iterator[Finding]:
    for record in scan(files, options, settings=settings):
        if isinstance(record, Finding):
            yield record


def _is_uri(place: str) -> bool:
    scheme, mark, _ = place.partition("://")
    return bool(mark) and quote(scheme, safe="") == scheme
