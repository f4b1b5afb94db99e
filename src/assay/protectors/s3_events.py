"""What a bucket tells of its changes, and whom. The call that writes it replaces all, so that what is there is merged into it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import ActionError
from assay.model.action import CHANGED, UNCHANGED, Action, State

CONTROL = "s3_events"
CALLS: Calls = frozenset({"s3.GetBucketNotificationConfiguration", "s3.PutBucketNotificationConfiguration"})
EVENTBRIDGE = "eventbridge"
ID = "assay"
EVENTS = ("s3:LifecycleExpiration:*", "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:Completed")

_BRIDGE = "EventBridgeConfiguration"
_QUEUES = "QueueConfigurations"
_PARTS = ("TopicConfigurations", _QUEUES, "LambdaFunctionConfigurations")


def protector(session: Session, account: str) -> S3Events:
    """Changes buckets of the account."""
    return S3Events(session, account)


def to_queue(arn: str) -> str:
    """What the state of a queue is called in an action."""
    return f"queue {arn}"


class S3Events:
    """Changes the one part of a bucket's configuration that an action names: `eventbridge` (true or `None`), or
    `queue ARN` (the events that it is told of, or `None`)."""

    def __init__(self, session: Session, account: str) -> None:
        self.calls = CALLS
        self._session = session
        self._account = account

    def observe(self, resource: str) -> State:
        """All that the bucket tells: EventBridge, and each queue by its ARN. Raises `AwsError`."""
        return _state(self._read(resource))

    def apply(self, action: Action) -> State:
        """Reads, compares, merges, and writes with nothing between. Returns what was found before."""
        whole = self._read(action.resource)
        found = _state(whole)
        now = {name: found.get(name) for name in action.after}
        if now == dict(action.after):
            raise ActionError(UNCHANGED, "it tells its events so already")
        if now != dict(action.before):
            raise ActionError(CHANGED, "its events are told otherwise than it was planned for; plan it again")
        for name, value in action.after.items():
            whole = _with(whole, name, value)
        try:
            self._session.client("s3").put_bucket_notification_configuration(
                Bucket=place_of(action.resource).bucket,
                NotificationConfiguration=whole,
                ExpectedBucketOwner=self._account,
            )
        except refusals() as error:
            raise told(error, action.resource) from None
        return now

    def read_back(self, action: Action) -> State:
        """What the action names, as it is now."""
        found = self.observe(action.resource)
        return {name: found.get(name) for name in action.after}

    def undo(self, action: Action) -> State:
        """Takes out what was put in, where it is there still."""
        return self.apply(action.inverse)

    def _read(self, resource: str) -> dict[str, Any]:
        try:
            answer = self._session.client("s3").get_bucket_notification_configuration(
                Bucket=place_of(resource).bucket, ExpectedBucketOwner=self._account
            )
        except refusals() as error:
            raise told(error, resource) from None
        return {name: answer[name] for name in (*_PARTS, _BRIDGE) if name in answer}


def _state(whole: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {EVENTBRIDGE: True} if _BRIDGE in whole else {}
    for each in whole.get(_QUEUES, ()):
        # One that only tells of some keys is somebody's own, and does not tell of all.
        if not each.get("Filter"):
            known = found.get(to_queue(each["QueueArn"]), [])
            found[to_queue(each["QueueArn"])] = sorted({*known, *each["Events"]})
    return found


def _with(whole: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The configuration with one part as it has to be, and all others as they are."""
    made = dict(whole)
    if name == EVENTBRIDGE:
        made.pop(_BRIDGE, None)
        return made | ({_BRIDGE: {}} if value else {})
    arn = name.removeprefix("queue ")
    told = made.pop(_QUEUES, [])
    others = [each for each in told if each["QueueArn"] != arn or each.get("Filter")]
    # One of the same queue that is there keeps its name.
    known = next((each["Id"] for each in told if each not in others and "Id" in each), ID)
    mine = [{"Id": known, "QueueArn": arn, "Events": list(value)}] if value else []
    return made | ({_QUEUES: [*others, *mine]} if others or mine else {})
