"""What goes wrong with databases, told without a word of theirs: their messages quote values."""

from __future__ import annotations

from assay.errors import LostError, ReadError, UsageError
from assay.sources.sql.address import Address


class LoginError(ReadError):
    """A server that does not let this user in, with this password."""

    def __init__(self, detail: str) -> None:
        super().__init__("unreadable", detail)


def lost(detail: str = "the connection was lost, and could not be made again") -> LostError:
    """The error of a connection that is gone."""
    return LostError("lost connection", detail)


def missing(address: Address, package: str, extra: str = "sql") -> UsageError:
    """The error of a driver that is not installed."""
    return UsageError(f"{address.engine}://… is read with {package}: pip install 'assay[{extra}]'")
