"""What a MySQL or MariaDB server says of its tables, in a few queries, and what tells that a table has changed.

Information schema: https://mariadb.com/kb/en/information-schema/, https://dev.mysql.com/doc/refman/8.4/en/information-schema.html.

The token of change is made of the time of the last commit that changed the table, which InnoDB keeps in memory, in seconds:
it counts once it is some seconds old, and is gone after a restart. MariaDB does not touch it when a table or a partition is
emptied by `TRUNCATE`, exchanged or renamed to another's name: InnoDB's own numbers of the table show that, which are told
to users with the right PROCESS only. Other engines, and other users, have no token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from assay.errors import ReadError
from assay.model import ColumnInfo, TableInfo, ValueKind
from assay.sources.sql.database import DENIED, HIDDEN

Rows = Callable[[str], list[Sequence[Any]]]
_SETTLED_SECONDS = 3
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys", "ndbinfo")
_TABLES = """
SELECT t.table_schema, t.table_name, t.table_type, t.table_rows, t.table_comment, t.engine,
       CAST(t.create_time AS CHAR), CAST(t.update_time AS CHAR),
       t.update_time < NOW() - INTERVAL {settled} SECOND AND t.update_time <= NOW(),
       HEX(CONVERT(t.table_schema USING {filename})), HEX(CONVERT(t.table_name USING {filename}))
