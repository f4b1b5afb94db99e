"""Connections that are encrypted, or not made: a token and a password travel over them as they are."""

from __future__ import annotations

from dataclasses import replace

from assay.errors import UsageError
from assay.sources.sql.address import Address

# https://www.postgresql.org/docs/current/libpq-ssl.html: what encrypts always.
_MODES = ("require", "verify-ca", "verify-full")


def with_tls(address: Address) -> Address:
    """The address, encrypted at least. With a file of authorities the server's certificate and its name are checked, too.

    Raises `UsageError` where the options ask for less.
    """
    options = dict(address.options)
    if address.engine in ("postgresql", "redshift"):
        mode = options.setdefault("sslmode", "verify-full" if "sslrootcert" in options else "require")
        if mode not in _MODES:
            raise UsageError(
                f"{address.shown}: sslmode={mode}: a login must be encrypted; give one of {', '.join(_MODES)}"
            )
    elif "ssl_ca" in options:
        options.setdefault("ssl_verify_identity", "1")
    return replace(address, options=tuple(sorted(options.items())), is_encrypted=True)
