"""Access for a time: planned as any change, and taken back by the next run after it is over, exactly once, by what the journal has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.app.protection.applying import Maker
from assay.app.protection.protecting import Protection
from assay.aws.arn import parse
from assay.aws.keypolicies import fingerprint_of, policy_of
from assay.aws.keys import key_of
from assay.errors import AwsError, UsageError
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal
from assay.model.policydocument import statements_of
from assay.model.protection import ResourceState
from assay.protect.bucketpolicy import LONGEST, size
from assay.protect.external import noted
from assay.protect.keypolicy import LONGEST as KEY_LONGEST
from assay.protect.ownkeys import NO_KEY
from assay.protect.protection import COMMAND, LEVEL, Assessed
from assay.protect.s3access import NO_ROOM, PUBLIC, blocks_policies, is_public
from assay.protect.s3data import KMS, NOT_SERVED
from assay.protect.statements import (
    EXPIRES,
    Grant,
    account_of,
    grant_statements,
    key_statement,
    key_widening,
    principal_problem,
    widening,
)
from assay.protectors.kms_statements import CONTROL as KEYS
from assay.protectors.kms_statements import SEEN
from assay.protectors.s3_statements import CONTROL
from assay.protectors.s3_tls_only import merged
from assay.store import journal
from assay.store.engine import Catalog

_WIDER = "lets in more than it says"
_THERE = "is there already"
_BECAUSE = "somebody is let in: a person decides that"


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
    told = [_change(found, wanted, protection.calls.get(CONTROL, frozenset()), reason)]
    if isinstance(told[0], Planned):
        of_key = _of_key(protection, found, wanted, reason)
        told += [of_key] if of_key is not None else []
    return Plan(
        command=COMMAND,
        targets=(resource,),
        actions=tuple(each for each in told if isinstance(each, Planned)),
        refusals=tuple(each for each in told if isinstance(each, Refusal)),
        notes={resource: "; ".join(_notes(found))},
        looked_at=1,
        made_at=at,
        made_by=by,
    )


def _notes(found: Assessed) -> Iterator[str]:
    yield f"{found.subject.level_name}: {found.effective.because}"
    outside = noted(found.state)
    if outside:
        yield outside


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
        f"until {until}{' with a second factor' if wanted.mfa else ''}" + (f"; {reason}" if reason else ""),
    )
    return Planned(action=action, gate=Gate.REVIEW, because=_BECAUSE)


def _of_key(protection: Protection, found: Assessed, wanted: Grant, reason: str) -> Planned | Refusal | None:
    """What the key needs that the bucket's objects are encrypted with: `None` where there is none of one's own."""
    state = found.state

    def refused(why: str, detail: str) -> Refusal:
        return Refusal(resource=state.resource, control=KEYS, reason=why, detail=detail)

    setting = state.get("encryption")
    if not setting.is_known:
        return refused(
            setting.reason, f"its encryption could not be read, and so which key has to let it in: {setting.detail}"
        )
    rule = ((setting.value or {}).get("Rules") or [{}])[0].get("ApplyServerSideEncryptionByDefault", {})
    if rule.get("SSEAlgorithm") not in KMS:
        return None
    named, is_foreign = rule.get("KMSMasterKeyID"), account_of(wanted.principal) != state.account
    if not named or "alias/aws/" in named:
        detail = "what is encrypted with AWS's own key no other account can read: its policy is nobody's to change"
        return refused(NOT_SERVED, detail) if is_foreign else None
    try:
        key = key_of(protection.session, str(named), state.region)
        if key.is_aws or not key.is_usable or parse(key.arn).account != state.account:
            whose = (
                "of another account: who has it lets others use it"
                if parse(key.arn).account != state.account
                else key.state
            )
            return None if key.is_aws and not is_foreign else refused(NO_KEY, f"its key {key.arn} is {whose}")
        policy = policy_of(protection.session, key.arn)
    except AwsError as error:
        return refused(error.reason, f"its key {named}, or the policy of that, could not be read: {error.detail}")
    sets = key_statement(wanted, state.region)
    after = merged(policy, sets)
    if any(f"statement {each.get('Sid')}" in sets for each in statements_of(policy)):
        return refused(_THERE, f"the policy of {key.arn} has this statement")
    if size(after) > KEY_LONGEST:
        return refused(
            NO_ROOM, f"the policy of {key.arn} would have {size(after):,} bytes, and there is room for {KEY_LONGEST:,}"
        )
    wider = key_widening(policy, after, wanted, state.region)
    if wider:
        return refused(_WIDER, wider)
    until = wanted.until.isoformat(timespec="seconds")
    action = Action(
        resource=key.arn,
        control=KEYS,
        before=dict.fromkeys(sets),
        after=sets,
        account=state.account,
        calls=protection.calls.get(KEYS, frozenset()),
        found={SEEN: fingerprint_of(policy), LEVEL: found.subject.level_name, EXPIRES: until},
        note=f"{wanted.principal} may use {key.arn} for {state.resource}/{wanted.prefix}*, through S3, until {until}"
        + (f"; {reason}" if reason else ""),
    )
    return Planned(action=action, gate=Gate.REVIEW, because=_BECAUSE)


def statements_refusal(state: ResourceState, sets: Mapping[str, Any]) -> Refusal | None:
    """Why statements cannot be put into a bucket's policy; `None` where they can."""

    def refused(reason: str, detail: str) -> Refusal:
        return Refusal(resource=state.resource, control=CONTROL, reason=reason, detail=detail)

    policy = state.get("policy")
    if not policy.is_known:
        return refused(policy.reason, f"its policy could not be read: {policy.detail}")
    taken = [each for each in statements_of(policy.value) if f"statement {each.get('Sid')}" in sets]
    if taken:
        return refused(_THERE, f"its policy has a statement {taken[0].get('Sid')}")
    longer = size(merged(policy.value, sets))
    if longer > LONGEST:
        return refused(NO_ROOM, f"its policy would have {longer:,} bytes, and there is room for {LONGEST:,}")
    if blocks_policies(state) and is_public(state):
        detail = "S3 takes no policy for it while it is public and public policies are blocked; take out what makes it public"
        return refused(PUBLIC, detail)
    return None


def standing(catalog: Catalog, account: str | None = None) -> list[Standing]:
    """Grants that were made in an account (`None`: in any) and not taken back, the one that ends first first."""
    with catalog.reading() as connection:
        found = journal.all_standing(connection, [CONTROL, KEYS], account)
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
