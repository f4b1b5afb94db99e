"""What a plan does, why, what may stop working and who decides, in sentences that need no knowledge of controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assay.model import Level
from assay.model.action import Gate, Plan, Planned, Refusal
from assay.protect.protection import LEVEL, in_the_way, left_to_people
from assay.report.planpage.money import together
from assay.report.printable import counted

_NAMED = 3
_REASONS = 4
DOES: Mapping[str, str] = {
    "kms_key": "A key of one's own is made in KMS",
    "kms_rotation": "The key gets new material every year by itself",
    "kms_statements": "Who may decrypt with the key is narrowed in its policy",
    "backup_role": "AWS Backup gets a role to work with",
    "backup_vault": "A vault for backups is made",
    "backup_plan": "A schedule for backups is made",
    "backup_join": "It is backed up on a schedule",
    "cloudtrail_trail": "A trail that records who reads and writes is made",
    "data_events": "Who reads and writes it is recorded",
    "s3_log_bucket": "A bucket that takes logs of access is made",
    "s3_tls_only": "Requests without TLS are denied",
    "s3_statements": "Who may read or delete is narrowed in the bucket's policy",
    "s3_public_access_block": "Nothing in it can be public any more",
    "s3_acls_off": "Access control lists of single objects stop to count",
    "s3_encryption": "What is written from now on is encrypted with another key",
    "s3_versioning": "What is overwritten or deleted is kept as an older version",
    "s3_lifecycle": "Old versions, or uploads that were never finished, are removed after some time",
    "s3_logging": "Each access is written to a log",
    "s3_events": "Changes of objects are told as events",
    "s3_request_metrics": "Requests are counted",
    "dynamodb_recovery": "The table can be brought back to any moment of its last days",
    "dynamodb_deletion_protection": "The table cannot be deleted by mistake",
    "dynamodb_encryption": "The table is encrypted with another key",
    "dynamodb_insights": "It is counted which items of the table are asked for most",
    "ebs_default_key": "New volumes are encrypted with another key",
    "ebs_default_encryption": "New volumes are encrypted",
    "ebs_snapshot_private": "Not everybody may make volumes of the snapshot any more",
    "ebs_snapshot_block": "Snapshots of volumes cannot be made public",
    "rds_copy_tags": "Snapshots of the database get its tags",
    "rds_deletion_protection": "The database cannot be deleted by mistake",
    "rds_log_exports": "Logs of the database go to CloudWatch",
    "rds_backups": "Backups of the database are kept for longer",
    "rds_iam_authentication": "Users can sign in to the database with IAM instead of a password",
    "rds_private": "The database loses its public address",
    "rds_snapshot_private": "Not everybody may restore the snapshot any more",
    "alarms": "An alarm is raised when requests or errors are unusual",
    "iam_quarantine": "It is denied everything, in every service, at once",
    "evidence_bucket": "A bucket for evidence is made, of which nothing can be removed",
    "evidence": "A copy is kept as evidence",
    "rds_migration": "The database is replaced by an encrypted copy",
    "rds_cluster_migration": "The cluster is replaced by an encrypted copy",
    "ebs_migration": "The volume is replaced by an encrypted copy",
    "s3_object_tags": "Objects get tags that tell how sensitive they are",
    "s3_bucket_tags": "Buckets get tags that tell how sensitive their content is",
    "dynamodb_tags": "Tables get tags that tell how sensitive they are",
    "rds_tags": "Databases get tags that tell how sensitive they are",
    "ebs_tags": "Volumes get tags that tell how sensitive they are",
    "lf_tags": "Columns in Lake Formation get tags that tell how sensitive they are",
    "glue_tags": "Columns in the Glue catalog get parameters that tell how sensitive they are",
    "macie_session": "Macie is switched on",
    "macie_export": "Macie keeps its results in a bucket",
    "macie_identifiers": "Macie gets identifiers of one's own",
    "macie_filters": "Findings of Macie are filtered",
    "macie_jobs": "Macie looks through buckets",
    "rds_export": "A snapshot is exported to be looked through",
}
"""What each protector does, as the first half of a sentence; the resources follow."""


def plan_in_words(plan: Plan) -> tuple[str, ...]:
    """Sentences on a plan, the most important first. They hold nothing that the plan itself does not tell."""
    if not plan.actions:
        told = f"Nothing has to change: {counted(plan.looked_at, 'resource')} looked at."
        return (told if plan.looked_at else "Nothing is planned: no resource was looked at.", *_not_planned(plan))
    return (_summary(plan), *_does(plan.actions), *_risks(plan.actions), *_decides(plan.actions), *_not_planned(plan))


def some(names: Sequence[str], most: int = _NAMED) -> str:
    """Names, and how many more.

    >>> some(["a", "b"])
    'a and b'
    >>> some(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    shown = list(dict.fromkeys(names))
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most:,} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"


