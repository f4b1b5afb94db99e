"""What a grant allows: a role counts for the resources of its scope, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.errors import UsageError
from assay.model.identity import Grant, Role
from assay.model.review import Decision, Scope
from assay.review.scopes import check_scope, matches, within

EVERYTHING = "*"


def may(grants: Iterable[Grant], role: Role, resource: str) -> bool:
    """Whether any of these lets its holder act in a role on a resource."""
    return any(each.role.rank >= role.rank and matches(each.scope, resource) for each in grants)


def anywhere(grants: Iterable[Grant], role: Role) -> bool:
    """Whether any of these gives a role at all, in whatever scope."""
    return any(each.role.rank >= role.rank for each in grants)


def everywhere(grants: Iterable[Grant], role: Role) -> bool:
    """Whether any of these gives a role for all resources."""
    return any(each.role.rank >= role.rank and each.scope == EVERYTHING for each in grants)


def scopes(grants: Iterable[Grant], role: Role) -> tuple[str, ...]:
    """The globs of what somebody may act on in a role; just `*` where that is everything."""
    found = tuple(dict.fromkeys(each.scope for each in grants if each.role.rank >= role.rank))
    return (EVERYTHING,) if EVERYTHING in found else found


def may_decide(grants: Iterable[Grant], decision: Decision) -> bool:
    """Whether a decision on what lies in somebody's scopes holds for nothing beyond them: one value wherever it is, and resources
    of a glob, may lie elsewhere."""
    given = tuple(grants)
    if everywhere(given, Role.STEWARD):
        return True
    if decision.scope is Scope.VALUE:
        return False
    return decision.path is None or any(within(decision.path, scope) for scope in scopes(given, Role.STEWARD))


def both(grants: Sequence[Grant], of_owner: Sequence[Grant]) -> tuple[Grant, ...]:
    """What a token may do: what it says, as far as its owner still may. Of two scopes the narrower counts; two of which
    neither lies in the other give nothing."""
    met = []
    for own in grants:
        for upper in of_owner:
            role = min(own.role, upper.role, key=lambda each: each.rank)
            if within(own.scope, upper.scope):
                met.append(Grant(role=role, scope=own.scope))
            elif within(upper.scope, own.scope):
                met.append(Grant(role=role, scope=upper.scope))
    return tuple(dict.fromkeys(met))


def checked(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The grants as they are kept. Raises `ReviewError` for a scope that is none, `UsageError` for an administrator of a
    part."""
    kept = tuple(dict.fromkeys(Grant(role=each.role, scope=check_scope(each.scope)) for each in grants))
    if not kept:
        raise UsageError("somebody without any role can do nothing; give at least one")
    if any(each.role is Role.ADMIN and each.scope != EVERYTHING for each in kept):
        raise UsageError("an administrator is one for everything; give a steward's or viewer's role for a part")
    return kept
