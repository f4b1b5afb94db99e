"""Signing in: one-time links, passwords, sessions and tokens. Every sign-in, and every one that is refused, is audited."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from assay.app.identity.passwords import Passwords, check
from assay.app.identity.people import new_user, said_name
from assay.errors import SignInError, UsageError
from assay.model.identity import Actor, Grant, Role, User
from assay.review.rights import both
from assay.store import audit, people, signins
from assay.store.engine import Catalog
from assay.store.texts import canonical

if TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST_LINK = timedelta(hours=1)
INVITATION = timedelta(days=3)
IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
ALLOWED_FAILURES = 5
NOBODY = "somebody"
"""Who the audit log says was refused, where it is not known: what was typed as a name may be a password."""

_SEEN_EVERY = timedelta(minutes=1)
_FORGOTTEN_AFTER = timedelta(hours=1)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)
_WRONG = "the name or the password is wrong, or there were too many tries; wait a few minutes before you try again"
_DISABLED = "you may not sign in here any more; ask your administrator"
_NAME_TAKEN = "somebody else has your name here already, or it is none; ask your administrator"
_SPENT = "this link has been used, or its time is up; ask for a new one"
TOKEN_PREFIX = "assay_"  # noqa: S105  # how tokens begin, so that they are known where they leak


class SignedIn(NamedTuple):
    """Who is there by a session, and the token that their forms have to send."""

    actor: Actor
    csrf: str


@dataclass(frozen=True, kw_only=True)
class Door:
    """Lets people in. `passwords` hashes; the clock is a parameter of every method."""

    catalog: Catalog
    passwords: Passwords

    def first_link(self, now: datetime | None = None) -> str | None:
        """The secret of a link that makes the first administrator; `None` where there is one. Earlier links end."""
        with self.catalog.transaction() as connection:
            if not people.is_empty(connection):
                return None
            return _link(connection, None, (now or _now()) + FIRST_LINK)

    def invitation(self, user: User, *, by: str, now: datetime | None = None) -> str:
        """The secret of a link by which somebody chooses a (new) password."""
        with self.catalog.transaction() as connection:
            audit.append(connection, actor=by, action="USER_INVITED", details={"name": user.name, "user": user.id})
            return _link(connection, user.id, (now or _now()) + INVITATION)

    def invited(self, secret: str, now: datetime | None = None) -> User | None:
        """Whom a link is for, `None` for the first administrator. Raises `SignInError` for a link that does not hold."""
        with self.catalog.reading() as connection:
            code = signins.code_of(connection, "link", secret)
            return _meant(connection, signins.link(connection, code, now or _now()))

    def accept(self, secret: str, *, name: str, password: str, now: datetime | None = None) -> User:
        """Uses a link: makes the first administrator, called `name`, or gives the invited their password. Raises
        `SignInError` for a link that does not hold, `UsageError` for a name or a password that is none."""
        at = now or _now()
        user = self.invited(secret, at)
        called = said_name(name) if user is None else user.name
        check(password, called)
        hashed = self.passwords.hash(password)
        with self.catalog.transaction() as connection:
            code = signins.code_of(connection, "link", secret)
            if not signins.use_link(connection, code):
                raise SignInError(_SPENT)
            if user is None:
                if not people.is_empty(connection):
                    raise SignInError(_SPENT)
                user = new_user(called, (Grant(role=Role.ADMIN),), by=called, now=at)
                people.add(connection, user, hashed)
                action = "USER_MADE"
            else:
                people.change(connection, user, password=hashed)
                signins.forget_failures(connection, user.id)
                signins.end_all(connection, user.id)
                action = "PASSWORD_SET"
            audit.append(connection, actor=user.name, action=action, details={"user": user.id, "by": "one-time link"})
            kept = people.one(connection, user.id)
        return kept or user

    def sign_in(self, name: str, password: str, *, address: str, now: datetime | None = None) -> str:
        """The cookie of a new session. Raises `SignInError`, which says nothing of what was wrong."""
        at = now or _now()
        with self.catalog.transaction() as connection:
            known = people.named(connection, name)
            kept_out = known is not None and _counted(connection, known[0], at)
        hashed = known[1] if known is not None and known[0].is_active and not kept_out else None
        right = self.passwords.holds(hashed, password)
        if known is None or not right:
            self._refused(known[0] if known is not None else None, address, kept_out=kept_out)
            raise SignInError(_WRONG)
        user = known[0]
        better = self.passwords.hash(password) if hashed is not None and self.passwords.is_old(hashed) else None
        secret = secrets.token_urlsafe(32)
        with self.catalog.transaction() as connection:
            signins.forget_failures(connection, user.id)
            version = user.version
            if better is not None:
                people.change(connection, user, password=better)
                version += 1
            session = signins.Session(user.id, version, at, at, at + LONGEST)
            signins.begin(connection, signins.code_of(connection, "session", user.id, secret), session)
            audit.append(connection, actor=user.name, action="LOGIN", details={"address": address, "user": user.id})
        return f"{user.id}.{secret}"

    def sign_in_by(
        self,
        *,
        issuer: str,
        subject: str,
        name: str,
        grants: tuple[Grant, ...],
        address: str,
        now: datetime | None = None,
    ) -> str:
        """The cookie of a new session of somebody whom an identity provider knows; they may do from now on what it says. Raises
        `SignInError` for somebody who is disabled, or has the name of another here."""
        at = now or _now()
        login = hashlib.sha256(canonical([issuer, subject]).encode()).hexdigest()
        with self.catalog.transaction() as connection:
            user = people.of_login(connection, login)
            if user is None:
                try:
                    user = new_user(name, grants, by=issuer, now=at)
                    people.add(connection, user)
                except UsageError:
                    raise SignInError(_NAME_TAKEN) from None
                people.add_login(connection, login, issuer, user.id, at)
                details = {"user": user.id, "name": user.name, "by": issuer}
                after = people.grants_as_rows(user.grants)
                audit.append(connection, actor=user.name, action="USER_MADE", details=details, after=after)
            elif not user.is_active:
                raise SignInError(_DISABLED)
            version = user.version
            if user.grants != grants:
                people.change(connection, user, grants=people.grants_as_rows(grants))
                signins.end_all(connection, user.id)
                version += 1
                audit.append(
                    connection,
                    actor=user.name,
                    action="USER_CHANGED",
                    details={"user": user.id, "name": user.name, "by": issuer},
                    before={"grants": people.grants_as_rows(user.grants)},
                    after={"grants": people.grants_as_rows(grants)},
                )
            secret = secrets.token_urlsafe(32)
            session = signins.Session(user.id, version, at, at, at + LONGEST)
            signins.begin(connection, signins.code_of(connection, "session", user.id, secret), session)
            details = {"address": address, "user": user.id, "by": issuer}
            audit.append(connection, actor=user.name, action="LOGIN", details=details)
        return f"{user.id}.{secret}"

    def not_signed_in(self, reason: str, *, address: str) -> None:
        """Audits that an identity provider's sign-in was not one."""
        with self.catalog.transaction() as connection:
            details = {"reason": reason, "address": address}
            audit.append(connection, actor=NOBODY, action="LOGIN_FAILED", details=details)

    def who(self, cookie: str, now: datetime | None = None) -> SignedIn | None:
        """Who has this session, `None` where it is over or was never begun."""
        at = now or _now()
        user_id, dot, secret = cookie.partition(".")
        if not dot:
            return None
        with self.catalog.reading() as connection:
            code = signins.code_of(connection, "session", user_id, secret)
            session = signins.found(connection, code)
            user = None if session is None else people.one(connection, session.user_id)
            csrf = signins.code_of(connection, "csrf", user_id, secret)
        if session is None or user is None or not user.is_active or user.id != user_id:
            return None
        if session.user_version != user.version or at >= session.expires_at or at >= session.seen_at + IDLE:
            return None
        if at >= session.seen_at + _SEEN_EVERY:
            with self.catalog.transaction() as connection:
                signins.seen(connection, code, at)
        return SignedIn(Actor(user=user, grants=user.grants), csrf)

    def by_token(self, secret: str, now: datetime | None = None) -> Actor | None:
        """Who has this token of the API."""
        if not secret.startswith(TOKEN_PREFIX):
            return None
        with self.catalog.reading() as connection:
            found = people.by_token(connection, signins.code_of(connection, "token", secret), now or _now())
        if found is None:
            return None
        token, owner = found
        return Actor(user=owner, grants=both(token.grants, owner.grants), token=token.id)

    def sign_out(self, cookie: str, actor: Actor) -> None:
        """Ends a session."""
        user_id, _, secret = cookie.partition(".")
        with self.catalog.transaction() as connection:
            signins.end(connection, signins.code_of(connection, "session", user_id, secret))
            audit.append(connection, actor=actor.name, action="LOGOUT", details={"user": actor.user.id})

    def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Gives somebody a new password, which ends all their sessions. Raises `UsageError`, `SignInError`."""
        with self.catalog.transaction() as connection:
            hashed = people.password_of(connection, actor.user.id)
            kept_out = _counted(connection, actor.user, _now())
        if kept_out or not self.passwords.holds(hashed, old):
            raise SignInError("the present password is wrong, or there were too many tries; wait a few minutes")
        check(new, actor.name)
        fresh = self.passwords.hash(new)
        with self.catalog.transaction() as connection:
            people.change(connection, actor.user, password=fresh)
            signins.forget_failures(connection, actor.user.id)
            signins.end_all(connection, actor.user.id)
            audit.append(connection, actor=actor.name, action="PASSWORD_SET", details={"user": actor.user.id})

    def denied(self, actor: Actor | None, *, what: str, resource: str | None, address: str) -> None:
        """Audits that somebody was refused something."""
        details = {"what": what, "address": address}
        if actor is not None:
            details |= {"user": actor.user.id} | ({"token": actor.token} if actor.token is not None else {})
        with self.catalog.transaction() as connection:
            audit.append(
                connection,
                actor=NOBODY if actor is None else actor.name,
                action="ACCESS_DENIED",
                resource=resource,
                details=details,
            )

    def _refused(self, user: User | None, address: str, *, kept_out: bool) -> None:
        if user is None:
            reason = "nobody has that name"
        elif kept_out:
            reason = "too many tries"
        elif not user.is_active:
            reason = "disabled"
        else:
            reason = "wrong password"
        with self.catalog.transaction() as connection:
            audit.append(
                connection,
                actor=NOBODY if user is None else user.name,
                action="LOGIN_FAILED",
                details={"reason": reason, "address": address} | ({} if user is None else {"user": user.id}),
            )


def _meant(connection: Connection, told: tuple[str | None] | None) -> User | None:
    if told is None:
        raise SignInError(_SPENT)
    (user_id,) = told
    if user_id is None:
        return None
    user = people.one(connection, user_id)
    if user is None or not user.is_active:
        raise SignInError(_SPENT)
    return user


def _link(connection: Connection, user_id: str | None, until: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    signins.add_link(connection, signins.code_of(connection, "link", secret), user_id, until)
    return secret


def _counted(connection: Connection, user: User, at: datetime) -> bool:
    """Counts a try before the password is looked at, so that many at once are many. True where they are kept out."""
    noted = signins.failures(connection, user.id)
    if noted.until is not None and at < noted.until:
        return True
    is_old = noted.last_at is None or at - noted.last_at > _FORGOTTEN_AFTER
    number = 1 if is_old else noted.number + 1
    wait = None
    if number >= ALLOWED_FAILURES:
        wait = min(_FIRST_WAIT * 2 ** min(number - ALLOWED_FAILURES, 10), _LONGEST_WAIT)
    signins.note_failure(connection, user.id, number, at, wait)
    return False


def _now() -> datetime:
    return datetime.now(UTC)
