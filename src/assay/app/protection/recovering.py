"""After an incident: who is told that it is open, and what is left to do until it can be closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from assay.app.protection.incidents import Known
from assay.app.protection.protectapply import to_undo
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.notify import sns
from assay.observers.backed_up import arn_of
from assay.sinks import eventbridge
from assay.store import audit, auditlog, plans
from assay.store.engine import Catalog

NOTIFIES: Calls = sns.CALLS | eventbridge.CALLS
CALLS: Calls = frozenset({"backup.ListRecoveryPointsByResource"})
TOLD = "INCIDENT_TOLD"
_COMPLETED = "COMPLETED"
_MOST = 10_000


class Sent(NamedTuple):
    """A destination, and what became of it: `problem` is empty where it was told, now or before (`is_new`)."""

    to: str
    is_new: bool
    problem: str = ""


def tell(
    session: Session, catalog: Catalog, known: Known, *, topic: str | None, bus: str | None, by: str
) -> list[Sent]:
    """Tells a topic of SNS and a bus of EventBridge that an incident is open, each once: the audit log says whom. A run that is killed
    between telling and writing that down tells once more; a FIFO topic drops that."""
    with catalog.reading() as connection:
        before = auditlog.newest(connection, auditlog.Wanted(action=TOLD), _MOST)
    done = {
        each["details"]["to"]
        for each in before
        if (each["details"]["incident"], each["details"]["of"]) == (known.id, known.opened_at)
    }
    sent = []
    for to, send in ((topic, _to_topic), (bus, _to_bus)):
        if to is None:
            continue
        if to in done:
            sent.append(Sent(to, is_new=False))
            continue
        try:
            problem = send(session, to, known)
        except refusals() as error:
            failure: AwsError = told(error, to)
            problem = failure.detail
        if not problem:
            with catalog.transaction() as connection:
                details = {"incident": known.id, "of": known.opened_at, "to": to}
                audit.append(connection, actor=by, action=TOLD, resource=None, details=details)
        sent.append(Sent(to, is_new=not problem, problem=problem))
    return sent


def _resources(known: Known) -> list[str]:
    details = known.details
    return [*details["buckets"], *details["principals"], *details.get("resources", ())]


def _to_topic(session: Session, topic: str, known: Known) -> str:
    message = (
        f"Incident {known.id[:8]} is {known.state}: {known.details['what']} ({known.details['severity']}, {known.details['source']}).\n"
        f"About: {', '.join(_resources(known))}\nPlan: {known.plan[:8] or 'none'}\nassay protect incident show {known.id[:8]}\n"
    )
    region = parse(topic).region if topic.startswith("arn:") else None
    sns.publish(
        session.client("sns", region), topic, subject=f"assay: incident {known.id[:8]}: {known.details['severity']}", message=message,
        level=str(known.details["severity"]), resource=_resources(known)[0], event=known.id,
    )  # fmt: skip
    return ""


def _to_bus(session: Session, bus: str, known: Known) -> str:
    detail = {
        "incident": known.id, "state": known.state, "what": known.details["what"], "severity": known.details["severity"],
        "source": known.details["source"], "resources": _resources(known), "plan": known.plan,
    }  # fmt: skip
    arns = [arn_of(session, each) for each in _resources(known) if each.startswith(("s3://", "arn:"))]
    event = {"at": known.opened_at, "resources": arns, "detail": detail}
    (problem,) = eventbridge.put(session.client("events"), bus, [event], detail_type="Incident Opened")
    return problem or ""


class Left(NamedTuple):
    """What is left to do, in order: `stage` is done, next or later."""

    name: str
    what: str
    stage: str


def left_of(session: Session, catalog: Catalog, known: Known) -> list[Left]:
    """How to come out of an incident: bring back what is wrong from the newest backups, lift what isolates, close it. Backups that
    cannot be read are told as that."""
    about = [*known.details["buckets"], *known.details.get("resources", ())]
    steps: list[tuple[str, str, bool | None]] = [("restore", _restoring(session, each), None) for each in about]
    if known.plan:
        with catalog.reading() as connection:
            plan = plans.load(connection, known.plan)
        standing = to_undo(catalog, known.plan, plan)
        stand = "one step of its plan stands" if len(standing) == 1 else f"{len(standing)} steps of its plan stand"
        how = f"{stand}: assay protect rollback {known.plan[:8]} --execute"
        steps.append(("lift", how if standing else "nothing of its plan stands", not standing))
        if known.details["principals"]:
            who = ", ".join(known.details["principals"])
            steps.append(("credentials", f"new keys and sessions for {who}, before what denies them is lifted", None))
    is_closed = known.state == "closed"
    how = "it is closed" if is_closed else f"assay protect incident close {known.id[:8]} --reason …"
    steps.append(("close", how, is_closed))
    return _staged(steps)


def _staged(steps: Sequence[tuple[str, str, bool | None]]) -> list[Left]:
    """The first that is seen not to be done is next; what nobody can see is a person's."""
    told_as: list[Left] = []
    is_open = False
    for name, what, done in sorted(steps, key=lambda each: ("restore", "credentials", "lift", "close").index(each[0])):
        stage = "for a person" if done is None else "done" if done else "later" if is_open else "next"
        is_open = is_open or done is False
        told_as.append(Left(name, what, stage))
    return told_as


def _restoring(session: Session, resource: str) -> str:
    """The newest backup of a resource, and how it is brought back."""
    if not resource.startswith(("s3://", "arn:")):
        return f"{resource}: give its ARN to look for its backups"
    arn = arn_of(session, resource)
    region = None if resource.startswith("s3://") else parse(arn).region
    try:
        client = session.client("backup", region)
        found: list[dict[str, Any]] = [
            each
            for each in items(client, "list_recovery_points_by_resource", "RecoveryPoints", ResourceArn=arn)
            if each.get("Status") == _COMPLETED
        ]
    except refusals() as error:
        failure: AwsError = told(error, "Backup")
        return f"{resource}: its backups could not be read: {failure.detail}"
    if not found:
        versions = "; earlier versions of its objects are in the bucket" if resource.startswith("s3://") else ""
        return f"{resource}: AWS Backup has no backup of it{versions}"
    newest = max(found, key=lambda each: each["CreationDate"])
    return (
        f"{resource}: {len(found)} backups, the newest of {newest['CreationDate']:%Y-%m-%d %H:%M} UTC in {newest['BackupVaultName']} "
        f"({newest['RecoveryPointArn']}); look whether it holds first: assay protect restore-test {resource} --execute; then restore it "
        "beside the original, compare, and switch"
    )
