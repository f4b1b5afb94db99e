"""IAM Access Analyzer, which the emulator has not: analyzers and findings that a test says there are, in the shape of the model.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State


def analyzer(remembered: State, account: str, region: str, kind: str, status: str) -> str:
    """An analyzer that is there."""
    arn = f"arn:aws:access-analyzer:{region}:{account}:analyzer/{kind.lower()}"
    made = {"arn": arn, "name": kind.lower(), "type": kind, "status": status, "createdAt": datetime.now(UTC)}
    remembered.held("accessanalyzer", account, region, "analyzers")[arn] = made
    return arn


def finding(remembered: State, account: str, region: str, told: dict[str, Any]) -> None:
    """A finding, with what every one has."""
    held = remembered.held("accessanalyzer", account, region, "findings")
    now = datetime.now(UTC)
    usual = {
        "id": f"finding-{len(held)}", "resourceType": "AWS::S3::Bucket", "condition": {}, "createdAt": now, "analyzedAt": now,
        "updatedAt": now, "status": "ACTIVE", "resourceOwnerAccount": account,
    }  # fmt: skip
    whole = usual | told
    held[whole["id"]] = whole


def answered(request: Request, remembered: State) -> Answer | None:
    """The answer to a call of Access Analyzer; `None` for others."""
    if request.name == "accessanalyzer.ListAnalyzers":
        held = remembered.held("accessanalyzer", request.account, request.region, "analyzers").values()
        wanted = request.parameters.get("type")
        return _told(request, {"analyzers": [each for each in held if wanted in (None, each["type"])]})
    if request.name == "accessanalyzer.ListFindings":
        if request.parameters["analyzerArn"] not in remembered.held(
            "accessanalyzer", request.account, request.region, "analyzers"
        ):
            raise RefusedError("ResourceNotFoundException", "The specified analyzer could not be found.")
        held = remembered.held("accessanalyzer", request.account, request.region, "findings").values()
        wanted = request.parameters.get("filter") or {}
        return _told(request, {"findings": [each for each in held if all(_is(each, *one) for one in wanted.items())]})
    return None


def _is(each: dict[str, Any], name: str, criterion: dict[str, Any]) -> bool:
    value = str(each.get(name))
    return value in criterion.get("eq", [value]) and value not in criterion.get("neq", [])


def _told(request: Request, result: dict[str, Any]) -> Answer | None:
    return answering(request.name, result)(request)
