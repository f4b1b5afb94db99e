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


def enabled(request: Request, remembered: State) -> None:
    """For every operation of Macie but the one that enables it."""
    if request.service == "macie2" and request.operation.name != "EnableMacie":
        if not remembered.enabled("macie2", request.account, request.region):
            raise RefusedError("AccessDeniedException", "Macie is not enabled.")


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
    if given.get("managedDataIdentifierSelector") in ("ALL", "NONE") and given.get("managedDataIdentifierIds"):
        _refuse("managedDataIdentifierIds are for INCLUDE and EXCLUDE")


def _findings(request: Request, _: State) -> None:
    if not 0 < len(request.parameters.get("findingIds") or ()) <= _MOST_FINDINGS:
        _refuse(f"findingIds: 1 to {_MOST_FINDINGS}")


CHECKS = {
    "macie2.CreateCustomDataIdentifier": _identifier,
    "macie2.CreateClassificationJob": _job,
    "macie2.GetFindings": _findings,
}
