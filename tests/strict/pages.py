"""Short pages: every list comes in pages of a few items, as that of a large account does.

Where the emulator keeps to a page's size, that is asked for; other answers are cut, and the rest is told page by page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.parsers import create_parser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_pagination_model

from strict.answers import Answer
from strict.recognised import Request

# Where the emulator keeps to a size that is asked for, and how it is asked for.
_NATIVE = {
    **dict.fromkeys(("s3.ListObjectsV2", "s3.ListObjects", "s3.ListObjectVersions"), "MaxKeys"),
    **dict.fromkeys(
        ("dynamodb.Scan", "dynamodb.Query", "dynamodb.ListTables", "kinesis.ListTagsForStream", "kinesis.GetRecords"),
        "Limit",
    ),
    "kinesis.ListShards": "MaxResults",
}
# Lists that stand beside each other, of the same things.
_PARALLEL = frozenset({"kinesis.ListStreams"})
# Tokens of operations that the library has no paginator for, as `assay.aws.paging` follows them: told, sent.
_TOKENS = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "Marker"), ("NextMarker", "Marker"))
_MARK = "short."


class Pages:
    """How long pages are at most; without a size all is left as it is."""

    def __init__(self) -> None:
        self.size: int | None = None

    def answered(self, request: Request, ask: Callable[[Request], Answer]) -> Answer:
        """What `ask` answers, cut to a page."""
        size = self.size
        if size is None:
            return ask(request)
        if request.name in _NATIVE:
            name = _NATIVE[request.name]
            asked = request.parameters.get(name)
            return ask(request.changed(**{name: size if asked is None else min(int(asked), size)}))
        model = _model(request)
        if model is None:
            return ask(request)
        sent, told = _first(model["input_token"]), _first(model["output_token"])
        offset, inner = _opened(request.parameters.get(sent))
        if inner != request.parameters.get(sent):
            request = request.changed(**{sent: inner})
        answer = ask(request)
        return _cut(request, answer, model, told, offset, inner, size) if answer.ok else answer


def _model(request: Request) -> dict[str, Any] | None:
    """How an operation is paginated; `None` for one that is not, or by a token that is no plain member."""
    found = _paginators(request.service).get(request.operation.name) or _guessed(request.operation)
    if found is None:
        return None
    plain = all(_first(found[key]).isidentifier() for key in ("input_token", "output_token"))
    return found if plain and _first(found["input_token"]) in request.operation.input_shape.members else None


def _guessed(operation: Any) -> dict[str, Any] | None:
    """A list with a token, where no paginator says so."""
    if operation.input_shape is None or operation.output_shape is None:
        return None
    told, sent = operation.output_shape.members, operation.input_shape.members
    lists = [name for name, shape in told.items() if shape.type_name == "list"]
    tokens = next(((one, other) for one, other in _TOKENS if one in told and other in sent), None)
    if tokens is None or len(lists) != 1:
        return None
    return {"output_token": tokens[0], "input_token": tokens[1], "result_key": lists[0]}


@cache
def _paginators(service: str) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = get_pagination_model(service)
    except UnknownServiceError:
        return {}
    return found


def _first(names: str | list[str]) -> str:
    return names if isinstance(names, str) else names[0]


def _cut(
    request: Request, answer: Answer, model: dict[str, Any], told: str, offset: int, inner: str | None, size: int
) -> Answer:
    result = _parsed(request, answer)
    keys = model["result_key"]
    lists = [_list(result, key) for key in ([keys] if isinstance(keys, str) else keys)]
    if request.name in _PARALLEL:
        for found in lists[1:]:
            found[:] = found[offset : offset + size]
        lists = lists[:1]
    total = sum(len(found) for found in lists)
    if offset == 0 and total <= size:
        return answer
    passed, room = offset, size
    for found in lists:
        start = min(passed, len(found))
        kept = found[start : start + room]
        passed, room = passed - start, room - len(kept)
        found[:] = kept
    if offset + size < total:
        result[told] = _sealed(offset + size, inner)
        if model.get("more_results") in request.operation.output_shape.members:
            result[model["more_results"]] = True
    return _written(request, answer, result)


def _list(result: dict[str, Any], path: str) -> list[Any]:
    found: Any = result
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


def _parsed(request: Request, answer: Answer) -> dict[str, Any]:
    response = {"body": answer.body, "headers": dict(answer.headers), "status_code": answer.status, "context": {}}
    result: dict[str, Any] = create_parser(request.protocol).parse(response, request.operation.output_shape)
    result.pop("ResponseMetadata", None)
    return result


def _written(request: Request, answer: Answer, result: dict[str, Any]) -> Answer:
    written = get_serializer_class(request.service, request.protocol)(request.operation).serialize(result)
    body = written["body"]
    return answer.with_body(body if isinstance(body, bytes) else body.encode())


def _sealed(offset: int, inner: str | None) -> str:
    return _MARK + base64.urlsafe_b64encode(json.dumps([offset, inner]).encode()).decode().rstrip("=")


def _opened(token: Any) -> tuple[int, str | None]:
    """How much of a page of the emulator was told, and its own token for that page."""
    if not isinstance(token, str) or not token.startswith(_MARK):
        return 0, token
    text = token.removeprefix(_MARK)
    offset, inner = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return offset, inner
