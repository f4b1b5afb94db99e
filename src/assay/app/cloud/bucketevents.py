"""Has buckets tell of their changes: planned, applied with the journal, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assay.app.protection.applying import Maker
from assay.errors import AwsError, UsageError
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal
from assay.protect.plan import Change, plan_of
from assay.protectors.s3_events import CALLS, CONTROL, EVENTBRIDGE, EVENTS, S3Events, to_queue
from assay.store import journal, plans
from assay.store.engine import Catalog

COMMAND = "aws setup-events"


@dataclass(frozen=True, kw_only=True)
class BucketEvents:
    """What sets it up in an account, for `by`, and keeps what it did in the journal of the catalog."""

    catalog: Catalog
    events: S3Events
    account: str
    by: str

    def plan(self, buckets: Sequence[str], queue: str | None) -> Plan:
        """What has to change so that each bucket tells EventBridge, or with `queue`, an ARN, that queue."""
        name, wanted = (EVENTBRIDGE, True) if queue is None else (to_queue(queue), sorted(EVENTS))
        changes = ((f"s3://{bucket}", self._change(f"s3://{bucket}", name, wanted)) for bucket in buckets)
        return plan_of(changes, command=COMMAND, targets=buckets, at=datetime.now(UTC), by=self.by)

    def apply(self, plan: Plan) -> tuple[str, list[Receipt]]:
        """Makes all of it, as whoever called the command has asked. Returns the plan's id."""
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
            plans.approve(connection, plan_id, by=self.by, at=datetime.now(UTC), reason="asked for by name")
        return plan_id, list(self._maker().apply(plan_id, plan.actions))

    def made(self, buckets: Sequence[str]) -> Iterator[tuple[str, Action]]:
        """What was set up for these buckets and not taken back, the last first, each with its plan.

        Raises `UsageError` for a bucket of which nothing was.
        """
        for bucket in buckets:
            with self.catalog.reading() as connection:
                found = journal.standing(connection, f"s3://{bucket}", CONTROL)
            if not found:
                raise UsageError(f"{bucket}: nothing was set up by this catalog that is there still")
            yield from found

    def undo(self, made: Sequence[tuple[str, Action]]) -> list[Receipt]:
        """Takes it back."""
        return [receipt for plan_id, action in made for receipt in self._maker().undo(plan_id, [action])]

    def _maker(self) -> Maker:
        return Maker(catalog=self.catalog, protectors={CONTROL: self.events}, account=self.account, by=self.by)

    def _change(self, resource: str, name: str, wanted: object) -> Change:
        try:
            found = self.events.observe(resource)
        except AwsError as error:
            return Change(refusal=Refusal(resource=resource, control=CONTROL, reason=error.reason, detail=error.detail))
        if found.get(name) == wanted:
            return Change(note="tells its events so already")
        action = Action(
            resource=resource,
            account=self.account,
            control=CONTROL,
            before={name: found.get(name)},
            after={name: wanted},
            calls=CALLS,
            control_ids=("S3.11",),
        )
        return Change(planned=Planned(action=action, gate=Gate.REVIEW, because="a person asks for it"))
