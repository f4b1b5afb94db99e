"""Which service and operation a request is, with which parameters: by the service models, for every protocol of AWS."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from botocore.loaders import Loader
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as Received
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import NotFound

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_SCOPE = re.compile(r"(?:Credential=)?([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
# Names in signatures that are not those of the models.
_SIGNED_AS = {
    "tagging": "resourcegroupstaggingapi",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "es": "opensearch",
    "access-analyzer": "accessanalyzer",
}
_CONTROL = "/v20180820/"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of AWS. `parameters` are those of the call, as botocore names them, without a streamed body."""

    environ: Environ
    service: str
    operation: Any
    protocol: str
    region: str
    account: str
    parameters: dict[str, Any]

    @property
    def name(self) -> str:
        """As `assay.aws.session` declares it: `s3.GetObject`."""
        return f"{self.service}.{self.operation.name}"

    @property
    def body(self) -> bytes:
        """The body, for those that are not streamed."""
        stream = self.environ["wsgi.input"]
        if not isinstance(stream, io.BytesIO):
            return b""
        return stream.getvalue()

    def drained(self) -> None:
        """Reads what is left of a streamed body, so that its sender hears the answer."""
        stream = self.environ["wsgi.input"]
        if not isinstance(stream, io.BytesIO):
            left = int(self.environ.get("CONTENT_LENGTH") or 0)
            if left or self.environ.get("wsgi.input_terminated"):
                stream.read(left or -1)

    def changed(self, **parameters: Any) -> Request:
        """The same with other parameters of the top level; `None` leaves one out."""
        environ = dict(self.environ)
        environ["wsgi.input"] = (
            io.BytesIO(self.body) if isinstance(environ["wsgi.input"], io.BytesIO) else environ["wsgi.input"]
        )
        for name, value in parameters.items():
            _change(environ, self, name, value)
        kept = {name: value for name, value in self.parameters.items() if name not in parameters}
        given = {name: value for name, value in parameters.items() if value is not None}
        return replace(self, environ=environ, parameters=kept | given)


def recognised(environ: Environ) -> Request | None:
    """The request that WSGI hands over; `None` for what is no signed call of a service."""
    scope = _scope(environ)
    if scope is None:
        return None
    credential, region, signed = scope
    service = _service(signed, environ)
    if service not in _services():
        return None
    if service != "s3":
        _buffer(environ)
    try:
        protocol = determine_request_protocol(get_service_model(service), environ.get("CONTENT_TYPE"))
        operation, labels = get_service_router(service).match(_received(environ))
    except (NotFound, NotImplementedError):
        return None
    if service == "s3" and not operation.has_streaming_input:
        _buffer(environ)
    request = Request(
        environ=environ,
        service=service,
        operation=operation,
        protocol=protocol,
        region=region,
        account=get_account_id_from(credential),
        parameters={},
    )
    return replace(request, parameters=_parameters(request, labels))


def _scope(environ: Environ) -> tuple[str, str, str] | None:
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        presigned = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
        found = _SCOPE.fullmatch(presigned)
    return None if found is None else (found[1], found[2], found[3])


def _service(signed: str, environ: Environ) -> str:
    if signed == "s3" and environ.get("PATH_INFO", "").startswith(_CONTROL):
        return "s3control"
    if signed == "dynamodb" and environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams"):
        return "dynamodbstreams"
    return _SIGNED_AS.get(signed, signed)


@cache
def _services() -> frozenset[str]:
    return frozenset(Loader().list_available_services("service-2"))


def _received(environ: Environ) -> Received:
    seen = dict(environ)
    stream = environ["wsgi.input"]
    if isinstance(stream, io.BytesIO):
        seen["wsgi.input"] = io.BytesIO(stream.getvalue())
    return Received(seen)


def _buffer(environ: Environ) -> None:
    """Reads the body, and leaves it to be read again."""
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    body = stream.read(int(length)) if length else stream.read() if environ.get("wsgi.input_terminated") else b""
    _give(environ, body)


def _give(environ: Environ, body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def _parameters(request: Request, labels: dict[str, Any]) -> dict[str, Any]:
    received = _received(request.environ)
    of_rest = request.protocol.startswith("rest")
    found: dict[str, Any] = PROTOCOL_PARSERS[request.protocol](request.operation).parse(
        {
            "method": received.method,
            "values": received.args if of_rest else received.values,
            "headers": received.headers,
            "body": request.body,
            "url_path": received.path,
            "url_params": labels,
        }
    )
    return {name: value for name, value in found.items() if value is not None}


def _change(environ: Environ, request: Request, name: str, value: Any) -> None:
    shape = request.operation.input_shape.members[name]
    where, told = shape.serialization.get("location"), shape.serialization.get("name", name)
    if request.protocol == "ec2":
        told = shape.serialization.get("queryName", told[0].upper() + told[1:])
    if request.protocol.startswith("rest") and where == "querystring":
        pairs = _with(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True), told, value)
        environ["QUERY_STRING"] = urlencode(pairs, quote_via=quote)
        path = environ.get("RAW_URI", environ.get("PATH_INFO", "")).partition("?")[0]
        environ["RAW_URI"] = environ["REQUEST_URI"] = f"{path}?{environ['QUERY_STRING']}"
        return
    if where is not None:
        raise NotImplementedError(f"{request.name}: {name} stands in the {where}")
    body = environ["wsgi.input"].getvalue()
    if request.protocol in ("query", "ec2"):
        pairs = _with(parse_qsl(body.decode(), keep_blank_values=True), told, value)
        _give(environ, urlencode(pairs).encode())
        return
    given = json.loads(body or b"{}")
    given.pop(told, None)
    if value is not None:
        given[told] = value
    _give(environ, json.dumps(given).encode())


def _with(pairs: list[tuple[str, str]], name: str, value: Any) -> list[tuple[str, str]]:
    kept = [pair for pair in pairs if pair[0] != name]
    return kept if value is None else [*kept, (name, str(value))]
