"""What a scan is made with: the detector's recipe, the allow list, how many workers."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

from assay.app.fingerprints import fingerprint_key
from assay.app.settings import Settings
from assay.detect.allow import AllowList
from assay.detect.ruleset import RuleSet
from assay.engines.local import DetectorRecipe
from assay.model import Governance
from assay.model.options import ScanOptions


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def recipe_of(options: ScanOptions, settings: Settings, governance: Governance | None = None) -> DetectorRecipe:
    """How workers make their detector under these options."""
    return DetectorRecipe(
        paths=settings.identifiers,
        names=options.identifiers,
        categories=options.categories,
        preview=options.preview,
        cache=settings.cache_dir,
        key=fingerprint_key(settings.fingerprint_key_file),
        floor=options.min_confidence,
        governance=governance,
    )


def today() -> date:
    """The day it is here: what expires then holds until midnight."""
    return datetime.now().astimezone().date()


def allow_list(options: ScanOptions, rules: RuleSet) -> AllowList | None:
    """The allow list that the options name, if any; it may name what `rules` know. Raises `ConfigError`."""
    if not options.allow:
        return None
    from assay.detect.allowlist import read_allow_list

    return read_allow_list(Path(options.allow), today=today(), known=rules.known)