def _summary(plan: Plan) -> str:
    resources = {planned.action.resource: planned.action.found.get(LEVEL, "") for planned in plan.actions}
    levels = Counter(level for level in resources.values() if level in set(Level))
    ordered = sorted(levels.items(), key=lambda each: -Level(each[0]).rank)
    told = f"{counted(len(plan.actions), 'change')} of {counted(len(resources), 'resource')}"
    if ordered:
        told += f"; what lies there is {', '.join(f'{level} in {number:,}' for level, number in ordered)}"
    return f"{told}."


def _does(actions: Sequence[Planned]) -> Iterator[str]:
    by_control: dict[str, list[str]] = {}
    for planned in actions:
        by_control.setdefault(planned.action.control, []).append(planned.action.resource)
    for control, resources in by_control.items():
        yield f"{DOES.get(control, control.replace('_', ' ').capitalize())}: {some(resources)}."


def _risks(actions: Sequence[Planned]) -> Iterator[str]:
    breaking: dict[str, list[str]] = {}
    for planned in actions:
        if planned.action.breaks:
            breaking.setdefault(planned.action.breaks, []).append(planned.action.resource)
    for number, (breaks, resources) in enumerate(breaking.items()):
        if number == _REASONS:
            yield f"{len(breaking) - _REASONS:,} more things may stop working; each change tells its own."
            break
        yield f"May stop working ({some(resources)}): {breaks.rstrip('.')}."
    if not breaking:
        yield "Nothing is known that would stop working."
    for_good = [planned.action.resource for planned in actions if not planned.action.reversible]
    if for_good:
        yield f"Cannot be taken back: {counted(len(for_good), 'change')}, of {some(for_good)}."
    else:
        yield "All of it can be taken back."
    if money := together(planned.action.cost for planned in actions):
        yield f"It costs {money}."


def _decides(actions: Sequence[Planned]) -> Iterator[str]:
    gates = Counter(planned.gate for planned in actions)
    if alone := gates[Gate.APPLY]:
        yield f"{counted(alone, 'change')} may be made without anybody's approval."
    if watched := gates[Gate.APPLY_AND_WATCH]:
        yield f"{counted(watched, 'change')} may be made without approval, and {'is' if watched == 1 else 'are'} watched afterwards."
    waiting = [planned for planned in actions if planned.gate is Gate.REVIEW]
    if waiting:
        because = [each for each, _ in Counter(planned.because for planned in waiting).most_common()]
        verb = "waits" if len(waiting) == 1 else "wait"
        yield f"{counted(len(waiting), 'change')} {verb} until a person approves: {_joined(because)}."


def _not_planned(plan: Plan) -> Iterator[str]:
    if refused := in_the_way(plan):
        yield f"Not planned, although asked for: {_refusals(refused)}."
    if by_hand := left_to_people(plan):
        yield f"For people to do, or left alone: {_refusals(by_hand)}."


def _refusals(refusals: Sequence[Refusal]) -> str:
    return _joined([f"{each.control.replace('_', ' ')} of {each.resource} ({each.reason})" for each in refusals])


def _joined(reasons: Sequence[str]) -> str:
    told = "; ".join(each.rstrip(".") for each in reasons[:_REASONS])
    return f"{told}; and {len(reasons) - _REASONS:,} more" if len(reasons) > _REASONS else told
