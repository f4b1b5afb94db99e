"""Access for a time: planned as any change, and taken back by the next run after it is over, exactly once, by what the journal has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.app.protection.applying import Maker
from assay.app.protection.protecting import Protection
from assay.errors import UsageError
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal
from assay.model.policydocument import statements_of
from assay.model.protection import ResourceState
from assay.protect.bucketpolicy import LONGEST, size
from assay.protect.protection import COMMAND, LEVEL, Assessed
from assay.protect.s3access import NO_ROOM, PUBLIC, blocks_policies, is_public
from assay.protect.statements import EXPIRES, Grant, account_of, grant_statements, principal_problem, widening
from assay.protectors.s3_statements import CONTROL
from assay.protectors.s3_tls_only import merged
from assay.store import journal
from assay.store.engine import Catalog

_WIDER = "lets in more than it says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A grant that was made and not taken back: the plan that made it, and when it ends."""

    plan: str
    action: Action
    until: datetime


def plan_grant(protection: Protection, resource: str, wanted: Grant, *, at: datetime, by: str, reason: str) -> Plan:
    """The plan of a grant; a person always has to approve it. Raises `UsageError` for what cannot be granted, `AwsError`."""
    problem = principal_problem(wanted.principal)
    if problem:
        raise UsageError(problem)
    if wanted.until <= at:
        raise UsageError("a grant ends after it begins")
    (found,) = protection.assessed([resource])
    if isinstance(found, Refusal):
        raise UsageError(f"{found.resource}: {found.reason}: {found.detail}")
    told = _change(found, wanted, protection.calls.get(CONTROL, frozenset()), reason)
    return Plan(
        command=COMMAND,
        targets=(resource,),
        actions=() if isinstance(told, Refusal) else (told,),
        refusals=(told,) if isinstance(told, Refusal) else (),
        notes={resource: f"{found.subject.level_name}: {found.effective.because}"},
        looked_at=1,
        made_at=at,
        made_by=by,
    )


def _change(found: Assessed, wanted: Grant, calls: frozenset[str], reason: str) -> Planned | Refusal:
    state = found.state
    sets = grant_statements(wanted)
    refusal = statements_refusal(state, sets)
    if refusal is not None:
        return refusal
    after = merged(state.get("policy").value, sets)
    wider = widening(state.get("policy").value, after, wanted)
    if wider:
        return Refusal(resource=state.resource, control=CONTROL, reason=_WIDER, detail=wider)
    until = wanted.until.isoformat(timespec="seconds")
    foreign = account_of(wanted.principal) != state.account
    beside = " of another account: external access, which Access Analyzer will tell of" if foreign else ""
    action = Action(
        resource=state.resource,
        control=CONTROL,
        before=dict.fromkeys(sets),
        after=sets,
        account=state.account,
        calls=calls,
        found={"policy": state.fingerprints["policy"], LEVEL: found.subject.level_name, EXPIRES: until},
        note=f"{wanted.principal}{beside} may {'read and write' if wanted.writes else 'read'} {state.resource}/{wanted.prefix}* "
        f"until {until}{' with a second factor' if wanted.mfa else ''}; a key of KMS has to let it in, too"
        + (f"; {reason}" if reason else ""),
    )
    return Planned(action=action, gate=Gate.REVIEW, because="somebody is let in: a person decides that")


def statements_refusal(state: ResourceState, sets: Mapping[str, Any]) -> Refusal | None:
    """Why statements cannot be put into a bucket's policy; `None` where they can."""

    def refused(reason: str, detail: str) -> Refusal:
        return Refusal(resource=state.resource, control=CONTROL, reason=reason, detail=detail)

    policy = state.get("policy")
    if not policy.is_known:
        return refused(policy.reason, f"its policy could not be read: {policy.detail}")
    taken = [each for each in statements_of(policy.value) if f"statement {each.get('Sid')}" in sets]
    if taken:
        return refused("is there already", f"its policy has a statement {taken[0].get('Sid')}")
    longer = size(merged(policy.value, sets))
    if longer > LONGEST:
        return refused(NO_ROOM, f"its policy would have {longer:,} bytes, and there is room for {LONGEST:,}")
    if blocks_policies(state) and is_public(state):
        detail = "S3 takes no policy for it while it is public and public policies are blocked; take out what makes it public"
        return refused(PUBLIC, detail)
    return None


def standing(catalog: Catalog, account: str) -> list[Standing]:
    """Grants that were made in an account and not taken back, the one that ends first first."""
    with catalog.reading() as connection:
        found = journal.all_standing(connection, [CONTROL], account)
    told = [
        Standing(plan=plan, action=action, until=datetime.fromisoformat(action.found[EXPIRES]))
        for plan, action in found
        if EXPIRES in action.found
    ]
    return sorted(told, key=lambda each: (each.until, each.plan))


def revoke_due(maker: Maker) -> Iterator[Receipt]:
    """Takes back what is over. What another process takes back at the same time it has; what was begun and not ended is settled before."""
    now = maker.now()
    yield from revoke(maker, [each for each in standing(maker.catalog, maker.account) if each.until <= now])


def revoke(maker: Maker, over: Sequence[Standing]) -> Iterator[Receipt]:
    """Takes back these grants, each once."""
    for each in over:
        yield from maker.undo(each.plan, [each.action])
