"""Files that are damaged on purpose, and what a scan may make of them: findings, gaps, and never a mistake of its own."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from documentfiles import KEPT, form, message
from tablefiles import WRITERS, written

from assay.detect.engine import Detector
from assay.engines.local import DetectorRecipe
from assay.model import AssetRef, Split
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup, scan_split

BROKEN = Path(__file__).parent / "data" / "fuzz"
"""Inputs that broke something once, each with a line in `found.tsv` of what it was."""

# Files of these may end anywhere.
_OPEN_ENDED = (".eml", ".mbox", ".json", ".rtf")
_BLOCK = 512


def seeds(folder: Path) -> dict[str, bytes]:
    """A whole file for every reader, by name; those of tables are written into `folder`."""
    found = {path.name: path.read_bytes() for path in sorted(KEPT.iterdir()) if path.is_file()}
    found |= {"form.pdf": form(), "x.eml": message().as_bytes()}
    for writer in WRITERS:
        found[writer] = written(writer, folder).read_bytes()
    return found


def cut(data: bytes) -> Iterator[bytes]:
    """The beginning of the file, up to every kilobyte."""
    return (data[:end] for end in range(1024, len(data), 1024))


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The file with something changed that a disk, a transfer or an attacker would change."""
    kinds: list[Callable[[bytes, random.Random], bytes]] = [_flipped, _swapped, _lengths, _blanked, _doubled]
    if data[:4] == b"PK\x03\x04":
        kinds += [_within] * 5
    return dice.choice(kinds)(data, dice)


def _flipped(data: bytes, dice: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(dice.choice((1, 4, 64))):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def _swapped(data: bytes, dice: random.Random) -> bytes:
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)]
    one, other = dice.randrange(len(blocks)), dice.randrange(len(blocks))
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return b"".join(blocks)


def _lengths(data: bytes, dice: random.Random) -> bytes:
    """Numbers that are as large, or as small, as they can be."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 3))):
        at = dice.randrange(len(out))
        value = dice.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x80", b"\xff" * 8))
        out[at : at + len(value)] = value
    return bytes(out)


def _blanked(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    size = min(len(data) - at, dice.choice((16, _BLOCK, 4096)))
    return data[:at] + bytes(size) + data[at + size :]


def _doubled(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[: at + _BLOCK] + data[at:]


def _within(data: bytes, dice: random.Random) -> bytes:
    """One entry of a package changed, and packed again: what is compressed hardly gets past its checksum otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        names = [info.filename for info in given.infolist() if info.file_size]
        chosen = dice.choice(names)
        for name in names:
            part = given.read(name)
            change = dice.choice((_flipped, _swapped, _lengths, _doubled))
            made.writestr(name, change(part, dice) if name == chosen else part)
    return out.getvalue()


@cache
def _detector() -> Detector:
    return DetectorRecipe(key=b"k" * 32, names=("SSN", "EMAIL")).make()


def told(path: Path) -> SplitReport:
    """What a scan tells of the file, its findings counted."""
    asset = AssetRef(
        kind="file", uri=path.as_uri(), path=str(path), size=path.stat().st_size, name=("file", "", path.name)
    )
    report = None
    for piece in scan_split(Split(asset=asset), _detector(), ScanSetup()):
        report = piece
    assert isinstance(report, SplitReport)
    return report


def wrong(path: Path, seed: str, *, is_cut: bool = False) -> str | None:
    """What is wrong with what is told of a damaged file, if anything is."""
    report = told(path)
    for gap in report.gaps:
        if gap.reason == "internal error":
            return f"mistake: {gap.detail}"
    if is_cut and not report.gaps and not report.findings and not seed.endswith(_OPEN_ENDED):
        # The whole file has values. A part of it that has none, and that nothing is said of, seems to be clean.
        return f"seems clean: cut short, {len(report.skips)} skips, no gap"
    return None


def name_of(data: bytes, seed: str) -> str:
    """What a kept input is called."""
    return f"{zlib.crc32(data):08x}-{seed}"
