"""What a file is, told from its first bytes; its name only breaks ties among kinds of text.

Signatures are those of the formats' own specifications, as gathered by the `file` project and Wikipedia's list of
file signatures.
"""

from __future__ import annotations

import re
import zlib

from assay.formats.delimited import sniff_dialect
from assay.formats.encoding import Transcoder, detect, lone_returns, text_but_for_nulls
from assay.formats.kinds import BY_NAME, EXTENSIONS, SIGNATURES, SIGNED_NAMES, ZIP_ENTRIES, Kind
from assay.formats.mailshape import mail_kind
from assay.formats.signatures import confirmed
from assay.formats.stateful import STATEFUL, may_be_stateful
from assay.formats.textshape import by_shape

__all__ = ["Kind", "sniff"]

_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_SAMPLE = 8192
_COMPOUND = next(signature for signature, _, kind in SIGNATURES if kind is Kind.OFFICE)
_FEW = 512
# A notebook of Jupyter begins with its cells, or with the metadata before them.
_NOTEBOOK = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*\{\s*\"(?:cells\"\s*:\s*\[\s*(?:\{[\s\S]{0,2000}?\"cell_type\"\s*:|\][\s\S]{0,4000}\"nbformat\")"
    rb"|(?:metadata|nbformat|nbformat_minor)\"\s*:[\s\S]{0,20000}?\"(?:cell_type|worksheets|nbformat)\"\s*:)"
)
# High byte of the magic numbers of CPython's compiled files since 3.0 (Lib/importlib/_bootstrap_external.py).
_PYC = range(0x0B, 0x0F)
_FIRST = frozenset(signature[0] for signature, _, _ in SIGNATURES)
_TABLES = frozenset({".csv", ".tsv", ".tab", ".psv"})
_LOOSE = frozenset({Kind.TEXT, Kind.DELIMITED, Kind.JSON, Kind.JSONL, Kind.XML, Kind.HTML, Kind.YAML, Kind.SQL})


def sniff(head: bytes, name: str) -> Kind:
    """The kind of the file called `name` that begins with `head` (64 KiB are plenty). Any bytes give some kind."""
    if not head:
        return Kind.TEXT
    if head[0] in _FIRST or len(head) > 257:
        kind = _by_signature(head)
        if kind is not None:
            return _compound(head, name) if head.startswith(_COMPOUND) else kind
    # A single byte is looked for many times as fast as two, and hardly any text has these.
    if b"\x03" in head and b"PK\x03\x04" in head and (kind := _zip_behind_script(head)) is not None:
        return kind
    if may_be_stateful(head) and (encoding := detect(head)).name in STATEFUL:
        return _text(Transcoder(encoding).feed(head[:32_768]), name)
    named = SIGNED_NAMES.get(_extension(name))
    if named is not None and _damaged(head):
        return named
    if b"\0" in head[:_SAMPLE] or head[0] >= 0xEF:
        encoding = detect(head)
        if encoding.bom or encoding.name != "utf-8":
            text = Transcoder(encoding).feed(head[:32_768])
            if encoding.name.startswith("utf-"):
                return _text(text, name)
        if head[2:4] == b"\r\n" and head[1] in _PYC and b"\0" in head[4:16]:
            return Kind.BYTECODE
        if _binary(head[:_SAMPLE]):
            return Kind.BINARY
    elif head[0] < 9 and _binary(head[:_SAMPLE]):
        return Kind.BINARY
    if _NOTEBOOK.match(head):
        return Kind.NOTEBOOK
    return mail_kind(head) or _text(head, name)


def _by_signature(head: bytes) -> Kind | None:
    for signature, offset, kind in (*_SIGNED.get(head[0], ()), *_LATER):
        if head.startswith(signature, offset):
            found = _zip(head) if kind is Kind.ZIP else confirmed(head, signature, kind)
            if found is not None:
                return found
    return None


_LATER = tuple(item for item in SIGNATURES if item[1] > 0)
_SIGNED = {
    first: tuple(item for item in SIGNATURES if item[1] == 0 and item[0][0] == first)
    for first in {item[0][0] for item in SIGNATURES if item[1] == 0}
}


_WRITTEN = 16
_ENTRY = re.compile(rb"PK\x03\x04[\n-\x3f]\0..[\0\x08\x09\x0c\x0e\x5d\x5f\x61-\x63]\0.{20}[^\0]", re.DOTALL)
_MANIFEST = b"META-INF/manifest.xml"
_WHOLE = re.compile(rb"<manifest:file-entry\b[^>]*\bmanifest:full-path=[\"']/[\"'][^>]*>")
_OPEN_DOCUMENT = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation|graphics)")
_END = b"PK\x05\x06"
_END_BYTES = 22


def _zip(head: bytes) -> Kind:
    """Office documents are zip files whose first entries have fixed names."""
    if head[:4] == b"PK\x03\x04" and len(head) >= 30:
        entry = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        if entry == b"mimetype" and b"application/vnd.oasis.opendocument" in head[:200]:
            sheet = b"application/vnd.oasis.opendocument.spreadsheet" in head[:200]
            return Kind.SPREADSHEET if sheet else Kind.OFFICE
        if entry == b"mimetype" and b"application/epub+zip" in head[:200]:
            return Kind.EPUB
        if entry in ZIP_ENTRIES or entry.startswith((b"word/", b"xl/", b"ppt/")):
            return Kind.SPREADSHEET if _workbook(head) else Kind.OFFICE
        return _repacked(head) or Kind.ZIP
    return Kind.ZIP


