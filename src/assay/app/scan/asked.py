"""What a run is asked, as far as its results depend on it: a later one that is asked the same need not read what has not changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.fingerprints import fingerprint_key
from assay.app.learning.models import in_use
from assay.detect.redact import Fingerprinter
from assay.model.options import ScanOptions

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.sources.s3.options import S3Options

DECIDED = "|"
"""Stands between a token of change and the digest of the decisions that were in effect."""


def keyed(settings: Settings, *, make: bool = True) -> Fingerprinter:
    """What makes digests of all that a run is asked. They are keyed, for it may be a value: a target, a pattern."""
    return Fingerprinter(fingerprint_key(settings.fingerprint_key_file, make=make))


def identity_of(targets: Sequence[str], options: Mapping[str, object], key: Fingerprinter) -> str:
    """A digest of targets and options as they were given: what is kept of them has values masked."""
    return key(f"asked\0{list(targets)!r}\0{sorted(options.items())!r}".encode("utf-8", "surrogatepass"))


def sampling_of(options: ScanOptions, settings: Settings, key: Fingerprinter) -> str:
    """How rows and objects are drawn, and a digest of the rest: the same text only where the same is read and found."""
    rows = "all" if options.rows is None else str(options.rows)
    share = "all" if options.sample is None else f"{options.sample}"
    asked = identity_of((), asked_of(options, settings), key)[:12]
    return f"rows={rows} sample={share} seed={options.seed} options={asked}"


def asked_of(options: ScanOptions, settings: Settings) -> dict[str, object]:
    """What else changes what is found, so that a run under other options is another run."""
    return {
        "identifiers": list(options.identifiers),
        "categories": [str(category) for category in options.categories],
        "preview": options.preview,
        "min_confidence": options.min_confidence,
        "review_from": settings.review_from,
        "include_test_values": options.include_test_values,
        "exclude": list(options.exclude),
        "gitignore": options.gitignore,
        "allow": options.allow,
        "k_anonymity": options.k_anonymity,
        **({"prose": _read_by()} if options.prose else {}),
        **({} if options.since is None else {"since": options.since.isoformat()}),
        **({"history": True} if options.history else {}),
        **_elsewhere(options, settings),
        **in_use(settings),
        **({"ocr": options.ocr} if options.ocr else {}),
        **_unfolded(options),
        **({} if options.baseline is None else {"baseline": _content(options.baseline)}),
    }


def _unfolded(options: ScanOptions) -> dict[str, object]:
    """How far archives are opened, where that is not as far as ever."""
    usual = ScanOptions()
    limits = ("max_depth", "max_ratio", "max_member_bytes")
    return {name: getattr(options, name) for name in limits if getattr(options, name) != getattr(usual, name)}


def _read_by() -> object:
    """What reads running text: a run with the language model is another one than a run with lists in its place."""
    from assay.detect.prose.tagger import why_missing  # only where it is asked for

    return True if why_missing() is None else "lists"


def _elsewhere(options: ScanOptions, settings: Settings) -> dict[str, object]:
    """What services of AWS are asked besides."""
    told: dict[str, object] = {}
    if options.comprehend or settings.comprehend:
        told["comprehend"] = [settings.comprehend_language, settings.comprehend_bytes]
    if options.textract or settings.textract:
        told["textract"] = True
    return told


def _content(file: str) -> str:
    """A digest of what a baseline says today; of one that cannot be read nothing, since no scan begins with it."""
    from assay.app.scan.recipe import today
    from assay.detect.baseline import expired_lines  # only where there is one

    try:
        said = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
    gone = expired_lines(Path(file), today())
    return f"{said} without {gone}" if gone else said


def reached_of(s3: S3Options) -> dict[str, object]:
    """Which objects of buckets are asked for, and where; what is found in one does not depend on it."""
    return {
        "versions": s3.versions,
        "inventory": s3.inventory,
        "owner": s3.owner,
        "endpoint": s3.access.endpoint_url,
    }


def recipe_of_run(
    targets: Sequence[str], options: ScanOptions, settings: Settings, governance_version: int, key: Fingerprinter
) -> str | None:
    """A digest that changes with all that results depend on but the data and the decisions: told by the states of files,
    without loading any rule. `None` for runs of other things than whole databases."""
    from assay.app.scan.sources import is_database
    from assay.detect.files import state_of
    from assay.sources.sql.address import parse

    if not targets or not all(map(is_database, targets)) or options.sample is not None:
        return None
    files = (*settings.identifiers, settings.governance, settings.fingerprint_key_file, options.allow)
    told = [
        [(repr(address), address.user) for address in map(parse, targets)],
        sampling_of(options, settings, key),
        governance_version,
        str(settings.second_approval),
        state_of(Path(__file__).parent.parent),
        [None if file is None else state_of(Path(file)) for file in files],
    ]
    return key(f"recipe\0{told!r}".encode("utf-8", "surrogatepass"))
