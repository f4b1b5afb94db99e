"""The OpenAPI document, and the check that holds answers against it."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from answering import as_described

from assay.web.api.document import described

ROOTS = {"items": [{"target": "/srv", "open": True}], "next": None}
PROBLEM = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no such scan"}


def answer(method: str, path: str, status: int, told: Any, kind: str = "application/json") -> httpx2.Response:
    request = httpx2.Request(method, f"http://127.0.0.1{path}")
    return httpx2.Response(status, headers={"content-type": kind}, content=json.dumps(told).encode(), request=request)


def test_what_is_described_passes() -> None:
    as_described(answer("GET", "/api/v1/scans/roots", 200, ROOTS))
    as_described(answer("GET", "/api/v1/scans/x", 404, PROBLEM, "application/problem+json"))


@pytest.mark.parametrize(
    ("method", "path", "status", "told", "kind"),
    [
        ("GET", "/api/v1/scans/roots", 200, ROOTS | {"more": 1}, "application/json"),
        ("GET", "/api/v1/scans/roots", 200, {"items": [{"target": "/srv"}], "next": None}, "application/json"),
        ("GET", "/api/v1/scans/roots", 200, ROOTS, "text/html"),
        ("GET", "/api/v1/scans/roots", 201, ROOTS, "application/json"),
        ("GET", "/api/v1/scans/x", 404, PROBLEM, "application/json"),
        ("GET", "/api/v1/scans/x", 422, {"detail": []}, "application/problem+json"),
        ("GET", "/api/v1/nothing", 200, ROOTS, "application/json"),
    ],
)
def test_what_is_not_described_is_noticed(method: str, path: str, status: int, told: Any, kind: str) -> None:
    with pytest.raises(AssertionError):
        as_described(answer(method, path, status, told, kind))


def test_each_call_says_what_it_answers_and_takes() -> None:
    document = described()
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            good = [told for status, told in call["responses"].items() if status.startswith("2")]
            assert len(good) == 1, (path, method)
            for kind, told in good[0].get("content", {}).items():
                assert kind != "application/json" or set(told["schema"]) == {"$ref"}, (path, method)
            assert set(call["responses"]["default"]["content"]) == {"application/problem+json"}
    assert not {"HTTPValidationError", "Page"} & set(document["components"]["schemas"])
    decisions = document["paths"]["/api/v1/reviews/{item_id}/decisions"]["post"]["parameters"]
    assert {each["name"]: each["required"] for each in decisions if each["in"] == "header"} == {
        "If-Match": True,
        "Idempotency-Key": False,
    }
    for name in document["components"]["schemas"]:
        assert "__" not in name  # of two that are called the same, the library tells the modules
