"""How much a scan would read, and about how long it would take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.app.scan.listing import apart
from assay.app.scan.recipe import cores
from assay.app.scan.sources import sources_of
from assay.model import AssetRef
from assay.model.options import ScanOptions
from assay.ports import Estimate
from assay.scanning.cut import LARGE_OBJECT
from assay.scanning.sampling import regions

if TYPE_CHECKING:
    from assay.sources.s3.options import S3Options

# Read and classified on two cores, sparse text.
_BYTES_PER_SECOND = 60_000_000
_FILES_PER_SECOND = 4_000
# Of a request for an object, on top.
_OBJECTS_PER_SECOND = 1_000
_KEYS_PER_PAGE = 1_000


def estimate(targets: Sequence[str], options: ScanOptions, settings: Settings, s3: S3Options | None = None) -> Estimate:
    """How many files and bytes a scan of the targets would read, and about how long it would take; nothing is opened."""
    files = size = objects = gets = lists = 0
    sources = sources_of([target for target in targets if target != "-"], options, s3=s3)
    for items in apart(sources):
        listed = 0
        for asset in items:
            if isinstance(asset, AssetRef):
                files += 1
                size += asset.size or 0
                if asset.kind == "object" and asset.uri.startswith("s3:"):
                    listed += 1
                    gets += _requests(asset.size or 0, options)
        objects += listed
        lists += -(-listed // _KEYS_PER_PAGE)
    jobs = (options.jobs or settings.jobs or cores()) / 2
    return Estimate(
        files=files,
        bytes=size,
        seconds=(size / _BYTES_PER_SECOND + files / _FILES_PER_SECOND + objects / _OBJECTS_PER_SECOND) / max(jobs, 0.5),
        objects=objects,
        gets=gets,
        lists=lists,
    )


def _requests(size: int, options: ScanOptions) -> int:
    from assay.sources.s3.opener import requests_of  # only where there is a bucket

    if options.sample is not None and size > options.sample_bytes:
        return len(regions(size))
    # What is cut for several workers is fetched twice.
    return requests_of(size) * (2 if size > LARGE_OBJECT else 1)
