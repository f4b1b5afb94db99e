"""What protection made and is no longer so, in the account of the credentials and in those that roles lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

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


class Drifted(NamedTuple):
    """How what was made stands, and how much was made in accounts that nothing leads into, by account: of that nothing is known."""

    checked: list[Checked]
    elsewhere: Mapping[str, int]


def drifted(catalog: Catalog, access: Access, roles: Sequence[str], wanted: Collection[str], *, by: str) -> Drifted:
    """How everything stands that was made of `wanted` (empty: of all). What an account has that cannot be entered is unknown, and so is what
    somebody asks for by name in one that nothing leads into. Raises `AwsError` where that of `access` cannot be entered."""
    own = Session(access, calls_of(_COMMAND))
    accounts = dict.fromkeys([own.account(), *(parse(each).account for each in roles)])
    standing = [
        (plan, action)
        for plan, action in doing.standing(catalog, PROTECTORS)
        if not wanted or is_meant(action.resource, wanted)
    ]
    found: list[Checked] = []
    for account in accounts:
        of_it = [(plan, action) for plan, action in standing if action.account == account]
        if of_it:
            found += _of_account(catalog, access, roles, account, of_it, by)
    doing.record_gone(catalog, found, by=by)
    others = [(plan, action) for plan, action in standing if action.account not in accounts]
    if not wanted:
        return Drifted(found, Counter(action.account for _, action in others))
    # What has no account in its name is meant where the credentials are, or a role leads.
    nowhere = "neither the credentials nor a role of protect_roles lead into account {}"
    named = [(plan, action) for plan, action in others if action.resource in wanted]
    return Drifted([*found, *(_unknown(plan, action, nowhere.format(action.account)) for plan, action in named)], {})


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
        return [_unknown(plan, action, detail) for plan, action in standing]
    return [each for plan, action in standing for each in doing.verify(maker, plan, [action])]


def _unknown(plan: str, action: Action, detail: str) -> Checked:
    return Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=detail)
