"""Answers of services, and refusals in the form of each protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

from strict.recognised import Application, Environ, Request

_XML = "application/xml"
_CODE = re.compile(r'<Code>([^<]+)</Code>|"__type": ?"(?:[^"#]*#)?([^"]+)"')
# Codes that models do not have, with the status that they come with; of others it is that of the service.
_STATUS = {
    "AccessDenied": 403, "AuthorizationError": 403, "UnauthorizedOperation": 403, "AuthFailure": 401, "SlowDown": 503,
    "RequestLimitExceeded": 503, "InvalidObjectState": 403, "ExpiredTokenException": 403, "NoSuchBucketPolicy": 404,
    "NoSuchTagSet": 404, "NoSuchPublicAccessBlockConfiguration": 404, "NoSuchLifecycleConfiguration": 404,
    "ServerSideEncryptionConfigurationNotFoundError": 404, "NoSuchWebsiteConfiguration": 404, "NoSuchCORSConfiguration": 404,
    "ReplicationConfigurationNotFoundError": 404, "OwnershipControlsNotFoundError": 404, "InvalidClientTokenId": 403,
    "ObjectLockConfigurationNotFoundError": 404, "InternalError": 500, "ServiceUnavailable": 503, "InternalFailure": 500,
}  # fmt: skip


class Answer(NamedTuple):
    """What a service sends back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str:
        """The error's code; empty where it went well."""
        if self.ok:
            return ""
        told = {name.lower(): value for name, value in self.headers}
        found = _CODE.search(self.body.decode(errors="replace"))
        return told.get("x-amzn-query-error", "").partition(";")[0] or (
            found[1] or found[2] if found else str(self.status)
        )

    def with_json(self, told: Mapping[str, object]) -> Answer:
        """The same with another body."""
        return self.with_body(json.dumps(told).encode())

    def with_body(self, body: bytes) -> Answer:
        headers = [pair for pair in self.headers if pair[0].lower() not in ("content-length", "x-amz-crc32")]
        return Answer(self.status, headers, body)


class RefusedError(Exception):
    """What AWS refuses. `status` is that of the code unless it is given; `more` are further elements of S3's errors."""

    def __init__(
        self, code: str, message: str, status: int | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, message)
        self.code, self.message, self.status, self.more = code, message, status, dict(more or {})


def forwarded(application: Application, environ: Environ) -> Answer:
    """What the application behind answers."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        begun.append((int(status.split(maxsplit=1)[0]), headers))

    parts = application(environ, start)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return Answer(*begun[-1], body)


def refused(request: Request, refusal: RefusedError) -> Answer:
    """A refusal as the service's protocol has it."""
    request.drained()
    shape = _modelled(request, refusal.code)
    # The code on the wire may be another one than the name: AWS.SimpleQueueService.NonExistentQueue, QueueDoesNotExist.
    code = shape.error_code if shape is not None and request.protocol in ("query", "ec2") else refusal.code
    if shape is None:
        status = refusal.status or _STATUS.get(refusal.code, 400)
    else:
        status = (
            refusal.status or shape.metadata.get("error", {}).get("httpStatusCode") or _STATUS.get(refusal.code, 400)
        )
    if request.environ["REQUEST_METHOD"] == "HEAD":
        return Answer(status, [("Content-Type", _XML)], b"")
    if request.protocol in ("json", "rest-json"):
        return _in_json(request, refusal, status)
    return Answer(status, [("Content-Type", _XML)], _in_xml(request, refusal, code).encode())


def _modelled(request: Request, code: str) -> object:
    for shape in get_service_model(request.service).error_shapes:
        if code in (shape.name, shape.error_code):
            return shape
    return None


def _in_json(request: Request, refusal: RefusedError, status: int) -> Answer:
    model = get_service_model(request.service)
    shape = _modelled(request, refusal.code)
    name = shape.name if shape is not None else refusal.code
    headers = [("x-amzn-RequestId", str(uuid4())), ("x-amzn-ErrorType", name)]
    if request.protocol == "rest-json":
        headers.append(("Content-Type", "application/json"))
        return Answer(status, headers, json.dumps({"message": refusal.message}).encode())
    version = model.metadata.get("jsonVersion", "1.0")
    headers.append(("Content-Type", f"application/x-amz-json-{version}"))
    if "awsQueryCompatible" in model.metadata:
        told = shape.error_code if shape is not None else refusal.code
        headers.append(("x-amzn-query-error", f"{told};Sender"))
    kind = f"com.amazonaws.{request.service}#{name}"
    return Answer(status, headers, json.dumps({"__type": kind, "message": refusal.message}).encode())


def _in_xml(request: Request, refusal: RefusedError, code: str) -> str:
    told = f"<Code>{escape(code)}</Code><Message>{escape(refusal.message)}</Message>"
    number = str(uuid4())
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if request.service == "s3":
        more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in refusal.more.items())
        return f"{head}<Error>{told}{more}<RequestId>{number}</RequestId><HostId>{number}</HostId></Error>"
    if request.protocol == "ec2":
        return f"{head}<Response><Errors><Error>{told}</Error></Errors><RequestID>{number}</RequestID></Response>"
    error = f"<Error><Type>Sender</Type>{told}</Error>"
    return f"{head}<ErrorResponse>{error}<RequestId>{number}</RequestId></ErrorResponse>"
