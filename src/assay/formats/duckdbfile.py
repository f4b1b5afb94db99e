"""DuckDB files as tables: read only, without extensions, other files or the network.

Storage versions: https://duckdb.org/docs/stable/internals/storage. A file of a newer version is a gap.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from assay.errors import ReadError
from assay.formats.arrowtext import batches, texts_of
from assay.formats.content import Content
from assay.formats.tabular import BrokenTable
from assay.model import ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "1GB",
    "threads": "1",
    "temp_directory": "",
    "preserve_insertion_order": "true",
}
"""How a file of others is opened: nothing else is reached, nothing is loaded."""
_OLDEST = 64
_ROWS = 8192
_KINDS = {
    "BOOLEAN": ValueKind.BOOLEAN,
    "DATE": ValueKind.DATE,
    "UUID": ValueKind.UUID,
    "JSON": ValueKind.JSON,
    "INTERVAL": ValueKind.INTERVAL,
    "BLOB": ValueKind.BINARY,
    "BIT": ValueKind.BINARY,
    "FLOAT": ValueKind.FLOAT,
    "DOUBLE": ValueKind.FLOAT,
    "VARIANT": ValueKind.JSON,
}
_STARTS = (
    ("VARCHAR", ValueKind.TEXT),
    ("ENUM", ValueKind.ENUM),
    ("DECIMAL", ValueKind.DECIMAL),
    ("TIMESTAMP", ValueKind.TIMESTAMP),
    ("TIME", ValueKind.TIME),
    ("MAP", ValueKind.JSON),
    ("UNION", ValueKind.JSON),
    ("STRUCT", ValueKind.JSON),
)
_AS_THEY_ARE = (ValueKind.TEXT, ValueKind.BOOLEAN, ValueKind.FLOAT, ValueKind.ARRAY, ValueKind.BINARY)


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def open_duckdb(content: Content, resource: str, _name: str) -> Iterator[Iterator[TableReader | BrokenTable]]:
    """Every table of the file. Raises `ReadError`."""
    import duckdb

    try:
        with content.named() as path:
            connection = duckdb.connect(path, read_only=True, config=CONFIG)
    except (duckdb.Error, OSError, RuntimeError, ValueError, MemoryError) as error:
        raise _broken(error, "the file", content) from None
    with connection:
        yield _tables(connection, resource)


def _broken(error: BaseException, what: str, content: Content | None = None) -> ReadError:
    """By the name of the error's class. Its text may quote a value and stays out."""
    name = type(error).__name__
    if content is not None:
        return _unopened(content, name)
    if isinstance(error, MemoryError) or name == "OutOfMemoryException":
        return ReadError("too large", f"{what} would not fit into memory")
    return ReadError("corrupt", f"{what} is damaged, cut short or of a newer version ({name}); restore it or export it")


def _unopened(content: Content, name: str) -> ReadError:
    """Why a file cannot be opened, from its header: a version that is not known, encryption, or damage."""
    import duckdb

    try:
        with content.open() as stream:
            version = int.from_bytes(stream.read(20)[12:20], "little")
            stream.seek(0, 2)
            whole = stream.tell() >= 3 * 4096
    except (OSError, ReadError):
        whole, version = False, 0
    if content.path is not None and _is_held(content.path):
        detail = "another program has it open for writing; scan it again when that is done, or a copy"
        return ReadError("locked", detail)
    detail = f"storage version {version} by DuckDB {duckdb.__version__} ({name})"
    if whole and version >= _OLDEST:
        return ReadError(
            "unreadable",
            f"cannot be opened: {detail}; it is damaged, encrypted, or of a version that this DuckDB does not know",
        )
    if whole and 0 < version < _OLDEST:
        # https://duckdb.org/docs/stable/internals/storage.html
        detail = f"storage version {version} is of a DuckDB before 0.9, which no later one reads"
        return ReadError("unsupported format", f"{detail}; export it with that one and scan what comes out")
    return ReadError("corrupt", f"it is damaged or cut short: {detail}; restore it from a copy")


def _is_held(path: str) -> bool:
    """Whether another process holds DuckDB's lock for writing on the file."""
    try:
        with open(path, "rb") as stream:
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _tables(connection: Any, resource: str) -> Iterator[TableReader | BrokenTable]:
    import duckdb

    try:
        listed = connection.execute(
            "SELECT schema_name, table_name, comment, estimated_size FROM duckdb_tables() "
            "WHERE NOT internal AND database_name = current_database() ORDER BY ALL"
        ).fetchall()
        described = connection.execute(
            "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() "
            "WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name, column_index"
        ).fetchall()
    except (duckdb.Error, RuntimeError, MemoryError) as error:
        raise _broken(error, "the list of its tables") from None
    columns: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for schema, table, column, declared, comment in described:
        columns.setdefault((schema, table), []).append((column, declared, comment or ""))
    for schema, table, comment, size in listed:
        shown = table if schema == "main" else f"{schema}.{table}"
        try:
            yield DuckdbTable(
                connection, f"{quoted(schema)}.{quoted(table)}", columns[schema, table], resource, shown, comment, size
            )
        except (duckdb.Error, RuntimeError, MemoryError, KeyError) as error:
            yield BrokenTable(shown, _broken(error, "the table"))


