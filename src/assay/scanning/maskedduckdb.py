"""A masked copy of a DuckDB file: the same schema and rows in a file that is written anew; what a sensitive column holds is replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import pyarrow as pa

from assay.errors import ReadError
from assay.formats.duckdbfile import CONFIG, quoted
from assay.scanning.masked import ShownOf
from assay.scanning.maskedcolumnar import texts

_TEXT = "VARCHAR"


def copy_duckdb(
    source: str,
    target: str,
    sensitive: Mapping[tuple[str, str], str],
    *,
    name: Callable[[str], str],
    shown: ShownOf,
    unlike: ShownOf,
) -> None:
    """Copies the database at a path to the file at another. `sensitive` are tables and columns, as `name` shows them.

    Text is `shown`; of a column in which no two values may be alike as `unlike` has it; all else becomes null. Raises `ReadError`.
    """
    import duckdb

    made = f"{target}.duckdb"
    try:
        # What attaches a file has to be allowed to reach it; nothing of the file runs before that is taken back.
        config = {key: value for key, value in CONFIG.items() if key != "enable_external_access"}
        with closing(duckdb.connect(made, config=config)) as connection:
            run = connection.execute
            run(f"ATTACH {_literal(source)} AS given (READ_ONLY)")
            run("SET enable_external_access = false")
            run("SET lock_configuration = true")
            own = run("SELECT current_database()").fetchone()[0]  # type: ignore[index]
            run(f"COPY FROM DATABASE given TO {quoted(own)} (SCHEMA)")
            _Masking(connection, sensitive, name, shown, unlike).run()
            run("DETACH given")
            run("CHECKPOINT")
        os.replace(made, target)
    except (duckdb.Error, pa.ArrowException) as error:
        raise ReadError("not copied", f"its tables could not be written again: {type(error).__name__}") from None
    finally:
        for left in (made, f"{made}.wal"):
            if os.path.exists(left):
                os.unlink(left)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _Masking:
    def __init__(
        self,
        connection: Any,
        sensitive: Mapping[tuple[str, str], str],
        name: Callable[[str], str],
        shown: ShownOf,
        unlike: ShownOf,
    ) -> None:
        self._connection = connection
        self._sensitive = sensitive
        self._name = name
        self._shown = shown
        self._unlike = unlike
        self._functions = 0
        self._text = connection.type(_TEXT)

    def run(self) -> None:
        """Fills the tables, those that others refer to first."""
        import duckdb

        columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in self._connection.execute(
            "SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() c "
            "JOIN duckdb_tables() t USING (database_name, schema_name, table_name) "
            "WHERE c.database_name = 'given' AND NOT c.internal AND NOT t.internal ORDER BY ALL"
        ).fetchall():
            columns.setdefault((schema, table), []).append((column, kind))
        left = {key for key in self._sensitive if not any(self._is_of(key, *table) for table in columns.items())}
        if left:
            raise ReadError("not copied", "has a sensitive column that cannot be told from others")
        waiting = list(columns)
        while waiting:
            refused: list[tuple[str, str]] = []
            for table in waiting:
                try:
                    self._fill(table, columns[table])
                except duckdb.ConstraintException:
                    refused.append(table)
            if len(refused) == len(waiting):
                raise ReadError("not copied", "has a sensitive column that may hold nothing else")
            waiting = refused

    def _is_of(self, key: tuple[str, str], table: tuple[str, str], columns: list[tuple[str, str]]) -> bool:
        return key[0] == self._called(table) and any(self._holds(key[1], column) for column, _ in columns)

    def _called(self, table: tuple[str, str]) -> str:
        return self._name(table[1] if table[0] == "main" else f"{table[0]}.{table[1]}")

    def _holds(self, sensitive: str, column: str) -> bool:
        called = self._name(column)
        return sensitive == called or sensitive.startswith((f"{called}.", f"{called}["))

    def _fill(self, table: tuple[str, str], columns: list[tuple[str, str]]) -> None:
        """Copies the rows of a table: first as they are shown, then with no two alike, then with nulls."""
        import duckdb

        failed: duckdb.ConstraintException | None = None
        for shown in (self._shown, self._unlike, None):
            terms, is_masked = [], False
            for column, kind in columns:
                identifier = next(
                    (
                        identifier
                        for (of, called), identifier in self._sensitive.items()
                        if of == self._called(table) and self._holds(called, column)
                    ),
                    None,
                )
                is_masked = is_masked or identifier is not None
                terms.append(self._term(column, kind, identifier, shown))
            where = ".".join(map(quoted, table))
            try:
                self._connection.execute(
                    f"INSERT INTO {where} BY NAME SELECT {', '.join(terms)} FROM given.{where}"  # noqa: S608  # quoted
                )
            except duckdb.ConstraintException as error:
                failed = error
                if not is_masked:
                    break
            else:
                return
        assert failed is not None
        raise failed

    def _term(self, column: str, kind: str, identifier: str | None, shown: ShownOf | None) -> str:
        called = quoted(column)
        if identifier is None:
            return called
        if shown is None or kind != _TEXT:
            return f"NULL::{kind} AS {called}"
        function = self._function(identifier, shown)
        return f"CASE WHEN {called} = '' THEN '' ELSE {function}({called}) END AS {called}"

    def _function(self, identifier: str, shown: ShownOf) -> str:
        self._functions += 1
        called = f"assay_masked_{self._functions}"

        def masked(values: pa.ChunkedArray) -> pa.Array:
            return pa.array(texts(values.to_pylist(), identifier, shown), type=pa.string())

        self._connection.create_function(called, masked, [self._text], self._text, type="arrow")
        return called
