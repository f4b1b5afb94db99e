"""Encodings: told from the head of a file, decoded to UTF-8 piece by piece, positions mapped back to the file's bytes.

Decoding to UTF-8 follows the WHATWG Encoding Standard's "maximal subpart" practice: one code point stands for each
malformed sequence. For UTF-8 input the stand-in is as long as what it replaces, so byte offsets stay the file's own.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from assay.formats.stateful import STATEFUL, begins, character_ends, may_be_stateful, stateful

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CANDIDATES = ["cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253"]
_SINGLE = frozenset({"cp1252", "cp1250", "cp1251", "cp1253", "koi8_r"})
_NULL_SAMPLE = 4096
_GUESS_SAMPLE = 8192
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_SPACES = "\t\n\r\f"
_QUOTED = re.compile(rb"\"[^\"]*(?:\"|\Z)")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_MULTIBYTE = re.compile(rb"[\x80-\xff]")
# One, two and three malformed bytes: SUBSTITUTE, a C1 control and REPLACEMENT CHARACTER have just that length in UTF-8.
_STAND_IN = {1: "\x1a", 2: "\x80", 3: "\ufffd"}


class Encoding(NamedTuple):
    """A codec's Python name, and how many bytes of byte order mark precede the text.

    `returns` says that a carriage return alone ends a line, as in files of classic Mac OS and Excel's "CSV (Macintosh)".
    """

    name: str
    bom: int = 0
    returns: bool = False


UTF8 = Encoding("utf-8")


def detect(head: bytes) -> Encoding:
    """The encoding of a file that begins with `head` (64 KiB are plenty); Windows-1252 as the last resort."""
    encoding = _told(head)
    if b"\r" not in head:
        return encoding
    text = head if encoding.name == "utf-8" else Transcoder(encoding).feed(head)
    return encoding._replace(returns=True) if lone_returns(text) else encoding


def lone_returns(text: bytes) -> bool:
    """Whether lines end with a carriage return alone; quoted cells may have line feeds all the same, as Excel writes."""
    first = text.find(b"\r")
    if first < 0 or text[first + 1 : first + 2] == b"\n":
        return False
    return b"\n" not in text or (b'"' in text and b"\n" not in _QUOTED.sub(b"", text))


def _told(head: bytes) -> Encoding:
    if head[:1] in (b"\xef", b"\xff", b"\xfe", b"\x00"):
        for bom, name in _BOMS:
            if head.startswith(bom):
                return Encoding(name, len(bom))
    if b"\0" in head:
        wide = _by_nulls(head)
        if wide:
            return Encoding(wide)
        head = head.translate(None, b"\0")
    if may_be_stateful(head) and (shifting := stateful(head)):
        return Encoding(shifting)
    if head.isascii() or _valid_utf8(head):
        return UTF8
    if _mostly_utf8(head):
        return UTF8
    return Encoding(_guess(head))


def _valid_utf8(head: bytes) -> bool:
    try:
        head[: len(head) - _incomplete(head)].decode()
    except UnicodeDecodeError:
        return False
    return True


def _by_nulls(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark: ASCII puts its zeros at fixed places (RFC 4627, section 3).

    Text of 8-bit units may have stray zeros too. It is told by what is left without them, which is clean UTF-8 as hardly
    any UTF-16 text is: letters beyond Latin-1 have control characters or lone continuation bytes for their high half.
    """
    sample = head[: min(len(head), _NULL_SAMPLE) & ~3] or head[:2]
    quarters = [sample[index::4].count(0) for index in range(4)]
    each = len(sample) // 4
    for name, zeros, text in (("utf-32-le", (2, 3), 0), ("utf-32-be", (0, 1), 3)):
        if each and quarters[text] * 20 <= each and all(quarters[index] >= each * 0.95 for index in zeros):
            return name if _decodes(sample, name) else None
    sample = head[: min(len(head), _NULL_SAMPLE) & ~1]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    share = 0.8 if text_but_for_nulls(head) else 0.3
    for name, zeros_here, zeros_there in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros_there * 20 > zeros_here or not zeros_here or not _decodes(sample, name):
            continue
        decoded = sample.decode(name, "replace")
        if zeros_here > half * share:
            if _few_oddities(decoded):
                return name
        elif share < 0.5 and _of_one_script(decoded):
            # Few zeros: a script other than Latin, whose line ends and spaces alone have them.
            return name
    return None


