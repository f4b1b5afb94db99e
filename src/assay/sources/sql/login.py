"""Logins whose password is had anew for each connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in, and with what; `database` is one that goes with them, empty where none is said."""

    user: str
    password: str = field(repr=False)
    database: str = ""


class Login(Protocol):
    """Gives credentials; it is picklable, and holds none. `hint` is what to check where the server refuses them."""

    @property
    def hint(self) -> str: ...

    def credentials(self) -> Credentials:
        """Those for a connection that is made now. Raises `ReadError`."""
        ...
