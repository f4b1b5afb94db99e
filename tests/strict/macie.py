"""What Macie refuses, most of which the emulator does not have at all: its guide and its model's descriptions say it."""

from __future__ import annotations

import re
from typing import Any

from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_LONGEST_REGEX = 512
_UNSUPPORTED = re.compile(r"\(\?(?:[=!]|<[=!])|\((?!\?)|\(\?P?<\w|\\[1-9]")
_KEYWORDS = (50, 3, 90)
_IGNORED = (10, 4, 90)
_FARTHEST = 300
_LONGEST_NAME = 128
_MOST_FINDINGS = 50
_MOST_BUCKETS, _MOST_IDENTIFIERS, _MOST_ALLOW_LISTS = 1_000, 30, 10
_LONGEST_JOB_NAME = 500
# Which comparators a job's terms take: the model's own enumeration has more than any of them.
_COMPARATORS = {
    "OBJECT_EXTENSION": ("EQ", "NE"),
    "OBJECT_KEY": ("STARTS_WITH",),
    "OBJECT_LAST_MODIFIED_DATE": ("EQ", "GT", "GTE", "LT", "LTE", "NE"),
    "OBJECT_SIZE": ("EQ", "GT", "GTE", "LT", "LTE", "NE"),
    **dict.fromkeys(
        ("ACCOUNT_ID", "S3_BUCKET_NAME", "S3_BUCKET_EFFECTIVE_PERMISSION", "S3_BUCKET_SHARED_ACCESS"), ("EQ", "NE")
    ),
}
_ONE_VALUE = ("OBJECT_LAST_MODIFIED_DATE", "OBJECT_SIZE")
_FILTER_NAME = (3, 64)
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{12}:(?:key|alias)/.+")


def enabled(request: Request, remembered: State) -> None:
    """For every operation of Macie but the one that enables it."""
    if request.service == "macie2" and request.operation.name != "EnableMacie":
        if not remembered.enabled("macie2", request.account, request.region):
            raise RefusedError("AccessDeniedException", "Macie is not enabled.")


def _enabling(request: Request, remembered: State) -> None:
    if remembered.enabled("macie2", request.account, request.region):
        raise RefusedError("ConflictException", "Macie has already been enabled.", 409)


def _refuse(message: str) -> None:
    raise RefusedError("ValidationException", message, 400)


def _identifier(request: Request, _: State) -> None:
    given = request.parameters
    if not 0 < len(given.get("regex", "")) <= _LONGEST_REGEX:
        _refuse(f"The regex has 1 to {_LONGEST_REGEX} characters")
    if _UNSUPPORTED.search(re.sub(r"\\[^1-9]|\[(?:\\.|[^\]\\])*\]", "", given["regex"])):
        _refuse("The regex has capturing groups, look-around or backreferences, which are not supported")
    if not 0 < len(given.get("name", "")) <= _LONGEST_NAME:
        _refuse(f"The name has 1 to {_LONGEST_NAME} characters")
    for name, (most, shortest, longest) in (("keywords", _KEYWORDS), ("ignoreWords", _IGNORED)):
        words = given.get(name) or []
        if len(words) > most or not all(shortest <= len(word) <= longest for word in words):
            _refuse(f"{name}: at most {most}, each of {shortest} to {longest} characters")
    if not 1 <= given.get("maximumMatchDistance", 1) <= _FARTHEST:
        _refuse(f"maximumMatchDistance is from 1 to {_FARTHEST}")


