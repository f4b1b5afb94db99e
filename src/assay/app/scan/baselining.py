"""Baselines made and kept: what is found now, against what was known."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assay.app.config.settings import Settings
from assay.app.fingerprints import fingerprint_key, key_is_kept
from assay.app.scan.line import scan
from assay.app.scan.noticed import LookedAt, Noticed, alike_of, entry_of, is_uri, lies_in, value_of
from assay.app.scan.recipe import today
from assay.detect.baseline import Baseline, Entry, Key, bases_of, read_baseline
from assay.detect.redact import Fingerprinter
from assay.errors import ConfigError, OutputError, UsageError, unwritable
from assay.model import ColumnRecord, Finding, Summary, TableRecord
from assay.model.options import ScanOptions

if TYPE_CHECKING:
    from assay.sources.s3.options import S3Options


class Updated(NamedTuple):
    """A baseline, and how many entries are new, are gone, and could not be looked at (these stay)."""

    baseline: Baseline
    new: int
    gone: int
    unread: int
    gaps: int


class Seen(NamedTuple):
    """Where an entry's value stands now, and what of it is shown; of a column why it is held to be that."""

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


def created(
    file: Path, targets: Sequence[str], options: ScanOptions, settings: Settings, s3: S3Options | None = None
) -> Updated:
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
    return updated(empty, targets, options, settings, s3)


def updated(
    baseline: Baseline,
    targets: Sequence[str],
    options: ScanOptions,
    settings: Settings,
    s3: S3Options | None = None,
) -> Updated:
    """The baseline with what is found in the targets now. What is gone from them leaves it, what could not be read stays.

    Raises `UsageError` where the scan was stopped, since what was not read by then is not gone.
    """
    asked = replace(
        options,
        identifiers=baseline.identifiers,
        categories=baseline.categories,
        min_confidence=baseline.min_confidence,
        baseline=None,
    )
    bases = bases_of(baseline.file)
    noticed = Noticed(bases)
    looked = LookedAt.of(targets, bases)
    gaps = 0
    for record in scan(targets, asked, settings=settings, own=(baseline.file,), s3=s3, listed=looked.listed):
        if isinstance(record, Summary):
            if record.interrupted:
                raise UsageError("the scan was stopped; the baseline was left as it is")
            gaps = record.gaps
        noticed.take(record)
    found = {key: baseline.entries.get(key, entry) for key, entry in noticed.found.items()}
    kept: dict[Key, Entry] = {}
    left = 0
    for key, entry in baseline.entries.items():
        if key in found:
            continue
        is_unread = any(lies_in(entry.place, place) for place in noticed.unread)
        is_left_out = any(lies_in(entry.place, place) for place in noticed.left_out)
        if (
            is_unread
            or is_left_out
            or not (looked.at(entry.place) or noticed.saw(entry))
            or noticed.may_be_there(entry)
        ):
            kept[key] = entry
            left += is_unread
    gone = len(baseline.entries) - len(kept) - sum(key in baseline.entries for key in found)
    new = sum(key not in baseline.entries for key in found)
    return Updated(replace(baseline, entries={**found, **kept}), new, gone, left, gaps)


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
        raise OutputError(unwritable(baseline.file, error)) from None


def undecided(baseline: Baseline) -> list[Entry]:
    """Entries that a person has not judged, and those whose judgement has expired, in order."""
    day = today()
    return [
        entry
        for _, entry in sorted(baseline.entries.items())
        if entry.verdict == "open" or (entry.expires is not None and entry.expires < day)
    ]


def is_elsewhere(entry: Entry) -> bool:
    """Whether it is of no file of this machine, so that an audit does not look at it."""
    return is_uri(entry.place)


def seen_now(baseline: Baseline, entries: Iterable[Entry], settings: Settings) -> dict[Key, list[Seen]]:
    """Where the values of the entries stand now in files that are there, and how they are shown; and why columns are
    what they are."""
    folder = baseline.file.absolute().parent
    files = sorted({str(folder / entry.place) for entry in entries if not is_elsewhere(entry)})
    there = [file for file in files if os.path.isfile(file)]
    found: dict[Key, list[Seen]] = {}
    if not there:
        return found
    options = ScanOptions(
        identifiers=baseline.identifiers,
        categories=baseline.categories,
        min_confidence=baseline.min_confidence,
        max_depth=settings.max_depth,
        max_ratio=settings.max_ratio,
        max_member_bytes=settings.max_member_bytes,
    )
    bases = bases_of(baseline.file)
    for record in scan(there, options, settings=settings):
        if isinstance(record, Finding):
            value = value_of(record, bases)
            found.setdefault(value.key, []).append(Seen(record.location.line, record.redacted))
        elif isinstance(record, ColumnRecord) and record.detected_type is not None:
            found.setdefault(entry_of(record, bases).key, []).append(Seen(None, record.detection_reason))
        elif isinstance(record, TableRecord) and (alike := alike_of(record, bases)) is not None:
            why = record.k_anonymity.because if record.k_anonymity is not None else ""
            found.setdefault(alike.key, []).append(Seen(None, why))
    return found
