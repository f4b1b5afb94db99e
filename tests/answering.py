"""Every answer of the API is held against the document that describes it, whatever test it is that asks."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx2
import jsonschema

from assay.web.api.document import described

API = "/api/v1/"
_PROBLEM = "application/problem+json"


@cache
def _document() -> dict[str, Any]:
    return described()


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    # Whole names before parameters: /scans/roots is no scan.
    by_names = sorted(_document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(path))), path) for path in by_names]


@cache
def _validator(path: str, method: str, answer: str, kind: str) -> jsonschema.Draft202012Validator:
    at = f"#/paths/{path.replace('/', '~1')}/{method}/responses/{answer}/content/{kind.replace('/', '~1')}/schema"
    whole = {"$ref": at, **_document()}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def as_described(answer: httpx2.Response) -> None:
    """Raises `AssertionError` where an answer is of a status or a kind, or has a field, that the document does not tell of."""
    path = answer.request.url.path
    if not path.startswith(API) or path == f"{API}openapi.json":
        return
    known = next((each for pattern, each in _paths() if pattern.fullmatch(path)), None)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if known is None or answer.request.method.lower() not in _document()["paths"][known]:
        assert (answer.status_code, kind) in (
            (404, _PROBLEM),
            (405, _PROBLEM),
            (413, _PROBLEM),
            (400, _PROBLEM),
            (421, _PROBLEM),
        ), path
        return
    method = answer.request.method.lower()
    told = _document()["paths"][known][method]["responses"]
    name = str(answer.status_code) if str(answer.status_code) in told else "default"
    assert name != "default" or answer.status_code >= 400, (known, answer.status_code)
    kinds = told[name].get("content", {})
    if not kinds:
        assert name in ("204", "304"), (known, name)
        return
    assert kind in kinds, (known, method, answer.status_code, kind)
    if kind == "text/event-stream" or "schema" not in kinds[kind]:
        return
    answer.read()
    # The message of the library quotes what was answered; where it is wrong is enough.
    wrong = [
        (list(each.absolute_path), each.validator)
        for each in _validator(known, method, name, kind).iter_errors(answer.json())
    ]
    assert wrong == [], (known, method, answer.status_code, wrong)
