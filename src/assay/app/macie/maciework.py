"""Changes of Macie's configuration: planned against what is there, shown, applied with the journal, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.app.protection.applying import Maker, left_to_undo
from assay.aws.session import Calls, Session
from assay.errors import ActionError, AwsError, UsageError
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal, State
from assay.ports import Protector
from assay.protect.plan import Change, plan_of
from assay.protectors import macie_export, macie_filters, macie_identifiers, macie_jobs, macie_session
from assay.protectors.macie import uri_of
from assay.store import journal, plans
from assay.store.engine import Catalog

UNDO_COMMAND = "aws macie undo"
DIFFERS = "is there, and is another"
UNDO_CALLS: Calls = frozenset().union(
    macie_session.CALLS - {"macie2.EnableMacie"},
    macie_session.UNDO_CALLS,
    macie_identifiers.CALLS - {"macie2.CreateCustomDataIdentifier"},
    macie_identifiers.UNDO_CALLS,
    macie_jobs.CALLS - {"macie2.CreateClassificationJob"},
    macie_jobs.UNDO_CALLS,
    macie_export.CALLS,
    macie_filters.CALLS,
)
CALLS = UNDO_CALLS


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A thing as it has to be; `state` is `None` for one that has to go. `changes` says that one that is there and is another
    may be changed into it; `note` is for people."""

    name: str
    state: Mapping[str, Any] | None
    note: str = ""
    breaks: str = ""
    changes: bool = False
    reversible: bool = True


@dataclass(frozen=True, kw_only=True)
class MacieWork:
    """Plans and applies in one account and region, for `by`, with the journal of the catalog."""

    catalog: Catalog
    session: Session
    account: str
    by: str

    @property
    def protectors(self) -> dict[str, Protector]:
        """What changes Macie, by control."""
        return {
            macie_session.CONTROL: macie_session.MacieSession(self.session),
            macie_identifiers.CONTROL: macie_identifiers.MacieIdentifiers(self.session),
            macie_jobs.CONTROL: macie_jobs.MacieJobs(self.session),
            macie_export.CONTROL: macie_export.MacieExport(self.session),
            macie_filters.CONTROL: macie_filters.MacieFilters(self.session),
        }

    def uri(self, kind: str, name: str = "") -> str:
        """What a thing is called in plans."""
        return uri_of(self.account, self.session.region or "", kind, name)

    def plan(
        self,
        command: str,
        control: str,
        kind: str,
        wanted: Iterable[Wanted],
        observe: Callable[[str], Mapping[str, Any] | None],
        *,
        calls: Calls,
        refusals: Iterable[Refusal] = (),
    ) -> Plan:
        """The plan of what has to be made, changed or taken out. Raises `AwsError` where Macie is not enabled."""
        changes: list[tuple[str, Change]] = []
        for each in wanted:
            resource = self.uri(kind, each.name)
            changes.append((resource, self._change(resource, control, each, observe, calls)))
        changes += [(each.resource, Change(refusal=each)) for each in refusals]
        targets = [f"{self.account}/{self.session.region}"]
        return plan_of(changes, command=command, targets=targets, at=datetime.now(UTC), by=self.by)

    def apply(self, plan: Plan) -> tuple[str, list[Receipt]]:
        """Makes all of a plan that a person has approved. Returns the plan's id."""
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
            plans.approve(connection, plan_id, by=self.by, at=datetime.now(UTC), reason="--yes")
        return plan_id, list(self._maker().apply(plan_id, plan.actions))

    def settle(self) -> list[Receipt]:
        """Looks at what an earlier run began and left behind."""
        return list(self._maker().settle())

    def made(self, given: str) -> tuple[str, list[Action]]:
        """What a plan made and nobody has taken back. Raises `UsageError` for a plan that changed nothing of Macie."""
        with self.catalog.reading() as connection:
            plan_id = plans.find(connection, given)
            plan = plans.load(connection, plan_id)
            entries = journal.of_plan(connection, plan_id)
        if not plan.command.startswith("aws macie"):
            raise UsageError(
                f"plan {plan_id[:8]} is of '{plan.command}', which takes back its own; see 'assay aws plans'"
            )
        return plan_id, left_to_undo(plan, entries)

    def undo(self, plan_id: str, made: list[Action]) -> list[Receipt]:
        """Takes it back, the last first."""
        return list(self._maker().undo(plan_id, made))

    def _maker(self) -> Maker:
        return Maker(catalog=self.catalog, protectors=self.protectors, account=self.account, by=self.by)

    def _change(
        self,
        resource: str,
        control: str,
        wanted: Wanted,
        observe: Callable[[str], Mapping[str, Any] | None],
        calls: Calls,
    ) -> Change:
        def refused(reason: str, detail: str) -> Change:
            return Change(refusal=Refusal(resource=resource, control=control, reason=reason, detail=detail))

        try:
            found = observe(resource)
        except (AwsError, ActionError) as error:
            return refused(error.reason, error.detail)
        if (found is None and wanted.state is None) or (found is not None and dict(found) == dict(wanted.state or {})):
            return Change(note="so already" if wanted.state is not None else "not there")
        if found is not None and wanted.state is not None and not wanted.changes:
            other = sorted(name for name in {*found, *wanted.state} if found.get(name) != wanted.state.get(name))
            return refused(
                DIFFERS, f"{', '.join(other)}: another than wanted; give it another name, or take out what is there"
            )
        before, after = _both(found, wanted.state)
        action = Action(
            resource=resource,
            control=control,
            before=before,
            after=after,
            account=self.account,
            calls=calls,
            reversible=wanted.reversible,
            breaks=wanted.breaks,
            note=wanted.note,
        )
        return Change(planned=Planned(action=action, gate=Gate.REVIEW, because="a person asks for it"))


def _both(found: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> tuple[State, State]:
    """Before and after, of all that either has."""
    names = dict.fromkeys((*(wanted or {}), *(found or {})))
    before = {name: (found or {}).get(name) for name in names}
    after = {name: (wanted or {}).get(name) for name in names}
    return before, after