def text_but_for_nulls(data: bytes) -> bool:
    """Whether `data` without its null bytes is UTF-8 text, with hardly a control character."""
    rest = data.translate(None, b"\0")
    return len(_CONTROL.findall(rest)) * 50 <= len(rest) and _valid_utf8(rest)


def _few_oddities(text: str) -> bool:
    """Hardly a control character, nor anything unassigned or private."""
    return sum(1 for char in text if not (char.isprintable() or char in _SPACES)) * 20 <= len(text)


def _of_one_script(text: str) -> bool:
    """Mostly letters, nearly all of one script, of which ideographs must be such as are in wide use."""
    wide = [char for char in text if char > "\xff"]
    if len(wide) < 4 or sum(1 for char in text if not (char.isprintable() or char in _SPACES)) * 100 > len(text):
        return False
    letters = sum(1 for char in text if char.isspace() or unicodedata.category(char)[0] in "LMN")
    if letters * 10 < len(text) * 7:
        return False
    from assay.formats.eastasian import of_east_asia  # large character sets, for the few texts that need them

    eastern = of_east_asia(text, wide)
    if eastern is not None:
        return eastern
    # All other scripts in wide use lie in one or two blocks of 256 code points below U+2000.
    blocks = Counter(ord(char) >> 8 for char in wide if not "\u2000" <= char <= "\u206f")
    often = sum(count for _, count in Counter({at: n for at, n in blocks.items() if at < 0x20}).most_common(2))
    return often * 10 >= sum(blocks.values()) * 9


def _decodes(sample: bytes, name: str) -> bool:
    text = codecs.getincrementaldecoder(name)("replace").decode(sample)
    return text.count("\ufffd") * 50 <= len(text)


def _mostly_utf8(head: bytes) -> bool:
    """A UTF-8 file with a few damaged places: far more well-formed multi-byte characters than malformed bytes."""
    text = head.decode("utf-8", "replace")
    bad = text.count("\ufffd") - head.count(b"\xef\xbf\xbd")
    good = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", text)))
    return good >= 4 * bad


def _guess(head: bytes) -> str:
    """A legacy encoding, by charset-normalizer on the part of the head that has the non-ASCII bytes."""
    # Reached only by text that is not UTF-8; the import costs more than most files.
    from charset_normalizer import from_bytes

    first = _MULTIBYTE.search(head)
    start = head.rfind(b"\n", 0, first.start()) + 1 if first else 0
    sample = head[start : start + _GUESS_SAMPLE]
    high = len(_MULTIBYTE.findall(sample))
    if high >= 2:
        from assay.formats.eastasian import double_byte

        double = double_byte(sample, complete=start + _GUESS_SAMPLE >= len(head) and len(sample) < _GUESS_SAMPLE)
        if double:
            return double
    best = from_bytes(sample, cp_isolation=_CANDIDATES, steps=4, chunk_size=512).best()
    if best is not None and best.encoding in _SINGLE:
        # A few accents in ASCII are western far more often than anything else.
        if best.encoding != "cp1252" and high * 5 < len(sample):
            return "cp1252"
        return best.encoding
    return "cp1252"


