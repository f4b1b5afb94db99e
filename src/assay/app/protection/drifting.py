"""What protection made and is no longer so, in the account of the credentials and in those that roles lead to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from assay.app.permissions import calls_of
from assay.app.protection import protectapply as doing
from assay.app.protection.entering import session_in
from assay.app.protection.protectapply import Check, Checked
from assay.app.protection.protecting import PROTECTORS
from assay.app.protection.protectsetup import maker_in
from assay.app.protection.protecttargets import is_meant
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.model.action import Action
from assay.store.engine import Catalog

_COMMAND = "protect verify"


def drifted(
    catalog: Catalog, access: Access, roles: Sequence[str], wanted: Collection[str], *, by: str
) -> list[Checked]:
    """How everything stands that was made of `wanted` (empty: of all). What an account has that cannot be entered is unknown. Raises `AwsError`
    where that of `access` cannot."""
    own = Session(access, calls_of(_COMMAND))
    found: list[Checked] = []
    for account in dict.fromkeys([own.account(), *(parse(each).account for each in roles)]):
        standing = [
            (plan, action)
            for plan, action in doing.standing(catalog, PROTECTORS, account)
            if not wanted or is_meant(action.resource, wanted)
        ]
        if standing:
            found += _of_account(catalog, access, roles, account, standing, by)
    return found


def _of_account(
    catalog: Catalog,
    access: Access,
    roles: Sequence[str],
    account: str,
    standing: Sequence[tuple[str, Action]],
    by: str,
) -> list[Checked]:
    try:
        maker = maker_in(catalog, session_in(access, _COMMAND, account, roles), by)
    except (AwsError, UsageError) as error:
        detail = error.detail if isinstance(error, AwsError) else str(error)
        return [
            Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=detail) for plan, action in standing
        ]
    return [each for plan, action in standing for each in doing.verify(maker, plan, [action])]