def _job(request: Request, _: State) -> None:
    given = request.parameters
    frequency: dict[str, Any] = given.get("scheduleFrequency") or {}
    if given.get("jobType") == "ONE_TIME" and (frequency or "initialRun" in given):
        _refuse("scheduleFrequency and initialRun are not for jobs that run once")
    if given.get("jobType") == "SCHEDULED" and len(frequency) != 1:
        _refuse("A scheduled job has one of dailySchedule, weeklySchedule and monthlySchedule")
    if "weeklySchedule" in frequency and "dayOfWeek" not in frequency["weeklySchedule"]:
        _refuse("A weekly schedule has a dayOfWeek")
    if "monthlySchedule" in frequency and not 1 <= frequency["monthlySchedule"].get("dayOfMonth", 0) <= 31:
        _refuse("A monthly schedule has a dayOfMonth from 1 to 31")
    definition = given.get("s3JobDefinition") or {}
    if ("bucketDefinitions" in definition) == ("bucketCriteria" in definition):
        _refuse("A job has bucketDefinitions or bucketCriteria, not both")
    if not 1 <= given.get("samplingPercentage", 100) <= 100:
        _refuse("samplingPercentage is from 1 to 100")
    selector, ids = given.get("managedDataIdentifierSelector"), given.get("managedDataIdentifierIds")
    if (selector in ("INCLUDE", "EXCLUDE")) != bool(ids):
        _refuse("managedDataIdentifierIds are for INCLUDE and EXCLUDE")
    if selector == "NONE" and not given.get("customDataIdentifierIds"):
        _refuse("A job has managed or custom data identifiers")
    if not 0 < len(given.get("name", "")) <= _LONGEST_JOB_NAME:
        _refuse(f"The name has 1 to {_LONGEST_JOB_NAME} characters")
    for name, most in (("customDataIdentifierIds", _MOST_IDENTIFIERS), ("allowListIds", _MOST_ALLOW_LISTS)):
        if len(given.get(name) or ()) > most:
            _refuse(f"{name}: at most {most}")
    if sum(len(each["buckets"]) for each in definition.get("bucketDefinitions") or ()) > _MOST_BUCKETS:
        _refuse(f"A job has at most {_MOST_BUCKETS} buckets")
    for block in ("bucketCriteria", "scoping"):
        for side in (definition.get(block) or {}).values():
            for term in side.get("and") or ():
                _term(term.get("simpleCriterion") or term.get("simpleScopeTerm") or {})


def _term(term: dict[str, Any]) -> None:
    key = term.get("key")
    if key is None:
        return
    if term.get("comparator") not in _COMPARATORS[key]:
        _refuse(f"{key} takes {', '.join(_COMPARATORS[key])}, not {term.get('comparator')}")
    if not term.get("values") or (key in _ONE_VALUE and len(term["values"]) > 1):
        _refuse(f"{key} has {'one value' if key in _ONE_VALUE else 'values'}")


def _filter(request: Request, _: State) -> None:
    shortest, longest = _FILTER_NAME
    if not shortest <= len(request.parameters.get("name", "")) <= longest:
        _refuse(f"The name of a filter has {shortest} to {longest} characters")
    criterion = (request.parameters.get("findingCriteria") or {}).get("criterion") or {}
    if not criterion or not all(criterion.values()):
        _refuse("A filter has criteria")


def _results(request: Request, _: State) -> None:
    told = (request.parameters.get("configuration") or {}).get("s3Destination")
    if told is None:
        _refuse("configuration.s3Destination is required")
    found = _KMS_KEY.fullmatch(told["kmsKeyArn"])
    if found is None or found["region"] != request.region:
        _refuse("kmsKeyArn is the ARN of a key of the same region")


def _listed(request: Request, _: State) -> None:
    """Times in criteria are milliseconds: seconds would ask for what changed since January 1970."""
    criterion = (request.parameters.get("findingCriteria") or {}).get("criterion") or {}
    for name in ("updatedAt", "createdAt"):
        for at in (criterion.get(name) or {}).values():
            if isinstance(at, int) and at < 10**11:
                _refuse(f"{name} is no time in milliseconds since 1970")


def _findings(request: Request, _: State) -> None:
    if not 0 < len(request.parameters.get("findingIds") or ()) <= _MOST_FINDINGS:
        _refuse(f"findingIds: 1 to {_MOST_FINDINGS}")


CHECKS = {
    "macie2.EnableMacie": _enabling,
    "macie2.CreateCustomDataIdentifier": _identifier,
    "macie2.CreateClassificationJob": _job,
    "macie2.GetFindings": _findings,
    "macie2.ListFindings": _listed,
    "macie2.CreateFindingsFilter": _filter,
    "macie2.PutClassificationExportConfiguration": _results,
}
