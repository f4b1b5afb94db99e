"""Which identifiers were seen in text that this project did not write: packages, manuals, logs (docs/false-findings.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def seen_in_foreign_text() -> frozenset[str]:
    """Names of the identifiers that were found there at least once, rightly by form."""
    lines = Path(__file__).with_name("seen.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
