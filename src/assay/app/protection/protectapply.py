"""Approved plans are applied, verified, and taken back; what was applied is looked at again for drift."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from assay.app.protection.applying import DIFFERS, Maker, left_to_undo, unknown_control
from assay.app.protection.protecttargets import known_of
from assay.aws.failures import NOT_FOUND
from assay.errors import AwsError, UsageError
from assay.model import Level
from assay.model.action import Action, Outcome, Plan, Planned, Receipt, State
from assay.protect.protection import HOSTS, LEVEL, Waiting, may_be_made
from assay.protectors import alarms, iam_quarantine
from assay.store import audit, auditlog, journal, plans
from assay.store.auditlog import Wanted
from assay.store.engine import Catalog

_THREADS = 8
_BESIDE = frozenset({alarms.CONTROL})
"""What lies beside a resource, and stays when that goes."""
_SILENT = frozenset({iam_quarantine.CONTROL})
"""What reads as not made where its resource is not there, too: whether that is so is asked where it is not as it was made."""
_DONE = (Outcome.APPLIED, Outcome.UNCHANGED)
_MOST_TOLD = 100_000
GONE = "PROTECTED_RESOURCE_GONE"
RAISED = "its level is known to be higher now"


class Check(StrEnum):
    """How something stands that was applied. What could not be seen is `unknown`, and never `ok`; what it was made of is `gone` only where the
    service itself says so."""

    OK = "ok"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An action that was looked at again: `now` is what was read of what it wants (`None`: not read)."""

    plan: str
    action: Action
    check: Check
    now: State | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What of a plan may be made now, and what waits for whom."""

    chosen: tuple[Planned, ...]
    waiting: tuple[Waiting, ...]


def ready(catalog: Catalog, plan_id: str, plan: Plan, *, second: Level | None) -> Ready:
    """What of a kept plan may be made. Raises `UsageError` where it is another than it was kept or approved as, or was taken back."""
    with catalog.reading() as connection:
        agreed = plans.approvals(connection, plan_id)
        digest = plans.digest_of(connection, plan_id)
        entries = journal.of_plan(connection, plan_id)
    if plan.digest != digest or any(each.digest != digest for each in agreed):
        raise UsageError(f"plan {plan_id[:8]} is not as it was shown: it was changed in the catalog; plan it again")
    if any(entry.outcome is Outcome.UNDONE for entry in entries):
        raise UsageError(f"plan {plan_id[:8]} was taken back; plan it again")
    chosen, waiting = may_be_made(plan, len({each.by for each in agreed}), second=second)
    raised = {planned.action.resource for planned in chosen if _is_raised(catalog, planned)}
    return Ready(
        chosen=tuple(each for each in chosen if each.action.resource not in raised),
        waiting=(
            *waiting,
            *(
                Waiting(planned=each, because=f"{RAISED}: plan it again")
                for each in chosen
                if each.action.resource in raised
            ),
        ),
    )


def check_as_applied(catalog: Catalog, plan_id: str, plan: Plan) -> None:
    """Raises `UsageError` where something was made by a kept plan that is no longer in it: neither can that be verified by it, nor taken back."""
    with catalog.reading() as connection:
        made = {entry.action for entry in journal.of_plan(connection, plan_id)}
    if not made <= {planned.action.id for planned in plan.actions}:
        raise UsageError(
            f"plan {plan_id[:8]} is not as it was applied: it was changed in the catalog, which has to be brought back from a backup"
        )


def _is_raised(catalog: Catalog, planned: Planned) -> bool:
    """Whether more is known of a resource now than when it was planned."""
    told = planned.action.found.get(LEVEL)
    if told is None:
        return False
    judged = known_of(catalog, planned.action.resource, planned.action.found.get(HOSTS, "").split()).judged
    if judged is None:
        return False
    return told not in list(Level) or judged.level.rank > max(Level(told).rank, Level.UNCLASSIFIED.rank)


def verify(maker: Maker, plan: str, actions: Sequence[Action]) -> Iterator[Checked]:
    """Reads back what these actions want, each as it is now."""
    with ThreadPoolExecutor(_THREADS) as threads:
        yield from threads.map(lambda action: _checked(maker, plan, action), actions)


def _checked(maker: Maker, plan: str, action: Action) -> Checked:
    if action.account != maker.account:
        detail = f"it is of account {action.account}, and the credentials of {maker.account}"
        return Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=detail)
    if action.control not in maker.protectors:
        return Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=unknown_control(action))
    now: State | None = None
    try:
        now = maker.protectors[action.control].read_back(action)
        is_gone = action.control in _BESIDE and maker.is_gone(action.resource)
    except AwsError as error:
        is_gone = error.reason == NOT_FOUND and _is_gone(maker, action.resource)
        if not is_gone:
            return Checked(plan=plan, action=action, check=Check.UNKNOWN, now=None, detail=error.detail)
    other = sorted(name for name in action.after if now is None or now.get(name) != action.after[name])
    if is_gone or now is None or (other and action.control in _SILENT and _is_gone(maker, action.resource)):
        detail = f"account {maker.account} has none of that name any more"
        return Checked(plan=plan, action=action, check=Check.GONE, now=now, detail=detail)
    if not other:
        return Checked(plan=plan, action=action, check=Check.OK, now=now)
    return Checked(
        plan=plan, action=action, check=Check.DIFFERS, now=now, detail=f"{', '.join(other)}: not as it was made"
    )


def _is_gone(maker: Maker, resource: str) -> bool:
    try:
        return maker.is_gone(resource)
    except AwsError:
        return False


def record_gone(catalog: Catalog, checked: Iterable[Checked], *, by: str) -> None:
    """Writes into the audit log which resources are gone, each once for each plan, whoever saw it first."""
    seen = {(each.plan, each.action.resource) for each in checked if each.check is Check.GONE}
    if not seen:
        return
    with catalog.transaction() as connection:
        audit.hold(connection)
        told = auditlog.newest(connection, Wanted(action=GONE), _MOST_TOLD)
        for plan, resource in sorted(seen - {(each["details"].get("plan"), each["resource"]) for each in told}):
            audit.append(connection, actor=by, action=GONE, resource=resource, details={"plan": plan})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Resources on which a plan did not hold when it was read back, each with why."""

    resources: Mapping[str, str]


