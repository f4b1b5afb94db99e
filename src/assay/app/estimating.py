"""How much a scan would read, and about how long it would take."""

from __future__ import annotations

from collections.abc import Sequence

from assay.app.listing import apart
from assay.app.recipe import cores
from assay.app.settings import Settings
from assay.app.sources import source_of
from assay.model import AssetRef
from assay.model.options import ScanOptions
from assay.ports import Estimate

# Read and classified on two cores, sparse text.
_BYTES_PER_SECOND = 60_000_000
_FILES_PER_SECOND = 4_000


def estimate(targets: Sequence[str], options: ScanOptions, settings: Settings) -> Estimate:
    """How many files and bytes a scan of the targets would read, and about how long it would take."""
    files = size = 0
    for items in apart([source_of(target, options) for target in targets if target != "-"]):
        for asset in items:
            if isinstance(asset, AssetRef):
                files += 1
                size += asset.size or 0
    jobs = (options.jobs or settings.jobs or cores()) / 2
    return Estimate(
        files=files, bytes=size, seconds=(size / _BYTES_PER_SECOND + files / _FILES_PER_SECOND) / max(jobs, 0.5)
    )
