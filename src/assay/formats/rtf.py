"""RTF (specification 1.9.1) → its text, as a stream: headers, footers, notes, annotations and metadata included.

Pictures, fonts, styles and embedded objects are left out. Text that is marked as deleted is still there and is read.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from assay.errors import LimitError, ReadError
from assay.formats.encoding import UTF8
from assay.formats.kinds import Kind
from assay.formats.parts import Member, Unread, Within
from assay.formats.windows import Readable
from assay.model import Locator

_CHUNK = 256 * 1024
_HEAD = 64 * 1024
_LONGEST = 64
_DEEPEST = 2000
_HELD = 16 * 1024
_TOKEN = re.compile(
    rb"\\(?:'([0-9A-Fa-f]{2})|([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|([^A-Za-z]))|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_LEFT_OUT = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl pict objdata themedata colorschememapping datastore "
    b"latentstyles generator xmlnstbl filetbl revtbl blipuid bkmkstart bkmkend pgptbl nonshppict panose falt listpicture "
    b"themedata mmathPr wgrffmtfilter fchars lchars".split()
)
# Groups that readers may leave out, and in which there is text all the same.
_SAID = frozenset(
    b"annotation atnauthor atnid footnote ftnsep headerl headerr headerf footerl footerr footerf fldinst shptxt shpinst shprslt sp sv sn "
    b"company operator manager hlinkbase category comment doccomm keywords subject title author userprops propname staticval "
    b"htmltag xe docvar formfield ffname ffdeftext ffhelptext ffstattext".split()
)
_LINE = frozenset(b"par line row sect page cell nestcell nestrow column".split())
_WORDS = {
    b"tab": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}
_APART = frozenset(
    b"title subject author manager company operator category keywords comment doccomm hlinkbase propname staticval "
    b"footnote annotation atnauthor atnid header headerl headerr headerf footer footerl footerr footerf".split()
)
_PAGES = {b"ansi": "cp1252", b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
_CHARSETS = {128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip


def opened(stream: Readable, within: Within) -> Iterator[Member | Unread]:
    """The text of the document as one member."""
    text = _Text(stream)
    head = b""
    while len(head) < _HEAD and (piece := text.read(_HEAD - len(head))):
        head += piece
    yield Member(within.path, Kind.TEXT, head, text, None, _located, None, UTF8)
    if text.holds_objects:
        detail = (
            "objects of other programs are embedded in it, which cannot be read yet; save them as files and scan those"
        )
        yield Unread(within.path, ReadError("unsupported format", detail))
    if text.error is not None:
        yield Unread(within.path, text.error)


class Run(NamedTuple):
    """Bytes `[start, end)` of a document, and the text that is read of them.

    `kind` is `text`, `unicode` (a character by its number), `fallback` (what stands for such a one in old programs), `word` or
    `other`; of a text the first `dropped` bytes are such a fallback.
    """

    start: int
    end: int
    text: str
    kind: str
    dropped: int = 0


def runs(data: bytes) -> Iterator[Run]:
    """The tokens of a whole document, in order. Bytes of pictures and objects are in none."""
    text = _Text(io.BytesIO())
    at = begun = 0
    while at < len(data):
        token = _TOKEN.match(data, at)
        if token is None:
            at += 1
            continue
        start, at = token.span()
        if token[2] == b"bin" and token[3]:
            at += max(0, int(token[3]))
            continue
        waiting = bool(text._bytes)  # of the class above
        if waiting and token[1] is None and token[6] is None:
            yield Run(begun, start, text._flushed(), "text")
            waiting = False
        before = text._pending
        said = text._token(token)
        if not waiting:
            begun = start
        if text._bytes:
            continue
        if token[1] is not None:
            yield Run(start, at, "", "fallback")
        elif token[6] is not None:
            yield Run(begun, at, said, "text", min(before, len(token[6])))
        else:
            kind = "word" if token[2] is not None else "other"
            yield Run(start, at, said, "unicode" if token[2] == b"u" and said else kind)
    if text._bytes:
        yield Run(begun, at, text._flushed(), "text")


def _located(at: Locator) -> Locator:
    return replace(at, byte_start=None, byte_end=None)


class _Group:
    __slots__ = ("apart", "page", "shown", "skip")

    def __init__(self, shown: bool, skip: int, page: str) -> None:
        self.shown = shown
        self.skip = skip
        self.page = page
        self.apart = False


class _Text:
    """Reads the text of an RTF document piece by piece."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._raw = b""
        self._ended = False
        self._out = b""
        self._groups: list[_Group] = [_Group(True, 1, "cp1252")]
        self._star = False
        self._pending = 0
        self._bytes = bytearray()
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._in_fonts = 0
        self._page = "cp1252"
        self._high = ""
        self._binary = 0
        self.error: ReadError | None = None
        self.holds_objects = False

    def read(self, size: int = -1, /) -> bytes:
        while not self._out and not self._ended:
            self._more()
        if size is None or size < 0:
            size = len(self._out)
        data, self._out = self._out[:size], self._out[size:]
        return data

    def _more(self) -> None:
        try:
            piece = self._stream.read(_CHUNK)
        except LimitError as error:
            piece, self.error = b"", error
        except ReadError as error:
            piece, self.error = b"", error
        self._ended = not piece
        if self._binary:
            dropped = min(self._binary, len(piece))
            self._binary -= dropped
            piece = piece[dropped:]
        data = self._raw + piece
        # A token that may go on in the next piece waits for it.
        safe = len(data) if self._ended else max(data.rfind(b"\\", max(0, len(data) - _LONGEST)), 0) or len(data)
        self._raw = data[safe:]
        parts: list[str] = []
        at = 0
        while at < safe:
            token = _TOKEN.match(data, at, safe)
            if token is None:
                at += 1
                continue
            if token[2] == b"bin" and token[3]:
                # Bytes of a picture or an object stand behind it as they are.
                at = token.end() + max(0, int(token[3]))
                self._binary = max(0, at - len(data))
                if at > safe:
                    self._raw = data[at:]
                    break
                continue
            at = token.end()
            parts.append(self._token(token))
        if len(self._bytes) > _HELD:
            parts.append(self._spilled())
        if self._ended:
            parts.append(self._flushed())
            if len(self._groups) > 1 and self.error is None:
                self.error = ReadError("corrupt", "it ends within a group; it may be cut short: restore it from a copy")
        self._out = "".join(parts).encode("utf-8", "replace")

    def _token(self, token: re.Match[bytes]) -> str:
        group = self._groups[-1]
        if token[6] is not None:
            if self._pending:
                dropped = min(self._pending, len(token[6]))
                self._pending -= dropped
                text = token[6][dropped:]
            else:
                text = token[6]
            if group.shown:
                if self._bytes or not text.isascii():
                    self._bytes += text
                    return self._flushed()
                return text.decode("ascii")
            return ""
        if token[1] is not None:
            if self._pending:
                self._pending -= 1
            elif group.shown:
                self._bytes.append(int(token[1], 16))
            return ""
        said = self._flushed()
        if token[5] == b"{":
            if len(self._groups) < _DEEPEST:
                inner = _Group(group.shown, group.skip, group.page)
                self._groups.append(inner)
            else:
                self._ended = True
                self.error = LimitError("nesting", f"its groups are nested more than {_DEEPEST} deep")
            self._pending = 0
            return said
        if token[5] == b"}":
            self._pending = 0
            self._star = False
            if len(self._groups) > 1:
                closed = self._groups.pop()
                if closed.apart and closed.shown:
                    return said + "\n"
            return said
        if token[4] is not None:
            return said + self._symbol(token[4], group)
        if token[2] is not None:
            return said + self._word(token[2], token[3], group)
        return said

    def _symbol(self, symbol: bytes, group: _Group) -> str:
        if symbol == b"*":
            self._star = True
            return ""
        if not group.shown:
            return ""
        if symbol in b"\\{}":
            return symbol.decode()
        return {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t"}.get(symbol, "")

    def _word(self, word: bytes, number: bytes | None, group: _Group) -> str:
        value = int(number) if number else 0
        if word == b"objdata":
            self.holds_objects = True
        if self._star:
            self._star = False
            if word not in _SAID:
                group.shown = False
                return ""
        if word in _LEFT_OUT:
            group.shown = False
        elif word in _APART:
            group.apart = True
            return "\n" if group.shown else ""
        elif word == b"u" and number:
            self._pending = group.skip
            return self._unicode(value) if group.shown else ""
        elif word == b"uc":
            group.skip = max(0, min(value, 16))
        elif word in _PAGES:
            self._page = group.page = _PAGES[word]
        elif word == b"ansicpg":
            self._page = group.page = _codec(f"cp{value}") or self._page
        elif word == b"f" and number:
            self._font = value
            group.page = self._fonts.get(value, self._page)
        elif word == b"fcharset" and value in _CHARSETS and len(self._fonts) < 10_000:
            self._fonts[self._font] = _CHARSETS[value]
        elif word == b"v" and number != b"0":
            pass  # hidden text is read like all other
        elif not group.shown:
            return ""
        elif word in (b"cell", b"nestcell"):
            return "\t"
        elif word in _LINE:
            return "\n"
        elif word in _WORDS:
            return _WORDS[word]
        return ""

    def _unicode(self, value: int) -> str:
        code = value % 0x10000
        if 0xD800 <= code < 0xDC00:
            self._high = chr(code)
            return ""
        if 0xDC00 <= code < 0xE000:
            pair, self._high = self._high + chr(code), ""
            return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return chr(code)

    def _flushed(self) -> str:
        if not self._bytes:
            return ""
        data, self._bytes = bytes(self._bytes), bytearray()
        return data.decode(self._groups[-1].page, "replace")

    def _spilled(self) -> str:
        """The text of many bytes in a row, but for a character whose rest may come."""
        decoder = codecs.getincrementaldecoder(self._groups[-1].page)("replace")
        text = decoder.decode(bytes(self._bytes))
        self._bytes = bytearray(decoder.getstate()[0])
        return text


def _codec(name: str) -> str | None:
    try:
        return codecs.lookup("utf-8" if name == "cp65001" else name).name
    except LookupError:
        return None
