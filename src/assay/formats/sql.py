"""SQL dumps: INSERT statements (column names from the statement or its CREATE TABLE), PostgreSQL's COPY blocks.

MySQL: https://dev.mysql.com/doc/refman/8.4/en/string-literals.html,
PostgreSQL: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assay.formats.escapes import decoded_values
from assay.formats.resumable import RESUME, Resumable, Walked
from assay.formats.sqlvalues import DOUBLE, OPENING, REST, STRING, VALUE, SqlState, copied, copy_end, inserted
from assay.formats.structure import Decoded, Place, Window
from assay.formats.written import blank_simple

_IDENTIFIER = rb"(?:\"(?:[^\"\n]|\"\")+\"|`[^`\n]+`|\[[^\]\n]+\]|[\w$]+)"
_TABLE = rb"(" + _IDENTIFIER + rb"(?:\s*\.\s*" + _IDENTIFIER + rb"){0,3})"
_COLUMNS = rb"\(((?:[^()'\"`\[\]]|\"[^\"]*\"|`[^`]*`|\[[^\]]*\])*)\)"
_STATEMENT = re.compile(
    rb"^[ \t]*(?:(?:INSERT|REPLACE)\s+(?:\w+\s+){0,2}?INTO\s+"
    + _TABLE
    + rb"\s*(?:"
    + _COLUMNS
    + rb")?\s*(?:OVERRIDING\s+\w+\s+VALUE\s*)?VALUES?\s*"
    rb"|CREATE\s+(?:\w+\s+){0,3}?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _TABLE + rb"\s*\("
    rb"|COPY\s+" + _TABLE + rb"\s*(?:" + _COLUMNS + rb")?\s*FROM\s+stdin\b[^\n]*\n)",
    re.IGNORECASE | re.MULTILINE,
)
_INTO, _LISTED, _CREATED, _COPIED, _COPY_LISTED = range(1, 6)
_TUPLE = re.compile(
    rb"\s*+,?\s*+\((?>(?:[^()'\"]|" + STRING + rb"|" + DOUBLE + rb"|\((?>(?:[^()'\"]|" + STRING + rb")*)\))*)\)",
    re.DOTALL,
)
_NOT_COLUMN = frozenset(
    b"primary key unique constraint foreign check index fulltext spatial exclude period like partition".split()
)
_ASSIGNED = re.compile(rb"(" + _IDENTIFIER + rb")\s*=\s*N?['\"]?([^'\"\n]{0,400})\Z", re.IGNORECASE)
_NEEDS = re.compile(rb"(?<=[^\s,(='])''(?=[^\s,)'])")
_ESCAPE = re.compile(rb"''|\\(.)", re.DOTALL)
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0", b"b": b"\b", b"Z": b"\x1a"}
_MEANING = ((b"\\'", b" '"), (b"\\0", b"  "), (b"\\Z", b"  "))
_TABLES = 10_000


class Sql(Resumable[SqlState]):
    """Structure of an SQL script or dump."""

    def __init__(self) -> None:
        super().__init__(SqlState())
        self._tables: dict[str, tuple[str, ...]] = {}

    def view(self, window: Window) -> bytes:
        self._show(window)
        return blank_simple(window.data, _MEANING)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if b"''" not in window.data:
            return iter(())
        return decoded_values(window, _NEEDS, _bounds, _ESCAPE, _meaning)

    def values(self, window: Window, wanted: Callable[[str], bool]) -> Iterator[Place]:
        """`Columned.values`: of statements that name no wanted column, only the beginning is read."""
        self._show(window)
        data = window.data
        position, state = self._base
        while True:
            if state.table:
                columns = tuple(number for number, name in enumerate(state.columns) if wanted(name))
                if columns:
                    listed = (
                        copied(window, position, columns)
                        if state.copying
                        else inserted(window, position, state, columns)
                    )
                    for column, start, end in listed:
                        yield _field(state, column, start, end)
            match = _STATEMENT.search(data, position)
            if match is None or match.start() >= window.core_end:
                return
            position = match.end()
            if match.lastindex == _CREATED:
                self._create(match, data)
                state = SqlState()
            else:
                state = self._statement(match)

    def _walk(
        self, window: Window, position: int, state: SqlState, offsets: Sequence[int], stop: int
    ) -> Walked[SqlState]:
        data = window.data
        out: list[Place | None] = []
        want = stop or (offsets[-1] + 1 if offsets else 0)

        def free(end: int) -> None:
            while len(out) < len(offsets) and offsets[len(out)] < end:
                out.append(_assigned(data, offsets[len(out)]))

        while position < want:
            if state.copying:
                end = copy_end(data, position)
                row = [offset for offset in offsets[len(out) :] if offset < end]
                out += [_cell(data, offset, state) for offset in row]
                if end >= want:
                    return Walked(out, max(position, data.rfind(b"\n", position, want) + 1), state)
                position, state = min(end + 3, len(data)), SqlState()
                continue
            if state.table:
                position, state = self._rows(window, position, state, offsets, out, want)
                if state.table:
                    break
                continue
            match = _STATEMENT.search(data, position)
            if match is None or match.start() >= want:
                free(want)
                line = data.rfind(b"\n", position, want) + 1
                return Walked(out, max(line, position) if want - line <= RESUME else max(position, want), SqlState())
            free(match.start())
            if match.end() > want and stop:
                return Walked(out, max(match.start(), stop - RESUME), SqlState())
            if match.lastindex == _CREATED:
                self._create(match, data)
                free(match.end())
                position = match.end()
                continue
            if not stop:
                out += [None] * sum(1 for offset in offsets[len(out) :] if offset < match.end())
            state = self._statement(match)
            position = match.end()
        return Walked(out, position, state)

    def _statement(self, match: re.Match[bytes]) -> SqlState:
        copying = match[_COPIED] is not None
        table = _name(match[_COPIED] if copying else match[_INTO])
        listed = match[_COPY_LISTED] if copying else match[_LISTED]
        columns = tuple(_name(item) for item in listed.split(b",")) if listed else self._tables.get(_bare(table), ())
        return SqlState(table, columns, copying)

    def _create(self, match: re.Match[bytes], data: bytes) -> None:
        columns = []
        end = data.find(b";", match.end())
        body = data[match.end() : len(data) if end < 0 else end]
        for item in _split(body):
            word = re.match(rb"\s*(" + _IDENTIFIER + rb")", item)
            if word is not None and word[1].lower() not in _NOT_COLUMN:
                columns.append(_name(word[1]))
        if len(self._tables) < _TABLES:
            self._tables[_bare(_name(match[_CREATED]))] = tuple(columns)

    def _rows(
        self,
        window: Window,
        position: int,
        state: SqlState,
        offsets: Sequence[int],
        out: list[Place | None],
        want: int,
    ) -> tuple[int, SqlState]:
        """Rows of an INSERT from `position` on, until `want` is reached or the statement ends."""
        data = window.data
        if state.column is not None:
            position, state = _values(window, position, state, offsets, out, want)
            if state.column is not None:
                return position, state
        while position < want:
            row = _TUPLE.match(data, position)
            if row is None:
                opening = OPENING.match(data, position)
                if opening is None:
                    return position, SqlState()
                begun = state._replace(column=0)
                position, state = _values(window, opening.end(), begun, offsets, out, want)
                if state.column is not None:
                    return position, state
                continue
            if row.end() > want or (len(out) < len(offsets) and offsets[len(out)] < row.end()):
                if row.end() > want and not offsets and want - row.start() <= RESUME:
                    return row.start(), state
                inner = data.index(b"(", row.start()) + 1
                while len(out) < len(offsets) and offsets[len(out)] < inner:
                    out.append(None)
                at, after = _values(window, inner, state._replace(column=0), offsets, out, want)
                if row.end() >= want:
                    return (at, after) if not offsets else (row.start(), state)
            position = row.end()
        return position, state


def _values(
    window: Window, position: int, state: SqlState, offsets: Sequence[int], out: list[Place | None], want: int
) -> tuple[int, SqlState]:
    """Values of one row from `position` on; ends after its closing bracket, or with where to go on from at `want`."""
    data = window.data
    column = state.column or 0
    depth = 0
    if state.open_at is not None:
        rest = REST.match(data, position)
        closed = rest.end() if rest else position
        begun = max(0, state.open_at - window.byte)
        while len(out) < len(offsets) and offsets[len(out)] < closed:
            out.append(_field(state, column, begun, closed))
        if closed >= want or closed >= len(data):
            return (_unescaped(data, want) if closed >= want else closed), state
        position = closed + 1
        state = state._replace(open_at=None)
    while position < want:
        value = VALUE.search(data, position)
        if value is None or (value.start() > position and b"'" in data[position : value.start()]):
            quote = data.find(b"'", position)
            if quote < 0 or quote >= want:
                return want, state._replace(column=column)
            while len(out) < len(offsets):
                out.append(_field(state, column, quote + 1, len(data)) if offsets[len(out)] > quote else None)
            if want - quote <= RESUME:
                return quote, state._replace(column=column)
            return _unescaped(data, want), state._replace(column=column, open_at=window.byte + quote + 1)
        kind = value.lastindex or 0
        if value.end() > want and not offsets:
            if want - value.start() <= RESUME or kind != 1:
                return value.start(), state._replace(column=column)
            return _unescaped(data, want), state._replace(column=column, open_at=window.byte + value.start(1))
        while len(out) < len(offsets) and offsets[len(out)] < value.end():
            out.append(_field(state, column, *value.span(kind)) if kind in (1, 2, 6) else None)
        position = value.end()
        if kind == 3:
            depth += 1
        elif kind == 4:
            if depth == 0:
                return position, state._replace(column=None, open_at=None)
            depth -= 1
        elif kind == 5 and depth == 0:
            column += 1
    return position, state._replace(column=column)


def _unescaped(data: bytes, position: int) -> int:
    while position > 0 and data[position - 1] in b"\\'":
        position -= 1
    return position


def _field(state: SqlState, column: int, start: int, end: int) -> Place:
    name = state.columns[column] if column < len(state.columns) else f"column_{column + 1}"
    names = (name, state.table) if column < len(state.columns) else (state.table,)
    return Place(start, end, names, name)


def _cell(data: bytes, offset: int, state: SqlState) -> Place:
    line = data.rfind(b"\n", 0, offset) + 1
    start = data.rfind(b"\t", line, offset) + 1 or line
    end = re.compile(rb"[^\t\r\n]*").match(data, offset)
    return _field(state, data.count(b"\t", line, offset), start, end.end() if end else offset)


def _assigned(data: bytes, offset: int) -> Place | None:
    """`column = 'value'` in other statements."""
    line = max(data.rfind(b"\n", 0, offset) + 1, offset - 500)
    found = _ASSIGNED.search(data[line : offset + 1])
    if found is None:
        return None
    end = re.compile(rb"[^'\"\n]*").match(data, offset)
    name = _name(found[1])
    return Place(line + found.start(2), end.end() if end else offset, (name,), name)


def _split(body: bytes) -> Iterator[bytes]:
    """The items of a column list, at commas outside brackets and strings."""
    depth = start = 0
    for token in re.finditer(rb"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|[(),]", body):
        sign = token[0]
        if sign == b"(":
            depth += 1
        elif sign == b")":
            depth -= 1
            if depth < 0:
                yield body[start : token.start()]
                return
        elif sign == b"," and depth == 0:
            yield body[start : token.start()]
            start = token.end()
    yield body[start:]


def _name(raw: bytes) -> str:
    return raw.strip().strip(b'"`[]').replace(b'""', b'"').decode("utf-8", "replace")


def _bare(table: str) -> str:
    return table.rsplit(".", 1)[-1].strip('"`[] ').lower()


def _bounds(data: bytes, position: int) -> tuple[int, int]:
    start = position
    while start > 0:
        start = data.rfind(b"'", max(0, position - 4096), start)
        if start < 0:
            start = max(-1, data.rfind(b"\n", 0, position))
            break
        if start > 0 and data[start - 1 : start] in (b"'", b"\\"):
            start -= 1
            continue
        break
    rest = REST.match(data, position)
    return start + 1, rest.end() if rest else position


def _meaning(match: re.Match[bytes]) -> bytes:
    return b"'" if match[0] == b"''" else _SHORT.get(match[1], match[1])
