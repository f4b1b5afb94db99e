"""Classification jobs: what a person asks for, as Macie's API takes it, and back from how Macie describes a job.

https://docs.aws.amazon.com/macie/latest/APIReference/jobs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.errors import UsageError
from assay.macie import limits

SELECTORS = ("recommended", "all", "none", "include", "exclude")
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
LIVING = frozenset({"RUNNING", "IDLE", "PAUSED", "USER_PAUSED"})
"""States of a job that can be cancelled."""
_LAST_DAY = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job is to do. `account` owns the `buckets`; without buckets it takes those that fit `except_buckets`, `tags` and
    `public` whenever it runs.

    `schedule` is empty for once, `daily`, `weekly:MONDAY` or `monthly:15`. `existing` says whether a scheduled job begins with
    all that is there. `managed` is one of `SELECTORS`, `managed_ids` what is included or excluded; `custom` and `allow_lists`
    are ids in Macie. `since` is a time as ISO 8601.
    """

    account: str
    buckets: tuple[str, ...] = ()
    except_buckets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    public: bool = False
    prefixes: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    except_extensions: tuple[str, ...] = ()
    since: str = ""
    largest: int | None = None
    schedule: str = ""
    existing: bool = True
    sampling: int = 100
    managed: str = "recommended"
    managed_ids: tuple[str, ...] = ()
    custom: tuple[str, ...] = ()
    allow_lists: tuple[str, ...] = ()

    @property
    def state(self) -> dict[str, Any]:
        """What it does, without what is so by itself: what a plan shows, and what is compared with Macie's description."""
        told: dict[str, Any] = {
            "runs": self.schedule or "once",
            "buckets": sorted(self.buckets),
            "all but": sorted(self.except_buckets),
            "tagged": sorted(self.tags),
            "public": self.public,
            "keys below": sorted(self.prefixes),
            "extensions": sorted(self.extensions),
            "without extensions": sorted(self.except_extensions),
            "changed since": self.since,
            "at most bytes": self.largest,
            "what is there first": bool(self.schedule) and self.existing,
            "sampling percent": self.sampling,
            "managed identifiers": " ".join((self.managed, *sorted(self.managed_ids))),
            "custom identifiers": sorted(self.custom),
            "allow lists": sorted(self.allow_lists),
        }
        return {name: value for name, value in told.items() if value not in ("", [], None, False)}


def checked(job: Job) -> Job:
    """The job, if Macie can take it. Raises `UsageError` that says what is wrong."""
    if job.buckets and (job.except_buckets or job.tags or job.public):
        raise UsageError("a job has either the buckets that are named, or all that fit; leave out one of the two")
    for what, given, most in (
        ("buckets", job.buckets, limits.MOST_BUCKETS),
        ("custom identifiers", job.custom, limits.MOST_IDENTIFIERS_IN_JOB),
        ("allow lists", job.allow_lists, limits.MOST_ALLOW_LISTS_IN_JOB),
    ):
        if len(given) > most:
            raise UsageError(f"a job takes at most {most:,} {what}, and these are {len(given):,}")
    if (job.managed in ("include", "exclude")) != bool(job.managed_ids):
        raise UsageError("managed identifiers are named with include: and exclude:, and only there")
    if job.managed == "none" and not job.custom:
        raise UsageError("with no managed identifiers and none of ours a job looks for nothing; name some")
    _frequency(job.schedule)
    return job


def request_of(job: Job, *, name: str, token: str) -> dict[str, Any]:
    """The parameters of `create_classification_job`. `token` makes the same request the same job."""
    definition: dict[str, Any] = (
        {"bucketDefinitions": [{"accountId": job.account, "buckets": list(job.buckets)}]}
        if job.buckets
        else {"bucketCriteria": _criteria(job)}
    )
    scoping = _scoping(job)
    request: dict[str, Any] = {
        "clientToken": token,
        "name": name,
        "jobType": "SCHEDULED" if job.schedule else "ONE_TIME",
        "s3JobDefinition": definition | ({"scoping": scoping} if scoping else {}),
        "samplingPercentage": job.sampling,
        "managedDataIdentifierSelector": job.managed.upper(),
    }
    if job.schedule:
        request |= {"scheduleFrequency": _frequency(job.schedule), "initialRun": job.existing}
    for key, given in (
        ("managedDataIdentifierIds", job.managed_ids),
        ("customDataIdentifierIds", job.custom),
        ("allowListIds", job.allow_lists),
    ):
        if given:
            request[key] = list(given)
    return request


def job_of(described: Mapping[str, Any]) -> Job:
    """The job that Macie describes."""
    definition = described.get("s3JobDefinition") or {}
    defined = definition.get("bucketDefinitions") or ()
    criteria = definition.get("bucketCriteria") or {}
    scoping = definition.get("scoping") or {}
    includes, excludes = (scoping.get(key) or {} for key in ("includes", "excludes"))
    sampling = described.get("samplingPercentage")
    return Job(
        account=str(defined[0]["accountId"]) if defined else "",
        buckets=tuple(bucket for each in defined for bucket in each.get("buckets") or ()),
        except_buckets=tuple(_values(criteria.get("excludes"), "simpleCriterion", "S3_BUCKET_NAME")),
        tags=tuple(_tags(criteria.get("includes"))),
        public="PUBLIC" in _values(criteria.get("includes"), "simpleCriterion", "S3_BUCKET_EFFECTIVE_PERMISSION"),
        prefixes=tuple(_values(includes, "simpleScopeTerm", "OBJECT_KEY")),
        extensions=tuple(_values(includes, "simpleScopeTerm", "OBJECT_EXTENSION")),
        except_extensions=tuple(_values(excludes, "simpleScopeTerm", "OBJECT_EXTENSION")),
        since=next(_values(includes, "simpleScopeTerm", "OBJECT_LAST_MODIFIED_DATE"), ""),
        largest=next((int(value) for value in _values(includes, "simpleScopeTerm", "OBJECT_SIZE")), None),
        schedule=_schedule(described.get("scheduleFrequency") or {}),
        existing=bool(described.get("initialRun", True)),
        sampling=100 if sampling is None else int(sampling),
        managed=str(described.get("managedDataIdentifierSelector") or "ALL").lower(),
        managed_ids=tuple(described.get("managedDataIdentifierIds") or ()),
        custom=tuple(described.get("customDataIdentifierIds") or ()),
        allow_lists=tuple(described.get("allowListIds") or ()),
    )


