"""Functions of the emulator, which cannot run images: what calls them calls the handler that the image has, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

CONTEXT = SimpleNamespace(function_name="assay", aws_request_id="7f3c", get_remaining_time_in_millis=lambda: 900_000)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, Any]]]:
    """Every event that came to a function, and its answer: an error is told as Lambda tells it."""
    from moto.awslambda.models import LambdaBackend, LambdaFunction

    from assay.entry import guard, lambda_handler

    told: list[tuple[Any, Any]] = []

    def invoke(_self: LambdaFunction, body: Any, _request: Any, response_headers: Any) -> bytes:
        event = json.loads(body) if body else {}
        try:
            answer = lambda_handler.handler(event, CONTEXT)
        except Exception as error:  # noqa: BLE001  # as Lambda takes it
            response_headers["x-amz-function-error"] = "Unhandled"
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        told.append((event, answer))
        return json.dumps(answer).encode()

    def invoke_by_name(
        self: Any, function_name: str, qualifier: Any, body: Any, headers: Any, response_headers: Any
    ) -> bytes:
        return invoke(self.get_function(function_name, qualifier), body, headers, response_headers)

    monkeypatch.setattr(LambdaFunction, "invoke", invoke)
    monkeypatch.setattr(LambdaBackend, "invoke", invoke_by_name)
    for made in (lambda_handler._parts, guard.watching):
        made.cache_clear()
    yield told
    for made in (lambda_handler._parts, guard.watching):
        made.cache_clear()