FROM information_schema.tables t WHERE t.table_schema NOT IN ({system}) AND {chosen} ORDER BY 1, 2
"""
_COLUMNS = """
SELECT table_schema, table_name, column_name, data_type, column_type, column_comment, column_key, privileges
FROM information_schema.columns WHERE table_schema NOT IN ({system}) AND {chosen}
ORDER BY table_schema, table_name, ordinal_position
"""
_BY_COLUMN = """
SELECT DISTINCT table_schema, table_name FROM information_schema.column_privileges WHERE privilege_type = 'SELECT' AND {chosen}
"""
# MariaDB, then MySQL.
_NUMBERS = (
    "SELECT HEX(name), table_id, space FROM information_schema.innodb_sys_tables",
    "SELECT HEX(name), table_id, space FROM information_schema.innodb_tables",
)
_KINDS = {
    "bit": ValueKind.BINARY,
    "tinyint": ValueKind.INTEGER,
    "smallint": ValueKind.INTEGER,
    "mediumint": ValueKind.INTEGER,
    "int": ValueKind.INTEGER,
    "bigint": ValueKind.INTEGER,
    "year": ValueKind.INTEGER,
    "decimal": ValueKind.DECIMAL,
    "float": ValueKind.FLOAT,
    "double": ValueKind.FLOAT,
    "date": ValueKind.DATE,
    "time": ValueKind.TIME,
    "datetime": ValueKind.TIMESTAMP,
    "timestamp": ValueKind.TIMESTAMP,
    "json": ValueKind.JSON,
    "uuid": ValueKind.UUID,
    "enum": ValueKind.ENUM,
    "set": ValueKind.ENUM,
}
_BINARY = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_SHAPES = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
           "geometrycollection", "geomcollection")  # fmt: skip
_SKIPPED = {"VIEW": "view", "SEQUENCE": "sequence"}
_ELSEWHERE = ("FEDERATED", "SPIDER", "CONNECT", "S3")


class Described(NamedTuple):
    """A table with what its rows are read by. `key` is the column that alone numbers its rows, if there is one."""

    info: TableInfo
    name: tuple[str, str]
    readable: Sequence[Sequence[Any]]
    key: str | None
    skipped: str | None

    def expressions(self, cell: int) -> str:
        """The columns as text of at most `cell` characters each, for a query of the table as `t`."""
        return ", ".join(_expression(part[2], part[3], cell) for part in self.readable)


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"


def describe(rows: Rows, database: str, uri: Callable[..., str], *, changes: bool) -> list[Described]:
    """Every table of the database, or of all of them; with `changes`, their tokens of change, too."""
    ask = _Asking(rows, database)
    columns: dict[tuple[str, str], list[list[Any]]] = {}
    for row in ask(_COLUMNS):
        columns.setdefault((row[0], row[1]), []).append(row)
    # A user with rights on some columns is told of these only.
    narrowed = {(row[0], row[1]) for row in ask(_BY_COLUMN)}
    numbers = _numbers(rows) if changes else {}
    found = []
    for schema, name, kind, count, comment, engine, _, updated, settled, *encoded in ask(_TABLES):
        if kind == "SYSTEM VIEW":
            continue
        parts = columns.get((schema, name), [])
        readable = [part for part in parts if "select" in (part[7] or "").lower()]
        unreadable = [part[2] for part in parts if part not in readable]
        if (schema, name) in narrowed and not unreadable and _is_refused(rows, schema, name):
            unreadable.append(HIDDEN)
        is_view = kind == "VIEW"
        number = (
            numbers.get("2F".join(text or "" for text in encoded)) if engine == "InnoDB" and settled == "1" else None
        )
        shape = repr([comment, updated, number, *(part[2:] for part in parts)]).encode()
        info = TableInfo(
            resource=uri(schema, name),
            table=f"{schema}.{name}",
            columns=tuple(
                ColumnInfo(
                    name=part[2],
                    kind=_kind(part[3], part[4]),
                    declared=part[4][:80],
                    comment=part[5] or "",
                    unique=part[6] in ("PRI", "UNI") and _is_alone(part, parts),
                )
                for part in readable
            ),
            kind="view" if is_view else "table",
            comment="" if is_view else comment or "",
            rows=int(count) if count is not None and not is_view else None,
            change=f"mysql:{sha256(shape).hexdigest()[:24]}" if number is not None else None,
            unreadable=dict.fromkeys(unreadable, DENIED),
        )
        key = next((part[2] for part in readable if part[6] == "PRI" and _is_alone(part, parts)
                    and _kind(part[3], part[4]) is ValueKind.INTEGER), None)  # fmt: skip
        skipped = "foreign table" if (engine or "").upper() in _ELSEWHERE else _SKIPPED.get(kind)
        skipped = "merged tables" if engine == "MRG_MyISAM" else skipped
        found.append(Described(info, (schema, name), readable, key, skipped))
    return found


def terms(table: Described) -> dict[str, str]:
    """Columns as they are grouped by: texts byte by byte, not as their collation has it."""
    compared = (ValueKind.TEXT, ValueKind.ENUM, ValueKind.JSON)
    return {
        column.name: f"CAST(t.{quoted(column.name)} AS BINARY)"
        if column.kind in compared
        else f"t.{quoted(column.name)}"
        for column in table.info.columns
    }


class _Asking:
    """Asks the information schema, of one database where that is named."""

    def __init__(self, rows: Rows, database: str) -> None:
        self._rows = rows
        encoded = database.encode().hex()
        self._fields = {
            "system": ", ".join(f"'{name}'" for name in _SYSTEM),
            "chosen": f"table_schema = _utf8mb4 X'{encoded}' COLLATE utf8mb4_bin" if database else "1 = 1",
            "settled": str(_SETTLED_SECONDS),
            "filename": "filename",
        }

    def __call__(self, query: str) -> list[list[Any]]:
        return [[_decoded(value) for value in row] for row in self._rows(query.format(**self._fields))]


def _decoded(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _numbers(rows: Rows) -> dict[str, str]:
    """InnoDB's numbers of tables and their storage, partitions with their table, by the hexadecimal form of its name."""
    for query in _NUMBERS:
        try:
            found = rows(query)
        except ReadError:
            continue
        numbers: dict[str, list[str]] = {}
        for name, *others in ([_decoded(value) or "" for value in row] for row in found):
            text = bytes.fromhex(name)
            whole = text.replace(b"#p#", b"#P#").split(b"#P#", 1)[0]
            numbers.setdefault(whole.hex().upper(), []).append(".".join((name, *others)))
        return {name: ",".join(sorted(parts)) for name, parts in numbers.items()}
    return {}


def _is_refused(rows: Rows, schema: str, name: str) -> bool:
    try:
        rows(f"SELECT * FROM {quoted(schema)}.{quoted(name)} LIMIT 0")  # noqa: S608  # quoted
    except ReadError:
        return True
    return False


def _kind(data_type: str, column_type: str) -> ValueKind:
    if column_type == "tinyint(1)":
        return ValueKind.BOOLEAN
    if data_type in _BINARY:
        return ValueKind.BINARY
    return _KINDS.get(data_type, ValueKind.TEXT if "char" in data_type or "text" in data_type else ValueKind.OTHER)


def _is_alone(part: Sequence[Any], parts: Sequence[Sequence[Any]]) -> bool:
    """Whether a column is a key by itself: no other is part of the primary key."""
    return bool(part[6] == "UNI" or sum(other[6] == "PRI" for other in parts) == 1)


def _expression(name: str, data_type: str, cell: int) -> str:
    column = f"t.{quoted(name)}"
    return f"LEFT(ST_AsText({column}), {cell})" if data_type in _SHAPES else f"LEFT({column}, {cell})"
