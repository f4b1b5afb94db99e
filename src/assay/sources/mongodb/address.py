"""URLs of MongoDB, as its own tools take them, with options of ours besides.

Source: https://www.mongodb.com/docs/manual/reference/connection-string/
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from assay.errors import UsageError
from assay.sources.hosts import has_port, taken_apart

_SRV = "mongodb+srv"
_PORT = 27017
_OWN = ("collection", "views")
# What is silently passed over may be what encrypts the connection: each option is known, or refused.
_OPTIONS = {
    name.lower(): name
    for name in (
        *("appName", "authMechanism", "authMechanismProperties", "authSource", "compressors", "connectTimeoutMS"),
        *("directConnection", "loadBalanced", "maxStalenessSeconds", "readPreference", "readPreferenceTags"),
        *("replicaSet", "retryReads", "retryWrites", "serverSelectionTimeoutMS", "socketTimeoutMS", "srvMaxHosts"),
        *("srvServiceName", "ssl", "tls", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile"),
        *("tlsCRLFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword", "tlsDisableOCSPEndpointCheck"),
        *("tlsInsecure", "w", "wTimeoutMS", "journal"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where databases are. `database` is empty for all of the server's; `collections` (globs; empty: all) narrow what is
    read, `views` says that views are read too. It shows itself without user, password and options."""

    hosts: tuple[str, ...]
    srv: bool
    database: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    collections: tuple[str, ...] = ()
    views: bool = False
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """The URL without user, password and options."""
        return f"{self._scheme}://{','.join(self.hosts)}/{quote(self.database)}"

    @property
    def url(self) -> str:
        """What a driver connects to; user and password are given to it apart."""
        query = urlencode(self.options)
        return f"{self.shown}{f'?{query}' if query else ''}"

    @property
    def root(self) -> str:
        """What the URIs of all collections begin with."""
        hosts = (host.lower() if self.srv or has_port(host) else f"{host.lower()}:{_PORT}" for host in self.hosts)
        return f"mongodb://{','.join(hosts)}/"

    def uri(self, database: str, collection: str = "") -> str:
        """The URI of a collection, or of a database."""
        parts = (database, collection) if collection else (database,)
        return self.root + "/".join(quote(part, safe="") for part in parts)

    @property
    def _scheme(self) -> str:
        return _SRV if self.srv else "mongodb"


def parse(target: str) -> Address:
    """The address that a URL says. Raises `UsageError`, without a word of the URL that may be a password."""
    found = taken_apart(target, "mongodb://user@host:27017/database")
    database = unquote(found.path.removesuffix("/"))
    address = Address(
        hosts=found.hosts,
        srv=found.scheme == _SRV,
        database=database,
        user=found.user,
        password=found.password,
    )
    if "/" in database or any(mark in database for mark in '\\ "$\0'):
        raise UsageError(f"{address.shown}: names no database; one collection of it is ?collection=NAME")
    return _with(address, found.query)


def _with(address: Address, text: str) -> Address:
    """The address with its options."""
    given = parse_qsl(text, keep_blank_values=True)
    own = {name: value for name, value in given if name in _OWN}
    options = []
    for name, value in given:
        if name in _OWN:
            continue
        known = _OPTIONS.get(name.lower())
        if known is None:
            there = ", ".join((*_OWN, *sorted(_OPTIONS.values(), key=str.lower)))
            raise UsageError(f"{address.shown}: there is no option {name!r} here; there are {there}")
        options.append((known, value))
    return replace(
        address,
        collections=tuple(part.strip() for part in own.get("collection", "").split(",") if part.strip()),
        views=own.get("views", "").lower() in ("1", "true", "yes"),
        options=tuple(options),
    )