def _incomplete(data: bytes) -> int:
    """How many bytes at the end of `data` begin a UTF-8 sequence that is not complete (0–3)."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if need > back else 0
    return 0


@cache
def _same_length() -> str:
    def stand_in(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return _STAND_IN[error.end - error.start], error.end

    codecs.register_error("assay.same-length", stand_in)
    return "assay.same-length"


@dataclass(frozen=True, slots=True)
class _Mark:
    char: int
    byte: int
    raw: bytes
    state: int


class _Lengths:
    """How many bytes the first code points of a piece of a file take. Asked for mostly in ascending order."""

    def __init__(self, raw: bytes, name: str, state: int) -> None:
        self._name = name
        self._ends: list[int] = []
        self._known = (0, 0)
        self._text = raw.decode(name, "replace")
        try:
            reversible = name not in STATEFUL and self._text.encode(name) == raw
        except UnicodeEncodeError:
            reversible = False
        if not reversible:
            # Damaged, or two codes for one character: count what each byte completes.
            self._ends = character_ends(raw, name, state)

    def of(self, count: int) -> int:
        if self._ends:
            return self._ends[min(count, len(self._ends) - 1)]
        known, length = self._known
        if count >= known:
            length += len(self._text[known:count].encode(self._name))
        else:
            length -= len(self._text[count:known].encode(self._name))
        self._known = (count, length)
        return length


class Transcoder:
    """Decodes a file's bytes to UTF-8, piece by piece, and maps code points back to the file's bytes.

    Malformed input never raises: each malformed sequence becomes one stand-in code point, and everything around it
    keeps its value and its place.
    """

    def __init__(self, encoding: Encoding, *, byte: int = 0) -> None:
        """`byte` is where in the file the input begins. The code points of such a part are counted from there."""
        self.encoding = encoding
        self._first = byte + encoding.bom
        self._bom = encoding.bom
        self._pending = b""
        self._utf8 = encoding.name == "utf-8"
        self._decoder = None if self._utf8 else codecs.getincrementaldecoder(encoding.name)("replace")
        self._marks: list[_Mark] = []
        self._chars = 0
        self._bytes = self._first
        self._measured: tuple[int, _Lengths] | None = None
        self._held = b""

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """The UTF-8 of the next `data`; an incomplete sequence waits for the next call unless this is `final`.

        Carriage returns that end lines become line feeds, which are as long.
        """
        text = self._decoded(data, final)
        if not self.encoding.returns:
            return text
        text, self._held = self._held + text, b""
        if not final and text.endswith(b"\r"):
            text, self._held = text[:-1], b"\r"
        return _LONE_RETURN.sub(b"\n", text)

    def _decoded(self, data: bytes, final: bool) -> bytes:
        if self._bom:
            cut = min(self._bom, len(data))
            data, self._bom = data[cut:], self._bom - cut
        if self._decoder is not None:
            return self._other(data, final)
        if not self._pending and data.isascii():
            return data
        data = self._pending + data
        waiting = 0 if final else _incomplete(data)
        self._pending = data[len(data) - waiting :]
        if waiting:
            data = data[:-waiting]
        try:
            data.decode()
        except UnicodeDecodeError:
            return data.decode("utf-8", _same_length()).encode()
        return data

    def _other(self, data: bytes, final: bool) -> bytes:
        assert self._decoder is not None
        state = self._decoder.getstate()[1]
        text = self._decoder.decode(data, final)
        raw = self._pending + data
        self._pending = b"" if final else bytes(self._decoder.getstate()[0])
        if self._pending:
            raw = raw[: -len(self._pending)]
        if raw:
            self._marks.append(_Mark(self._chars, self._bytes, raw, state))
        self._chars += len(text)
        self._bytes += len(raw)
        return text.encode("utf-8", "replace")

    def original_offset(self, *, byte: int, char: int, first: bool = False) -> int:
        """Offset in the file's bytes, mark included, of the place that is `byte` of UTF-8 and `char` of code points.

        Where escape sequences stand between two characters, it is before them, or behind them for the `first` of a value.
        For encodings other than UTF-8, only of text not yet given to `forget`; raises ValueError for older places.
        """
        if self._utf8:
            return byte + self.encoding.bom
        if self.encoding.name in _SINGLE:
            return char + self._first
        index = bisect_right(self._marks, char, key=lambda mark: mark.char) - 1
        if index < 0:
            if not self._marks and char == 0:
                return self._first
            raise ValueError(f"position {char} was forgotten or not yet decoded")
        mark = self._marks[index]
        length = self._raw_length(mark, char - mark.char)
        if first and self.encoding.name in STATEFUL:
            length = begins(mark.raw, length)
        return mark.byte + length

    def _raw_length(self, mark: _Mark, count: int) -> int:
        if count <= 0:
            return 0
        if self._measured is None or self._measured[0] != mark.char:
            self._measured = (mark.char, _Lengths(mark.raw, self.encoding.name, mark.state))
        return self._measured[1].of(count)

    def forget(self, char: int) -> None:
        """Positions before code point `char` will not be asked for again."""
        keep = bisect_right(self._marks, char, key=lambda mark: mark.char) - 1
        if keep > 0:
            del self._marks[:keep]
