"""What a scan is made with: the detector's recipe, the allow list, how many workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.app.fingerprints import fingerprint_key
from assay.app.scan.sources import Openers, folder_of
from assay.detect.allow import AllowList
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.engines.local import DetectorRecipe, Job
from assay.formats import Limits
from assay.model.options import ScanOptions
from assay.ports import Learned, PictureReader, Recogniser
from assay.scanning.split import ScanSetup
from assay.tables.judges import Judges

if TYPE_CHECKING:
    from assay.aws.access import Access
    from assay.detect.baseline import Held
    from assay.model import Governance
    from assay.store.engine import Catalog


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def recipe_of(
    options: ScanOptions,
    settings: Settings,
    *,
    catalog: Catalog | None = None,
    elsewhere: bool = False,
    access: Access | None = None,
) -> DetectorRecipe:
    """How workers make their detector under these options, and under the configuration of the catalog or the settings.

    With `elsewhere` services that options or settings ask for are asked, with this `access`. Raises `ConfigError` for a
    configuration that cannot be used.
    """
    return DetectorRecipe(
        paths=settings.identifiers,
        names=options.identifiers,
        categories=options.categories,
        preview=options.preview,
        prose=options.prose,
        cache=settings.cache_dir,
        key=fingerprint_key(settings.fingerprint_key_file),
        floor=options.min_confidence,
        # What is kept for review needs a catalog to be kept in.
        least=settings.review_from if catalog is not None else None,
        governance=_governance(settings, catalog),
        recogniser=_recogniser(options, settings, access) if elsewhere else None,
        pictures=_pictures(options, settings, access) if elsewhere else None,
    )


def _recogniser(options: ScanOptions, settings: Settings, access: Access | None) -> Recogniser | None:
    if not (options.comprehend or settings.comprehend):
        return None
    from assay.aws.access import Access as Default  # only where it is asked for
    from assay.recognisers.comprehend import Comprehend

    return Comprehend(access or Default(), language=settings.comprehend_language, most=settings.comprehend_bytes)


def _pictures(options: ScanOptions, settings: Settings, access: Access | None) -> PictureReader | None:
    if not (options.textract or settings.textract):
        return None
    from assay.aws.access import Access as Default  # only where it is asked for
    from assay.recognisers.textract import Textract

    return Textract(access or Default())


def _governance(settings: Settings, catalog: Catalog | None) -> Governance | None:
    if settings.governance is None and catalog is None:
        return None
    from assay.app.governing.governance import in_effect  # only where something may be configured
    from assay.detect.cache import read_all

    identifiers, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])
    return in_effect(identifiers, file=settings.governance, catalog=catalog)


def today() -> date:
    """The day it is here: what expires then holds until midnight."""
    return datetime.now().astimezone().date()


def allow_list(options: ScanOptions, rules: RuleSet) -> AllowList | None:
    """The allow list that the options name, if any; it may name what `rules` know. Raises `ConfigError`."""
    if not options.allow:
        return None
    from assay.detect.allowlist import read_allow_list

    return read_allow_list(Path(options.allow), today=today(), known=rules.known)


def held_back(options: ScanOptions, recipe: DetectorRecipe) -> Held | None:
    """What the baseline that the options name holds back, if there is one. Raises `ConfigError`."""
    if not options.baseline:
        return None
    from assay.detect.baseline import held, read_baseline

    return held(read_baseline(Path(options.baseline), key_id=Fingerprinter(recipe.key).key_id), today())


def job_of(
    recipe: DetectorRecipe,
    options: ScanOptions,
    *,
    paths: Sequence[str],
    openers: Openers,
    judges: Judges,
    render: bool,
    decided: Callable[[str], frozenset[str]] | None = None,
    learned: Learned | None = None,
) -> Job:
    """What workers are told of a scan of the files at `paths`, and of tables and objects by `openers`. Raises `ConfigError` for a bad
    allow list."""
    whole = [os.path.abspath(folder_of(path)) for path in paths] or [os.getcwd()]
    roots = [path if os.path.isdir(path) else os.path.dirname(path) for path in whole]
    limits = Limits(
        depth=options.max_depth, ratio=options.max_ratio, member_bytes=options.max_member_bytes, ocr=options.ocr
    )
    return Job(
        recipe=recipe,
        setup=ScanSetup(
            allow=allow_list(options, recipe.make().rules),
            limits=limits,
            root=roots[0],
            openers=openers.tables,
            objects=openers.objects,
            judges=judges,
            rows=options.rows,
            seed=options.seed,
            k_anonymity=options.k_anonymity,
            decided=decided,
            added=openers.added,
            held=held_back(options, recipe),
            pictures=recipe.pictures,
            learned=learned,
        ),
        render=render,
        include_test_values=options.include_test_values,
        settle=render and options.sample is None,
        roots=tuple(dict.fromkeys(roots)),
    )
