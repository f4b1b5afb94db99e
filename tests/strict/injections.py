"""What goes wrong on a test's demand: denials, throttling, expired credentials, regions that are off, delays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from botocore.validate import ParamValidator
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from strict.answers import Answer, RefusedError
from strict.log import matches
from strict.recognised import Request

Effect = Callable[[Request], Answer | None]

_DENIED = "User: arn:aws:iam::{account}:user/tester is not authorized to perform: {name} because no identity-based policy allows it"
_THROTTLED = {
    "s3": ("SlowDown", 503, "Please reduce your request rate."),
    "dynamodb": ("ProvisionedThroughputExceededException", 400, "The level of configured provisioned throughput for the table was exceeded."),
    "kinesis": ("ProvisionedThroughputExceededException", 400, "Rate exceeded for shard."),
    "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    "sqs": ("RequestThrottled", 403, "Request is throttled."),
    "lambda": ("TooManyRequestsException", 429, "Rate Exceeded."),
    "securityhub": ("LimitExceededException", 429, "Rate exceeded"),
    "macie2": ("ThrottlingException", 429, "Rate exceeded"),
}  # fmt: skip


@dataclass
class Injection:
    """Something that happens to calls that match; `left` times, or always."""

    name: str
    where: dict[str, Any]
    effect: Effect
    left: int | None
    met: int = field(default=0)
    """How many calls it happened to."""

    def end(self) -> None:
        """It happens no more."""
        self.left = 0


class Injections:
    """All that is injected. Thread-safe."""

    def __init__(self) -> None:
        self._injected: list[Injection] = []
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._injected.clear()

    def add(self, name: str, effect: Effect, times: int | None, where: dict[str, Any]) -> Injection:
        """`name` may hold `*` (`s3.*`)."""
        made = Injection(name=name, where=where, effect=effect, left=times)
        with self._lock:
            self._injected.append(made)
        return made

    def meet(self, request: Request) -> Answer | None:
        """Lets happen what is injected for this call, one after the other until one answers it. Raises `RefusedError`."""
        with self._lock:
            injected = list(self._injected)
        for one in injected:
            answer = one.effect(request) if self._claimed(one, request) else None
            if answer is not None:
                return answer
        return None

    def _claimed(self, one: Injection, request: Request) -> bool:
        with self._lock:
            due = one.left != 0 and fnmatchcase(request.name, one.name) and matches(request, one.where)
            if due:
                one.met += 1
                one.left = None if one.left is None else one.left - 1
            return due


def denied(request: Request) -> None:
    message = _DENIED.format(account=request.account, name=request.name.replace(".", ":"))
    codes = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
    if request.service == "s3":
        raise RefusedError("AccessDenied", message, 403)
    if request.protocol in ("json", "rest-json"):
        # The query protocol's name is that which old services still tell.
        code = "AccessDenied" if request.service == "sqs" else "AccessDeniedException"
        raise RefusedError(code, message, 403 if request.protocol == "rest-json" or request.service == "sqs" else 400)
    raise RefusedError(codes.get(request.service, "AccessDenied"), message, 403)


def throttled(request: Request) -> None:
    usual = ("Throttling" if request.protocol in ("query", "ec2") else "ThrottlingException", 400, "Rate exceeded")
    code, status, message = _THROTTLED.get(request.service, usual)
    raise RefusedError(code, message, status)


def expired(request: Request) -> None:
    message = "The security token included in the request is expired"
    if request.service in ("s3", "s3control"):
        raise RefusedError("ExpiredToken", "The provided token has expired.", 400)
    if request.service == "ec2":
        raise RefusedError("RequestExpired", "Request has expired.", 400)
    if request.protocol == "query" or request.service == "sqs":
        raise RefusedError("ExpiredToken", message, 403)
    raise RefusedError("ExpiredTokenException", message, 403 if request.protocol == "rest-json" else 400)


def disabled(request: Request) -> None:
    """A region that the account has not opted in to: its credentials are not known there."""
    message = "The security token included in the request is invalid."
    if request.service == "s3":
        raise RefusedError("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
    if request.service == "ec2":
        raise RefusedError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if request.protocol in ("query", "rest-xml") or request.service == "sqs":
        raise RefusedError("InvalidClientTokenId", message, 403)
    raise RefusedError("UnrecognizedClientException", message, 403 if request.protocol == "rest-json" else 400)


Result = dict[str, Any] | Callable[[Request], dict[str, Any]]


def answering(name: str, result: Result) -> Effect:
    """An answer in the emulator's place, written as the service's model has it. Raises `ValueError` for another shape."""
    service, _, operation = name.partition(".")
    model = get_service_model(service).operation_model(operation)
    if not callable(result):
        _as_modelled(model, result)

    def answer(request: Request) -> Answer:
        given = result(request) if callable(result) else result
        _as_modelled(model, given)
        written = get_serializer_class(service, request.protocol)(model).serialize(given)
        body = written["body"]
        return Answer(
            written["status_code"], [*written["headers"].items()], body if isinstance(body, bytes) else body.encode()
        )

    return answer


def _as_modelled(model: Any, result: dict[str, Any]) -> None:
    wrong = ParamValidator().validate(result, model.output_shape)
    if wrong.has_errors():
        raise ValueError(f"{model.name}: {wrong.generate_report()}")


def failing(code: str, message: str, status: int | None) -> Effect:
    def fail(_: Request) -> None:
        raise RefusedError(code, message, status)

    return fail


def happening(happen: Callable[[], Any]) -> Effect:
    def now(_: Request) -> None:
        happen()

    return now


def delayed(seconds: float, over: threading.Event) -> Effect:
    """Ends with its test, at the latest."""

    def wait(_: Request) -> None:
        over.wait(seconds)

    return wait
