"""Signatures that text could begin with too are believed only with what else their format demands.

The fields looked at are those of each format's specification: RFC 1952 (gzip), POSIX pax (tar), the `newc` format of
cpio(5), ISO 32000 (PDF), the RTF 1.9.1 specification, Apache Parquet and ORC, DuckDB's storage format, BMP and ICO
as Microsoft describes them, GIF89a, TIFF 6.0, RIFF, ID3v2, RFC 3533 (Ogg), RFC 9639 (FLAC), ISO 14496-12 (MP4).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from assay.formats.encoding import text_but_for_nulls
from assay.formats.kinds import Kind

_SAMPLE = 8192
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_PDF = re.compile(rb"%PDF-[12]\.[0-9][ \t]*(?:[\r\n%]|\Z)")
_PDF_OBJECT = re.compile(rb"[0-9][ \t\r\n]+[0-9]+[ \t\r\n]+obj\b")
_RTF = re.compile(rb"\{\\rtf(?:[0-9]+[ \r\n{]|[0-9]*[ \r\n]*\\[a-z*\'])")
_CPIO = re.compile(rb"07070[12][0-9A-Fa-f]{104}")
_BZIP2 = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_SCHEMA = 16 * 1024 * 1024
_RIFF = {b"WEBP": Kind.IMAGE, b"WAVE": Kind.AUDIO, b"AVI ": Kind.VIDEO}
_BINARY = frozenset(list(Kind)[list(Kind).index(Kind.CPIO) :])
_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))


def confirmed(head: bytes, signature: bytes, kind: Kind) -> Kind | None:
    """The kind of a file that begins with `head` and has a `signature` of `kind`; `None` if it only looks so."""
    check = _CHECKS.get(signature)
    if check is not None:
        return kind if check(head) else None
    if signature == b"RIFF":
        return _RIFF.get(head[8:12]) or (Kind.BINARY if _no_text(head) else None)
    if signature == b"\xca\xfe\xba\xbe":
        # A Java class has its major version (45 and up) where a universal Mach-O counts its architectures.
        return Kind.BYTECODE if len(head) >= 8 and head[7] >= 40 else Kind.EXECUTABLE
    # Of what cannot be read, no more is known than that it is no text.
    return None if kind in _BINARY and not _no_text(head) else kind


def _number(head: bytes, start: int, size: int) -> int:
    return int.from_bytes(head[start : start + size], "little")


def _no_text(head: bytes) -> bool:
    """Bytes that text has not, in whatever encoding, other than a few stray nulls."""
    sample = head[:_SAMPLE]
    if sample.count(0) * 2 > len(sample):
        return True
    return len(_CONTROL.findall(sample)) * 50 > len(sample) and not text_but_for_nulls(sample)


def _gzip(head: bytes) -> bool:
    return len(head) < 3 or head[2] == 8


def _bzip2(head: bytes) -> bool:
    # A damaged beginning is no text, and is told as damaged by reading it.
    return head[3:4] in (b"", *(b"%d" % level for level in range(1, 10))) and (
        any(block.startswith(head[4:10]) for block in _BZIP2) or _no_text(head)
    )


def _lzma(head: bytes) -> bool:
    """LZMA without a container: the dictionary has 64 KiB to 2 GiB, a power of two, and the size is unknown or below 1 TiB."""
    dictionary = _number(head, 1, 4)
    sized = head[5:13] == b"\xff" * 8 or head[10:14] == b"\0" * 4
    return len(head) > 13 and sized and dictionary >= 0x10000 and dictionary & (dictionary - 1) == 0


def _tar(head: bytes) -> bool:
    return head[262:263] in (b"\0", b" ") and b"\0" in head[:512]


def _cpio(head: bytes) -> bool:
    if not _CPIO.match(head):
        return False
    end = 110 + int(head[94:102], 16)
    return end > len(head) or head[end - 1] == 0


def _pdf(head: bytes) -> bool:
    return bool(_PDF.match(head)) and (len(head) < 64 or _PDF_OBJECT.search(head) is not None or _no_text(head))


def _metafile(head: bytes) -> bool:
    """An enhanced metafile (MS-EMF 2.3.4.2) begins with its first record, of type 1, and ends its name with zeros."""
    return head.startswith(b"\x01\0\0\0") and head[44:46] == b"\0\0"


def _bitmap(head: bytes) -> bool:
    return len(head) >= 18 and _number(head, 14, 4) in _BMP_HEADERS and not any(head[6:10])


def _tiff(head: bytes) -> bool:
    # Where its first directory lies is a small number in 32 bits; what follows may be all white, which is a letter in some encodings.
    return _no_text(head) or (len(head) >= 8 and min(head[4:8]) < 9)


def _duckdb(head: bytes) -> bool:
    # The version of the storage is a small number in 64 bits.
    return len(head) >= 20 and not any(head[14:20])


def _id3(head: bytes) -> bool:
    return len(head) >= 10 and head[3] in (2, 3, 4) and max(head[6:10]) < 0x80


def _sized_box(head: bytes) -> bool:
    return 8 <= int.from_bytes(head[:4], "big") < 0x10000


def _arrow_stream(head: bytes) -> bool:
    """The message that declares a schema: its length, and where its root table and that one's fields lie in it."""
    size, root = _number(head, 4, 4), _number(head, 8, 4)
    if not (16 <= size <= _SCHEMA and size % 8 == 0 and 4 <= root < min(size, len(head) - 12)):
        return False
    return 4 <= root - int.from_bytes(head[8 + root : 12 + root], "little", signed=True) + 4 <= size


