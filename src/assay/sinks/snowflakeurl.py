"""URLs of a schema in Snowflake that results are written to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from assay.errors import UsageError

_FORM = "snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME&role=NAME"
_OPTIONS = ("warehouse", "role", "authenticator", "private_key_file", "host", "port", "protocol")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowflakeAddress:
    """Where results go, and who writes them. Passwords are in no text of it."""

    account: str
    database: str
    schema: str
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """The URL without user, password and options."""
        return f"snowflake://{self.account}/{quote(self.database)}/{quote(self.schema)}"


def parse(url: str) -> SnowflakeAddress:
    """The address that a URL says; the password may be in `SNOWFLAKE_PASSWORD` instead.

    Raises `UsageError`, which holds neither user nor password.

    >>> parse("snowflake://ada:hidden@xy12345/GOV/RESULTS?warehouse=WH").shown
    'snowflake://xy12345/GOV/RESULTS'
    """
    try:
        parts = urlsplit(url)
        account = parts.hostname or ""
        names = [unquote(part) for part in parts.path.split("/") if part]
        user, password = unquote(parts.username or ""), parts.password
        numbered = parts.port is not None
    except ValueError:
        raise UsageError(f"--to: the URL cannot be read; write {_FORM}, special characters percent-encoded") from None
    if parts.scheme != "snowflake":
        raise UsageError(f"--to: results can be written to Snowflake only; write {_FORM}")
    if parts.fragment or not account or numbered or len(names) != 2:
        raise UsageError(f"--to: write {_FORM}")
    for what, name in (("database", names[0]), ("schema", names[1])):
        if not _NAME.fullmatch(name):
            raise UsageError(f"--to: the {what} must have a plain name, of letters, digits, _ and $; write {_FORM}")
    # A password or a token in the wrong place is not shown: only the names that are known are.
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= set(_OPTIONS):
        raise UsageError(f"--to: the URL has an unknown option; there are {', '.join(_OPTIONS)}")
    if options.get("protocol", "https") != "https" and options.get("host") not in _LOOPBACK:
        raise UsageError("--to: protocol=http would send the password in clear; leave it out")
    if not options.get("port", "443").isdigit():
        raise UsageError("--to: the option port is no number")
    address = SnowflakeAddress(
        account=account,
        database=names[0],
        schema=names[1],
        user=user or os.environ.get("SNOWFLAKE_USER", ""),
        password=unquote(password) if password else os.environ.get("SNOWFLAKE_PASSWORD"),
        options=tuple(sorted(options.items())),
    )
    if not address.user:
        raise UsageError(f"{address.shown}: names no user; write {_FORM}, or set SNOWFLAKE_USER")
    if address.password is None and not options.keys() & {"authenticator", "private_key_file"}:
        raise UsageError(
            f"{address.shown}: there is no password; set SNOWFLAKE_PASSWORD, or give private_key_file=FILE or "
            "authenticator=externalbrowser in the URL"
        )
    return address
