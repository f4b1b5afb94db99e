"""Targets of databases that AWS runs: `rds://user@shop/orders`, `redshift://user@warehouse/dev`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from assay.errors import UsageError

MASTER = "master"
"""As a secret: the one that RDS keeps itself of the master user."""

# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html; Redshift's names are like these.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")
_SECRET = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@!-]+")
_TUNNEL = re.compile(r"(?P<host>[A-Za-z0-9.-]+):(?P<port>\d{1,5})")
_EXPORT = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_NARROWING = frozenset({"schema", "table"})
_ENDPOINTS = ("reader", "writer")
_OWN = ("secret", "endpoint", "tunnel", "export")
# They would lead elsewhere than to what is named, or in as somebody else.
_FOREIGN = frozenset(
    {"host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "servicefile", "socket",
     "unix_socket", "read_default_file"}
)  # fmt: skip
_EXAMPLE = {"rds": "rds://user@shop/orders", "redshift": "redshift://user@warehouse/dev"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a target names. `service` is `rds` or `redshift`, `name` that of an instance, a cluster or a workgroup.

    `secret` is the ARN of a secret, `MASTER`, or `None` for a login by IAM as `user`. `endpoint` is `reader` (the first of
    the readers that there are, else the writer) or `writer`. `tunnel` is where a way to the database begins, if it cannot
    be reached itself. `export` is the name of an export of a snapshot, which is read instead. `query` is the rest, for the
    driver.
    """

    service: str
    name: str
    database: str = ""
    user: str | None = field(default=None, repr=False)
    secret: str | None = None
    endpoint: str = "reader"
    tunnel: tuple[str, int] | None = None
    export: str | None = None
    query: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """The target without user and options."""
        return self.uri + (f"/{quote(self.database)}" if self.database else "")

    @property
    def uri(self) -> str:
        """What is told of it as a whole, where it could not be entered."""
        return f"{self.service}://{self.name}"


def is_named(target: str) -> bool:
    """Whether a target is the name of a database of AWS; `redshift://` before a host's name is the URL of one."""
    scheme, _, rest = target.partition("://")
    if scheme.lower() == "rds":
        return True
    if scheme.lower() != "redshift":
        return False
    where = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, _, host = where.rpartition("@")
    return ":" not in user and host != "localhost" and _NAME.fullmatch(host) is not None


def parse(target: str) -> Named:
    """The target taken apart. Raises `UsageError`, with neither user nor options in its text."""
    service = target.partition("://")[0].lower()
    example = _EXAMPLE[service]
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError:
        raise UsageError(f"{service}://…: cannot be read; write {example}") from None
    # The host's name as it was written: urlsplit makes it lower case, as AWS does.
    name = unquote(parts.hostname or "")
    shown = f"{service}://{name}"
    if not _NAME.fullmatch(name) or name.endswith("-") or "--" in name:
        raise UsageError(f"{service}://…: names no instance or cluster; write {example}")
    if port is not None or parts.password is not None:
        raise UsageError(
            f"{shown}: has no port and no password, as AWS is asked for both; the URL of a server begins with "
            "postgresql:// or mysql://"
        )
    if parts.fragment:
        raise UsageError(f"{shown}: has no '#' here; write %23 in a name")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    own = {option: query.pop(option, "") for option in _OWN}
    foreign = sorted(_FOREIGN & set(query))
    if foreign:
        raise UsageError(f"{shown}: there is no option {foreign[0]!r} here; a way around goes by tunnel=HOST:PORT")
    user = unquote(parts.username) if parts.username else None
    if own["export"]:
        _check_export(service, shown, user, own, query)
    else:
        _check_login(shown, user, own["secret"], example)
    endpoint = own["endpoint"] or "reader"
    if endpoint not in _ENDPOINTS:
        raise UsageError(f"{shown}: endpoint={endpoint}: is one of {' and '.join(_ENDPOINTS)}")
    return Named(
        service=service,
        name=name.lower(),
        database=unquote(parts.path.strip("/")),
        user=user,
        secret=own["secret"] or None,
        endpoint=endpoint,
        tunnel=_tunnel(own["tunnel"], shown),
        export=own["export"] or None,
        query=tuple(sorted(query.items())),
    )


def _check_export(service: str, shown: str, user: str | None, own: dict[str, str], query: dict[str, str]) -> None:
    if service != "rds" or not _EXPORT.fullmatch(own["export"]):
        raise UsageError(
            f"{shown}: export=…: is no name of an export; 'assay aws export-snapshot' makes one, and names it"
        )
    if user is not None or any(own[name] for name in ("secret", "endpoint", "tunnel")) or set(query) - _NARROWING:
        raise UsageError(
            f"{shown}: an export is read from S3, and nobody logs in; beside it there are schema and table"
        )


def _check_login(shown: str, user: str | None, secret: str, example: str) -> None:
    if secret and user is not None:
        raise UsageError(f"{shown}: the secret says who the user is; leave out one of them")
    if not secret and user is None:
        raise UsageError(
            f"{shown}: says neither who logs in nor which secret does; write {example} for a login by IAM, or "
            f"{shown}?secret=ARN (secret={MASTER}: the one that RDS keeps of its master user)"
        )
    if secret and secret != MASTER and not _SECRET.fullmatch(secret):
        raise UsageError(f"{shown}: secret=…: is no ARN of a secret, and not '{MASTER}'")


def _tunnel(text: str, shown: str) -> tuple[str, int] | None:
    if not text:
        return None
    found = _TUNNEL.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise UsageError(f"{shown}: tunnel={text}: is no host and port; write tunnel=127.0.0.1:15432")
    return found["host"], int(found["port"])