_CHECKS: dict[bytes, Callable[[bytes], bool]] = {
    b"\x1f\x8b": _gzip,
    b"BZh": _bzip2,
    b" EMF": _metafile,
    # Its version is 1 or 2.
    b"VCLMTF": lambda head: head[6:8] in (b"\x01\0", b"\x02\0"),
    # The first block of a file whose own beginning is damaged.
    b"1AY&SY": _no_text,
    b"\x5d\x00\x00": _lzma,
    b"\x4d\x3c\x2b\x1a": lambda head: head[:4] == b"\n\r\r\n",
    b"\x1a\x2b\x3c\x4d": lambda head: head[:4] == b"\n\r\r\n",
    b"ustar": _tar,
    b"070701": _cpio,
    b"070702": _cpio,
    b"%PDF-": _pdf,
    b"{\\rtf": lambda head: _RTF.match(head) is not None,
    b"PAR1": _no_text,
    b"PARE": _no_text,
    b"\xff\xff\xff\xff": _arrow_stream,
    b"ORC": _no_text,
    b"DUCK": _duckdb,
    b"MZ": _no_text,
    b"!<arch>\n": lambda head: len(head) == 8 or head[66:68] == b"`\n",
    b"\x7fELF": lambda head: head[4:5] in (b"\1", b"\2"),
    b"dex\n": lambda head: head[4:7].isdigit() and head[7:8] == b"\0",
    b"GIF87a": _no_text,
    b"GIF89a": _no_text,
    b"BM": _bitmap,
    b"II*\x00": _tiff,
    b"MM\x00*": _tiff,
    b"8BPS": lambda head: head[4:6] in (b"\0\1", b"\0\2"),
    b"ID3": _id3,
    b"OggS": lambda head: head[4:5] == b"\0",
    b"fLaC": lambda head: len(head) > 7 and head[4] & 0x7F == 0 and head[5:8] == b"\0\0\x22",
    b"MThd": lambda head: head[4:8] == b"\0\0\0\6",
    b"ftyp": _sized_box,
    b"wOFF": _no_text,
    b"wOF2": _no_text,
    b"OTTO\x00": _no_text,
    b"ttcf\x00": _no_text,
    b"true\x00": _no_text,
    b"SQLite format 3\x00": lambda head: len(head) < 100 or _no_text(head),
}
