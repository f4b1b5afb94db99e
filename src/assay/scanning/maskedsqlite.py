"""A masked copy of a SQLite database: the same schema and rows; what a sensitive column holds is replaced, and nothing else is
left of it in any page."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from urllib.parse import quote

from assay.errors import ReadError
from assay.scanning.masked import ShownOf


def copy_sqlite(
    source: str,
    target: str,
    sensitive: Mapping[tuple[str, str], str],
    *,
    name: Callable[[str], str],
    shown: ShownOf,
    unlike: ShownOf,
) -> None:
    """Copies the database at a path to a file that is empty. `sensitive` are tables and columns, as `name` shows them.

    Text is `shown`; of a column in which no two values may be alike as `unlike` has it. Raises `ReadError`.
    """
    try:
        with contextlib.ExitStack() as stack:
            if os.path.exists(f"{source}-wal"):
                # Opened where it lies it would be written beside.
                folder = stack.enter_context(tempfile.TemporaryDirectory(dir=os.path.dirname(target)))
                lies = os.path.join(folder, "pending")
                shutil.copyfile(source, lies)
                shutil.copyfile(f"{source}-wal", f"{lies}-wal")
                before = stack.enter_context(contextlib.closing(sqlite3.connect(lies)))
            elif not sensitive:
                shutil.copyfile(source, target)
                return
            else:
                address = f"file:{quote(os.fsencode(os.path.abspath(source)))}?mode=ro&immutable=1"
                before = stack.enter_context(contextlib.closing(sqlite3.connect(address, uri=True)))
            copy = stack.enter_context(contextlib.closing(sqlite3.connect(target)))
            before.backup(copy)
            if sensitive:
                _Masking(copy, sensitive, name, shown, unlike).run()
    except sqlite3.Error as error:
        raise ReadError("not copied", f"its tables could not be written again: {type(error).__name__}") from None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class _Masking:
    def __init__(
        self,
        database: sqlite3.Connection,
        sensitive: Mapping[tuple[str, str], str],
        name: Callable[[str], str],
        shown: ShownOf,
        unlike: ShownOf,
    ) -> None:
        self._database = database
        self._sensitive = sensitive
        self._name = name
        self._shown = shown
        self._unlike = unlike
        database.isolation_level = None
        database.execute("PRAGMA journal_mode = DELETE")
        for setting in (
            "secure_delete = ON",
            "foreign_keys = OFF",
            "trusted_schema = OFF",
        ):
            database.execute(f"PRAGMA {setting}")
        database.text_factory = lambda data: data.decode("utf-8", "surrogateescape")

    def run(self) -> None:
        """Masks the columns, writes every page anew, so that no free one holds what was there, and proves the database."""
        execute = self._database.execute
        broken = len(execute("PRAGMA foreign_key_check").fetchall())
        triggers = execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        places = self._places()
        execute("BEGIN")
        # A trigger would write what it makes of values elsewhere.
        for trigger, _ in triggers:
            execute(f"DROP TRIGGER {_quoted(trigger)}")
        for (table, column), identifier in places.items():
            self._mask(table, column, identifier)
        for _, text in triggers:
            execute(text)
        for statistics in ("sqlite_stat4", "sqlite_stat3"):
            if execute("SELECT 1 FROM sqlite_master WHERE name = ?", (statistics,)).fetchone():
                # Samples of the values of indexes.
                execute(f"DELETE FROM {statistics}")  # noqa: S608  # one of the two names above
        execute("COMMIT")
        execute("VACUUM")
        if execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise ReadError("not copied", "its copy is not whole")
        if len(execute("PRAGMA foreign_key_check").fetchall()) > broken:
            raise ReadError(
                "not copied", "rows would refer to none any more; with --pseudonyms equal values stay equal"
            )

    def _places(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        left = set(self._sensitive)
        listed = self._database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        if any((text or "").lstrip().upper().startswith("CREATE VIRTUAL") for _, text in listed):
            raise ReadError("not copied", "has virtual tables, which keep values in a form of their own")
        for table, _ in listed:
            for row in self._database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall():
                column, hidden = row[1], row[6]
                for key in self._sensitive:
                    called = self._name(column)
                    if key[0] != self._name(table) or not (
                        key[1] == called or key[1].startswith((f"{called}.", f"{called}["))
                    ):
                        continue
                    left.discard(key)
                    # What is generated is made of the others anew.
                    if not hidden:
                        found[table, column] = self._sensitive[key]
        if left:
            raise ReadError("not copied", "has a sensitive column that cannot be told from others")
        return found

    def _mask(self, table: str, column: str, identifier: str) -> None:
        if self._is_row_number(table, column):
            raise ReadError("not copied", "has a sensitive column that numbers its rows")
        failed: sqlite3.Error | None = None
        for shown in (self._shown, self._unlike, None):
            try:
                self._update(table, column, identifier, shown)
            except sqlite3.IntegrityError as error:
                # No two values may be alike, only numbers may stand there, or the table checks what does.
                failed = error
            else:
                return
        raise ReadError("not copied", "has a sensitive column that may hold nothing else") from failed

    def _update(self, table: str, column: str, identifier: str, shown: ShownOf | None) -> None:
        def masked(value: object) -> str | None:
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            return None if shown is None else shown(identifier, text)

        self._database.create_function("assay_masked", 1, masked)
        where = f"{_quoted(column)} IS NOT NULL AND {_quoted(column)} <> ''"
        self._database.execute(
            f"UPDATE {_quoted(table)} SET {_quoted(column)} = assay_masked({_quoted(column)}) WHERE {where}"  # noqa: S608  # quoted
        )

    def _is_row_number(self, table: str, column: str) -> bool:
        keys = [row for row in self._database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall() if row[5]]
        return len(keys) == 1 and keys[0][1] == column and str(keys[0][2]).upper() == "INTEGER"
