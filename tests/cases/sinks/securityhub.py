"""Findings of Security Hub: at most 100 a request, one for each resource, brought to what holds."""

from __future__ import annotations

from typing import Any

from awsservers import Aws
from cases.sinks import Destination, name_of

from assay.sinks.securityhub import CALLS


def _prepare(aws: Aws) -> None:
    aws.client("securityhub").enable_security_hub()


def _there(aws: Aws) -> dict[str, list[str]]:
    pages = aws.client("securityhub").get_paginator("get_findings").paginate(PaginationConfig={"PageSize": 100})
    found: dict[str, list[str]] = {}
    for finding in (finding for page in pages for finding in page["Findings"]):
        if finding["RecordState"] == "ACTIVE":
            fields = finding["ProductFields"]
            found.setdefault(name_of(fields["assay/resource"]), []).append(fields["assay/level"])
    return found


def _part(asked: dict[str, Any]) -> dict[str, Any]:
    last = asked["Findings"][-1]["Id"]
    failed = [{"Id": last, "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]
    return {"FailedCount": 1, "SuccessCount": len(asked["Findings"]) - 1, "FailedFindings": failed}


DESTINATION = Destination(
    options=("--security-hub",), prepare=_prepare, there=_there, calls=CALLS, write="securityhub.BatchImportFindings",
    entries=lambda asked: len(asked["Findings"]), most=100, again="in place", argument="Findings", part=_part, least="confidential",
)  # fmt: skip
