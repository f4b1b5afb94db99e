"""Tokens of change: whatever changes a table changes its token, or takes it away; what does not, does not."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import postgresqls
import psycopg
import pytest
from fresh import fresh
from servers import PASSWORD, MariaDb, end, new_mariadb
from sqltables import Shop, opened

from assay.sources.sql import filestate

LAG_SECONDS = 60.0
SETTLED_SECONDS = 4.2


def tokens(url: str) -> dict[str, str | None]:
    assets, _, _ = opened(url)
    return {name: asset.change for name, asset in assets.items()}


def until_changed(url: str, before: dict[str, str | None], names: list[str]) -> dict[str, str | None]:
    """The tokens once those of `names` differ, or when the time is over in which they have to."""
    end_of_wait = time.monotonic() + LAG_SECONDS
    while True:
        now = tokens(url)
        if all(now.get(name) != before[name] for name in names) or time.monotonic() > end_of_wait:
            return now
        time.sleep(0.1)


CHANGES = {
    "inserted": "INSERT INTO {t} VALUES (9, 'x')",
    "updated": "UPDATE {t} SET b = 'y' WHERE a = 1",
    "deleted": "DELETE FROM {t} WHERE a = 1",
    "truncated": "TRUNCATE TABLE {t}",
    "same_size": "DELETE FROM {t}; INSERT INTO {t} VALUES (1, 'one'), (2, 'two')",
    "made_again": "DROP TABLE {t}; CREATE TABLE {t} (a int primary key, b varchar(20)); "
    "INSERT INTO {t} VALUES (1, 'one'), (2, 'two')",
    "column_added": "ALTER TABLE {t} ADD COLUMN c int",
    "column_renamed": "ALTER TABLE {t} RENAME COLUMN b TO d",
    "type_changed": "ALTER TABLE {t} {retype}",
    "swapped": "ALTER TABLE {t} RENAME TO passing; ALTER TABLE swapped2 RENAME TO {t}; ALTER TABLE passing RENAME TO swapped2",
}  # fmt: skip


def plant(shop: Shop) -> None:
    for name in [*CHANGES, "swapped2", "quiet", "other"]:
        shop.run(
            f"CREATE TABLE {name} (a int primary key, b varchar(20))",
            f"INSERT INTO {name} VALUES (1, 'one'), (2, 'two')",
        )
    shop.run("CREATE TABLE parent (a int primary key)", "INSERT INTO parent VALUES (1), (2)")
    shop.run("CREATE TABLE child (a int, p int, FOREIGN KEY (p) REFERENCES parent (a) ON DELETE CASCADE)",
             "INSERT INTO child VALUES (1, 1), (2, 2)")  # fmt: skip


def change(shop: Shop, retype: str) -> list[str]:
    for name, statements in CHANGES.items():
        for statement in statements.format(t=name, retype=retype).split("; "):
            shop.run(statement)
    shop.run("DELETE FROM parent WHERE a = 1")
    return [*CHANGES, "swapped2", "child", "parent"]


def test_postgresql(postgres: Shop) -> None:
    plant(postgres)
    postgres.run(
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM quiet",
        "CREATE TABLE ev (a int, b text) PARTITION BY LIST (a)",
        "CREATE TABLE ev1 PARTITION OF ev FOR VALUES IN (1)",
        "CREATE TABLE ev2 PARTITION OF ev FOR VALUES IN (2)",
        "INSERT INTO ev VALUES (1, 'a'), (2, 'b')",
        "CREATE TABLE spare (a int, b text)",
        "INSERT INTO spare VALUES (2, 'c')",
        "CREATE TABLE noted (a int)",
    )
    before = _settled(postgres.url)
    assert None not in before.values()
    assert len(set(before.values())) == len(before)
    names = [*change(postgres, "ALTER COLUMN b TYPE text"), "m", "ev", "noted"]
    postgres.run(
        "REFRESH MATERIALIZED VIEW m",
        "ALTER TABLE ev DETACH PARTITION ev2",
        "DROP TABLE ev2",
        "ALTER TABLE ev ATTACH PARTITION spare FOR VALUES IN (2)",
        "COMMENT ON COLUMN noted.a IS 'card number'",
        "VACUUM quiet", "ANALYZE quiet",
    )  # fmt: skip
    after = until_changed(postgres.url, before, names)
    assert [name for name in names if after[name] == before[name]] == []
    assert after["quiet"] == before["quiet"]
    assert after["other"] == before["other"]


def _settled(url: str) -> dict[str, str | None]:
    """Tokens that stayed for longer than sessions that have ended may take to report."""
    found = tokens(url)
    since = time.monotonic()
    while time.monotonic() - since < 1.5:
        time.sleep(0.2)
        now = tokens(url)
        if now != found:
            found, since = now, time.monotonic()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("how", ["idle in a transaction", "from transaction to transaction", "in a procedure"])
def test_postgresql_sessions_that_hold_their_counts_back(postgres: Shop, how: str) -> None:
    """They have committed, and do not report it as long as they stay in another transaction."""
    postgres.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
    before = _settled(postgres.url)
    with ExitStack() as ending, psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        if how == "idle in a transaction":
            connection.execute("BEGIN; INSERT INTO t VALUES (2); COMMIT; BEGIN; SELECT 1")
        elif how == "from transaction to transaction":
            connection.execute("BEGIN; INSERT INTO t VALUES (2); COMMIT AND CHAIN")
            for _ in range(30):
                connection.execute("COMMIT AND CHAIN")
                time.sleep(0.1)
        else:
            connection.execute("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (2); COMMIT; "
                               "PERFORM pg_sleep(600); END $$")  # fmt: skip
            ending.enter_context(_going_on(postgres.url, "CALL p()"))
        time.sleep(2.0)
        assert tokens(postgres.url)["t"] != before["t"]
        with psycopg.connect(postgres.url) as other:
            assert other.execute("SELECT count(*) FROM t").fetchone() == (2,)


@contextmanager
def _going_on(url: str, statement: str) -> Iterator[None]:
    """A statement that another session is at, which is cancelled in the end."""
    with psycopg.connect(url, autocommit=True) as connection:

        def run() -> None:
            with suppress(psycopg.errors.QueryCanceled):
                connection.execute(statement)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            connection.cancel()
            thread.join(timeout=300)
            assert not thread.is_alive()


def test_postgresql_uncommitted_rows_count_when_they_are_committed(postgres: Shop) -> None:
    postgres.run("CREATE TABLE t (a int)")
    with psycopg.connect(postgres.url) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        before = _settled(postgres.url)
        assert _settled(postgres.url) == before
        connection.commit()
    assert until_changed(postgres.url, before, ["t"])["t"] != before["t"]


@pytest.mark.slow
@pytest.mark.parametrize("reset", ["pg_stat_reset()", "pg_stat_reset_single_table_counters('t'::regclass)"])
def test_postgresql_counters_that_begin_anew(postgres: Shop, reset: str) -> None:
    postgres.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
    before = _settled(postgres.url)
    postgres.run("UPDATE t SET a = 2")
    _settled(postgres.url)
    # After as many changes as before they are what they were.
    postgres.run(f"SELECT {reset}")
    postgres.run("INSERT INTO t VALUES (3)")
    _settled(postgres.url)
    assert tokens(postgres.url)["t"] != before["t"]


def test_postgresql_without_counts_there_is_no_token(postgres: Shop) -> None:
    postgres.run("CREATE TABLE t (a int)")
    name = fresh("role_")
    postgres.run(f"CREATE ROLE {name}")
    assert tokens(postgres.url)["t"] is not None
    try:
        postgres.run(f"ALTER ROLE {name} SET track_counts = off")
        assert tokens(postgres.url)["t"] is None
    finally:
        postgres.run(f"DROP ROLE {name}")


@pytest.mark.slow
def test_postgresql_a_crash_and_a_restart() -> None:
    server = postgresqls.new_postgresql()
    try:
        url = server.url()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (a int)")
            connection.execute("INSERT INTO t VALUES (1)")
        before = _settled(url)
        began = _since(url)
        connection = psycopg.connect(url, autocommit=True)
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        while _since(url) in (began, None):
            time.sleep(0.05)
        # Its counters begin anew: after as many changes as before they are what they were.
        with psycopg.connect(url, autocommit=True) as another:
            another.execute("INSERT INTO t VALUES (1)")
        crashed = _settled(url)
        assert crashed["t"] != before["t"]
        server = server.restart()
        assert _since(url) is not None
        assert tokens(url)["t"] not in (crashed["t"], before["t"])
    finally:
        postgresqls.end(server)


def _since(url: str) -> object:
    """What a crash sets, `None` as long as nobody is let in."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute("SELECT stats_reset FROM pg_stat_bgwriter").fetchone()
    except psycopg.OperationalError:
        return None


