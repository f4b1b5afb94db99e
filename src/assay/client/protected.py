"""Plans of protection, incidents, and how far automation goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from assay.client.calls import Calls, part
from assay.client.told import Document, Plan


class Protected(Calls):
    """Plans, incidents and phases."""

    def plans(self) -> Iterator[Document]:
        """Plans, the newest first, each with how much of it is made."""
        return self._pages("/plans")

    def plan(self, plan_id: str) -> Plan:
        """A plan: its actions, what waits and why, who approved it, and how its latest run goes (`run`)."""
        return cast("Plan", self._get(f"/plans/{part(plan_id)}"))

    def approve_plan(self, looked: Plan, reason: str) -> Plan:
        """Approves a plan exactly as it was looked at. Raises `ApiError` 409 where it is another by now."""
        return self._said(looked, "approvals", reason)

    def apply_plan(self, looked: Plan, reason: str, *, max_resources: int = 100) -> Plan:
        """Begins to apply it, with the rights of the server, where no more resources than that would change. Follow it by `plan`."""
        return self._said(looked, "apply", reason, max_resources=max_resources)

    def roll_back_plan(self, looked: Plan, reason: str) -> Plan:
        """Begins to take it back. Follow it by `plan`."""
        return self._said(looked, "rollback", reason)

    def incidents(self, *, state: str = "") -> Iterator[Document]:
        """Incidents, the newest first; `state` is open, contained or closed."""
        return self._pages("/incidents", {"state": state})

    def phases(self) -> Iterator[Document]:
        """Scopes with a phase of their own, how right reviewers found them, and whether they may move up."""
        return self._pages("/phases", paged=False)

    def move_phase(self, scope: str, phase: str, reason: str, *, force: bool = False) -> list[Document]:
        """Moves a scope to a phase; with `force`, by an administrator, although it has not earned that. Gives all scopes."""
        body = {"scope": scope, "phase": phase, "reason": reason, "force": force}
        return cast("list[Document]", self._changed("POST", "/phases", body)["items"])

    def _said(self, looked: Plan, step: str, reason: str, **more: object) -> Plan:
        body = {"digest": looked["digest"], "reason": reason, **more}
        return cast("Plan", self._changed("POST", f"/plans/{part(looked['id'])}/{step}", body))
