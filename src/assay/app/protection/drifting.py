"""What protection made and is no longer so, in the account of the credentials and in those that roles lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from assay.app.protection import protectapply as doing
from assay.app.protection.entering import accounts_towards, enter
from assay.app.protection.protectapply import Check, Checked
from assay.app.protection.protecting import PROTECTORS
from assay.app.protection.protectsetup import maker_in
from assay.app.protection.protecttargets import is_meant
from assay.aws.access import Access
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
    accounts = accounts_towards(access, _COMMAND, roles)
    standing = [
        (plan, action)
        for plan, action in doing.standing(catalog, PROTECTORS)
        if not wanted or is_meant(action.resource, wanted)
    ]
    of_each = {account: [each for each in standing if each[1].account == account] for account in accounts}
    entered = enter(access, _COMMAND, roles, (account for account in accounts if of_each[account]))
    found: list[Checked] = []
    for account, of_it in of_each.items():
        if account in entered.closed:
            found += [_unknown(plan, action, entered.closed[account].detail) for plan, action in of_it]
        elif of_it:
            maker = maker_in(catalog, entered.sessions[account], by)
            found += [each for plan, action in of_it for each in doing.verify(maker, plan, [action])]
    doing.record_gone(catalog, found, by=by)
    others = [(plan, action) for plan, action in standing if action.account not in accounts]
    if not wanted:
        return Drifted(found, Counter(action.account for _, action in others))
    # What has no account in its name is meant where the credentials are, or a role leads.
    nowhere = "neither the credentials nor a role of protect_roles lead into account {}"
    named = [(plan, action) for plan, action in others if action.resource in wanted]
    return Drifted([*found, *(_unknown(plan, action, nowhere.format(action.account)) for plan, action in named)], {})


def _unknown(plan: str, action: Action, detail: str) -> Checked:
    return Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=detail)
