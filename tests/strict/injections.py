"""What goes wrong on a test's demand: denials, throttling, expired credentials, regions that are off, delays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from strict.answers import RefusedError
from strict.log import matches
from strict.recognised import Request

Effect = Callable[[Request], None]

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

    def meet(self, request: Request) -> None:
        """Lets happen what is injected for this call. Raises `RefusedError`."""
        due = []
        with self._lock:
            for one in self._injected:
                if one.left != 0 and fnmatchcase(request.name, one.name) and matches(request, one.where):
                    one.met += 1
                    one.left = None if one.left is None else one.left - 1
                    due.append(one)
        for one in due:
            one.effect(request)


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


def failing(code: str, message: str, status: int | None) -> Effect:
    def fail(_: Request) -> None:
        raise RefusedError(code, message, status)

    return fail


def delayed(seconds: float) -> Effect:
    def wait(_: Request) -> None:
        time.sleep(seconds)

    return wait
