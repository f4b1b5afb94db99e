"""A MariaDB server for tests: started in a folder of its own as an unprivileged user, listening on a socket and loopback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from fresh import free_port
from lasting import lasting

PASSWORD = "Of the te$t/run@1"
_SECONDS = 180.0
_MEMORY = "/dev/shm"
_ROOM = 512 * 1024 * 1024
_PATH = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")


class MariaDb(NamedTuple):
    """A server that runs. Its `root` has the password of these tests over TCP, too."""

    folder: str
    port: int
    pid: int

    @property
    def socket(self) -> str:
        return f"{self.folder}/socket"

    def url(self, database: str = "", *, user: str = "root", password: str = PASSWORD, query: str = "") -> str:
        return f"mysql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}{query}"

    def connect(self, database: str | None = None, *, user: str = "root") -> Any:
        import pymysql

        return pymysql.connect(
            unix_socket=self.socket,
            user=user,
            password=PASSWORD,
            database=database,
            autocommit=True,
            charset="utf8mb4",
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS,
        )

    def run(self, *statements: str, database: str | None = None) -> None:
        with self.connect(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def restart(self) -> MariaDb:
        """The same data, another process."""
        _stop(self.pid)
        return _started(self.folder, self.port)


@pytest.fixture(scope="session")
def mariadb(shared: Path) -> Iterator[MariaDb]:
    """One server for all processes of a run; it ends with the last of them, however that ends."""
    if shutil.which("mariadbd", path=_PATH) is None:
        pytest.skip("mariadbd is not installed: sudo tools/install_test_servers.sh")
    with lasting(shared, "mariadb", new_mariadb, signal.SIGKILL) as fields:
        yield MariaDb(*fields)


def new_mariadb(*options: str) -> MariaDb:
    """A server of its own, with options of mariadbd. Whoever asks for it ends it."""
    # In memory where there is room: every table that is made waits for the disk several times.
    room = os.statvfs(_MEMORY) if os.path.isdir(_MEMORY) else None
    in_memory = room is not None and room.f_bavail * room.f_frsize > _ROOM and os.access(_MEMORY, os.W_OK)
    folder = tempfile.mkdtemp(prefix="assay-mariadb-", dir=_MEMORY if in_memory else None)
    if os.geteuid() == 0:
        shutil.chown(folder, _user())
    command = ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--auth-root-authentication-method=normal",
               "--skip-test-db", *_as_user()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": _PATH})
    server = _started(folder, free_port(), *options, password="")
    import pymysql

    with pymysql.connect(unix_socket=server.socket, user="root") as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER USER root@localhost IDENTIFIED BY '{PASSWORD}'")
        cursor.execute(f"GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' WITH GRANT OPTION")
    return server


def end(server: MariaDb) -> None:
    """Ends a server at once, as its data goes too."""
    _stop(server.pid, signal.SIGKILL)
    shutil.rmtree(server.folder, ignore_errors=True)


def _started(folder: str, port: int, *options: str, password: str = PASSWORD) -> MariaDb:
    import pymysql

    # Nothing here has to outlive the machine: a small pool and no waiting for the disk.
    command = ["mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/socket", f"--port={port}",
               "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", f"--log-error={folder}/log", "--skip-log-bin",
               "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
               "--skip-name-resolve", f"--tmpdir={folder}", *_as_user(), *options]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PATH": _PATH},
        start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(pymysql.Error):
            pymysql.connect(unix_socket=f"{folder}/socket", user="root", password=password).close()
            return MariaDb(folder, port, process.pid)
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        process.kill()
    raise RuntimeError(f"mariadbd did not start: {Path(folder, 'log').read_text()[-2000:]}")


def _stop(pid: int, how: signal.Signals = signal.SIGTERM) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _user() -> str:
    import pwd

    for name in ("mysql", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError("no unprivileged user to run the server as")


def _as_user() -> list[str]:
    return [f"--user={_user()}"] if os.geteuid() == 0 else []
