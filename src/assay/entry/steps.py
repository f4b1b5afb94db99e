"""The steps of workflows of AWS Step Functions (`assay.protect.workflow`), each a call of the function: the same code as everywhere.

An event is `{"assay": "step", "do": …}`. Those of protection need `ASSAY_PROTECT`; with `plan` they change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from assay.app.protection import protectapply as doing
from assay.app.protection.applying import BUSY
from assay.app.protection.protecting import PROTECTORS, Protection
from assay.app.protection.protectwatch import Watch
from assay.app.retry import RetryError
from assay.aws.failures import TRANSIENT
from assay.errors import UsageError
from assay.model.action import CHANGED, Outcome, Plan
from assay.protect.points import NOT_SETTLED
from assay.protect.protection import Assessed, may_be_made, plan_of
from assay.protect.workflow import FAMILIES, family_of
from assay.store import plans

_GOOD = (Outcome.APPLIED, Outcome.UNCHANGED)
_PASSING = TRANSIENT | {BUSY, CHANGED, NOT_SETTLED}


def protected(watch: Watch, event: Mapping[str, Any]) -> dict[str, Any]:
    """A step of protection. Raises `UsageError` for one that there is not, `RetryError` where it may succeed later, and `AssayError`."""
    step = _STEPS.get(str(event.get("do")))
    if step is None:
        raise UsageError(f"there is no such step; there are {', '.join(_STEPS)}")
    resource = event.get("resource")
    if not isinstance(resource, str) or not resource:
        raise UsageError("a step needs a resource, such as s3://lake")
    return step(watch, resource, event)


def _judge(watch: Watch, resource: str, _event: Mapping[str, Any]) -> dict[str, Any]:
    """By which level a resource is protected, and what may happen to it without a person."""
    each = _assessed(watch.looks.protecting(), resource)
    return {"level": each.subject.level_name, "gate": str(each.gate), "because": each.effective.because}


def _protect(watch: Watch, resource: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Makes what of one branch may be made without a person; the rest waits in a plan."""
    family = event.get("family")
    if family not in FAMILIES:
        raise UsageError(f"a step of protection needs a family: {', '.join(FAMILIES)}")
    looks = watch.looks
    protection = looks.protecting()
    assessed = _assessed(protection, resource)
    whole = plan_of(
        [assessed], protection.calls, targets=[assessed.subject.resource], at=datetime.now(UTC), by=looks.by
    )
    actions = tuple(each for each in whole.actions if family_of(each.action.control) == family)
    late = [each.reason for each in whole.refusals if family_of(each.control) == family and each.reason in _PASSING]
    if late:
        raise RetryError(late[0], counts=True)
    plan: Plan = replace(whole, actions=actions, refusals=())
    told: dict[str, Any] = {"family": family, "applied": 0, "failed": 0, "waiting": len(actions), "plan": None}
    if not actions:
        return told
    with looks.catalog.transaction() as connection:
        plan_id = plans.keep(connection, plan)
    ready, waiting = may_be_made(plan, 0, second=looks.second)
    if not looks.execute or looks.calendar.closed(looks.now()):
        return told | {"plan": plan_id}
    done = doing.carry_out(looks.maker, plan_id, plan, ready)
    passing = [each.reason for each in done.receipts if each.outcome not in _GOOD and each.reason in _PASSING]
    if passing:
        raise RetryError(passing[0], counts=True)
    bad = sum(each.outcome not in _GOOD for each in done.receipts) + len(done.failed.resources)
    applied = sum(each.outcome is Outcome.APPLIED for each in done.receipts)
    return told | {"plan": plan_id, "applied": applied, "failed": bad, "waiting": len(waiting)}


def _validate(watch: Watch, resource: str, _event: Mapping[str, Any]) -> dict[str, Any]:
    """Reads back whether all that was ever made of it is so."""
    named = _assessed(watch.looks.protecting(), resource).subject.resource
    maker = watch.looks.maker
    standing = doing.standing(watch.catalog, PROTECTORS, maker.account)
    checked = [
        each for plan, action in standing if action.resource == named for each in doing.verify(maker, plan, [action])
    ]
    doing.record_gone(watch.catalog, checked, by=maker.by)
    return {str(check): sum(each.check is check for each in checked) for check in doing.Check}


def _report(watch: Watch, resource: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the branches did, in one, with what is not as it was made."""
    branches = event.get("branches")
    if not isinstance(branches, list) or not all(isinstance(each, Mapping) for each in branches):
        raise UsageError("a report needs what the branches did")
    told: dict[str, Any] = {
        name: sum(int(each.get(name, 0)) for each in branches) for name in ("applied", "failed", "waiting")
    }
    told["plans"] = sorted({str(each["plan"]) for each in branches if each.get("plan")})
    return {"resource": resource, **told, **_validate(watch, resource, event)}


def _assessed(protection: Protection, resource: str) -> Assessed:
    """Raises `RetryError` where it cannot be seen now, `UsageError` where it cannot at all."""
    (found,) = protection.assessed(protection.resources([resource]))
    if isinstance(found, Assessed):
        return found
    if found.reason in _PASSING:
        raise RetryError(found.reason, counts=True)
    raise UsageError(f"{found.resource}: {found.detail or found.reason}")


_STEPS: Mapping[str, Callable[[Watch, str, Mapping[str, Any]], dict[str, Any]]] = {
    "judge": _judge,
    "protect": _protect,
    "validate": _validate,
    "report": _report,
}