def job_in(state: Mapping[str, Any], account: str) -> Job:
    """The job that a state says, for the buckets of an account."""
    managed, *managed_ids = str(state.get("managed identifiers") or "recommended").split(" ")
    schedule = str(state.get("runs") or "once")
    return Job(
        account=account,
        buckets=tuple(state.get("buckets") or ()),
        except_buckets=tuple(state.get("all but") or ()),
        tags=tuple(state.get("tagged") or ()),
        public=bool(state.get("public")),
        prefixes=tuple(state.get("keys below") or ()),
        extensions=tuple(state.get("extensions") or ()),
        except_extensions=tuple(state.get("without extensions") or ()),
        since=str(state.get("changed since") or ""),
        largest=state.get("at most bytes"),
        schedule="" if schedule == "once" else schedule,
        existing=bool(state.get("what is there first")) or schedule == "once",
        sampling=int(state.get("sampling percent") or 100),
        managed=managed,
        managed_ids=tuple(managed_ids),
        custom=tuple(state.get("custom identifiers") or ()),
        allow_lists=tuple(state.get("allow lists") or ()),
    )


def _criteria(job: Job) -> dict[str, Any]:
    includes = [_tag_criterion(tag) for tag in job.tags]
    if job.public:
        includes.append({"simpleCriterion": _term("S3_BUCKET_EFFECTIVE_PERMISSION", "EQ", ["PUBLIC"])})
    found: dict[str, Any] = {"includes": {"and": includes}} if includes else {}
    if job.except_buckets:
        names = {"simpleCriterion": _term("S3_BUCKET_NAME", "EQ", job.except_buckets)}
        found["excludes"] = {"and": [names]}
    return found


def _tag_criterion(tag: str) -> dict[str, Any]:
    key, _, value = tag.partition("=")
    pair = {"key": key, "value": value} if value else {"key": key}
    return {"tagCriterion": {"comparator": "EQ", "tagValues": [pair]}}


def _scoping(job: Job) -> dict[str, Any]:
    includes = []
    if job.prefixes:
        includes.append(_term("OBJECT_KEY", "STARTS_WITH", job.prefixes))
    if job.extensions:
        includes.append(_term("OBJECT_EXTENSION", "EQ", job.extensions))
    if job.since:
        includes.append(_term("OBJECT_LAST_MODIFIED_DATE", "GTE", [job.since]))
    if job.largest is not None:
        includes.append(_term("OBJECT_SIZE", "LTE", [str(job.largest)]))
    excludes = [_term("OBJECT_EXTENSION", "EQ", job.except_extensions)] if job.except_extensions else []
    return {
        key: {"and": [{"simpleScopeTerm": term} for term in terms]}
        for key, terms in (("includes", includes), ("excludes", excludes))
        if terms
    }


def _term(key: str, comparator: str, values: Sequence[str]) -> dict[str, Any]:
    return {"comparator": comparator, "key": key, "values": list(values)}


def _frequency(schedule: str) -> dict[str, Any]:
    """Each kind has a shape of its own. Raises `UsageError`."""
    kind, _, when = schedule.partition(":")
    if not schedule:
        return {}
    if kind == "daily" and not when:
        return {"dailySchedule": {}}
    if kind == "weekly" and when.lower() in DAYS:
        return {"weeklySchedule": {"dayOfWeek": when.upper()}}
    if kind == "monthly" and when.isdigit() and 1 <= int(when) <= _LAST_DAY:
        return {"monthlySchedule": {"dayOfMonth": int(when)}}
    raise UsageError(f"'{schedule}' is no schedule; write daily, weekly:monday or monthly:15")


def _schedule(frequency: Mapping[str, Any]) -> str:
    if "weeklySchedule" in frequency:
        return f"weekly:{str((frequency['weeklySchedule'] or {}).get('dayOfWeek', '')).lower()}"
    if "monthlySchedule" in frequency:
        return f"monthly:{(frequency['monthlySchedule'] or {}).get('dayOfMonth', '')}"
    return "daily" if "dailySchedule" in frequency else ""


def _values(block: Mapping[str, Any] | None, kind: str, key: str) -> Iterator[str]:
    for each in (block or {}).get("and") or ():
        term = each.get(kind) or {}
        if term.get("key") == key:
            yield from term.get("values") or ()


def _tags(block: Mapping[str, Any] | None) -> Iterator[str]:
    for each in (block or {}).get("and") or ():
        for pair in (each.get("tagCriterion") or {}).get("tagValues") or ():
            yield f"{pair.get('key', '')}={pair['value']}" if pair.get("value") else str(pair.get("key", ""))
