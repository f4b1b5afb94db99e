"""What a PostgreSQL database says of its tables, in a few queries, and what tells that a table has changed.

Catalogs: https://www.postgresql.org/docs/current/catalogs.html, statistics: …/monitoring-stats.html.

The token of change is made of the counters of changed rows with all that they are counted from (start of the server, each
kind of reset, a crash), of the numbers of the table and its storage (`TRUNCATE`, rewrites, exchanged partitions) and of its
columns. A session reports its counts when it is idle outside of a transaction, and then once a second, within ten seconds.
One that goes from transaction to transaction holds them back: so every session that was in a transaction all the while is
part of the token, by that transaction's number. It differs from any before, unless the transaction lasted all the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from assay.model import ColumnInfo, TableInfo, ValueKind
from assay.model.columntags import marked
from assay.sources.sql.database import DENIED

Rows = Callable[..., list[Sequence[Any]]]
_LOOKS = 5
_PAUSE = 0.02
_COUNTED_SAFELY = 150_000  # before version 15 counts were sent as datagrams, which may be lost

_TABLES = r"""
SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, obj_description(c.oid, 'pg_class'),
       has_any_column_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'),
       row_security_active(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
_COLUMNS = """
SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname),
       coalesce(b.typtype, t.typtype)::text, t.typcategory::text, col_description(a.attrelid, a.attnum), has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indpred IS NULL
               AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum), n.nspname, a.attnum
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
WHERE a.attrelid = ANY(%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
"""
_SINCE = """
SELECT pg_postmaster_start_time()::text, (SELECT stats_reset::text FROM pg_stat_bgwriter),
       (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()),
       pg_is_in_recovery(), current_setting('track_counts') = 'on',
       EXISTS (SELECT 1 FROM pg_db_role_setting s, unnest(s.setconfig) AS c WHERE c LIKE 'track_counts=%')
"""
_COUNTS = """
WITH RECURSIVE part AS (
    SELECT oid AS root, oid, relkind, relfilenode FROM pg_class WHERE oid = ANY(%s::oid[])
    UNION ALL
    SELECT p.root, c.oid, c.relkind, c.relfilenode
    FROM part p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid WHERE p.relkind = 'p')
SELECT root::int8, bool_or(relkind IN ('f', 'v')),
       string_agg(concat_ws('.', part.oid, relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del), ',' ORDER BY part.oid)
FROM part LEFT JOIN pg_stat_all_tables s ON s.relid = part.oid GROUP BY root
"""
_OTHERS = """
SELECT l.pid, l.virtualxid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid() AND l.granted AND a.datname = current_database()
  AND coalesce(a.backend_type, '') <> 'autovacuum worker' AND NOT (a.usename = current_user AND a.application_name = 'assay')
"""
_KINDS = {
    "bool": ValueKind.BOOLEAN,
    "int2": ValueKind.INTEGER,
    "int4": ValueKind.INTEGER,
    "int8": ValueKind.INTEGER,
    "oid": ValueKind.INTEGER,
    "numeric": ValueKind.DECIMAL,
    "money": ValueKind.DECIMAL,
    "float4": ValueKind.FLOAT,
    "float8": ValueKind.FLOAT,
    "date": ValueKind.DATE,
    "time": ValueKind.TIME,
    "timetz": ValueKind.TIME,
    "timestamp": ValueKind.TIMESTAMP,
    "timestamptz": ValueKind.TIMESTAMP,
    "interval": ValueKind.INTERVAL,
    "uuid": ValueKind.UUID,
    "json": ValueKind.JSON,
    "jsonb": ValueKind.JSON,
    "hstore": ValueKind.JSON,
    "xml": ValueKind.TEXT,
    "bytea": ValueKind.BINARY,
}


class Described(NamedTuple):
    """A table with what its rows are read by. `kind` is its `relkind`."""

    info: TableInfo
    name: tuple[str, str]
    kind: str
    readable: Sequence[Sequence[Any]]
    may_read: bool
    hides_rows: bool

    def expressions(self, cell: int) -> str:
        """The columns as text of at most `cell` characters each, for a query of the table as `t`."""
        return ", ".join(_expression(part, cell) for part in self.readable)


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def describe(rows: Rows, database: str, uri: Callable[..., str], *, changes: bool) -> list[Described]:
    """Every table of the database; with `changes`, which costs some more queries, their tokens of change, too."""
    listed = rows(_TABLES)
    oids = [entry[0] for entry in listed]
    tokens = _tokens(rows, oids) if changes else {}
    columns: dict[int, list[Sequence[Any]]] = {}
    for row in rows(_COLUMNS, [oids]):
        columns.setdefault(row[0], []).append(row)
    found = []
    for oid, schema, name, kind, said, may_read, hides in listed:
        # What we wrote into a comment says nothing new of what it is about.
        comment = marked(said or "", "") or None
        parts = [(*part[:6], marked(part[6] or "", "") or None, *part[7:]) for part in columns.get(oid, [])]
        readable = [part for part in parts if part[7]]
        token = tokens.get(oid)
        shape = repr([comment, *(part[1:] for part in parts)]).encode()
        info = TableInfo(
            resource=uri(database, schema, name),
            table=f"{schema}.{name}",
            columns=tuple(
                ColumnInfo(name=part[1], kind=_kind(part), declared=part[2][:80], comment=part[6] or "", unique=part[8])
                for part in readable
            ),
            kind="view" if kind == "v" else "table",
            comment=comment or "",
            change=f"{token}:{sha256(shape).hexdigest()[:16]}" if token is not None else None,
            unreadable={part[1]: DENIED for part in parts if not part[7]},
        )
        found.append(Described(info, (schema, name), kind, readable, may_read, hides))
    return found


def _tokens(rows: Rows, oids: Sequence[int]) -> Mapping[int, str]:
    if int(rows("SHOW server_version_num")[0][0]) < _COUNTED_SAFELY:
        return {}
    *since, is_standby, counts, differs = rows(_SINCE)[0]
    if is_standby or not counts or differs:
        return {}
    # Asked for before the counts: what is reported in between is in them.
    others = _in_transactions(rows)
    base = sha256(repr((since, others)).encode()).hexdigest()[:16]
    return {
        oid: f"pg:{base}:{sha256(counted.encode()).hexdigest()[:16]}"
        for oid, unknown, counted in rows(_COUNTS, [list(oids)])
        if not unknown
    }


def _in_transactions(rows: Rows) -> list[tuple[int, str]]:
    """Sessions that were in a transaction each time that one looked: they may hold back what they have changed."""
    found = dict(_pairs(rows(_OTHERS)))
    for _ in range(_LOOKS - 1):
        if not found:
            break
        time.sleep(_PAUSE)
        found = {pid: number for pid, number in _pairs(rows(_OTHERS)) if pid in found}
    return sorted(found.items())


def _pairs(rows: Iterable[Sequence[Any]]) -> list[tuple[int, str]]:
    return [(int(row[0]), str(row[1])) for row in rows]


def _kind(part: Sequence[Any]) -> ValueKind:
    if part[4] == "e":
        return ValueKind.ENUM
    if part[5] == "A":
        return ValueKind.ARRAY
    if part[4] in "cr":
        return ValueKind.JSON if part[4] == "c" else ValueKind.OTHER
    known = _KINDS.get(part[3])
    return known if known is not None else ValueKind.TEXT if part[5] in "SU" else ValueKind.OTHER


def _expression(part: Sequence[Any], cell: int) -> str:
    """A column as text of bounded length; arrays and rows as JSON, so that their fields are looked into."""
    name = f"t.{quoted(part[1])}"
    if part[3] == "bytea":
        return f"substring({name} from 1 for {cell})"
    if part[5] == "A":
        return f"left(array_to_json({name})::text, {cell})"
    if part[4] == "c":
        return f"left(row_to_json({name})::text, {cell})"
    if part[3] == "hstore":
        # Its functions are where the extension is: the search path is not trusted.
        return f"left({quoted(part[9])}.hstore_to_json({name})::text, {cell})"
    # Addresses without the mask that stands for one alone.
    return f"abbrev({name}::inet)" if part[3] == "inet" else f"left({name}::text, {cell})"
