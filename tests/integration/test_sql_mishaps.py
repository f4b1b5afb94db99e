"""What goes wrong with servers: rights, locks, lost connections, odd values. Each is told, and the rest goes on."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import quote

import psycopg
import pytest
from fresh import fresh
from pymysql.connections import MySQLResult
from pymysql.cursors import SSCursor
from servers import PASSWORD, MariaDb, end, new_mariadb
from sqltables import Shop, column, opened

from assay.errors import ReadError, UsageError
from assay.model import Gap, Skip, ValueKind
from assay.sources.sql.database import HIDDEN
from assay.sources.sql.source import SqlSource


@contextmanager
def role(shop: Shop) -> Iterator[tuple[str, str]]:
    """A role without rights, and the URL by which it comes."""
    name = fresh("reader_")
    shop.run(f"CREATE ROLE {name} LOGIN")
    yield name, shop.url.replace("//postgres:", f"//{name}:")
    shop.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@contextmanager
def user(shop: Shop, server: MariaDb) -> Iterator[tuple[str, str]]:
    """A user without rights, and the URL by which it comes."""
    name = fresh("reader_")
    shop.run(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
    yield f"{name}@'127.0.0.1'", server.url(shop.schema[0], user=name)
    shop.run(f"DROP USER {name}@'127.0.0.1'")


def refused(url: str) -> str:
    with pytest.raises(UsageError) as caught:
        list(SqlSource(url).assets())
    assert PASSWORD not in str(caught.value)
    assert quote(PASSWORD, safe="") not in str(caught.value)
    return str(caught.value)


def test_servers_that_do_not_let_one_in(postgresql: str, mariadb: MariaDb) -> None:
    assert "nobody answers at 127.0.0.1:1" in refused("mysql://u:p@127.0.0.1:1/x")
    assert "nobody listens at 127.0.0.1:1" in refused("postgresql://u:p@127.0.0.1:1/x")
    assert "no host named" in refused("postgresql://u:secret@nowhere.invalid/x")
    assert "refused the user or the password" in refused(mariadb.url(password="wrong"))
    assert "agree on no encryption" in refused(mariadb.url(query="?ssl_verify_identity=1"))
    assert "a file that the URL's options name" in refused(mariadb.url(query="?ssl_ca=/nowhere/ca.pem"))
    assert "no database named 'nope'" in refused(mariadb.url("nope"))
    assert "no database named 'nope'" in refused(postgresql.replace("/postgres?", "/nope?"))
    assert "knows no such user" in refused(postgresql.replace("//postgres:", "//nobody_at_all:"))
    assert "option that PostgreSQL does not know" in refused(f"{postgresql}&sslmodus=1")
    assert "three slashes" in refused("sqlite://x.db")
    assert "no such file" in refused("duckdb:////nowhere/x.duckdb")
    assert "pip install" in refused("oracle://u:p@127.0.0.1/x")


def test_a_table_that_a_role_may_not_read_and_a_column(postgres: Shop) -> None:
    postgres.run(
        "CREATE TABLE secret (a text)",
        "CREATE TABLE half (open text, closed text)",
        "INSERT INTO half VALUES ('yes', 'no')",
        "CREATE SCHEMA shut",
        "CREATE TABLE shut.t (a text)",
    )
    with role(postgres) as (name, url):
        postgres.run(f"GRANT SELECT (open) ON half TO {name}", f"GRANT SELECT ON shut.t TO {name}")
        assets, others, opener = opened(url)
        assert sorted(assets) == ["half"]
        assert [(type(item), item.reason, item.resource.rsplit("/", 2)[1:]) for item in others] == [
            (Gap, "unreadable", ["public", "secret"]),
            (Gap, "unreadable", ["shut", "t"]),
        ]
        assert all("GRANT SELECT" in item.detail for item in others)
        with opener.open(assets["half"]) as reader:
            assert reader.info.unreadable == {"closed": "permission denied"}
            assert reader.sample(5, 0).columns == [["yes"]]


def test_rows_that_are_hidden_are_never_taken_for_all(postgres: Shop) -> None:
    postgres.run(
        "CREATE TABLE mine (who text)",
        "INSERT INTO mine VALUES ('a'), ('b')",
        "ALTER TABLE mine ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON mine USING (who = 'a')",
    )
    with role(postgres) as (name, url):
        postgres.run(f"GRANT SELECT ON mine TO {name}")
        assets, [gap], _ = opened(url)
        assert assets == {}
        assert "row-level security hides rows" in gap.detail


def test_rights_of_mariadb(maria: Shop, mariadb: MariaDb) -> None:
    database = maria.schema[0]
    maria.run(
        "CREATE TABLE half (open text, closed text)",
        "INSERT INTO half VALUES ('yes', 'no')",
        "CREATE TABLE unseen (a text)",
        "CREATE TABLE written (a text)",
    )
    with user(maria, mariadb) as (name, url):
        maria.run(f"GRANT SELECT (open) ON {database}.half TO {name}", f"GRANT INSERT ON {database}.written TO {name}")
        assets, _, opener = opened(url)
        assert sorted(assets) == ["half", "written"]
        with opener.open(assets["half"]) as reader:
            assert reader.info.unreadable == {HIDDEN: "permission denied"}
            assert reader.sample(5, 0).columns == [["yes"]]
        with pytest.raises(ReadError, match="GRANT SELECT"), opener.open(assets["written"]) as reader:
            reader.sample(5, 0)


def test_a_lost_connection_is_made_again(postgres: Shop, maria: Shop) -> None:
    for shop, others, kill in (
        (postgres, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'assay'",
         "SELECT pg_terminate_backend({})"),
        (maria, "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
         "KILL {}"),
    ):  # fmt: skip
        shop.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2), (3)")
        assets, _, opener = opened(shop.url)
        with opener.open(assets["t"]) as reader:
            assert reader.sample(5, 0).rows == 3
            before = _ended(shop, others, kill)
            assert before
            assert reader.sample(5, 0).rows == 3
            _ended(shop, others, kill)
            assert sum(batch.rows for batch in reader.read()) == 3
        _ended(shop, others, kill)
        with opener.open(assets["t"]) as reader:
            assert reader.sample(5, 0).rows == 3


def _ended(shop: Shop, others: str, kill: str) -> list[int]:
    found = _asked(shop, others)
    for number in found:
        _asked(shop, kill.format(number))
    until = time.monotonic() + 120
    while _asked(shop, others) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _asked(shop: Shop, query: str) -> list[int]:
    if shop.engine == "postgresql":
        with psycopg.connect(shop.url, autocommit=True) as connection:
            return [row[0] for row in connection.execute(query).fetchall()]
    with shop.run.func.__self__.connect(shop.schema[0]) as connection, connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def test_a_server_that_starts_again_during_a_scan(tmp_path) -> None:
    server = new_mariadb()
    try:
        server.run("CREATE DATABASE d", "CREATE TABLE d.t (a int)", "INSERT INTO d.t VALUES (1)")
        assets, _, opener = opened(server.url("d"))
        with opener.open(assets["t"]) as reader:
            assert reader.sample(5, 0).rows == 1
            server = server.restart()
            assert reader.sample(5, 0).rows == 1
        end(server)
        with pytest.raises(ReadError) as caught, opener.open(assets["t"]) as reader:
            reader.sample(5, 0)
        assert caught.value.reason in ("unreadable", "lost connection")
    finally:
        end(server)


def test_a_connection_lost_in_the_middle_is_told(postgres: Shop) -> None:
    postgres.run("CREATE TABLE t AS SELECT g AS a, repeat('x', 2000) AS b FROM generate_series(1, 20000) g")
    assets, _, opener = opened(postgres.url)
    with pytest.raises(ReadError) as caught, opener.open(assets["t"]) as reader:
        batches = reader.read()
        next(batches)
        _ended(postgres, "SELECT pid FROM pg_stat_activity WHERE application_name = 'assay' "
               "AND datname = current_database()", "SELECT pg_terminate_backend({})")  # fmt: skip
        list(batches)
    assert caught.value.reason == "lost connection"
    with opener.open(assets["t"]) as reader:
        assert reader.sample(10, 0).rows == 10


@pytest.mark.parametrize(
    ("driver", "step", "rows"), [(MySQLResult, "_read_rowdata_packet_unbuffered", 2), (SSCursor, "_do_get_result", 0)]
)
def test_ctrl_c_within_the_driver_leaves_no_traceback_behind(
    maria: Shop, monkeypatch: pytest.MonkeyPatch, driver: type, step: str, rows: int
) -> None:
    maria.run("CREATE TABLE a AS SELECT seq AS id FROM seq_1_to_5000")
    assets, _, opener = opened(maria.url)
    table = assets["a"]
    calls = count()
    real = getattr(driver, step)

    def interrupted(its: object) -> object:
        if next(calls) == rows:
            raise KeyboardInterrupt
        return real(its)

    later: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", later.append)
    monkeypatch.setattr(driver, step, interrupted)
    with pytest.raises(KeyboardInterrupt) as caught, opener.open(table) as reader:
        list(reader.read())
    # Connections go before the cursors that the traceback holds, as at the end of a process.
    opener._drop()
    del caught, reader, opener
    gc.collect()
    assert later == []


def test_a_locked_table_is_told_and_the_others_are_read(
    postgres: Shop, maria: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.sources.sql import mysql, postgresql

    monkeypatch.setattr(
        postgresql, "_SETTINGS", postgresql._SETTINGS.replace("lock_timeout = 5000", "lock_timeout = 300")
    )
    monkeypatch.setattr(mysql, "_SETTINGS", ("SET SESSION lock_wait_timeout = 1", *mysql._SETTINGS[1:]))
    for shop, lock in ((postgres, "LOCK TABLE a IN ACCESS EXCLUSIVE MODE"), (maria, "LOCK TABLES a WRITE")):
        shop.run("CREATE TABLE a (x int)", "CREATE TABLE b (x int)", "INSERT INTO b VALUES (1)")
        assets, _, opener = opened(shop.url)
        with _holding(shop, lock):
            with pytest.raises(ReadError) as caught, opener.open(assets["a"]) as reader:
                reader.sample(5, 0)
            assert caught.value.reason == "locked"
            with opener.open(assets["b"]) as reader:
                assert reader.sample(5, 0).rows == 1


@contextmanager
def _holding(shop: Shop, lock: str) -> Iterator[None]:
    if shop.engine == "postgresql":
        with psycopg.connect(shop.url) as connection:
            connection.execute(lock)
            yield
            connection.rollback()
    else:
        with shop.run.func.__self__.connect(shop.schema[0]) as connection, connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(lock)
            yield
            cursor.execute("UNLOCK TABLES")


def test_partitions_are_read_once_through_their_parent(postgres: Shop, maria: Shop) -> None:
    postgres.run(
        "CREATE TABLE ev (id int, at date) PARTITION BY RANGE (at)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id)",
        "CREATE TABLE ev1d PARTITION OF ev1 DEFAULT",
        "CREATE TABLE ev2 PARTITION OF ev FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
        "INSERT INTO ev SELECT g, date '2020-01-01' + g % 700 FROM generate_series(1, 30000) g",
        "CREATE TABLE base (id int)", "CREATE TABLE child (more int) INHERITS (base)",
        "INSERT INTO base VALUES (1)", "INSERT INTO child VALUES (2, 3)",
    )  # fmt: skip
    maria.run(
        "CREATE TABLE ev (id int, at date) PARTITION BY RANGE (year(at)) (PARTITION p0 VALUES LESS THAN (2021), "
        "PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "INSERT INTO ev SELECT seq, date '2020-01-01' + interval seq % 700 day FROM seq_1_to_30000",
    )
    for shop, names in ((postgres, ["base", "child", "ev"]), (maria, ["ev"])):
        assets, _, opener = opened(shop.url)
        assert sorted(assets) == names
        with opener.open(assets["ev"]) as reader:
            years = {str(value)[:4] for value in column(reader.sample(200, 0), reader.info, "at")}
            assert years == {"2020", "2021"}
            assert sum(batch.rows for batch in reader.read()) == 30000
    assets, _, opener = opened(postgres.url)
    with opener.open(assets["base"]) as reader:
        assert reader.sample(5, 0).columns == [["1"]]


def test_what_is_no_table_is_left_out(postgres: Shop, maria: Shop) -> None:
    postgres.run(
        "CREATE TABLE t (a int)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM t",
    )
    maria.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT * FROM t", "CREATE SEQUENCE s")
    for shop, read, left in ((postgres, ["m", "t"], ["view"]), (maria, ["t"], ["sequence", "view"])):
        assets, others, _ = opened(shop.url)
        assert sorted(assets) == read
        assert sorted(item.reason for item in others if isinstance(item, Skip)) == left
        joint = "&" if "?" in shop.url else "?"
        assets, _, opener = opened(f"{shop.url}{joint}views=1")
        assert sorted(assets) == [*read, "v"]
        with opener.open(assets["v"]) as reader:
            assert reader.info.kind == "view"
            assert reader.sample(5, 0).rows == 0


def test_odd_names_and_twins(postgres: Shop, maria: Shop) -> None:
    postgres.run('CREATE SCHEMA "a.b"', 'CREATE TABLE "a.b"."c.d" ("e.f" int)', 'INSERT INTO "a.b"."c.d" VALUES (1)',
                 'CREATE TABLE "Twin" (a int)', 'CREATE TABLE twin (a int, "A" int)', 'CREATE TABLE none ()')  # fmt: skip
    maria.run("CREATE TABLE `Twin` (a int)", "CREATE TABLE twin (a int)", "CREATE TABLE `a.b/c` (`d e` int)")
    assets, _, opener = opened(postgres.url)
    assert sorted(assets) == ["Twin", "c.d", "none", "twin"]
    assert assets["c.d"].uri.endswith("/a.b/c.d")
    with opener.open(assets["c.d"]) as reader:
        assert reader.sample(5, 0).columns == [["1"]]
    with opener.open(assets["none"]) as reader:
        assert reader.sample(5, 0).columns == []
    assets, _, opener = opened(maria.url)
    assert sorted(assets) == ["Twin", "a.b/c", "twin"]
    assert assets["a.b/c"].uri.endswith("/a.b%2Fc")


def test_odd_values_of_postgresql(postgres: Shop) -> None:
    values = {
        "int[]": ("'{1,2}'", "[1,2]"),
        "jsonb": ("""'{"k": 1}'""", '{"k": 1}'),
        "uuid": ("'11111111-2222-3333-4444-555555555555'", "11111111-2222-3333-4444-555555555555"),
        "interval": ("'1 day 2 hours'", "P1DT2H"),
        "int4range": ("'[1,5)'", "[1,5)"),
        "inet": ("'10.0.0.1'", "10.0.0.1"),
        "date": ("'12345-01-02'", "12345-01-02"),
        "timestamp": ("'infinity'", "infinity"),
        "float8": ("'NaN'", "NaN"),
        "numeric": ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        "bytea": (r"'\x68656c6c6f'", "hello"),
        "bit(3)": ("B'101'", "101"),
        "point": ("'(1,2)'", "(1,2)"),
        "money": ("1.5", "$1.50"),
        "char(5)": ("'ab'", "ab"),
    }
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(values))
    postgres.run(
        f"CREATE TABLE odd ({columns})",
        f"INSERT INTO odd VALUES ({', '.join(given for given, _ in values.values())})",
        "CREATE TYPE pair AS (left_one text, right_one int)",
        "CREATE TYPE mood AS ENUM ('fine')",
        "CREATE DOMAIN age AS int",
        "CREATE TABLE made (p pair, m mood, a age)",
        "INSERT INTO made VALUES (ROW('x', 2), 'fine', 7)",
    )
    assets, _, opener = opened(postgres.url)
    with opener.open(assets["odd"]) as reader:
        batch = reader.sample(5, 0)
    assert [values[0] for values in batch.columns] == [text for _, text in values.values()]
    with opener.open(assets["made"]) as reader:
        assert reader.sample(5, 0).columns == [['{"left_one":"x","right_one":2}'], ["fine"], ["7"]]
        assert [each.kind for each in reader.info.columns] == [ValueKind.JSON, ValueKind.ENUM, ValueKind.INTEGER]


def test_odd_values_of_mariadb(maria: Shop) -> None:
    maria.run(
        "CREATE TABLE odd (a date, b datetime(3), c bigint unsigned, d bit(8), e set('x','y'), f varbinary(9), g float, "
        "h json, i point, j time, k char(5) CHARACTER SET latin1, l inet6, m varbinary(9), n uuid)",
        "SET SESSION sql_mode=''; INSERT INTO odd VALUES ('0000-00-00', '2020-02-03 04:05:06.789', 18446744073709551615, b'01000001', "
        "'x,y', 'hello', 1.5, '{\"k\": 1}', POINT(1, 2), '-12:00:01', _latin1 X'E9', '::1', X'00FF01', "
        "'11111111-2222-3333-4444-555555555555')",
    )
    assets, _, opener = opened(maria.url)
    with opener.open(assets["odd"]) as reader:
        batch = reader.sample(5, 0)
    assert [values[0] for values in batch.columns] == [
        "0000-00-00", "2020-02-03 04:05:06.789", "18446744073709551615", "A", "x,y", "hello", "1.5", '{"k": 1}',
        "POINT(1 2)", "-12:00:01", "é", "::1", "", "11111111-2222-3333-4444-555555555555",
    ]  # fmt: skip


def test_text_that_is_no_unicode(postgresql: str) -> None:
    name = fresh("assay_")
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    url = postgresql.replace("/postgres?", f"/{name}?")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (a text)")
            connection.execute(r"INSERT INTO t VALUES (E'caf\351'), ('plain')")
        assets, _, opener = opened(url)
        with opener.open(assets["t"]) as reader:
            assert sorted(map(str, reader.sample(5, 0).columns[0])) == ["café", "plain"]
    finally:
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_functions_of_others_are_not_called(postgres: Shop) -> None:
    postgres.run(
        "CREATE TABLE t (a varchar, b int[])",
        "INSERT INTO t VALUES ('value', '{1}')",
        "CREATE FUNCTION public.left(varchar, int) RETURNS text LANGUAGE sql AS $$ SELECT 'stolen' $$",
        "CREATE FUNCTION public.array_to_json(int[]) RETURNS json LANGUAGE sql AS $$ SELECT '\"stolen\"'::json $$",
    )
    postgres.run("ALTER DATABASE " + postgres.schema[0] + " SET search_path = public, pg_catalog")
    assets, _, opener = opened(postgres.url)
    with opener.open(assets["t"]) as reader:
        assert reader.sample(5, 0).columns == [["value"], ["[1]"]]


def test_threads_do_not_share_what_they_must_not(postgres: Shop) -> None:
    postgres.run("CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 500) g")
    assets, _, opener = opened(postgres.url)
    found: list[int] = []

    def read() -> None:
        import pickle

        own = pickle.loads(pickle.dumps(opener))
        with own.open(assets["t"]) as reader:
            found.append(sum(batch.rows for batch in reader.read()))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [500] * 4
