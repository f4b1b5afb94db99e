"""Writes the ICD-10-CM code list that `icd10_listed` reads.

    python tools/bake_icd10cm.py

The codes are those of the National Center for Health Statistics (a work of the United States government, public domain:
https://www.cdc.gov/nchs/icd/icd-10-cm/files.html), as packaged by simple-icd-10-cm 1.5.0 (release of April 2026).
Categories and subcategories are kept beside billable codes; chapters and ranges of categories are not.
"""

from __future__ import annotations

import lzma
import re
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "src/assay/detect/validators/icd10cm.txt.xz"
CODE = re.compile(r"[A-Z][0-9][0-9AB][0-9A-Z]{0,4}")


def main() -> None:
    """Read the packaged list, keep the codes, write them compressed, one a line and sorted."""
    listing = files("simple_icd_10_cm").joinpath("data", "code-list-April-2026.txt").read_text(encoding="ascii")
    codes = sorted({line.strip() for line in listing.split("\n") if CODE.fullmatch(line.strip())})
    packed = lzma.compress("\n".join(codes).encode("ascii"), preset=9 | lzma.PRESET_EXTREME)
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {len(codes)} codes, {len(packed)} bytes")


if __name__ == "__main__":
    main()
