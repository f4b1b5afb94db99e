"""Proves the audit log: that no entry was changed, taken out, put in or moved, and that its end was not cut off; and with
it the catalog's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, cast, func, select, text
from sqlalchemy.exc import DBAPIError

from assay.errors import CatalogError
from assay.store.chain import entry_hash, genesis
from assay.store.engine import Catalog, is_still
from assay.store.keys import End, Seal
from assay.store.kinds import KINDS
from assay.store.schema.audit import audit_head, audit_log
from assay.store.sealed import check_records
from assay.store.statements import Through
from assay.store.touching import names

_MOST = 20
_AT_ONCE = 1_000
_TRIGGERS = {
    "sqlite": ("audit_log_no_delete", "audit_log_no_replace", "audit_log_no_update"),
    "postgresql": ("audit_log_no_change", "audit_log_no_truncate"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, at which entry (`None`: with the log as a whole, or with other rows)."""

    seq: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The result: the entries that were read, the last of them, and the first problems. None means that it holds."""

    entries: int
    end: End
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        return not self.problems


def verify(catalog: Catalog, *, expected: End | None = None) -> Proof:
    """Reads the whole log and every other row, and checks them.

    The end is checked against the one that is signed in the database, the one that was noted here after the last write
    (`assay.store.keys`), and `expected`, one that was kept elsewhere. What cannot be checked is a problem, too.
    """
    chain = _Chain(catalog, expected)
    before = _still(catalog)
    try:
        with catalog.engine.connect() as connection:
            options: dict[str, Any] = {"assay_read": True}
            if not catalog.is_sqlite:
                # One state, whatever is written meanwhile.
                options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection.execution_options(**options)
            chain.read(connection)
            chain.check_end(connection)
            chain.check_database(connection)
            check_records(Through(connection), catalog.seal, chain.end.seq, lambda what: chain.say(None, what))
    except (DBAPIError, TypeError, ValueError):
        # Values of another type than their column's, and names that are no UTF-8, are damages too.
        chain.say(None, "the database cannot be read on: it is damaged, or the connection was lost")
    if _still(catalog) != before:
        chain.say(None, "the file was written to while it was read: look again")
    chain.check_known()
    return Proof(entries=chain.entries, end=chain.end, problems=tuple(chain.problems[:_MOST]))


def _still(catalog: Catalog) -> tuple[int, int] | None:
    """When a file in a read-only folder was written, and its size: SQLite reads it without asking whether somebody else may write there."""
    if (file := catalog.path) is None or not is_still(file):
        return None
    state = file.stat()
    return state.st_mtime_ns, state.st_size


class _Chain:
    """The log as it is read."""

    def __init__(self, catalog: Catalog, expected: End | None) -> None:
        self.seal: Seal = catalog.seal
        self.entries = 0
        self.end = End(seq=0, hash=genesis(catalog.id))
        self.problems: list[Problem] = []
        self._known = [*self._noted(), *([] if expected is None else [("given", expected)])]
        self._found: dict[int, str] = {}

    def say(self, seq: int | None, what: str) -> None:
        self.problems.append(Problem(seq=seq, what=what))

    def read(self, connection: Connection) -> None:
        for entry in _entries(connection):
            self.entries += 1
            seq = entry["seq"]
            if not isinstance(seq, int) or not all(isinstance(entry[name], str) for name in ("previous", "hash")):
                self.say(None, f"the entry after {self.end.seq} was changed: it is no entry")
                continue
            if seq > self.end.seq + 1:
                self._say_missing(seq)
            elif entry["previous"] != self.end.hash:
                self.say(seq, "does not follow the entry before it: one was changed, put in, taken out or moved")
            try:
                told = entry_hash(entry)
            except TypeError:
                told = ""
            if told != entry["hash"]:
                self.say(seq, "was changed: it does not have the hash that it was written with")
            self.end = End(seq=seq, hash=entry["hash"])
            if any(seq == end.seq for _, end in self._known):
                self._found[seq] = entry["hash"]

    def _say_missing(self, seq: int) -> None:
        first, last = self.end.seq + 1, seq - 1
        self.say(first, "is missing" if first == last else f"to {last} are missing")

    def check_end(self, connection: Connection) -> None:
        head = connection.execute(select(audit_head)).mappings().one_or_none()
        if head is None:
            self.say(None, "the signed end of the log is missing")
            return
        end = End(seq=head["seq"], hash=head["hash"])
        if end.seq > self.end.seq:
            self.say(self.end.seq + 1, f"{self._cut(end)}: the signed end of the log is {end.seq}")
        elif end != self.end:
            self.say(self.end.seq, f"is not the signed end of the log, which is {end.seq}")
        try:
            if head["key_id"] != self.seal.key_id():
                self.say(None, f"the end of the log is signed with another key ({head['key_id']}) than the one at hand")
            elif not self.seal.is_signed(end, str(head["signature"])):
                self.say(None, "the signature of the log's end is not that of this catalog's key")
        except CatalogError as error:
            self.say(None, f"the end of the log cannot be checked: {error}")

    def check_database(self, connection: Connection) -> None:
        """What the database itself knows: pages that contradict each other, and triggers that are gone."""
        if connection.dialect.name == "sqlite":
            found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            if found != ["ok"]:
                self.say(None, "SQLite finds pages of the database damaged (PRAGMA integrity_check)")
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
        else:
            names = (
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_log'::regclass "
                "AND NOT tgisinternal AND tgenabled <> 'D'"
            )
        present = set(connection.execute(text(names)).scalars())
        for name in _TRIGGERS[connection.dialect.name]:
            if name not in present:
                self.say(None, f"the trigger {name}, which refuses changes of the log, was taken away")
        if connection.dialect.name == "postgresql":
            self._check_touching(connection)

    def _check_touching(self, connection: Connection) -> None:
        """In SQLite they are among the definitions of the tables, which are sealed."""
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        present = set(connection.execute(text(found)).scalars())
        for kind in KINDS.values():
            for name in names(kind, is_sqlite=False):
                if name not in present:
                    self.say(None, f"the trigger {name}, which notes what is written, was taken away")

    def _cut(self, end: End) -> str:
        return "was cut off" if end.seq == self.end.seq + 1 else f"and all after it, to {end.seq}, were cut off"

    def check_known(self) -> None:
        """Against ends that are known from outside the database."""
        for how, end in self._known:
            if end.seq > self.end.seq:
                cut = f"{self._cut(end)}, or an older catalog was put back: {end.seq} was {how}"
                self.say(self.end.seq + 1, cut)
            elif end.seq in self._found and self._found[end.seq] != end.hash:
                self.say(end.seq, f"is another than the one that was {how}")

    def _noted(self) -> list[tuple[str, End]]:
        try:
            end = self.seal.remembered()
        except CatalogError as error:
            self.say(None, f"the note of the log's end cannot be used: {error}")
            return []
        return [] if end is None else [("noted here after it was written", end)]


def _entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """The entries by number, under the names of their columns; what is no text of UTF-8 comes as bytes."""
    if connection.dialect.name != "sqlite":
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(audit_log).order_by(audit_log.c.seq))
        yield from (dict(row) for row in rows.mappings())
        return
    names = [column.name for column in audit_log.c]
    # SQLite holds any bytes in a text, and its driver ends the whole query at the first that are no UTF-8.
    raw = [item for name in names for item in (func.typeof(audit_log.c[name]), cast(audit_log.c[name], LargeBinary))]
    chosen = [item.label(f"c{number}") for number, item in enumerate(raw)]
    rows_of = connection.execution_options(yield_per=_AT_ONCE).execute(select(*chosen).order_by(audit_log.c.seq))
    for row in rows_of:
        yield {name: _value(row[at * 2], row[at * 2 + 1]) for at, name in enumerate(names)}


def _value(kind: str, raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        told = raw.decode()
        return int(told) if kind == "integer" else told if kind == "text" else raw
    except ValueError:
        return raw
