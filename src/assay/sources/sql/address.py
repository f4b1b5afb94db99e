"""URLs of databases, as people write them."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from assay.errors import UsageError

_CANONICAL = {"postgres": "postgresql", "mariadb": "mysql"}
_FILES = ("sqlite", "duckdb")
_PORTS = {"postgresql": 5432, "mysql": 3306, "redshift": 5439, "mssql": 1433, "oracle": 1521, "snowflake": 443}
_OWN = ("schema", "table", "views")
# How many names a table's URI has, where its database is the first.
_PARTS = {"postgresql": 3, "mysql": 2}
# What is silently passed over may be what encrypts the connection, or what narrows it: each option is known, or refused.
# Those of PostgreSQL are libpq's to know, those of the others their dialects'.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "sqlite": (),
    "duckdb": (),
    "mysql": (
        "charset",
        "read_default_file",
        "socket",
        "ssl_ca",
        "ssl_cert",
        "ssl_key",
        "ssl_verify_cert",
        "ssl_verify_identity",
        "unix_socket",
    ),
}
_DRIVER = re.compile(r"^([a-z0-9]+)(?:\+[a-z0-9_]+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database is. `engine` is `sqlite`, `duckdb`, `postgresql`, `mysql`, or one that is experimental.

    `schemas` and `tables` narrow what is read (globs; empty: all), `views` says that views are read too. `url` is what was
    given, with the password: it is shown nowhere.
    """

    engine: str
    url: str = field(repr=False)
    path: str = ""
    host: str = ""
    port: int | None = None
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    database: str = ""
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    views: bool = False
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def is_file(self) -> bool:
        """Whether the database is one file of this machine."""
        return self.engine in _FILES

    @property
    def shown(self) -> str:
        """The URL without user, password and options."""
        if self.is_file:
            return f"{self.engine}:///{self.path}"
        port = f":{self.port}" if self.port is not None else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        return f"{self.engine}://{host}{port}/{quote(self.database)}"

    def uri(self, *names: str) -> str:
        """The URI of a table: of a database of one file the file's own, else the URL with schema and table as its path."""
        if self.is_file:
            return "file://" + quote(os.fsencode(os.path.abspath(self.path)))
        port = self.port if self.port is not None else _PORTS.get(self.engine)
        # A socket is named as libpq has it, by its percent-encoded path.
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="") or "localhost"
        parts = "/".join(quote(name, safe="") for name in names)
        return f"{self.engine}://{host}{f':{port}' if port else ''}/{parts}"


def parse(target: str) -> Address:
    """The address that a URL says. Raises `UsageError`."""
    scheme, _, rest = target.partition("://")
    found = _DRIVER.match(scheme)
    engine = found[1].lower() if found else scheme.lower()
    engine = _CANONICAL.get(engine, engine)
    if engine in _FILES:
        return _file(engine, target, rest)
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError:
        raise UsageError(f"{engine}://…: the URL cannot be read; write {engine}://user@host:port/database, with special "
                         "characters of user and password percent-encoded") from None  # fmt: skip
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    database = _of_table(engine, parts.path, query)
    shown = f"{engine}://{parts.hostname or ''}/{database}"
    if parts.fragment:
        raise UsageError(f"{shown}: a URL has no '#' here; write %23 in a name or password")
    said: dict[str, Any] = {
        "host": unquote(parts.hostname or ""),
        "port": port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": database,
    }
    if engine == "postgresql":
        said = _as_libpq(said, query, shown)
    return Address(engine=engine, url=target, **said, **_narrowed(engine, query, shown))


def _of_table(engine: str, path: str, query: dict[str, str]) -> str:
    """The database in a URL's path. As a table is called in what is told, `/shop/public/orders`, it narrows to that table.

    >>> query = {}
    >>> _of_table("postgresql", "/shop/public/a%2Fb", query), query
    ('shop', {'schema': 'public', 'table': 'a/b'})
    """
    names = path.strip("/").split("/")
    if len(names) != _PARTS.get(engine) or _OWN[1] in query or not all(names):
        return unquote(path.lstrip("/"))
    # A comma would part two names.
    inside = [glob.escape(unquote(name)).replace(",", "?") for name in names[1:]]
    query.update(zip(_OWN[2 - len(inside) : 2], inside, strict=True))
    return unquote(names[0])


def _as_libpq(said: dict[str, Any], query: dict[str, str], shown: str) -> dict[str, Any]:
    """The same with what libpq takes from elsewhere: the parameters of the URL come first, the environment comes last.

    It has to be known here, as it is part of what a table is called in records: two servers are not one.
    """
    environment = {"host": "PGHOST", "port": "PGPORT", "database": "PGDATABASE"}
    found = {}
    for name, value in said.items():
        given = query.pop("dbname" if name == "database" else name, "")
        found[name] = given or value or os.environ.get(environment.get(name, ""), "") or value
    try:
        found["port"] = int(found["port"]) if found["port"] is not None else None
    except ValueError:
        raise UsageError(f"{shown}: the port is no number; mend the URL, or the variable PGPORT") from None
    return found


def _file(engine: str, target: str, rest: str) -> Address:
    path, _, text = rest.partition("?")
    if not path.startswith("/"):
        # What stands there may be a user and a password.
        raise UsageError(f"{engine}://…: write {engine}:///path/of/the/file (three slashes; four for an absolute path)")
    # As SQLAlchemy has it: three slashes before a relative path, four before an absolute one. What is absolute with three
    # and is there is meant as it is written.
    name = unquote(path[1:])
    if name and not name.startswith("/") and not os.path.exists(name) and os.path.exists("/" + name):
        name = "/" + name
    if name.startswith("//"):
        name = name[1:]
    if not name or name == ":memory:":
        raise UsageError(f"{target}: names no file; write {engine}:///path/of/the/file")
    if not os.path.exists(name):
        raise UsageError(f"{target}: no such file: {name}; check the path and its spelling")
    if not os.path.isfile(name):
        raise UsageError(f"{target}: {name} is no file; name the database's file")
    query = dict(parse_qsl(text, keep_blank_values=True))
    return Address(engine=engine, url=target, path=name, **_narrowed(engine, query, f"{engine}:///{name}"))


def _narrowed(engine: str, query: dict[str, str], shown: str) -> dict[str, Any]:
    own = {name: query.pop(name, "") for name in _OWN}
    known = _OPTIONS.get(engine)
    unknown = sorted(set(query) - set(known)) if known is not None else []
    if unknown:
        options = ", ".join((*_OWN, *(known or ())))
        raise UsageError(f"{shown}: there is no option {unknown[0]!r} here; there are {options}")
    return {
        "schemas": _list(own["schema"]),
        "tables": _list(own["table"]),
        "views": own["views"].lower() in ("1", "true", "yes"),
        "options": tuple(sorted(query.items())),
    }


def _list(text: str) -> tuple[str, ...]:
    return tuple(item for item in (part.strip() for part in text.split(",")) if item)
