"""Writes results to Snowflake: staged by bound parameters, then moved into the tables, each in one statement.

What is cut off leaves each table as it was or whole, and the next run brings the rest: writing the same again changes
nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import orjson

from assay.errors import OutputError, UsageError
from assay.sinks import governancetables as tables
from assay.sinks.governancetables import Target
from assay.sinks.snowflakeurl import SnowflakeAddress

_ROWS = 2_000
_BYTES = 4 * 1024 * 1024
_SESSION = {
    "QUERY_TAG": "assay",
    "TIMEZONE": "UTC",
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "DATE_INPUT_FORMAT": "AUTO",
    "CLIENT_TELEMETRY_ENABLED": False,
}
_ERRORS = {
    250001: "cannot be reached, or refused user or password; check the account, the user, the password and the network",
    250003: "cannot be reached; check the account's name and the network",
    250006: "did not take the session; try again",
    251001: "needs an account's name in the URL",
    251005: "needs a user in the URL, or SNOWFLAKE_USER",
    251006: "needs a password; set SNOWFLAKE_PASSWORD, or use a key",
    251008: "cannot use the private key; check the file, and SNOWFLAKE_PRIVATE_KEY_FILE_PWD",
    390100: "refused the user or the password",
    390101: "refused the user: it is locked or disabled; ask an administrator",
    390102: "refused the user: it is locked or disabled; ask an administrator",
    390144: "refused the key: it is not the one that the user has",
    390189: "has no such role for this user; check role= in the URL",
    390201: "has no such object for this user; check database, schema, warehouse and role in the URL",
    390420: "refused this machine: a network policy does not allow its address",
    606: "has no warehouse for the session; give warehouse=NAME in the URL, and grant USAGE on it",
    90105: "has no such database or schema, or the role may not use it; grant USAGE on both",
    90106: "has no such schema, or the role may not use it; grant USAGE on it",
    2003: "has no such table, or the role may not use it; see docs/snowflake.md for the tables and rights",
    2043: "has no such database, schema or warehouse, or the role may not use it; grant USAGE on it",
    3001: "does not allow it to this role; see docs/snowflake.md for the rights that are needed",
    630: "ended a statement that took longer than STATEMENT_TIMEOUT_IN_SECONDS; try again with a larger warehouse",
    904: "has a table with other columns than assay's; compare it with docs/snowflake.md",
    100038: "has a table whose columns have other types than assay's; compare it with docs/snowflake.md",
    100072: "has a table that needs a value which assay does not have; compare it with docs/snowflake.md",
}


class Moved(NamedTuple):
    """What became of a target: rows that are new, changed, and gone."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


class SnowflakeWriter:
    """An open session. Every method raises `OutputError`, without a word of the server's: those may quote values."""

    def __init__(self, connection: Any, shown: str) -> None:
        self._connection = connection
        self._shown = shown

    def make_tables(self) -> None:
        """Makes the tables that are not there."""
        for target in tables.TARGETS:
            self._run(tables.made(target), about=target.name)

    def check_tables(self) -> None:
        """Raises `OutputError` where a table is not there or has not all columns, before anything is written."""
        for target in tables.TARGETS:
            with self._cursor() as cursor:
                self._execute(cursor, f"SELECT * FROM {target.name} WHERE 1 = 0", (), target.name)  # noqa: S608  # a constant
                there = {str(column[0]).upper() for column in cursor.description or ()}
            missing = [field.name for field in target.fields if field.name not in there]
            if missing:
                raise OutputError(
                    f"{self._shown}: {target.name} has no column {', '.join(missing)}; add what is missing as "
                    "docs/snowflake.md has it"
                )

    def last_audited(self, catalog: str) -> int:
        """The number of the catalog's last audit entry that is there, 0 for none."""
        rows = self._run(tables.last_audited(), (catalog,), about=tables.AUDIT.name)
        return int(rows[0][0] or 0) if rows else 0

    def begin(self) -> None:
        """Makes the temporary table that rows are staged in."""
        self._run(tables.STAGE_MADE, about="its temporary table")

    def stage(self, target: Target, rows: Iterable[Mapping[str, Any]]) -> None:
        """Stages rows of a target. Nobody else sees them."""
        for batch in _batches(rows):
            self._run(tables.STAGED, (target.name, batch), about=target.name)

    def move(self) -> dict[str, Moved]:
        """Writes all that is staged to its tables, each in one statement."""
        return {target.name: self._moved(target) for target in tables.TARGETS}

    def _moved(self, target: Target) -> Moved:
        with self._cursor() as cursor:
            self._execute(cursor, tables.written(target), (), target.name)
            row = cursor.fetchone() or ()
            counts = {
                str(column[0]).rpartition(" ")[2]: int(number)
                for column, number in zip(cursor.description or (), row, strict=False)
            }
        return Moved(**{name: counts.get(name, 0) for name in Moved._fields})

    def _run(self, statement: str, values: Sequence[Any] = (), *, about: str = "") -> list[Any]:
        with self._cursor() as cursor:
            self._execute(cursor, statement, values, about)
            return list(cursor.fetchall())

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _execute(self, cursor: Any, statement: str, values: Sequence[Any], about: str) -> None:
        from snowflake.connector.errors import Error

        try:
            cursor.execute(statement, tuple(values) or None)
        except Error as error:
            raise explained(error, self._shown, about) from None


