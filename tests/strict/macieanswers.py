"""Macie's answers, which the emulator has not: what is made is kept, listed, told and deleted, in the shape of the service model.

Every answer is validated against botocore's model of it, so that no test stands on a shape that AWS does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from moto.macie2.models import macie2_backends
from moto.s3.models import s3_backends

from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State

_MANAGED = ("ADDRESS", "AWS_CREDENTIALS", "CREDIT_CARD_NUMBER", "NAME", "USA_SOCIAL_SECURITY_NUMBER")
_LIVING = ("RUNNING", "IDLE", "PAUSED", "USER_PAUSED")


def answered(request: Request, remembered: State) -> Answer | None:
    """The answer to a call of Macie that the emulator does not have; `None` for others."""
    answer = _ANSWERS.get(request.name)
    if answer is None:
        if request.name == "macie2.DisableMacie":
            for kind in ("identifiers", "jobs", "filters", "findings", "results"):
                _held(request, remembered, kind).clear()
        return None
    return answering(request.name, answer(request, remembered))(request)


def _held(request: Request, remembered: State, kind: str) -> dict[str, Any]:
    return remembered.held("macie2", request.account, request.region, kind)


def _made(request: Request, remembered: State, kind: str, more: dict[str, Any]) -> str:
    """Keeps what is asked for; the same token again is the same thing."""
    held = _held(request, remembered, kind)
    token = request.parameters.get("clientToken") or str(len(held))
    number = sha256(f"{kind} {token}".encode()).hexdigest()[:32]
    kept = {name: value for name, value in request.parameters.items() if name != "clientToken"}
    held.setdefault(number, kept | more)
    return number


def _one(request: Request, remembered: State, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] | None = _held(request, remembered, kind).get(request.parameters[name])
    if found is None:
        raise RefusedError(
            "ResourceNotFoundException", "The request failed because the specified resource doesn't exist."
        )
    return found


def _arn(request: Request, kind: str, number: str) -> str:
    return f"arn:aws:macie2:{request.region}:{request.account}:{kind}/{number}"


def _create_identifier(request: Request, remembered: State) -> dict[str, Any]:
    return {"customDataIdentifierId": _made(request, remembered, "identifiers", {"deleted": False})}


def _get_identifier(request: Request, remembered: State) -> dict[str, Any]:
    found = _one(request, remembered, "identifiers", "id")
    number = request.parameters["id"]
    # Macie tells the default where none was given.
    return {
        "maximumMatchDistance": 50,
        **found,
        "id": number,
        "arn": _arn(request, "custom-data-identifier", number),
    }


def _list_identifiers(request: Request, remembered: State) -> dict[str, Any]:
    held = _held(request, remembered, "identifiers")
    return {"items": [{"id": number, "name": each["name"]} for number, each in held.items() if not each.get("deleted")]}


def _delete_identifier(request: Request, remembered: State) -> dict[str, Any]:
    _one(request, remembered, "identifiers", "id")["deleted"] = True
    return {}


def _create_job(request: Request, remembered: State) -> dict[str, Any]:
    known = _held(request, remembered, "identifiers")
    for number in request.parameters.get("customDataIdentifierIds") or ():
        if number not in known:
            raise RefusedError("ValidationException", f"customDataIdentifierIds: {number} does not exist", 400)
    status = "IDLE" if request.parameters["jobType"] == "SCHEDULED" else "RUNNING"
    number = _made(request, remembered, "jobs", {"jobStatus": status, "createdAt": datetime.now(UTC)})
    return {"jobId": number, "jobArn": _arn(request, "classification-job", number)}


def _describe_job(request: Request, remembered: State) -> dict[str, Any]:
    return {"jobId": request.parameters["jobId"], **_one(request, remembered, "jobs", "jobId")}


def _list_jobs(request: Request, remembered: State) -> dict[str, Any]:
    terms = ((request.parameters.get("filterCriteria") or {}).get("includes")) or []
    told = []
    for number, job in _held(request, remembered, "jobs").items():
        if all(job.get(term["key"]) in term["values"] for term in terms):
            shown = {name: job[name] for name in ("name", "jobType", "jobStatus", "createdAt")}
            told.append({"jobId": number, **shown})
    return {"items": told}


def _update_job(request: Request, remembered: State) -> dict[str, Any]:
    job = _one(request, remembered, "jobs", "jobId")
    if job["jobStatus"] not in _LIVING:
        raise RefusedError("ValidationException", "The job is complete or cancelled.", 400)
    job["jobStatus"] = request.parameters["jobStatus"]
    return {}


def _list_findings(request: Request, remembered: State) -> dict[str, Any]:
    criterion = ((request.parameters.get("findingCriteria") or {}).get("criterion")) or {}
    held = _held(request, remembered, "findings")
    found = [each for each in held.values() if all(_meets(each, name, wanted) for name, wanted in criterion.items())]
    found.sort(key=lambda each: each["updatedAt"])
    return {"findingIds": [each["id"] for each in found]}


def _get_findings(request: Request, remembered: State) -> dict[str, Any]:
    held = _held(request, remembered, "findings")
    return {"findings": [held[number] for number in request.parameters["findingIds"] if number in held]}


def _meets(finding: dict[str, Any], name: str, wanted: dict[str, Any]) -> bool:
    values = list(_values(finding, name.split(".")))
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    # Times are milliseconds since 1970; whoever sends seconds asks for everything.
    numbers = [int(value.timestamp() * 1000) for value in values if isinstance(value, datetime)]
    return (
        ("eq" not in wanted or any(text in wanted["eq"] for text in texts))
        and ("neq" not in wanted or not any(text in wanted["neq"] for text in texts))
        and ("eqExactMatch" not in wanted or sorted(set(texts)) == sorted(wanted["eqExactMatch"]))
        and ("gte" not in wanted or any(number >= wanted["gte"] for number in numbers))
    )


def _values(told: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(told, list):
        for each in told:
            yield from _values(each, path)
    elif not path:
        yield told
    elif isinstance(told, dict) and path[0] in told:
        yield from _values(told[path[0]], path[1:])


def _create_filter(request: Request, remembered: State) -> dict[str, Any]:
    number = _made(request, remembered, "filters", {})
    if request.parameters["action"] == "ARCHIVE":
        criterion = request.parameters["findingCriteria"].get("criterion") or {}
        for each in _held(request, remembered, "findings").values():
            each["archived"] = bool(each.get("archived")) or all(_meets(each, *pair) for pair in criterion.items())
    return {"id": number, "arn": _arn(request, "findings-filter", number)}


def _get_filter(request: Request, remembered: State) -> dict[str, Any]:
    return {"id": request.parameters["id"], **_one(request, remembered, "filters", "id")}


def _list_filters(request: Request, remembered: State) -> dict[str, Any]:
    held = _held(request, remembered, "filters")
    return {
        "findingsFilterListItems": [
            {"id": number, "name": each["name"], "action": each["action"]} for number, each in held.items()
        ]
    }


def _delete_filter(request: Request, remembered: State) -> dict[str, Any]:
    _one(request, remembered, "filters", "id")
    del _held(request, remembered, "filters")[request.parameters["id"]]
    return {}


def _get_results(request: Request, remembered: State) -> dict[str, Any]:
    held = _held(request, remembered, "results")
    return {"configuration": held["now"]} if held else {}


def _put_results(request: Request, remembered: State) -> dict[str, Any]:
    _held(request, remembered, "results")["now"] = request.parameters["configuration"]
    return {"configuration": request.parameters["configuration"]}


def _describe_buckets(request: Request, remembered: State) -> dict[str, Any]:
    named = ((request.parameters.get("criteria") or {}).get("bucketName") or {}).get("eq")
    told = []
    for bucket in s3_backends[request.account]["aws"].buckets.values():
        if bucket.region_name != request.region or (named is not None and bucket.name not in named):
            continue
        sizes = [key.size for key in bucket.keys.values()]
        tags = s3_backends[request.account]["aws"].tagger.get_tag_dict_for_resource(bucket.arn)
        told.append(
            {
                "bucketName": bucket.name,
                "accountId": request.account,
                "classifiableObjectCount": len(sizes),
                "classifiableSizeInBytes": sum(sizes),
                "sizeInBytesCompressed": sum(key.size for key in bucket.keys.values() if key.name.endswith(".gz")),
                "tags": [{"key": key, "value": value} for key, value in tags.items()],
                "publicAccess": {"effectivePermission": "NOT_PUBLIC"},
            }
        )
    return {"buckets": told}


def _update_session(request: Request, remembered: State) -> dict[str, Any]:
    held = macie2_backends[request.account][request.region].macie_session
    for name in ("findingPublishingFrequency", "status"):
        held[name] = request.parameters.get(name) or held[name]
    return {}


def _list_allow_lists(request: Request, remembered: State) -> dict[str, Any]:
    return {"allowLists": list(_held(request, remembered, "allow-lists").values())}


def _list_managed(request: Request, remembered: State) -> dict[str, Any]:
    return {"items": [{"id": name, "category": "PERSONAL_INFORMATION"} for name in _MANAGED]}


_ANSWERS: dict[str, Callable[[Request, State], dict[str, Any]]] = {
    "macie2.UpdateMacieSession": _update_session,
    "macie2.CreateCustomDataIdentifier": _create_identifier,
    "macie2.GetCustomDataIdentifier": _get_identifier,
    "macie2.ListCustomDataIdentifiers": _list_identifiers,
    "macie2.DeleteCustomDataIdentifier": _delete_identifier,
    "macie2.CreateClassificationJob": _create_job,
    "macie2.DescribeClassificationJob": _describe_job,
    "macie2.ListClassificationJobs": _list_jobs,
    "macie2.UpdateClassificationJob": _update_job,
    "macie2.ListFindings": _list_findings,
    "macie2.GetFindings": _get_findings,
    "macie2.CreateFindingsFilter": _create_filter,
    "macie2.GetFindingsFilter": _get_filter,
    "macie2.ListFindingsFilters": _list_filters,
    "macie2.DeleteFindingsFilter": _delete_filter,
    "macie2.GetClassificationExportConfiguration": _get_results,
    "macie2.PutClassificationExportConfiguration": _put_results,
    "macie2.DescribeBuckets": _describe_buckets,
    "macie2.ListAllowLists": _list_allow_lists,
    "macie2.ListManagedDataIdentifiers": _list_managed,
}