def _repacked(head: bytes) -> Kind | None:
    """A document of OpenDocument whose parts somebody packed in another order: its manifest (ODF 1.3 part 2, 4.8) tells."""
    at = head.find(_MANIFEST)
    if at < 30 or head[at - 30 : at - 26] != b"PK\x03\x04" or head[at - 4] != len(_MANIFEST):
        return None
    start = at + len(_MANIFEST) + int.from_bytes(head[at - 2 : at], "little")
    listed = _unpacked(head, start, packed=head[at - 22] != 0)
    told = _WHOLE.search(listed)
    if told is None or _OPEN_DOCUMENT.search(told[0]) is None:
        return None
    return Kind.SPREADSHEET if b"opendocument.spreadsheet" in told[0] else Kind.OFFICE


def _unpacked(head: bytes, start: int, *, packed: bool) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(head[start:], _SAMPLE) if packed else head[start : start + _SAMPLE]
    except zlib.error:
        return b""


def _workbook(head: bytes) -> bool:
    """Whether a package of Office is a workbook: by the folders of its entries, or by the list of its content types."""
    folder = _ENTRY_FOLDER.search(head)
    if folder is not None:
        # What comes later may be of a package that lies within it, unpacked: the data of a chart, a document in a cell.
        return folder[1] == b"xl"
    if head[30:49] != b"[Content_Types].xml":
        return False
    start = 49 + int.from_bytes(head[28:30], "little")
    listed = _unpacked(head, start, packed=head[8] != 0)
    return b"spreadsheetml" in listed or b"ms-excel" in listed


# A local header (APPNOTE 4.3.7) is 30 bytes; the name follows.
_ENTRY_FOLDER = re.compile(rb"PK\x03\x04[\s\S]{26}(xl|word|ppt|visio)/")
_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))


def _compound(head: bytes, name: str) -> Kind:
    """Files of Office until 2003 (MS-CFB): a workbook has a stream of that name; its name counts if the list is not here."""
    if len(head) >= 512:
        size = 1 << int.from_bytes(head[30:32], "little") if head[30] < 16 else 512
        start = (int.from_bytes(head[48:52], "little") + 1) * size
        entries = [head[at : at + 128] for at in range(start, min(len(head), start + size) - 127, 128)]
        if entries:
            names = [entry[: max(0, int.from_bytes(entry[64:66], "little") - 2)] for entry in entries]
            if any(stream in names for stream in _STREAMS):
                return Kind.SPREADSHEET
            if any(text.encode("utf-16-le") in names for text in ("WordDocument", "PowerPoint Document")):
                return Kind.OFFICE
    return Kind.SPREADSHEET if name.lower().endswith(_WORKBOOKS) else Kind.OFFICE


_WORKBOOKS = (".xls", ".xlsx", ".xlsb", ".xlsm", ".xlt", ".xltx", ".xla")


def zip_entry(head: bytes) -> int:
    """Where the first entry of a zip begins in `head`, -1 if there is none.

    The version that an entry needs and its method of compression are small numbers in two bytes (APPNOTE 4.4.3 and
    4.4.5), which no text has behind those letters.
    """
    entry = _ENTRY.search(head)
    return entry.start() if entry else -1


def ends_as_zip(tail: bytes) -> bool:
    """Whether a file that ends with `tail` (64 KiB and 22 bytes are plenty) ends with a zip's directory (APPNOTE 4.3.16)."""
    end = tail.rfind(_END)
    return end >= 0 and len(tail) - end - _END_BYTES == int.from_bytes(tail[end + 20 : end + 22], "little")


def _zip_behind_script(head: bytes) -> Kind | None:
    """Python's `.pyz`, archives that unpack themselves and the like: a zip behind a text, which zip readers pass over."""
    entry = zip_entry(head)
    if entry < 0 or b"\0" in head[:entry] or not _valid_text(head[:entry]):
        return None
    return Kind.ZIP


def _valid_text(head: bytes) -> bool:
    return len(_CONTROL.findall(head)) * 50 <= len(head)


def _damaged(head: bytes) -> bool:
    """Whether what is called like a format with a signature, and does not begin with it, is no text either."""
    encoding = detect(head)
    if encoding.bom or encoding.name.startswith(("utf-16", "utf-32")):
        return False
    sample = head[:_SAMPLE]
    if _CONTROL.search(sample):
        return True
    # A few random bytes may hold no control character; half of them are no ASCII.
    return encoding.name != "utf-8" and len(sample) < _FEW and len(_HIGH.findall(sample)) * 4 > len(sample)


def _binary(sample: bytes) -> bool:
    """Null bytes in some number, or control characters no text has.

    Text with stray ones is still text, and so are strings that nulls separate or fields that they fill up, and the
    beginning of a log whose file was made longer than what is written yet.
    """
    written = sample.rstrip(b"\0")
    if len(written) < len(sample) and len(written) >= _WRITTEN and b"\0" not in written:
        sample = written
    nulls = sample.count(0)
    if nulls * 2 <= len(sample) and text_but_for_nulls(sample):
        return False
    return nulls * 50 > len(sample) or len(_CONTROL.findall(sample)) * 20 > len(sample)


def _extension(name: str) -> str:
    base = name.rsplit("/", 1)[-1].lower()
    dot = base.rfind(".")
    return base[dot:] if dot >= 0 else ""


def _text(head: bytes, name: str) -> Kind:
    base = name.rsplit("/", 1)[-1].lower()
    extension = _extension(base)
    named = BY_NAME.get(base) or EXTENSIONS.get(extension)
    if named is not None and named not in _LOOSE:
        return named
    if named is None and base.startswith(".env"):
        return Kind.KEYVALUE
    if lone_returns(head):
        head = head.replace(b"\r", b"\n")
    if extension in _TABLES and sniff_dialect(head, named=True) is not None:
        return Kind.DELIMITED
    return by_shape(head, named)