@contextmanager
def open_snowflake(address: SnowflakeAddress) -> Iterator[SnowflakeWriter]:
    """A session there, closed at the end. Raises `UsageError` without the connector, `OutputError` for no session."""
    try:
        import snowflake.connector
        from snowflake.connector.errors import Error
    except ImportError:
        raise UsageError(
            "results are written to Snowflake with its connector: pip install 'assay[snowflake]'"
        ) from None
    options: dict[str, Any] = dict(address.options)
    if "port" in options:
        options["port"] = int(options["port"])
    if "private_key_file" in options:
        if not os.path.isfile(options["private_key_file"]):
            raise UsageError(f"{address.shown}: private_key_file names no file; check its path")
        options.setdefault("authenticator", "SNOWFLAKE_JWT")
        options["private_key_file_pwd"] = os.environ.get("SNOWFLAKE_PRIVATE_KEY_FILE_PWD")
    elif address.password is not None:
        options["password"] = address.password
    try:
        connection = snowflake.connector.connect(
            account=address.account,
            user=address.user,
            database=address.database,
            schema=address.schema,
            paramstyle="qmark",
            autocommit=True,
            login_timeout=60,
            session_parameters=_SESSION,
            application="assay",
            **options,
        )
    except Error as error:
        raise explained(error, address.shown) from None
    except (OSError, ValueError, TypeError) as error:
        # Of a private key that cannot be read, say; what it says may quote the key.
        raise OutputError(f"{address.shown}: no session came about ({type(error).__name__}); check the URL") from None
    try:
        yield SnowflakeWriter(connection, address.shown)
    finally:
        with suppress(Error):
            connection.close()


def explained(error: BaseException, shown: str, about: str = "") -> OutputError:
    """The error as a sentence of ours; the server's code is all that is told of it."""
    number = getattr(error, "errno", None)
    state = getattr(error, "sqlstate", None)
    said = _ERRORS.get(number if isinstance(number, int) else 0)
    code = ", ".join(
        [
            type(error).__name__,
            *([f"error {number}"] if isinstance(number, int) and number > 0 else []),
            *([f"SQLSTATE {state}"] if isinstance(state, str) and state.isalnum() and len(state) == 5 else []),
        ]
    )
    on = f" ({about})" if about else ""
    if said is None:
        said = "refused it; look at the query history for the statement, tagged assay, and what is wrong with it"
    return OutputError(f"{shown}: Snowflake {said}{on}: {code}")


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Some rows at a time, as JSON arrays that one parameter can hold; what is null is left out."""
    texts: list[bytes] = []
    size = 0
    for row in rows:
        text = orjson.dumps({name: value for name, value in row.items() if value is not None})
        if texts and (len(texts) == _ROWS or size + len(text) > _BYTES):
            yield _array(texts)
            texts, size = [], 0
        texts.append(text)
        size += len(text)
    if texts:
        yield _array(texts)


def _array(texts: Sequence[bytes]) -> str:
    return f"[{b','.join(texts).decode()}]"
