"""Streams: how often a shard may be read, tokens of lists of shards, shards that are closed and keep what they have.

Sources: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html, …/API_ListShards.html
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from moto.kinesis.models import kinesis_backends

from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_A_SECOND = 5
_MOST = 10_000
_MARK = "shards."


def _listed(request: Request, _: State) -> None:
    if request.parameters.get("NextToken") and request.parameters.get("StreamName"):
        raise RefusedError("InvalidArgumentException", "NextToken and StreamName cannot be provided together.")


def _named(request: Request) -> Request:
    """The emulator asks for the name besides the token, which stands for it."""
    token = request.parameters.get("NextToken")
    if not isinstance(token, str) or not token.startswith(_MARK):
        return request
    name, inner = json.loads(base64.urlsafe_b64decode(token.removeprefix(_MARK)))
    return request.changed(StreamName=name, NextToken=inner)


def _tokens(request: Request, answer: Answer) -> Answer:
    if not answer.ok:
        return answer
    told = json.loads(answer.body)
    if told.get("NextToken"):
        name = _named(request).parameters.get("StreamName")
        sealed = json.dumps([name, told["NextToken"]]).encode()
        told["NextToken"] = _MARK + base64.urlsafe_b64encode(sealed).decode()
    return answer.with_json(told)


def _read(request: Request, remembered: State) -> None:
    if int(request.parameters.get("Limit") or 1) > _MOST:
        raise RefusedError("InvalidArgumentException", f"1 validation error: limit must be at most {_MOST}")
    stream, shard, _ = _place(request)
    if remembered.often((stream, shard), time.monotonic()) > _A_SECOND:
        raise RefusedError("ProvisionedThroughputExceededException", f"Rate exceeded for shard {shard}.")


def _ended(request: Request, answer: Answer) -> Answer:
    """A closed shard has no iterator behind its last record; the emulator has one for ever."""
    if not answer.ok:
        return answer
    told = json.loads(answer.body)
    stream, name, _ = _place(request)
    shard = kinesis_backends[request.account][request.region].describe_stream(None, stream).shards[name]
    if not shard.is_open and not told["Records"]:
        told["NextShardIterator"] = None
    return answer.with_json(told)


def _place(request: Request) -> tuple[str, str, str]:
    stream, shard, at = base64.b64decode(str(request.parameters["ShardIterator"])).decode().split(":")
    return stream, shard, at


CHECKS: dict[str, Callable[[Request, State], None]] = {"kinesis.ListShards": _listed, "kinesis.GetRecords": _read}
CHANGED: dict[str, Callable[[Request], Request]] = {"kinesis.ListShards": _named}
AFTER: dict[str, Callable[[Request, Answer], Any]] = {"kinesis.ListShards": _tokens, "kinesis.GetRecords": _ended}
