"""The XML of documents → paragraphs, tables and values, read as a stream by a parser that resolves nothing.

Elements are those of ECMA-376 (WordprocessingML, DrawingML, PresentationML, comments of SpreadsheetML) and of ODF 1.3.
A document type or an entity of its own ends the reading: no writer of documents makes any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from assay.errors import LimitError, ReadError
from assay.formats.delimited import header_of
from assay.formats.shownvalues import Held, held_of, says_the_same
from assay.formats.windows import Readable

_CHUNK = 64 * 1024
_BLOCK = 4 * 1024 * 1024
_LOOK = 200
_WIDEST = 64
_LABEL = 60
_CELLS = 200_000
_DEEPEST = 500
_LONGEST_SPACE = 1000

_KEYS = (
    ("wordprocessingml", "w"),
    ("drawingml/2006/chart", "c"),
    ("drawingml/chart", "c"),
    ("drawingml", "a"),
    ("threadedcomments", "tc"),
    ("spreadsheetml", "x"),
    ("presentationml", "p"),
    ("powerpoint", "p"),
    ("officeDocument", "m"),
    ("markup-compatibility", "mc"),
    ("urn:oasis:names:tc:opendocument:xmlns:", ""),
    ("dc/elements", "dc"),
    ("xlink", "xlink"),
    ("schemas-microsoft-com:vml", "v"),
    ("urn:schemas-microsoft-com", "o"),
)
_PARAGRAPHS = frozenset(
    [
        "w:p",
        "a:p",
        "text:p",
        "text:h",
        "x:comment",
        "tc:text",
        "p:text",
        "svg-compatible:title",
        "svg-compatible:desc",
        "dc:creator",
        "c:v",
        "x:f",
    ]
)
_TEXT = frozenset(["w:t", "w:delText", "a:t", "m:t", "x:t", "tc:text", "p:text", "c:v"])
# ODF has the text in its paragraphs, and in between what is none of it.
_MIXED = frozenset(["text:p", "text:h", "svg-compatible:title", "svg-compatible:desc", "dc:creator"])
_LEFT_OUT = frozenset(
    ["mc:Fallback", "text:note-citation", "text:ruby-text", "x:rPh", "presentation:date-time", "text:page-number"]
)
_TABLES = frozenset(["w:tbl", "a:tbl", "table:table"])
_ROWS = frozenset(["w:tr", "a:tr", "table:table-row"])
_CELL = frozenset(["w:tc", "a:tc", "table:table-cell", "table:covered-table-cell"])
_BREAKS = {
    "w:tab": "\t", "w:br": "\n", "w:cr": "\n", "a:br": "\n", "w:noBreakHyphen": "-", "text:tab": "\t", "text:line-break": "\n",
}  # fmt: skip
_GONE = frozenset(["w:del", "w:moveFrom"])
_NEW = frozenset(["w:ins", "w:moveTo"])
_FLOATING = frozenset(["office:annotation", "drawing:frame", "drawing:text-box", "drawing:custom-shape"])


class Block(NamedTuple):
    """Text of a part: of a page where the part has pages, and where it begins in the text of that page or part."""

    text: bytes
    page: int | None
    char: int
    line: int


class Grid(NamedTuple):
    """A table of a part, row by row."""

    rows: list[list[str]]
    page: int | None


@dataclass(slots=True)
class _Paragraph:
    mixed: bool
    pieces: list[tuple[int, str]] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    cell: list[str] | None = None
    span: int = 1
    cells: int = 0


class Part:
    """Reads one part. `cells` is false for sheets of ODF, whose cells are read elsewhere, not what floats over them."""

    def __init__(self, stream: Readable, *, pages: bool = False, cells: bool = True) -> None:
        self._stream = stream
        self._cells = cells
        self._paged = pages
        self._page = 0
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._aside = 0
        self._depth = 0
        self._gone = self._new = 0
        self._capture = 0
        self._floating: list[bool] = []
        self._held: list[Held | None] = []
        self._instructions: list[str] = []
        self._authors: dict[str, None] = {}
        self._lines: list[str] = []
        self._size = self._char = self._line = 0
        self._ready: list[Block | Grid] = []
        self._names: dict[str, str] = {}

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator="|")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        return parser

    def read(self) -> Iterator[Block | Grid]:
        """Blocks of text and tables as they end. Raises `ReadError` after all that came before the damage."""
        # It holds this part, which must not hold it: what is in a circle stays until somebody looks for circles, and with
        # it the document that the part is read from.
        parser = self._parser()
        error: ReadError | None = None
        try:
            while piece := self._stream.read(_CHUNK):
                parser.Parse(piece, False)
                yield from self._take()
            parser.Parse(b"", True)
        except LimitError:
            raise
        except ReadError as damage:
            error = damage
        except (expat.ExpatError, ValueError, UnicodeError, LookupError):
            error = ReadError("corrupt", "its XML is damaged or cut short; restore it from a copy")
        # What was open when the text ended counts, too.
        while self._paragraphs:
            self._close_paragraph()
        while self._tables:
            self._close_table()
        for author in self._authors:
            self._add(f"author: {author}")
        self._flush()
        yield from self._take()
        if error is not None:
            raise error

    def _take(self) -> list[Block | Grid]:
        ready, self._ready = self._ready, []
        return ready

    def _refuse(self, *_: object) -> None:
        raise ReadError("corrupt", "its XML declares a document type, which no document does; it may be hostile")

    def _key(self, name: str) -> str:
        key = self._names.get(name)
        if key is None:
            uri, _, local = name.rpartition("|")
            prefix = "?"
            for part, short in _KEYS:
                if part in uri:
                    prefix = short or uri.removeprefix("urn:oasis:names:tc:opendocument:xmlns:").split(":")[0]
                    break
            key = self._names[name] = f"{prefix}:{local}"
        return key

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise LimitError("nesting", f"its XML is nested more than {_DEEPEST} deep")
        key = self._key(name)
        if self._aside or key in _LEFT_OUT:
            self._aside += 1
            return
        if key in _PARAGRAPHS:
            self._paragraphs.append(_Paragraph(key in _MIXED))
        if key in _TEXT:
            self._capture += 1
        elif key in _BREAKS:
            self._put(_BREAKS[key])
        elif key == "text:s":
            count = next((value for at, value in attributes.items() if at.endswith("|c")), "1")
            self._put(" " * (min(int(count), _LONGEST_SPACE) if count.isdecimal() else 1))
        elif key in _GONE:
            self._gone += 1
        elif key in _NEW:
            self._new += 1
        elif key in _FLOATING:
            self._floating.append(True)
        elif key == "drawing:page" and self._paged:
            self._flush()
            self._page += 1
            self._char = self._line = 0
        elif key == "w:instrText":
            self._capture += 1
            self._paragraphs.append(_Paragraph(False))
        else:
            self._start_table(key, attributes)
        if attributes:
            self._attributes(key, attributes)

    def _start_table(self, key: str, attributes: dict[str, str]) -> None:
        if key in _TABLES:
            if self._cells or key != "table:table":
                self._tables.append(_Table())
            return
        table = self._tables[-1] if self._tables else None
        if key in _CELL:
            self._floating.append(False)
            if not self._cells:
                self._held.append(held_of(attributes))
            if table is not None:
                table.cell = []
                spans = [value for at, value in attributes.items() if at.endswith(("gridSpan", "columns-repeated"))]
                table.span = _number(spans[0] if spans else "")
        elif table is not None and key in _ROWS:
            table.rows.append([])
        elif table is not None and key == "w:gridSpan":
            table.span = _number(next(iter(attributes.values()), ""))

    def _attributes(self, key: str, attributes: dict[str, str]) -> None:
        """What is said in attributes: alternative texts, targets of links, variables, who changed something."""
        for name, value in attributes.items():
            local = name.rpartition("|")[2]
            if (
                local in ("descr", "alt")
                or (local in ("title", "tooltip") and key in ("a:docPr", "a:cNvPr", "a:hlinkClick"))
                or (local == "href" and value.startswith(("mailto:", "http", "tel:", "file:")))
            ):
                self._say(value)
            elif local == "author" and key.startswith("w:") and len(self._authors) < 1000:
                self._authors[value] = None
        if key == "w:docVar":
            values = {name.rpartition("|")[2]: value for name, value in attributes.items()}
            self._add(f"{values.get('name', '')}: {values.get('val', '')}")

    def _say(self, value: str) -> None:
        if not value.strip():
            return
        if self._paragraphs:
            self._paragraphs[-1].asides.append(value)
        else:
            self._add(value)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._aside:
            self._aside -= 1
            return
        key = self._key(name)
        if key in _TEXT:
            self._capture -= 1
        elif key in _GONE:
            self._gone -= 1
        elif key in _NEW:
            self._new -= 1
        if key in _PARAGRAPHS:
            self._close_paragraph()
        elif key == "w:instrText":
            self._capture -= 1
            self._close_instruction()
        elif key in _CELL:
            if self._floating:
                self._floating.pop()
            if self._held:
                self._held.pop()
            self._close_cell()
        elif key in _TABLES and self._tables:
            self._close_table()
        elif key in _FLOATING and self._floating:
            self._floating.pop()

    def _text(self, data: str) -> None:
        if self._paragraphs and not self._aside and (self._capture or self._paragraphs[-1].mixed):
            self._put(data)

    def _put(self, data: str) -> None:
        if self._paragraphs:
            state = 2 if self._gone else 1 if self._new else 0
            self._paragraphs[-1].pieces.append((state, data))

    def _close_instruction(self) -> None:
        """The code of a field, such as a link: what stands in quotes in it, or is an address."""
        code = "".join(text for _, text in self._paragraphs.pop().pieces)
        if "@" in code or '"' in code:
            self._say(code.strip())

    def _close_paragraph(self) -> None:
        if not self._paragraphs:
            return
        paragraph = self._paragraphs.pop()
        text = "".join(piece for state, piece in paragraph.pieces if state < 2)
        told = [text]
        if any(state == 2 for state, _ in paragraph.pieces):
            # As it was before the change: a value that was taken out is still in the file.
            told.append("".join(piece for state, piece in paragraph.pieces if state != 1))
        told += [said for said in paragraph.asides if said.removeprefix("mailto:").removeprefix("tel:") not in text]
        floats = bool(self._floating) and self._floating[-1]
        if not self._cells and self._floating and not floats:
            # A cell of a sheet, whose value is read elsewhere.
            if self._held and (held := self._held[-1]) is not None and not says_the_same(text, held):
                self._add(text)
            return
        for line in told:
            if self._tables and self._tables[-1].cell is not None and not floats:
                self._tables[-1].cell.append(line)
            else:
                self._add(line)

    def _close_cell(self) -> None:
        if not self._tables or self._tables[-1].cell is None:
            return
        table = self._tables[-1]
        text = "\n".join(table.cell or ()).strip()
        table.cell = None
        if table.rows:
            table.rows[-1] += [text, *[""] * (table.span - 1)] if text or table.span < _WIDEST else [text]
            table.cells += 1
        if table.cells > _CELLS:
            self._as_text(table.rows)
            table.rows, table.cells = [[]], 0

    def _close_table(self) -> None:
        table = self._tables.pop()
        rows = [row for row in table.rows if any(row)]
        if not rows:
            return
        if self._tables and self._tables[-1].cell is not None:
            # One that lies in a cell of another: its text is the cell's.
            self._tables[-1].cell += ["\t".join(row) for row in rows]
        elif has_header(rows):
            self._ready.append(Grid(rows, self._page or None))
        else:
            self._as_text(rows)

    def _as_text(self, rows: list[list[str]]) -> None:
        for row in rows:
            if len(row) == 2 and all(row) and len(row[0]) <= _LABEL and "\n" not in row[0]:
                self._add(f"{row[0].rstrip(': ')}: {row[1]}")
            elif any(row):
                self._add("\t".join(row))

    def _add(self, line: str) -> None:
        if not line.strip():
            return
        self._lines.append(line)
        self._size += len(line)
        if self._size >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        text = "\n".join(self._lines) + "\n"
        self._ready.append(Block(text.encode("utf-8", "replace"), self._page or None, self._char, self._line))
        self._char += len(text)
        self._line += text.count("\n")
        self._lines, self._size = [], 0


def _number(text: str) -> int:
    return min(int(text), _WIDEST) if text.isdecimal() else 1


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row of a table names its columns. A form in two columns has its names in the first one."""
    if len(rows) < 2 or header_of(rows[:_LOOK]) is None:
        return False
    if max(map(len, rows[:_LOOK])) > 2:
        return True
    labels = [row[0] for row in rows[1:_LOOK] if row[0]]
    named = sum(header_of([[label], [""]]) is not None or label.endswith(":") for label in labels)
    return named * 3 <= len(labels)
