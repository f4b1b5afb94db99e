"""The account that a plan is of: it is entered by one's own credentials, or by the role of the settings that leads there; never another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from assay.app.permissions import calls_of
from assay.app.protection.applying import OTHER_ACCOUNT
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.s3settings import region_of
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.model.action import Plan


class Entered(NamedTuple):
    """Sessions by the account that they are in, and why others could not be entered."""

    sessions: Mapping[str, Session]
    closed: Mapping[str, AwsError]


def account_of(plan: Plan) -> str:
    """The account that a plan changes; empty where it changes nothing. Raises `UsageError` for one of several, which no command makes."""
    accounts = sorted({planned.action.account for planned in plan.actions})
    if len(accounts) > 1:
        raise UsageError(f"the plan is of several accounts ({', '.join(accounts)}), and one is applied at a time")
    return accounts[0] if accounts else ""


def session_towards(
    access: Access, command: str, roles: Sequence[str], *, account: str = "", bucket: str = ""
) -> Session:
    """A session in an account, or else in that of a bucket, with the calls of a command, by one's own credentials or by a role that leads there;
    one's own where nothing does: it tells what it may not see. Raises `AwsError` where the account cannot be entered."""
    own = Session(access, calls_of(command), adaptive=True)
    if account:
        leads = account == own.account() or any(parse(each).account == account for each in roles)
        return session_in(access, command, account, roles) if leads else own
    for session in (own, *(own.assuming(role, access.external_id) for role in roles)) if bucket else ():
        try:
            # Names are those of all accounts: it answers only where the bucket is of the one that asks.
            region_of(session, bucket, session.account())
        except AwsError as error:
            if error.reason == NOT_FOUND:
                return own
            continue
        return session
    return own


def session_in(access: Access, command: str, account: str, roles: Sequence[str]) -> Session:
    """A session in an account (empty: that of `access`) with the calls of a command. Raises `UsageError` where neither the credentials nor a
    role are of it, `AwsError` where it cannot be entered."""
    own = Session(access, calls_of(command))
    here = own.account()
    if account in ("", here):
        return own
    role = next((each for each in roles if parse(each).account == account), None)
    if role is None:
        raise UsageError(
            f"it is of account {account}, and the credentials of {here}: give --role-arn of a role there, or name one with protect_roles"
        )
    entered = own.assuming(role, access.external_id)
    try:
        found = entered.account()
    except AwsError as error:
        raise AwsError(error.reason, f"{role} cannot be assumed: {error.detail}") from None
    if found != account:
        raise UsageError(f"it is of account {account}, and {role} leads into {found}")
    return entered


def accounts_towards(access: Access, command: str, roles: Sequence[str]) -> list[str]:
    """The account of `access`, and those that roles are of, each once. Raises `AwsError` where nobody says which that of `access` is."""
    own = Session(access, calls_of(command)).account()
    return list(dict.fromkeys([own, *(parse(each).account for each in roles)]))


def enter(access: Access, command: str, roles: Sequence[str], accounts: Iterable[str]) -> Entered:
    """Sessions in these accounts with the calls of a command, each entered once; one that cannot be stops no other."""
    sessions: dict[str, Session] = {}
    closed: dict[str, AwsError] = {}
    for account in dict.fromkeys(accounts):
        try:
            sessions[account] = session_in(access, command, account, roles)
        except AwsError as error:
            closed[account] = error
        except UsageError as error:
            closed[account] = AwsError(OTHER_ACCOUNT, str(error))
    return Entered(sessions, closed)
