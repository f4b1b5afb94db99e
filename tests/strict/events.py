"""Events of S3 as AWS sends them, and only to queues that let their sender in.

The emulator's events have no sequencer, or always the same one, and names that AWS does not have; it ignores queue policies
and delivers for rules that are disabled. What is put in its place is in the shape of
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.events import models as event_models
from moto.events.models import events_backends
from moto.s3 import notifications
from moto.sqs.models import sqs_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
_ADDRESS = "192.0.2.1"
_now = threading.local()
# From an arbitrary but increasing start, so that those of a later run are later.
_sequence = itertools.count(time.time_ns())
_whole = notifications.send_event
_to_queue = event_models.Rule._send_to_sqs_queue


def install() -> None:
    """Puts these in the place of the emulator's, in this process."""
    notifications.send_event = _sent
    notifications._get_s3_event = _record
    notifications._send_event_bridge_message = _to_event_bridge
    event_models.Rule._send_to_sqs_queue = _delivered


def during(request: Request) -> None:
    """The call that this thread is about to hand to the emulator."""
    _now.name = request.operation.name


@contextmanager
def told_afterwards() -> Iterator[None]:
    """What is told of a call is told once the emulator is through with it: it tells of an object that is written before it gives it the tags that
    came with it, and would take away those that whoever hears of it has written meanwhile."""
    whole, _now.waiting = getattr(_now, "waiting", None), []
    try:
        yield
    finally:
        waiting, _now.waiting = _now.waiting, whole
    name = getattr(_now, "name", "")
    for each in waiting:
        _now.name = name
        _told(*each)


def _sent(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
    """Writing an object is no change of its tags."""
    if event_name.value.startswith("s3:ObjectTagging") and "Tagging" not in getattr(_now, "name", "Tagging"):
        return
    waiting = getattr(_now, "waiting", None)
    if waiting is None:
        _told(account_id, event_name, bucket, key)
    else:
        waiting.append((account_id, event_name, bucket, key))


def _told(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
    """One event has one sequencer, however many are told of it."""
    _now.sequencer = f"{next(_sequence):018X}"
    _whole(account_id, event_name, bucket, key)


def _version(bucket: Any, key: Any) -> str | None:
    return str(key.version_id) if bucket.versioning_status else None


def _record(event_name: Any, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
    """A notification for queues, topics and functions; its keys are URL-encoded."""
    told: dict[str, Any] = {"key": quote_plus(key.name, safe="/"), "sequencer": _now.sequencer}
    if "ObjectRemoved" not in event_name.value:
        told |= {"size": key.size, "eTag": key.etag.strip('"')}
    version = _version(bucket, key)
    if version is not None:
        told["versionId"] = version
    owner = {"principalId": "A3NL1KOZZKExample"}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": bucket.region_name,
                "eventTime": iso_8601_datetime_with_milliseconds(),
                "eventName": event_name.value.removeprefix("s3:"),
                "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
                "requestParameters": {"sourceIPAddress": _ADDRESS},
                "responseElements": {"x-amz-request-id": uuid4().hex[:16].upper(), "x-amz-id-2": uuid4().hex},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": notification_id,
                    "bucket": {"name": bucket.name, "ownerIdentity": owner, "arn": bucket.arn},
                    "object": told,
                },
            }
        ]
    }


def _to_event_bridge(account_id: str, bucket: Any, event_name: Any, key: Any) -> None:
    """An event on the account's default bus; its key is not encoded."""
    of_kind, _, what = event_name.value.removeprefix("s3:").partition(":")
    told: dict[str, Any] = {"key": key.name}
    version = _version(bucket, key)
    if version is not None:
        told["version-id"] = version
    detail: dict[str, Any] = {"version": "0", "bucket": {"name": bucket.name}, "object": told}
    detail |= {"request-id": uuid4().hex[:16].upper(), "requester": account_id, "source-ip-address": _ADDRESS}
    if of_kind == "ObjectRemoved":
        gone = "Delete Marker Created" if what == "DeleteMarkerCreated" else "Permanently Deleted"
        told["sequencer"] = _now.sequencer
        detail |= {"reason": "DeleteObject", "deletion-type": gone}
    else:
        told["etag"] = key.etag.strip('"')
    if of_kind == "ObjectCreated":
        told |= {"size": key.size, "sequencer": _now.sequencer}
        detail["reason"] = _REASONS.get(what, what)
    event: Any = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": notifications._detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    for rule in list(events_backends[account_id][bucket.region_name].event_buses["default"].rules.values()):
        # One that goes by a schedule gets no events; the emulator takes it for one that gets all.
        if rule.state != "DISABLED" and not rule.scheduled_expression:
            rule.send_to_targets(event, transform_input=False)