def test_mariadb(maria: Shop, mariadb: MariaDb) -> None:
    plant(maria)
    parted = "(a int, b text) PARTITION BY LIST (a) (PARTITION p1 VALUES IN (1), PARTITION p2 VALUES IN (2))"
    maria.run(
        f"CREATE TABLE emptied {parted}", "INSERT INTO emptied VALUES (1, 'a'), (2, 'b')",
        f"CREATE TABLE exchanged {parted}", "INSERT INTO exchanged VALUES (1, 'a'), (2, 'b')",
        "CREATE TABLE spare (a int, b text)", "INSERT INTO spare VALUES (2, 'c')",
        "CREATE TABLE my (a int) ENGINE=MyISAM", "CREATE TABLE ar (a int) ENGINE=Aria", "INSERT INTO ar VALUES (1)",
        "CREATE TABLE `tëst #P#x` (a int)", "INSERT INTO `tëst #P#x` VALUES (1)",
        "CREATE TABLE waiting (a int)", "INSERT INTO waiting VALUES (1)",
    )  # fmt: skip
    time.sleep(SETTLED_SECONDS)
    with mariadb.connect(maria.schema[0]) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO waiting VALUES (2)")
        before = tokens(maria.url)
        assert tokens(maria.url) == before
        assert before.pop("my") is None
        assert before.pop("ar") is None
        assert None not in before.values()
        assert len(set(before.values())) == len(before)
        names = [*change(maria, "MODIFY COLUMN b text"), "emptied", "exchanged", "waiting"]
        maria.run(
            "ALTER TABLE emptied TRUNCATE PARTITION p2", "ALTER TABLE exchanged EXCHANGE PARTITION p2 WITH TABLE spare",
            "ANALYZE TABLE quiet",
        )  # fmt: skip
        cursor.execute("COMMIT")
    soon = tokens(maria.url)
    assert [name for name in names if soon[name] == before[name]] == []
    time.sleep(SETTLED_SECONDS)
    after = tokens(maria.url)
    assert [name for name in names if after[name] == before[name]] == []
    assert after["quiet"] == before["quiet"] is not None
    assert after["tëst #P#x"] == before["tëst #P#x"]


