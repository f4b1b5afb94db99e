"""Glue tables, whose versions count, and LF-tags of Lake Formation, which the emulator replaces where AWS adds.

Sources: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html,
https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-notes.html and the operations of Lake Formation's API.
"""

from __future__ import annotations

import json
from typing import Any

from moto.glue.models import glue_backends
from moto.lakeformation.models import lakeformation_backends

from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_NOT_THERE = "EntityNotFoundException"
_MOST_EVALUATIONS = 100


def _update_table(request: Request, _: State) -> None:
    version, given = request.parameters.get("VersionId"), request.parameters
    database = glue_backends[request.account][request.region].databases.get(given["DatabaseName"])
    table = None if database is None else database.tables.get(given["TableInput"]["Name"])
    if table is not None and version is not None and version != str(table.as_dict()["VersionId"]):
        raise RefusedError(
            "ConcurrentModificationException", "Update table failed due to concurrent modifications.", 400
        )


# Lake Formation


def _known(request: Request) -> dict[str, list[str]]:
    held = lakeformation_backends[request.account][request.region]
    return {str(key): list(values) for key, values in held.list_lf_tags(request.account).items()}


def _lowered(values: Any) -> list[str]:
    return [value.lower() for value in values or ()]


def _create(request: Request, _: State) -> Answer:
    key, values = request.parameters["TagKey"].lower(), _lowered(request.parameters["TagValues"])
    if key in _known(request):
        raise RefusedError("InvalidInputException", f"Tag key already exists: {key}", 400)
    lakeformation_backends[request.account][request.region].create_lf_tag(request.account, key, values)
    return _answer({})


def _get(request: Request, _: State) -> Answer:
    key = request.parameters["TagKey"].lower()
    known = _known(request)
    if key not in known:
        raise RefusedError(_NOT_THERE, f"Tag key does not exist: {key}", 400)
    return _answer({"CatalogId": request.account, "TagKey": key, "TagValues": known[key]})


def _update(request: Request, _: State) -> Answer:
    key = request.parameters["TagKey"].lower()
    known = _known(request)
    if key not in known:
        raise RefusedError(_NOT_THERE, f"Tag key does not exist: {key}", 400)
    gone = _lowered(request.parameters.get("TagValuesToDelete"))
    wanted = dict.fromkeys([*known[key], *_lowered(request.parameters.get("TagValuesToAdd"))])
    left = [value for value in wanted if value not in gone]
    lakeformation_backends[request.account][request.region].create_lf_tag(request.account, key, left)
    return _answer({})


def _places(request: Request) -> list[tuple[dict[Any, Any], Any]]:
    """Where the emulator keeps the tags of a resource: a dictionary and the key in it, for each column one."""
    held = lakeformation_backends[request.account][request.region]
    (kind, named), *_ = request.parameters["Resource"].items()
    account = named.get("CatalogId", request.account)
    if kind == "Database":
        return [(held.lf_database_tags, (account, named["Name"]))]
    key = (account, named["DatabaseName"], named["Name"])
    if kind == "Table":
        return [(held.lf_table_tags, key)]
    return [(held.lf_columns_tags, (*key, column)) for column in named["ColumnNames"]]


def _pairs(request: Request) -> list[dict[str, Any]]:
    return [
        {"CatalogId": request.account, "TagKey": pair["TagKey"].lower(), "TagValues": _lowered(pair["TagValues"])}
        for pair in request.parameters["LFTags"]
    ]


def _add(request: Request, _: State) -> Answer:
    """Of one key a resource has one value; other keys stay."""
    known = _known(request)
    failures = [
        _failure(pair, "Tag or tag value does not exist.")
        for pair in _pairs(request)
        if not set(pair["TagValues"]) <= set(known.get(pair["TagKey"], ()))
    ]
    if not failures:
        new = {pair["TagKey"]: pair for pair in _pairs(request)}
        for held, key in _places(request):
            there = {pair["TagKey"]: pair for pair in held.get(key) or ()}
            held[key] = list((there | new).values())
    return _answer({"Failures": failures})


def _remove(request: Request, _: State) -> Answer:
    failures = []
    for held, key in _places(request):
        there = list(held.get(key) or ())
        for pair in _pairs(request):
            if pair in there:
                there.remove(pair)
            else:
                failures.append(_failure(pair, "The tag is not assigned to the resource."))
        held[key] = there
    return _answer({"Failures": failures})


def _assigned(request: Request, _: State) -> Answer:
    """The emulator fails on what has none."""
    found = [(key, held.get(key)) for held, key in _places(request) if held.get(key)]
    (kind,) = request.parameters["Resource"]
    if kind == "TableWithColumns":
        return _answer({"LFTagsOnColumns": [{"Name": key[-1], "LFTags": tags} for key, tags in found]})
    name = "LFTagOnDatabase" if kind == "Database" else "LFTagsOnTable"
    return _answer({name: found[0][1]} if found else {})


def _failure(pair: dict[str, Any], message: str) -> dict[str, Any]:
    return {"LFTag": pair, "Error": {"ErrorCode": _NOT_THERE, "ErrorMessage": message}}


def _answer(told: dict[str, Any]) -> Answer:
    return Answer(200, [("Content-Type", "application/json")], json.dumps(told).encode())


# Config


def _evaluations(request: Request, _: State) -> None:
    given = request.parameters.get("Evaluations") or ()
    if not request.parameters.get("ResultToken"):
        raise RefusedError("InvalidResultTokenException", "The resultToken provided is invalid.", 400)
    if len(given) > _MOST_EVALUATIONS:
        raise RefusedError("ValidationException", "Member must have length less than or equal to 100", 400)
    if any(each["ComplianceType"] == "INSUFFICIENT_DATA" for each in given):
        message = "INSUFFICIENT_DATA is not a valid compliance type for PutEvaluations."
        raise RefusedError("InvalidParameterValueException", message, 400)


CHECKS = {"glue.UpdateTable": _update_table, "config.PutEvaluations": _evaluations}
INSTEAD = {
    "lakeformation.CreateLFTag": _create,
    "lakeformation.GetLFTag": _get,
    "lakeformation.UpdateLFTag": _update,
    "lakeformation.AddLFTagsToResource": _add,
    "lakeformation.GetResourceLFTags": _assigned,
    "lakeformation.RemoveLFTagsFromResource": _remove,
}
