"""Which calls were made, so that tests can assert them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from strict.recognised import Request

# What tests call a parameter, and where the services have it; the first that is given counts.
_SHORT = {
    "bucket": ("Bucket",),
    "key": ("Key",),
    "table": ("TableName",),
    "queue": ("QueueUrl", "QueueName"),
    "topic": ("TopicArn", "TargetArn"),
    "stream": ("StreamName",),
    "resource": ("ResourceArn", "ResourceARN", "resourceArn", "ResourceName"),
    "database": ("DatabaseName",),
}


def told(request: Request, name: str) -> Any:
    """A parameter by its short name or by the service's own; of queues and topics the last part. `None` if not given."""
    if name in ("account", "region"):
        return getattr(request, name)
    found = next((request.parameters[long] for long in _SHORT.get(name, (name,)) if long in request.parameters), None)
    if name in ("queue", "topic") and isinstance(found, str):
        return found.replace(":", "/").rpartition("/")[2]
    return found


def matches(request: Request, where: dict[str, Any]) -> bool:
    """Whether all of `where` is so: a value is equal, or a function of it says yes."""
    for name, wanted in where.items():
        found = told(request, name)
        if not (wanted(found) if callable(wanted) else found == wanted):
            return False
    return True


class Call(NamedTuple):
    """One call: its request, and the HTTP status and error code that it was answered with (code empty where it went well)."""

    request: Request
    status: int
    code: str

    @property
    def name(self) -> str:
        return self.request.name

    @property
    def region(self) -> str:
        return self.request.region

    @property
    def parameters(self) -> dict[str, Any]:
        return self.request.parameters


class Calls:
    """All calls since the last reset, in the order of their answers. Thread-safe."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(list(self._calls))

    def __len__(self) -> int:
        with self._lock:
            return len(self._calls)

    def made(self, *names: str, **where: Any) -> list[Call]:
        """The calls of these operations (`s3.GetObject`; all without a name) with these parameters (`bucket="orders"`)."""
        return [call for call in self if (not names or call.name in names) and matches(call.request, where)]

    def names(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(call.name for call in self)
