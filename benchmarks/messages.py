"""Recall on coded messages of others: how many fields that a reviewer would call sensitive are found.

    python -m benchmarks.messages hl7 FOLDER [--misses]     # FOLDER holds messages, one file each
    python -m benchmarks.messages x12 FOLDER

The labels are read from the messages by what the standards say, with no code of assay's; docs/quality.md has what was measured.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import assay

_HL7 = {
    "PID": "2i 3i 4i 5n 6n 7v 8v 9n 11a 13t 14t 18i 19i 20i 21i 23v",
    "NK1": "2n 4a 5t 6t 16v 30n 31t 32a",
    "GT1": "3n 5a 6t 7t 8v 9v 12i",
    "IN1": "16n 18v 19a 36i 49i",
    "IN2": "2i 6i 8i",
    "PV1": "7p 8p 9p 17p 19i",
    "OBR": "10p 16p 28p 32p",
    "ORC": "10p 11p 12p 14t",
    "DG1": "3c 4v",
    "AL1": "3c",
    "PR1": "3c",
    "ROL": "4p 11a",
    "STF": "3n 10t 11a",
}
_PARTS = {"n": (0, 1), "p": (1, 2), "a": (0, 2, 4), "t": (0,), "i": (0,), "v": (0,), "c": (0, 1)}
_SEGMENT = re.compile(rb"(?:\A|[\r\n\x0b])\s*([A-Z][A-Z0-9]{2})\|([^\r\n\x1c]*)")
_X12 = {b"N3": (1,), b"N4": (3,), b"DMG": (2, 3), b"CLM": (1,), b"CLP": (1,), b"SBR": (3,), b"BPR": (9, 15)}
_NUMBERS = frozenset((b"MI", b"34", b"SY", b"XX", b"24", b"FI", b"MR", b"HN", b"EI", b"TJ", b"1W", b"0F", b"EA", b"IG"))
Label = tuple[str, int, int]


def _split(data: bytes, start: int, end: int, sign: bytes) -> list[tuple[int, int]]:
    spans = []
    while (at := data.find(sign, start, end)) >= 0:
        spans.append((start, at))
        start = at + 1
    return [*spans, (start, end)]


def hl7(data: bytes) -> Iterator[Label]:
    """Fields of HL7 v2.x by segment and number; of a name, an address or a code its parts."""
    for segment in _SEGMENT.finditer(data):
        fields = _split(data, segment.start(2), segment.end(2), b"|")
        for item in _HL7.get(segment[1].decode(), "").split():
            number, kind = int(item[:-1]), item[-1]
            for repeated in _split(data, *fields[number - 1], b"~") if number <= len(fields) else ():
                parts = _split(data, *repeated, b"^")
                for part in _PARTS[kind]:
                    if part < len(parts) and data[slice(*parts[part])].strip(b' "'):
                        yield f"{segment[1].decode()}-{number}", *parts[part]


def x12(data: bytes) -> Iterator[Label]:
    """Elements of X12 by segment, number and qualifier."""
    sign = data[3:4]
    ended = re.search(rb"([^\w ])\s*GS" + re.escape(sign), data)
    for start, end in _split(data, 0, len(data), ended[1] if ended else b"~"):
        spans = _split(data, start, end, sign)
        texts = [data[slice(*span)].strip() for span in spans]
        wanted: list[int] = list(_X12.get(texts[0], ()))
        if texts[0] == b"NM1":
            wanted += [3, 4] if texts[2:3] == [b"1"] else []
            wanted += [9] if len(texts) > 9 and texts[8] in _NUMBERS else []
        elif texts[0] == b"REF" and texts[1] in _NUMBERS:
            wanted.append(2)
        elif texts[0] == b"PER":
            wanted += [2, *(at + 1 for at in range(3, len(texts) - 1, 2) if texts[at] == b"TE")]
        elif texts[0] in (b"HI", b"SV1", b"SVC"):
            coded = [_split(data, *span, b":") for span in spans[1:]]
            yield from ((texts[0].decode(), *parts[1]) for parts in coded if len(parts) > 1)
        for number in wanted:
            if number < len(texts) and texts[number]:
                yield f"{texts[0].decode()}{number:02}", *spans[number]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("hl7", "x12"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", action="store_true", help="print each field that is missed, without its value")
    given = parser.parse_args()
    found: dict[Path, list[tuple[int, int]]] = defaultdict(list)
    for result in assay.scan(str(given.folder)):
        if isinstance(result, assay.Finding):
            at = result.location
            if at.byte_start is not None and at.byte_end is not None:
                found[Path(unquote(urlsplit(str(result.resource)).path))].append((at.byte_start, at.byte_end))
    wanted: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for path in sorted(given.folder.resolve().iterdir()):
        for field, start, end in (hl7 if given.kind == "hl7" else x12)(path.read_bytes()):
            is_met = any(first < end and last > start for first, last in found[path])
            wanted[field] += 1
            met[field] += is_met
            if given.misses and not is_met:
                print(f"missed: {path.name} {field} at {start}")
    for field, count in sorted(wanted.items()):
        print(f"{field:<8} {met[field]} of {count}")
    print(f"all: recall {met.total() / max(1, wanted.total()):.3f} of {wanted.total()}")


if __name__ == "__main__":
    main()
