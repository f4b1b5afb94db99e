"""People who use the desk: what they may do, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do in a scope; each may do what those before may."""

    VIEWER = "viewer"
    STEWARD = "steward"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Role).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role for the resources that `scope`, a glob over URIs, matches."""

    role: Role
    scope: str = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `version` grows with every change of what is known of them; `has_password` is no until they chose one."""

    id: str
    name: str
    grants: tuple[Grant, ...]
    is_active: bool
    has_password: bool
    version: int
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token of the API, without its secret."""

    id: str
    user_id: str
    name: str
    grants: tuple[Grant, ...]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: a person by a session, or one of their tokens. `grants` are what counts now."""

    user: User
    grants: tuple[Grant, ...]
    token: str | None = None

    @property
    def name(self) -> str:
        """As decisions and the audit log name them."""
        return self.user.name
