"""Sampling of large objects and of large containers (SPEC section 3), reproducible and never silent."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence

from assay.model import AssetRef

REGION = 512 * 1024
FIRST = frozenset(["csv", "json", "jsonl", "ndjson", "xlsx", "parquet", "sql", "log", "txt"])
SECOND = frozenset(
    [
        "xml",
        "yaml",
        "yml",
        "md",
        "tsv",
        "pdf",
        "doc",
        "docx",
        "xls",
        "ppt",
        "pptx",
        "odt",
        "ods",
        "odp",
        "rtf",
        "eml",
        "msg",
        "mbox",
        "html",
        "htm",
        "ini",
        "env",
        "conf",
        "cfg",
        "toml",
        "zip",
        "tar",
        "gz",
        "tgz",
        "bz2",
        "xz",
        "zst",
        "7z",
    ]
)
LAST = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "bmp",
        "ico",
        "tif",
        "tiff",
        "mp3",
        "mp4",
        "avi",
        "mov",
        "mkv",
        "wav",
        "ogg",
        "flac",
        "woff",
        "woff2",
        "ttf",
        "otf",
        "eot",
        "exe",
        "dll",
        "so",
        "dylib",
        "a",
        "o",
        "pyc",
        "class",
        "jar",
    ]
)


def regions(size: int) -> list[tuple[int, int]]:
    """(start, length) of the three regions that are read of a large object: its start, middle and end."""
    if size <= 3 * REGION:
        return [(0, size)]
    return [(0, REGION), ((size - REGION) // 2, REGION), (size - REGION, REGION)]


def priority(path: str) -> int:
    """0 for what most often holds data, 3 for media, executables and libraries."""
    extension = os.path.splitext(path)[1].lstrip(".").lower()
    if extension in FIRST:
        return 0
    if extension in SECOND:
        return 1
    return 3 if extension in LAST else 2


def draw(assets: Sequence[AssetRef], percent: float, seed: int) -> list[AssetRef]:
    """`percent` of the assets drawn at random (at least one), in the order in which they should be read.

    The draw depends on the seed and each URI alone, so it is the same again, whatever the listing's order.
    """
    wanted = min(len(assets), max(1, math.ceil(len(assets) * percent / 100)))
    drawn = sorted(assets, key=lambda asset: hashlib.sha256(f"{seed}\0{asset.uri}".encode()).digest())[:wanted]
    return sorted(drawn, key=lambda asset: (priority(asset.label), asset.uri))
