"""What a run is asked, as far as its results depend on it: a later one that is asked the same need not read what has not changed."""

from __future__ import annotations

from hashlib import sha256

from assay.app.settings import Settings
from assay.model.options import ScanOptions

DECIDED = "|"
"""Stands between a token of change and the digest of the decisions that were in effect."""


def sampling_of(options: ScanOptions, settings: Settings) -> str:
    """How rows and objects are drawn, and a digest of the rest: the same text only where the same is read and found."""
    rows = "all" if options.rows is None else str(options.rows)
    share = "all" if options.sample is None else f"{options.sample}"
    asked = sha256(repr(sorted(asked_of(options, settings).items())).encode()).hexdigest()[:12]
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
    }