def _delivered(rule: Any, resource_id: str, event: dict[str, Any], group_id: str | None = None) -> None:
    """A rule's event reaches a queue that lets it; otherwise the target's queue for dead letters, where there is one that does; else nobody
    hears of it, as nothing was refused to anybody.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    if rule.state == "DISABLED":
        return
    if _reaches(rule, resource_id):
        _to_queue(rule, resource_id, event, group_id)
        return
    for target in rule.targets:
        dead = str((target.get("DeadLetterConfig") or {}).get("Arn", "")).rpartition(":")[2]
        if str(target["Arn"]).rpartition(":")[2] == resource_id and dead and _reaches(rule, dead):
            _to_queue(rule, dead, event, None)


def _reaches(rule: Any, name: str) -> bool:
    queue = sqs_backends[rule.account_id][rule.region_name].queues.get(name)
    return queue is not None and _lets_in(queue.policy, "events.amazonaws.com", rule.arn)


def _lets_in(policy: str | None, service: str, source: str) -> bool:
    """Whether a queue's policy lets a service send to it for the resource `source`."""
    for statement in json.loads(policy or "{}").get("Statement", ()):
        principal = statement.get("Principal")
        services = principal.get("Service", principal.get("AWS")) if isinstance(principal, dict) else principal
        actions = {action.lower() for action in _several(statement.get("Action"))}
        named = statement.get("Effect") == "Allow" and {service, "*"} & set(_several(services))
        if (
            named
            and actions & {"sqs:sendmessage", "sqs:*", "*"}
            and _of_source(statement.get("Condition") or {}, source)
        ):
            return True
    return False


def _of_source(condition: dict[str, Any], source: str) -> bool:
    """Other conditions than that on the source are taken to be met."""
    for operator, keys in condition.items():
        for key, values in keys.items():
            if key.lower() == "aws:sourcearn":
                like = "like" in operator.lower() or operator.lower().startswith("arn")
                if not any(fnmatchcase(source, value) if like else source == value for value in _several(values)):
                    return False
    return True


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _notified(request: Request, _: State) -> None:
    """S3 tries whether it may send before it takes a notification."""
    configuration = request.parameters.get("NotificationConfiguration") or {}
    for one in configuration.get("QueueConfigurations") or ():
        arn = one.get("QueueArn", "")
        region, account, name = (arn.split(":") + [""] * 6)[3:6]
        queue = sqs_backends[account][region].queues.get(name) if account and region else None
        bucket = f"arn:aws:s3:::{request.parameters.get('Bucket')}"
        if queue is None or not _lets_in(queue.policy, "s3.amazonaws.com", bucket):
            raise RefusedError("InvalidArgument", "Unable to validate the following destination configurations")


def _marked(request: Request, answer: Answer) -> Answer:
    """The emulator tells nobody of delete markers."""
    headers = {name.lower(): value for name, value in answer.headers}
    held = state.bucket(request.parameters.get("Bucket"))
    if answer.ok and held is not None and "VersionId" not in request.parameters and "x-amz-delete-marker" in headers:
        marker = SimpleNamespace(name=request.parameters["Key"], version_id=headers["x-amz-version-id"], etag="")
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(held.account_id, event, held, marker)
    return answer


def _told_whole(request: Request, answer: Answer) -> Answer:
    """The emulator keeps that EventBridge is told, and does not say so."""
    held = state.bucket(request.parameters.get("Bucket"))
    known = getattr(held, "notification_configuration", None)
    if not answer.ok or known is None or known.event_bridge is None or b"EventBridgeConfiguration" in answer.body:
        return answer
    end, told = b"</NotificationConfiguration>", b"<EventBridgeConfiguration/>"
    if end in answer.body:
        return answer.with_body(answer.body.replace(end, told + end))
    # Without any other it is one empty element.
    return answer.with_body(answer.body.removesuffix(b"/>") + b">" + told + end)


AFTER = {"s3.DeleteObject": _marked, "s3.GetBucketNotificationConfiguration": _told_whole}
CHECKS = {"s3.PutBucketNotificationConfiguration": _notified}