def test_mariadb_users_that_are_not_told_have_no_tokens(maria: Shop, mariadb: MariaDb) -> None:
    maria.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
    name = fresh("reader_")
    maria.run(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
              f"GRANT SELECT ON {maria.schema[0]}.* TO {name}@'127.0.0.1'")  # fmt: skip
    time.sleep(SETTLED_SECONDS)
    url = mariadb.url(maria.schema[0], user=name)
    assert tokens(url) == {"t": None}
    maria.run(f"GRANT PROCESS ON *.* TO {name}@'127.0.0.1'")
    assert tokens(url)["t"] is not None
    maria.run(f"DROP USER {name}@'127.0.0.1'")


@pytest.mark.slow
def test_mariadb_a_restart_takes_the_tokens_away() -> None:
    server = new_mariadb()
    try:
        server.run("CREATE DATABASE d", "CREATE TABLE d.t (a int)", "INSERT INTO d.t VALUES (1)")
        time.sleep(SETTLED_SECONDS)
        before = tokens(server.url("d"))
        assert before["t"] is not None
        server = server.restart()
        assert tokens(server.url("d")) == {"t": None}
    finally:
        end(server)


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a text)")
        connection.execute("INSERT INTO t VALUES ('one')")
        connection.commit()
    url = f"sqlite:///{path}"
    with monkeypatch.context() as patch:
        # However long the tokens take, the file is as fresh as that.
        patch.setattr(filestate, "_TICK", 3_600_000_000_000)
        assert tokens(url)["t"] is None
    before = _aged(url)
    assert _aged(url) == before

    def wal() -> None:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE t SET a = 'two'")
        connection.commit()
        held.append(connection)

    def in_place() -> None:
        held.pop().close()
        status = path.stat()
        data = path.read_bytes().replace(b"two", b"owt")
        with path.open("r+b") as stream:
            stream.write(data)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def replaced() -> None:
        copy = tmp_path / "copy.db"
        shutil.copy2(path, copy)
        copy.rename(path)

    held: list[sqlite3.Connection] = []
    for changed in (wal, in_place, replaced):
        changed()
        after = _aged(url)
        assert after is not None
        assert after != before
        before = after
    link = tmp_path / "link.db"
    link.symlink_to(path)
    assert _aged(f"sqlite:///{link}") == before


def _aged(url: str) -> str | None:
    """The token, once the file is no longer so fresh that there is none: each look may write what lies beside it anew."""
    token = None
    for wait in (0.15, 0.3, 0.6, 1.2):
        time.sleep(wait)
        token = tokens(url)["t"]
        if token is not None:
            break
    return token


@pytest.mark.parametrize("tick", [1_000_000_000, 2_000_000_000])
def test_files_on_systems_that_keep_whole_seconds(tmp_path: Path, tick: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"x")
    _coarse(monkeypatch, tick)
    written = path.stat().st_mtime_ns
    for after, is_fresh in ((0, True), (400_000_000, True), (4_600_000_000, False)):
        monkeypatch.setattr(time, "time_ns", lambda after=after: written + after)
        assert (filestate.state(str(path)) is None) is is_fresh, after


def _coarse(monkeypatch: pytest.MonkeyPatch, tick: int) -> None:
    real: Callable[..., os.stat_result] = os.stat

    class Status:
        def __init__(self, status: os.stat_result) -> None:
            self.st_dev, self.st_ino, self.st_size = status.st_dev, status.st_ino, status.st_size
            self.st_mtime_ns = status.st_mtime_ns // tick * tick
            self.st_ctime_ns = status.st_ctime_ns // tick * tick

    monkeypatch.setattr(
        filestate.os, "stat", lambda path, **more: Status(real(path)) if isinstance(path, int) else real(path, **more)
    )
