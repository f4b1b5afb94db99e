"""Plans that the desk makes: of one resource's protection, and of what an incident needs. Nothing is changed by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assay.app.protection import protectsetup
from assay.app.protection.incidents import check_principals, named_by_hand, open_incident, plan_incident
from assay.app.protection.protectasking import protectable
from assay.aws.access import Access
from assay.errors import UsageError
from assay.protect.policyfile import policy_of
from assay.store import plans

if TYPE_CHECKING:
    from assay.app.protection.protecting import Protection
    from assay.app.reviews.desk import Desk
    from assay.model.action import Plan


def plan_protection(desk: Desk, resource: str, *, by: str, access: Access | None = None) -> tuple[str, Plan]:
    """Plans what has to change so that what holds a resource is protected as its level asks for. Returns the plan's id, empty where nothing
    has to change. Raises `AwsError`, `UsageError`, `ConfigError`."""
    target = protectable(resource, None, None) or resource
    made = _protection(desk, access).plan((target,), by=by)
    if not made.actions:
        return "", made
    with desk.catalog.transaction() as connection:
        return plans.keep(connection, made), made


def tell_of_incident(
    desk: Desk,
    resources: Sequence[str],
    principals: Sequence[str],
    *,
    spared: Sequence[str],
    lock: bool,
    by: str,
    reason: str,
    access: Access | None = None,
) -> tuple[str, str]:
    """Opens an incident that somebody tells of, and plans what it needs. Returns its id and that of the plan, empty where nothing is planned.
    Raises `AwsError`, `UsageError`, `ConfigError`."""
    if not (resources or principals):
        raise UsageError("say what it is about: a bucket, another resource, a user or a role")
    incident = named_by_hand(resources, principals, what=reason)
    check_principals(spared)
    made = plan_incident(_protection(desk, access), incident, lock=lock, spared=spared, at=datetime.now(UTC), by=by)
    plan_id, _ = open_incident(desk.catalog, incident, made, by=by, reason=reason)
    return incident.id, plan_id


def _protection(desk: Desk, access: Access | None) -> Protection:
    policy = policy_of(desk.settings.protection)
    return protectsetup.protection_of(desk.catalog, desk.settings, desk.governance, policy, access or Access())