def _kind(declared: str) -> ValueKind:
    upper = declared.upper()
    if upper.endswith("]"):
        return ValueKind.ARRAY
    if upper in _KINDS:
        return _KINDS[upper]
    if "INT" in upper.split("(", 1)[0]:
        return ValueKind.INTEGER
    return next((kind for start, kind in _STARTS if upper.startswith(start)), ValueKind.OTHER)


class DuckdbTable:
    """One table of an open DuckDB file: a `TableReader`."""

    def __init__(
        self,
        connection: Any,
        table: str,
        columns: Sequence[tuple[str, str, str]],
        resource: str,
        shown: str,
        comment: str | None,
        size: int | None,
    ) -> None:
        self._connection = connection
        self.source = f"{table} AS t"
        self.terms: dict[str, str] = {}
        infos: list[ColumnInfo] = []
        wanted: list[str] = []
        for name, declared, note in columns:
            if declared.startswith("STRUCT(") and not declared.endswith("]"):
                for path, inner in _fields(connection, table, name):
                    infos.append(_info(".".join((name, *path)), inner, note))
                    self.terms[infos[-1].name] = ".".join(map(quoted, ("t", name, *path)))
                    wanted.append(_expression(self.terms[infos[-1].name], inner))
            else:
                infos.append(_info(name, declared, note))
                self.terms[name] = f"t.{quoted(name)}"
                wanted.append(_expression(self.terms[name], declared))
        self._select = f"SELECT {', '.join(wanted)} FROM {table} AS t"  # noqa: S608  # quoted
        self.info = TableInfo(
            resource=resource, table=shown, columns=tuple(infos), comment=comment or "", rows=size, rows_exact=False
        )

    def read(self) -> Iterator[TableBatch]:
        yield from batches(self._results(self._select))

    def sample(self, rows: int, seed: int) -> TableBatch:
        query = f"{self._select} USING SAMPLE reservoir({int(rows)} ROWS) REPEATABLE ({int(seed) % 2**31})"
        columns: list[list[str | None]] = [[] for _ in self.info.columns]
        count = 0
        for batch in self._results(query):
            count += batch.num_rows
            for column, values in zip(columns, texts_of(batch), strict=True):
                column.extend(values)
        return TableBatch(columns, count)

    def rows(self, query: str) -> list[Any]:
        """All rows of a query of the file. Raises `ReadError`."""
        import duckdb

        try:
            with self._connection.cursor() as cursor:
                return list(cursor.execute(query).fetchall())
        except (duckdb.Error, RuntimeError, MemoryError) as error:
            raise _broken(error, "the table") from None

    def _results(self, query: str) -> Iterator[pa.RecordBatch]:
        import duckdb

        try:
            # A cursor of its own: another table may be read before this one is done.
            with self._connection.cursor() as cursor:
                yield from cursor.sql(query).to_arrow_reader(_ROWS)
        except (duckdb.Error, pa.ArrowException, RuntimeError, ValueError, OSError, MemoryError) as error:
            raise _broken(error, "the table") from None


def _info(name: str, declared: str, comment: str) -> ColumnInfo:
    return ColumnInfo(name=name, kind=_kind(declared), declared=declared[:80], comment=comment)


def _expression(column: str, declared: str) -> str:
    """What Arrow has no exact type for is written by DuckDB itself: huge integers, infinite dates, intervals, bits."""
    plain = _kind(declared) in _AS_THEY_ARE or declared.startswith(("MAP(", "UNION("))
    return column if plain and declared != "BIT" else f"CAST({column} AS VARCHAR)"


def _fields(connection: Any, table: str, column: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The scalar fields of a struct, those of structs in it included: (names, type)."""
    found = connection.execute(f"SELECT {quoted(column)} FROM {table} LIMIT 0").description[0][1]  # noqa: S608  # quoted
    yield from _leaves(found, ())


def _leaves(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if getattr(kind, "id", "") != "struct":
        yield path, str(kind)
        return
    for name, inner in kind.children:
        yield from _leaves(inner, (*path, name))
