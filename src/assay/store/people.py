"""People and their tokens in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from assay.errors import ConflictError, UsageError
from assay.model.identity import Grant, Role, Token, User
from assay.store.reviews import time_of
from assay.store.schema.desk import api_tokens, users
from assay.store.schema.steward import user_logins
from assay.store.texts import clean, moment


def called(name: str) -> str:
    """A name as it is looked up."""
    return " ".join(clean(name).split()).casefold()


def add(connection: Connection, user: User, password: str | None = None) -> None:
    """Writes a new person. Raises `UsageError` where the name is taken."""
    try:
        connection.execute(
            insert(users),
            {
                "id": user.id,
                "name": clean(user.name),
                "called": called(user.name),
                "password": password,
                "grants": grants_as_rows(user.grants),
                "status": "active" if user.is_active else "disabled",
                "version": user.version,
                "made_at": moment(user.made_at),
                "made_by": clean(user.made_by),
            },
        )
    except IntegrityError:
        raise UsageError("somebody has that name already; choose another") from None


def everybody(connection: Connection) -> list[User]:
    """All people, by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.called)).mappings()]


def one(connection: Connection, user_id: str) -> User | None:
    """The person of an id."""
    row = connection.execute(select(users).where(users.c.id == user_id)).mappings().one_or_none()
    return None if row is None else _user(row)


def named(connection: Connection, name: str) -> tuple[User, str | None] | None:
    """The person of a name, and the hash of their password."""
    row = connection.execute(select(users).where(users.c.called == called(name))).mappings().one_or_none()
    return None if row is None else (_user(row), row["password"])


def password_of(connection: Connection, user_id: str) -> str | None:
    """The hash of somebody's password."""
    return connection.execute(select(users.c.password).where(users.c.id == user_id)).scalar_one_or_none()


def is_empty(connection: Connection) -> bool:
    """Whether nobody is there who could let others in: no active administrator with a password."""
    asked = select(users).where(users.c.status == "active", users.c.password.is_not(None))
    found = connection.execute(asked).mappings()
    return not any(grant.role is Role.ADMIN for row in found for grant in _user(row).grants)


def change(connection: Connection, was: User, **values: Any) -> None:
    """Changes a person; their sessions end with that. Raises `ConflictError` where somebody else did so meanwhile."""
    same = (users.c.id == was.id) & (users.c.version == was.version)
    done = connection.execute(update(users).where(same).values(version=was.version + 1, **values))
    if done.rowcount != 1:
        raise ConflictError(f"{was.name} was changed by somebody else meanwhile; look again")


def add_token(connection: Connection, token: Token, code: str) -> None:
    """Writes a new token."""
    connection.execute(
        insert(api_tokens),
        {
            "id": token.id,
            "user_id": token.user_id,
            "name": clean(token.name),
            "code": code,
            "grants": grants_as_rows(token.grants),
            "made_at": moment(token.made_at),
            "expires_at": moment(token.expires_at),
        },
    )


def tokens(connection: Connection, user_id: str | None = None) -> list[tuple[Token, str]]:
    """Tokens with the names of their owners, newest first; of one person, or all."""
    asked = select(api_tokens, users.c.name.label("owner")).join(users).order_by(api_tokens.c.made_at.desc())
    if user_id is not None:
        asked = asked.where(api_tokens.c.user_id == user_id)
    return [(_token(row), row["owner"]) for row in connection.execute(asked).mappings()]


def by_token(connection: Connection, code: str, now: datetime) -> tuple[Token, User] | None:
    """The token of a code that holds now, and its owner if they are active."""
    asked = select(api_tokens).where(
        api_tokens.c.code == code, api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > moment(now)
    )
    row = connection.execute(asked).mappings().one_or_none()
    if row is None:
        return None
    owner = one(connection, row["user_id"])
    return (_token(row), owner) if owner is not None and owner.is_active else None


def revoke_token(connection: Connection, token_id: str, now: datetime, user_id: str | None = None) -> Token | None:
    """Ends a token, of one person if given. Returns it; `None` where there is none in effect."""
    of = (api_tokens.c.id == token_id) & api_tokens.c.revoked_at.is_(None)
    if user_id is not None:
        of &= api_tokens.c.user_id == user_id
    row = connection.execute(select(api_tokens).where(of)).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(update(api_tokens).where(of).values(revoked_at=moment(now)))
    return _token(row)


def of_login(connection: Connection, login: str) -> User | None:
    """The person whom an identity provider knows by this."""
    asked = select(users).join(user_logins, user_logins.c.user_id == users.c.id).where(user_logins.c.id == login)
    row = connection.execute(asked).mappings().one_or_none()
    return None if row is None else _user(row)


def by_provider(connection: Connection) -> frozenset[str]:
    """The ids of those whom an identity provider has signed in."""
    return frozenset(connection.execute(select(user_logins.c.user_id)).scalars())


def add_login(connection: Connection, login: str, issuer: str, user_id: str, now: datetime) -> None:
    """Writes by what an identity provider knows somebody."""
    row = {"id": login, "issuer": clean(issuer), "user_id": user_id, "made_at": moment(now)}
    connection.execute(insert(user_logins), row)


def count(connection: Connection) -> int:
    """How many people there are."""
    return int(connection.execute(select(func.count()).select_from(users)).scalar_one())


def grants_as_rows(grants: Sequence[Grant]) -> list[dict[str, str]]:
    """Grants as JSON."""
    return [{"role": str(each.role), "scope": clean(each.scope)} for each in grants]


def grants_of(rows: Sequence[Mapping[str, str]]) -> tuple[Grant, ...]:
    """Grants from JSON."""
    return tuple(Grant(role=Role(row["role"]), scope=row["scope"]) for row in rows)


def _user(row: Mapping[Any, Any]) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        grants=grants_of(row["grants"]),
        is_active=row["status"] == "active",
        has_password=row["password"] is not None,
        version=row["version"],
        made_at=time_of(row["made_at"]),
        made_by=row["made_by"],
    )


def _token(row: Mapping[Any, Any]) -> Token:
    return Token(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        grants=grants_of(row["grants"]),
        made_at=time_of(row["made_at"]),
        expires_at=time_of(row["expires_at"]),
        revoked_at=None if row["revoked_at"] is None else time_of(row["revoked_at"]),
    )
