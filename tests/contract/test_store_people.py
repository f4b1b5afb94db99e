"""Signing in, on catalogs of both kinds: links, passwords, lockout, sessions, tokens, and what is audited of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from desks import PASSWORD, quick
from sqlalchemy import select, text

from assay.app.identity import people as peopling
from assay.app.identity.signingin import ALLOWED_FAILURES, IDLE, LONGEST, TOKEN_PREFIX, Door
from assay.errors import ConflictError, SignInError, UsageError
from assay.model.identity import Actor, Grant, Role, User
from assay.store import people
from assay.store.auditlog import Wanted, newest
from assay.store.engine import Catalog
from assay.store.proof import verify
from assay.store.schema.desk import api_tokens, one_time_links, sessions, users

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STEWARD = Grant(role=Role.STEWARD, scope="s3://lake/*")


@pytest.fixture
def door(catalog: Catalog) -> Door:
    return Door(catalog=catalog, passwords=quick())


@pytest.fixture
def ada(door: Door) -> User:
    """The first administrator."""
    secret = door.first_link(NOW)
    assert secret is not None
    return door.accept(secret, name="Ada", password=PASSWORD, now=NOW)


def audited(catalog: Catalog, action: str) -> list[dict[str, object]]:
    with catalog.reading() as connection:
        return newest(connection, Wanted(action=action), 100)


def bob(door: Door, *grants: Grant) -> User:
    user = peopling.add(door.catalog, "Bob", grants or (STEWARD,), by="Ada")
    return door.accept(door.invitation(user, by="Ada", now=NOW), name="", password=PASSWORD, now=NOW)


def test_the_first_link_makes_one_administrator_once(door: Door, ada: User) -> None:
    assert ada.grants == (Grant(role=Role.ADMIN),)
    assert door.first_link(NOW) is None
    (made,) = audited(door.catalog, "USER_MADE")
    assert made["actor"] == "Ada"


def test_a_link_ends_by_use_by_time_and_by_the_next(door: Door) -> None:
    first, second = door.first_link(NOW), door.first_link(NOW)
    assert first is not None
    assert second is not None
    with pytest.raises(SignInError):
        door.accept(first, name="Eve", password=PASSWORD, now=NOW)
    with pytest.raises(SignInError):
        door.accept(second, name="Eve", password=PASSWORD, now=NOW + timedelta(hours=1))
    door.accept(second, name="Ada", password=PASSWORD, now=NOW)
    with pytest.raises(SignInError):
        door.accept(second, name="Eve", password=PASSWORD, now=NOW)


def test_what_is_easily_guessed_is_no_password(door: Door) -> None:
    secret = door.first_link(NOW)
    assert secret is not None
    for password in ("short", "aaaaaaaaaaaaaaaa", "x" * 500, "I am Ada Lovelace", ""):
        with pytest.raises(UsageError):
            door.accept(secret, name="Ada Lovelace", password=password, now=NOW)
    # The link still holds: nobody is locked out by a typing error.
    door.accept(secret, name="Ada", password=PASSWORD, now=NOW)


def test_a_session_is_new_with_each_sign_in_and_ends(door: Door, ada: User) -> None:
    one = door.sign_in("ada", PASSWORD, address="::1", now=NOW)
    two = door.sign_in(" ADA ", PASSWORD, address="::1", now=NOW)
    assert one != two
    there = door.who(one, NOW)
    assert there is not None
    assert there.actor.user == ada
    assert there.csrf not in one
    assert door.who(one, NOW + IDLE) is None
    later = NOW
    while later < NOW + LONGEST - IDLE:
        later += IDLE / 2
        assert door.who(two, later) is not None
    assert door.who(two, NOW + LONGEST) is None
    three = door.sign_in("Ada", PASSWORD, address="::1", now=NOW)
    door.sign_out(three, there.actor)
    assert door.who(three, NOW) is None
    assert [entry["actor"] for entry in audited(door.catalog, "LOGIN")] == ["Ada"] * 3
    assert len(audited(door.catalog, "LOGOUT")) == 1


def test_a_session_is_of_one_person_only(door: Door, ada: User) -> None:
    other = bob(door)
    cookie = door.sign_in("Bob", PASSWORD, address="::1", now=NOW)
    assert door.who(f"{ada.id}.{cookie.partition('.')[2]}", NOW) is None
    with door.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET user_id = :id"), {"id": ada.id})
    assert door.who(cookie, NOW) is None
    assert other.id != ada.id


def test_nothing_that_is_kept_lets_anybody_in(door: Door, ada: User) -> None:
    """Whoever can read the database has neither a password, nor a session, a link or a token."""
    cookie = door.sign_in("Ada", PASSWORD, address="::1", now=NOW)
    link = door.invitation(ada, by="Ada", now=NOW)
    actor = Actor(user=ada, grants=ada.grants)
    _, token = peopling.add_token(
        door.catalog, actor, name="ci", grants=[Grant(role=Role.VIEWER)], days=1, prefix=TOKEN_PREFIX
    )
    with door.catalog.reading() as connection:
        kept = str([connection.execute(select(table)).all() for table in (users, sessions, one_time_links, api_tokens)])
    for secret in (PASSWORD, cookie.partition(".")[2], link, token, token.removeprefix(TOKEN_PREFIX)):
        assert secret not in kept


def test_many_wrong_passwords_keep_the_right_one_out_for_a_while(door: Door, ada: User) -> None:
    for _ in range(ALLOWED_FAILURES):
        with pytest.raises(SignInError) as wrong:
            door.sign_in("Ada", "not this one, either", address="::1", now=NOW)
    with pytest.raises(SignInError) as kept_out:
        door.sign_in("Ada", PASSWORD, address="::1", now=NOW)
    with pytest.raises(SignInError) as nobody:
        door.sign_in("Nobody", PASSWORD, address="::1", now=NOW)
    # It tells nobody who is known here.
    assert str(wrong.value) == str(kept_out.value) == str(nobody.value)
    door.sign_in("Ada", PASSWORD, address="::1", now=NOW + timedelta(minutes=1))
    with pytest.raises(SignInError):
        door.sign_in("Ada", "not this one, either", address="::1", now=NOW + timedelta(minutes=1))
    door.sign_in("Ada", PASSWORD, address="::1", now=NOW + timedelta(minutes=1))
    told = audited(door.catalog, "LOGIN_FAILED")
    reasons = [entry["details"]["reason"] for entry in told]  # type: ignore[index]
    assert reasons == ["wrong password"] * 5 + ["too many tries", "nobody has that name", "wrong password"]
    assert "Nobody" not in str(told), "what was typed as a name may be a password"


def test_a_change_of_rights_ends_sessions_and_two_changes_do_not_mix(door: Door, ada: User) -> None:
    user = bob(door)
    cookie = door.sign_in("Bob", PASSWORD, address="::1", now=NOW)
    by = Actor(user=ada, grants=ada.grants)
    with door.catalog.reading() as connection:
        now = people.one(connection, user.id)
    assert now is not None
    change = {"grants": [Grant(role=Role.VIEWER)], "is_active": True, "by": by}
    peopling.change(door.catalog, user.id, version=now.version, **change)
    assert door.who(cookie, NOW) is None
    with pytest.raises(ConflictError):
        peopling.change(door.catalog, user.id, version=now.version, **change)
    with pytest.raises(UsageError, match="your own rights"):
        peopling.change(door.catalog, ada.id, version=ada.version, **change)
    with pytest.raises(UsageError, match="for everything"):
        peopling.add(door.catalog, "Cid", [Grant(role=Role.ADMIN, scope="s3://lake/*")], by="Ada")
    with pytest.raises(UsageError, match="already"):
        peopling.add(door.catalog, "BOB", [STEWARD], by="Ada")


def test_an_invitation_works_once_and_a_session_is_of_what_was_known_then(door: Door, ada: User) -> None:
    user = peopling.add(door.catalog, "Bob", (STEWARD,), by="Ada")
    link = door.invitation(user, by="Ada", now=NOW)
    door.accept(link, name="", password=PASSWORD, now=NOW)
    with pytest.raises(SignInError):
        door.accept(link, name="", password=PASSWORD + " two", now=NOW)
    cookie = door.sign_in("Bob", PASSWORD, address="::1", now=NOW)
    assert door.who(cookie, NOW) is not None
    with door.catalog.transaction() as connection:
        now = people.one(connection, user.id)
        assert now is not None
        people.change(connection, now, status="active")
    assert door.who(cookie, NOW) is None
    assert ada.is_active


def test_a_token_does_no_more_than_its_owner_may_now(door: Door, ada: User) -> None:
    user = bob(door)
    actor = Actor(user=user, grants=user.grants)
    for wider in (Grant(role=Role.ADMIN), Grant(role=Role.STEWARD), Grant(role=Role.VIEWER, scope="s3://*")):
        with pytest.raises(UsageError, match="more than you"):
            peopling.add_token(door.catalog, actor, name="ci", grants=[wider], days=9, prefix=TOKEN_PREFIX)
    narrow = Grant(role=Role.STEWARD, scope="s3://lake/hr/*")
    token, secret = peopling.add_token(door.catalog, actor, name="ci", grants=[narrow], days=9, prefix=TOKEN_PREFIX)
    there = door.by_token(secret)
    assert there is not None
    assert there.grants == (narrow,)
    assert door.by_token(secret, datetime.now(UTC) + timedelta(days=10)) is None
    assert door.by_token(secret + "x") is None
    with door.catalog.reading() as connection:
        now = people.one(connection, user.id)
    assert now is not None
    by = Actor(user=ada, grants=ada.grants)
    lower = [Grant(role=Role.VIEWER, scope="s3://lake/*")]
    peopling.change(door.catalog, user.id, version=now.version, grants=lower, is_active=True, by=by)
    there = door.by_token(secret)
    assert there is not None
    assert there.grants == (Grant(role=Role.VIEWER, scope="s3://lake/hr/*"),)
    with pytest.raises(UsageError):
        peopling.revoke_token(door.catalog, by, token.id, of_anybody=False)
    peopling.revoke_token(door.catalog, by, token.id, of_anybody=True)
    assert door.by_token(secret) is None


def test_a_disabled_person_is_nobody(door: Door, ada: User) -> None:
    user = bob(door)
    actor = Actor(user=user, grants=user.grants)
    _, secret = peopling.add_token(door.catalog, actor, name="ci", grants=[STEWARD], days=9, prefix=TOKEN_PREFIX)
    link = door.invitation(user, by="Ada", now=NOW)
    with door.catalog.reading() as connection:
        now = people.one(connection, user.id)
    assert now is not None
    by = Actor(user=ada, grants=ada.grants)
    peopling.change(door.catalog, user.id, version=now.version, grants=now.grants, is_active=False, by=by)
    assert door.by_token(secret) is None
    with pytest.raises(SignInError):
        door.sign_in("Bob", PASSWORD, address="::1", now=NOW)
    with pytest.raises(SignInError):
        door.accept(link, name="", password=PASSWORD, now=NOW)


def test_an_administrator_put_in_past_assay_is_found(door: Door, ada: User) -> None:
    assert not verify(door.catalog).problems
    with door.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE users SET called = 'eve'"))
        connection.execute(text("DELETE FROM record_touched"))
    assert any("users '" in problem.what for problem in verify(door.catalog).problems)
    assert ada.is_active
