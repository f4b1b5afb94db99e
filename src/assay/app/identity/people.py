"""People who use the desk: who may do what, and tokens for programs. Every change is audited."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from assay.errors import ConflictError, UsageError
from assay.model.identity import Actor, Grant, Role, Token, User
from assay.review.rights import both, checked, everywhere
from assay.store import audit, people, signins
from assay.store.engine import Catalog

LONGEST_DAYS = 365
_LONGEST_NAME = 100


def said_name(name: str) -> str:
    """A person's name as it is kept: `ada`, `Ada Lovelace`, an e-mail address. Raises `UsageError`."""
    text = " ".join(name.split())
    if not text:
        raise UsageError("a person needs a name")
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise UsageError(f"a name has at most {_LONGEST_NAME} characters, all of them printable")
    if text.casefold() in ("assay", "somebody"):
        raise UsageError("that name stands for the program itself in the audit log; choose another")
    return text


def new_user(name: str, grants: Iterable[Grant], *, by: str, now: datetime | None = None) -> User:
    """A person who is not kept yet. Raises `UsageError` for a name or grants that are none."""
    return User(
        id=secrets.token_hex(16),
        name=said_name(name),
        grants=checked(grants),
        is_active=True,
        has_password=False,
        version=1,
        made_at=now or datetime.now(UTC),
        made_by=by,
    )


def add(catalog: Catalog, name: str, grants: Iterable[Grant], *, by: str) -> User:
    """Adds somebody, who has no password yet. Raises `UsageError`, `ReviewError`."""
    user = new_user(name, grants, by=by)
    with catalog.transaction() as connection:
        people.add(connection, user)
        details = {"user": user.id, "name": user.name}
        after = people.grants_as_rows(user.grants)
        audit.append(connection, actor=by, action="USER_MADE", details=details, after=after)
    return user


def change(
    catalog: Catalog, user_id: str, *, version: int, grants: Iterable[Grant], is_active: bool, by: Actor
) -> None:
    """Changes what somebody may do; their sessions end. Raises `UsageError`, `ConflictError`."""
    kept = checked(grants)
    with catalog.transaction() as connection:
        was = people.one(connection, user_id)
        if was is None:
            raise UsageError("there is no such person")
        if was.version != version:
            raise ConflictError(f"{was.name} was changed by somebody else meanwhile; look again")
        if was.id == by.user.id and not (is_active and everywhere(kept, Role.ADMIN)):
            raise UsageError("you cannot take your own rights away; another administrator can")
        people.change(connection, was, grants=people.grants_as_rows(kept), status="active" if is_active else "disabled")
        signins.end_all(connection, was.id)
        audit.append(
            connection,
            actor=by.name,
            action="USER_CHANGED",
            details={"user": was.id, "name": was.name},
            before={"grants": people.grants_as_rows(was.grants), "active": was.is_active},
            after={"grants": people.grants_as_rows(kept), "active": is_active},
        )
        # Last: the log is written by one at a time, and whoever took these rights before has ended by now.
        me = people.one(connection, by.user.id)
        if me is None or not me.is_active or not everywhere(me.grants, Role.ADMIN):
            raise UsageError("you are no administrator any more; look again")


def add_token(
    catalog: Catalog, actor: Actor, *, name: str, grants: Iterable[Grant], days: int, prefix: str
) -> tuple[Token, str]:
    """A new token and its secret, which is told this once. Raises `UsageError` for more than its owner may."""
    title = " ".join(name.split())
    if not title or len(title) > _LONGEST_NAME or not title.isprintable():
        raise UsageError(f"a token has a name of at most {_LONGEST_NAME} printable characters: what it is for")
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"a token holds for 1 to {LONGEST_DAYS} days")
    wanted = checked(grants)
    if not set(wanted) <= set(both(wanted, actor.grants)):
        raise UsageError("a token cannot do more than you can; choose a role and a scope that are yours")
    now = datetime.now(UTC)
    token = Token(
        id=secrets.token_hex(16),
        user_id=actor.user.id,
        name=title,
        grants=wanted,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    secret = prefix + secrets.token_urlsafe(32)
    with catalog.transaction() as connection:
        people.add_token(connection, token, signins.code_of(connection, "token", secret))
        details = {"token": token.id, "name": title, "expires": token.expires_at.isoformat()}
        after = people.grants_as_rows(wanted)
        audit.append(connection, actor=actor.name, action="TOKEN_MADE", details=details, after=after)
    return token, secret


def revoke_token(catalog: Catalog, actor: Actor, token_id: str, *, of_anybody: bool) -> None:
    """Ends a token, one's own or with `of_anybody` anybody's. Raises `UsageError` where there is none."""
    with catalog.transaction() as connection:
        owner = None if of_anybody else actor.user.id
        ended = people.revoke_token(connection, token_id, datetime.now(UTC), owner)
        if ended is None:
            raise UsageError("there is no such token in effect")
        details = {"token": ended.id, "name": ended.name, "user": ended.user_id}
        audit.append(connection, actor=actor.name, action="TOKEN_REVOKED", details=details)
