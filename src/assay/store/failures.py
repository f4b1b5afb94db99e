"""What a database says when it cannot go on, as a sentence of ours.

Only codes are told, never the driver's own words: those may quote values.
"""

from __future__ import annotations

import os
import socket
import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from assay.errors import CatalogError

_SQLITE = {
    "SQLITE_BUSY": "is locked by another process that does not let go; see what else uses it and try again",
    "SQLITE_LOCKED": "is locked by another process that does not let go; see what else uses it and try again",
    "SQLITE_READONLY": "may not be written; check the rights of the file and its folder",
    "SQLITE_CANTOPEN": "cannot be opened; check the path and the rights of the file and its folder",
    "SQLITE_PERM": "may not be read; check the rights of the file",
    "SQLITE_FULL": "cannot be written: the disk is full; free some space and try again",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error",
    "SQLITE_CORRUPT": "is damaged; bring back a backup ('assay catalog backup' makes them)",
    "SQLITE_NOTADB": "is no SQLite database; name another file",
    "SQLITE_CONSTRAINT": "refused a row that breaks its rules",
}
_POSTGRESQL = {
    "28": "refused the user or the password",
    "3D": "has no such database; make it first (createdb), or name another",
    "42501": "does not allow it to this user; grant it, or name another user",
    "42": "has other tables than a catalog of this version",
    "25006": "is read-only; name the primary server",
    "53": "has not enough disk, memory or connections left",
    "55P03": "is locked by another process that does not let go; see what else uses it and try again",
    "40": "gave up because others wrote the same at the same time; try again",
    "57": "was shut down, or ended the connection; try again when it is up",
    "58": "reports an error of its disk or system",
    "08": "lost the connection; try again when it is reachable",
    "XX": "is damaged; ask who runs the server",
}
_TRANSIENT = ("40", "57", "08")


def explained(error: DBAPIError, shown: str) -> CatalogError | None:
    """What is wrong with the catalog; `None` where it is the statement that is wrong, not the catalog."""
    if isinstance(error, IntegrityError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        said = next((text for code, text in _SQLITE.items() if name.startswith(code)), None)
        if name.startswith("SQLITE_CANTOPEN") and os.path.lexists(f"{shown}-wal"):
            said = "has changes beside it that are not in it yet (-wal), and its folder is read-only; copy both to one that is not"
        return CatalogError(f"{shown}: the catalog {said}") if said else None
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return CatalogError(f"{shown}: the catalog's server {_POSTGRESQL['08']}", transient=True)
    said = next((text for code, text in _POSTGRESQL.items() if str(state).startswith(code)), None)
    if said is None:
        return None
    return CatalogError(
        f"{shown}: the catalog's server {said} (SQLSTATE {state})", transient=str(state)[:2] in _TRANSIENT
    )


def unreachable(error: DBAPIError, url: URL, shown: str) -> CatalogError:
    """Why no connection came about. libpq has no codes for it: whether the server asked for a password tells it apart."""
    known = explained(error, shown)
    if known is not None and getattr(error.orig, "sqlstate", None) is not None:
        return known
    made = getattr(error.orig, "pgconn", None)
    if made is not None and (made.needs_password or made.used_password):
        return CatalogError(f"{shown}: the server refused; check the user, the password and the database's name")
    if _answers(url):
        return CatalogError(
            f"{shown}: the server answers but refused; check the database's name, the user and its rights"
        )
    return CatalogError(f"{shown}: no server answers there; check host and port, and that it is up")


def _answers(url: URL) -> bool:
    host = url.query.get("host") or url.host or "localhost"
    if not isinstance(host, str):
        return False
    port = url.port or 5432
    if host.startswith("/"):
        return os.path.exists(f"{host}/.s.PGSQL.{port}")
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except OSError:
        return False
