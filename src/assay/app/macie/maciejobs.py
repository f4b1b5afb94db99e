"""Classification jobs: what is named is looked up, what it may cost is told, and then it is planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from assay.app.macie.maciework import MacieWork, Wanted
from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.paging import items
from assay.aws.session import Calls, Session
from assay.errors import AwsError, UsageError
from assay.macie.jobs import Job, checked
from assay.macie.prices import Estimate, Holding, Prices, estimate
from assay.macie.translate import PREFIX
from assay.model.action import Plan, Refusal
from assay.protectors import macie_identifiers, macie_jobs

COMMAND = "aws macie job"
RECLASSIFY = "aws macie reclassify"
LIST_COMMAND = "aws macie jobs"
RECLASSIFY_CALLS: Calls = macie_jobs.CALLS | {"macie2.DescribeBuckets"}
LIST_CALLS: Calls = frozenset({"macie2.ListClassificationJobs"})
CALLS: Calls = macie_jobs.CALLS | {
    "macie2.DescribeBuckets",
    "macie2.ListCustomDataIdentifiers",
    "macie2.ListAllowLists",
    "macie2.ListManagedDataIdentifiers",
}
NO_ESTIMATE = "cost unknown"
TOO_DEAR = "too dear"


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a job is to use, by names: identifiers of ours that were made in Macie, or names of others' custom data identifiers,
    and allow lists."""

    identifiers: tuple[str, ...] = ()
    allow_lists: tuple[str, ...] = ()


def with_ids(session: Session, job: Job, named: Named) -> Job:
    """The job with the ids of what is named. Raises `AwsError`, and `UsageError` for a name that Macie does not have."""
    custom: list[str] = []
    if named.identifiers:
        there = macie_identifiers.MacieIdentifiers(session).names()
        for name in named.identifiers:
            ours = f"{PREFIX}{name.upper()}"
            found = [each for each in there if each in (name, ours) or each.startswith(f"{ours}:")]
            if not found:
                made = f"'assay aws macie create-identifiers {name}' makes one"
                raise UsageError(f"Macie has no custom data identifier for '{name}'; {made}")
            custom += [number for each in sorted(found) for number in there[each]]
    lists: list[str] = []
    if named.allow_lists:
        ids = {str(each["name"]): str(each["id"]) for each in _all(session, "list_allow_lists", "allowLists")}
        for name in named.allow_lists:
            if name not in ids:
                raise UsageError(f"Macie has no allow list '{name}'; it has {', '.join(sorted(ids)) or 'none'}")
            lists.append(ids[name])
    if job.managed_ids:
        known = {str(each["id"]) for each in _all(session, "list_managed_data_identifiers", "items")}
        unknown = [each for each in job.managed_ids if each not in known]
        if unknown:
            raise UsageError(f"Macie has no managed data identifier {', '.join(unknown)}")
    return checked(replace(job, custom=tuple(custom), allow_lists=tuple(lists)))


def estimated(session: Session, job: Job, prices: Prices) -> Estimate:
    """What one run over all that is there may cost, by Macie's own count of the buckets. Raises `AwsError`."""
    criteria = {"bucketName": {"eq": list(job.buckets)}} if job.buckets else {}
    told = [each for each in _all(session, "describe_buckets", "buckets", criteria=criteria) if _fits(each, job)]
    holdings = [_holding(each) for each in told]
    missing = sorted({*job.buckets} - {each.bucket for each in holdings})
    return estimate(holdings, prices, sampling=job.sampling, missing=missing, narrowed=list(_narrowed(job)))


def plan_job(work: MacieWork, job: Job, name: str, cost: Estimate | None, *, most: Decimal | None, blind: bool) -> Plan:
    """The plan of one job. It is refused where its cost is not known and nobody said that it need not be (`blind`), or where
    it may be more than `most`. Raises `AwsError`."""
    resource = work.uri(macie_jobs.KIND, name)
    refusal = _refusal(resource, cost, most=most, blind=blind)
    wanted = [] if refusal is not None else [Wanted(name=name, state=job.state, note=_note(job))]
    return work.plan(
        COMMAND,
        macie_jobs.CONTROL,
        macie_jobs.KIND,
        wanted,
        macie_jobs.MacieJobs(work.session).observe,
        calls=macie_jobs.CALLS,
        refusals=[] if refusal is None else [refusal],
    )


def listed(session: Session) -> list[dict[str, Any]]:
    """All jobs, as Macie lists them. Raises `AwsError`."""
    return list(macie_jobs.MacieJobs(session).listed())


def _refusal(resource: str, cost: Estimate | None, *, most: Decimal | None, blind: bool) -> Refusal | None:
    def refused(reason: str, detail: str) -> Refusal:
        return Refusal(resource=resource, control=macie_jobs.CONTROL, reason=reason, detail=detail)

    if cost is None:
        return (
            None if blind else refused(NO_ESTIMATE, "give --no-estimate to make the job without knowing what it costs")
        )
    if most is None:
        return None
    if cost.cost > most:
        return refused(TOO_DEAR, f"it may cost {cost.cost:,} and --max-cost is {most:,}; sample less, or fewer buckets")
    if cost.at_least and not blind:
        return refused(
            NO_ESTIMATE,
            f"it may cost more than {cost.cost:,}: {'; '.join(cost.at_least)}; --no-estimate makes it all the same",
        )
    return None


def _note(job: Job) -> str:
    if not job.schedule:
        return "it runs once, at once"
    first = "first over all that is there, " if job.existing else ""
    return f"it runs {first}then {job.schedule} over what is new or changed, until it is cancelled"


def _narrowed(job: Job) -> Iterable[str]:
    if job.prefixes or job.extensions or job.except_extensions or job.since or job.largest is not None:
        yield "the job looks at some objects only"
    if job.schedule and not job.existing:
        yield "the job begins with what is new or changed"


def _fits(bucket: Mapping[str, Any], job: Job) -> bool:
    """Whether a bucket that Macie describes is one of a job that takes all that fit."""
    if job.buckets:
        return bucket.get("bucketName") in job.buckets
    if bucket.get("bucketName") in job.except_buckets:
        return False
    if job.public and (bucket.get("publicAccess") or {}).get("effectivePermission") != "PUBLIC":
        return False
    tags = {str(each.get("key")): str(each.get("value", "")) for each in bucket.get("tags") or ()}
    return all(_has(tags, wanted) for wanted in job.tags)


def _has(tags: Mapping[str, str], wanted: str) -> bool:
    key, _, value = wanted.partition("=")
    return key in tags and (not value or tags[key] == value)


def _holding(bucket: Mapping[str, Any]) -> Holding:
    code = str(bucket.get("errorCode") or "")
    counted = bucket.get("classifiableSizeInBytes")
    return Holding(
        bucket=str(bucket.get("bucketName")),
        objects=int(bucket.get("classifiableObjectCount") or 0),
        size=int(counted or 0),
        compressed=int(bucket.get("sizeInBytesCompressed") or 0),
        unknown=f"Macie cannot count it ({code})"
        if code
        else ""
        if counted is not None
        else "Macie has not counted it yet",
    )


def _all(session: Session, operation: str, key: str, **parameters: Any) -> Sequence[dict[str, Any]]:
    try:
        return list(items(session.client(SERVICE), operation, key, **parameters))
    except refusals() as error:
        raise macie_error(error, session) from None


def cost_or_why(session: Session, job: Job, prices: Prices) -> tuple[Estimate | None, str]:
    """The estimate, or why there is none."""
    try:
        return estimated(session, job, prices), ""
    except AwsError as error:
        return None, error.detail
