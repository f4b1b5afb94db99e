"""The account that a plan is of: it is entered by one's own credentials, or by the role of the settings that leads there; never another."""

from __future__ import annotations

from collections.abc import Sequence

from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.s3settings import region_of
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.model.action import Plan


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