def failed_of(receipts: Sequence[Receipt], checked: Sequence[Checked], actions: Mapping[str, Action]) -> Failed:
    """Where what was made is not so: by what was read back at once, and when all was made. What is unknown is not failed."""
    told: dict[str, str] = {}
    for receipt in receipts:
        if receipt.outcome is Outcome.FAILED and receipt.reason == DIFFERS:
            told.setdefault(actions[receipt.action].resource, receipt.detail)
    for each in checked:
        if each.check is Check.DIFFERS:
            told.setdefault(each.action.resource, each.detail)
    return Failed(resources=told)


def made_of(receipts: Sequence[Receipt], actions: Mapping[str, Action]) -> list[Action]:
    """The actions that are so now, as receipts tell."""
    return [actions[receipt.action] for receipt in receipts if receipt.outcome in _DONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of applying: receipts of all that was tried, how what was made stands when all was made, and the resources on which
    it did not hold, what was made of which is taken back."""

    receipts: tuple[Receipt, ...]
    checked: tuple[Checked, ...]
    failed: Failed

    @property
    def unseen(self) -> list[Checked]:
        """What was made and could not be seen again: what went away meanwhile, too."""
        return [each for each in self.checked if each.check in (Check.UNKNOWN, Check.GONE)]


def carry_out(
    maker: Maker,
    plan_id: str,
    plan: Plan,
    chosen: Sequence[Planned],
    *,
    tell: Callable[[Iterable[Receipt]], list[Receipt]] = list,
    warn: Callable[[Mapping[str, str]], None] = lambda _failed: None,
    prove: Callable[[], Mapping[str, str]] = dict,
) -> Done:
    """Makes these actions of a kept plan, reads them back once more when all are made, and takes back what does not hold. `tell` is
    given the receipts as they come, `warn` the resources that are about to be taken back, each with why. `prove` tells of resources on
    which what was made does not hold otherwise than by what is read back."""
    actions = {planned.action.id: planned.action for planned in plan.actions}
    receipts = tell(maker.apply(plan_id, chosen))
    checked = tuple(verify(maker, plan_id, made_of(receipts, actions)))
    record_gone(maker.catalog, checked, by=maker.by)
    failed = Failed(resources={**prove(), **failed_of(receipts, checked, actions).resources})
    if failed.resources:
        warn(failed.resources)
        tell(maker.undo(plan_id, to_undo(maker.catalog, plan_id, plan, list(failed.resources))))
    return Done(receipts=tuple(receipts), checked=checked, failed=failed)


def to_undo(catalog: Catalog, plan_id: str, plan: Plan, resources: Sequence[str] | None = None) -> list[Action]:
    """What of a plan was made and can be taken back, in the order in which it was made."""
    with catalog.reading() as connection:
        left = left_to_undo(plan, journal.of_plan(connection, plan_id))
    return [action for action in left if resources is None or action.resource in resources]


def stays(catalog: Catalog, plan_id: str, plan: Plan) -> list[Action]:
    """What of a plan was made and cannot be taken back."""
    with catalog.reading() as connection:
        entries = journal.of_plan(connection, plan_id)
    applied = {entry.action for entry in entries if entry.outcome is Outcome.APPLIED}
    return [each.action for each in plan.actions if each.action.id in applied and not each.action.reversible]


def standing(catalog: Catalog, controls: Sequence[str], account: str | None = None) -> list[tuple[str, Action]]:
    """What protection has made of the resources of an account (`None`: of all) and not taken back, the newest of each part of each, with its
    plan."""
    with catalog.reading() as connection:
        found = journal.all_standing(connection, controls, account)
    seen: set[tuple[str, str, str]] = set()
    told = []
    for plan, action in found:
        parts = {(action.resource, action.control, name) for name in action.after}
        # What a later plan made otherwise is no drift from the earlier one.
        if not parts & seen:
            told.append((plan, action))
        seen |= parts
    return told
