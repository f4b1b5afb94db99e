"""Limits on what a message, a batch or an event may be, and services that answer nothing until they are enabled."""

from __future__ import annotations

import json
import re
from typing import Any

from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_SQS = "AWS.SimpleQueueService."
_MOST_IN_BATCH = 10
_LONGEST_VISIBILITY = 43_200
_MOST_BYTES = 1_048_576
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_SUBJECT = 100
_MOST_EVENTS = 10
_MOST_EVENT_BYTES = 262_144
_MOST_FINDINGS = 100
_LARGEST_FINDING = 240_000
_MOST_WRITES = 25
_FINDING = ("AwsAccountId", "CreatedAt", "Description", "GeneratorId", "Id", "ProductArn", "Resources", "SchemaVersion",
            "Severity", "Title", "UpdatedAt")  # fmt: skip
_ACCOUNT = re.compile(r"\d{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


# SQS


def _batch(request: Request, _: State) -> None:
    entries = request.parameters.get("Entries") or []
    if not entries:
        raise RefusedError(_SQS + "EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > _MOST_IN_BATCH:
        raise RefusedError(
            _SQS + "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {_MOST_IN_BATCH}. You have sent {len(entries)}.",
        )
    ids = [entry.get("Id") for entry in entries]
    repeated = next((one for one in ids if ids.count(one) > 1), None)
    if repeated is not None:
        raise RefusedError(_SQS + "BatchEntryIdsNotDistinct", f"Id {repeated} repeated.")


def _sent(request: Request, _: State) -> None:
    _message(str(request.parameters.get("MessageBody", "")))


def _sent_batch(request: Request, remembered: State) -> None:
    _batch(request, remembered)
    bodies = [str(entry.get("MessageBody", "")) for entry in request.parameters["Entries"]]
    if sum(len(body.encode()) for body in bodies) > _MOST_BYTES:
        message = f"Batch requests cannot be longer than {_MOST_BYTES} bytes."
        raise RefusedError(_SQS + "BatchRequestTooLong", message)
    for body in bodies:
        _message(body)


def _message(body: str) -> None:
    if not body:
        raise RefusedError("MissingParameter", "The request must contain the parameter MessageBody.")
    if _ILLEGAL.search(body):
        raise RefusedError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def _visibility(request: Request, _: State) -> None:
    _visible(request.parameters.get("VisibilityTimeout"))


def _visibilities(request: Request, remembered: State) -> None:
    _batch(request, remembered)
    for entry in request.parameters["Entries"]:
        _visible(entry.get("VisibilityTimeout"))


def _visible(seconds: Any) -> None:
    if seconds is not None and not 0 <= int(seconds) <= _LONGEST_VISIBILITY:
        message = f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided."
        raise RefusedError("InvalidParameterValue", message)


# SNS


def _publish(request: Request, _: State) -> None:
    if not request.parameters.get("Message"):
        raise RefusedError("InvalidParameter", "Invalid parameter: Empty message")
    subject = request.parameters.get("Subject")
    if subject is None:
        return
    if not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        # Line breaks, control characters and what is not ASCII, too.
        raise RefusedError("InvalidParameter", "Invalid parameter: Subject")


# EventBridge


def _events(request: Request, _: State) -> None:
    entries = request.parameters.get("Entries") or []
    if not 0 < len(entries) <= _MOST_EVENTS:
        raise RefusedError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
        )
    if sum(_size(entry) for entry in entries) > _MOST_EVENT_BYTES:
        raise RefusedError("ValidationException", "Total size of the entries in the request is over the limit.")


def _size(entry: dict[str, Any]) -> int:
    """As the guide has it: 14 bytes for the time, and the UTF-8 of source, type, detail and resources."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or ())
    return (14 if entry.get("Time") else 0) + sum(len(text.encode()) for text in texts)


def _from_aws(request: Request, answer: Answer) -> Answer:
    """Events in the name of AWS are not taken, each for itself."""
    entries = request.parameters.get("Entries") or []
    if not answer.ok or not any(str(entry.get("Source", "")).startswith("aws.") for entry in entries):
        return answer
    told = json.loads(answer.body)
    for entry, place in zip(entries, range(len(entries)), strict=True):
        if str(entry.get("Source", "")).startswith("aws."):
            message = "Not authorized for the source."
            told["Entries"][place] = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": message}
    told["FailedEntryCount"] = sum("ErrorCode" in entry for entry in told["Entries"])
    return answer.with_json(told)


# Security Hub and Macie


def _findings(request: Request, remembered: State) -> None:
    if not remembered.enabled("securityhub", request.account, request.region):
        raise RefusedError("InvalidAccessException", f"Account {request.account} is not subscribed to AWS Security Hub")
    findings = request.parameters.get("Findings") or []
    if not 0 < len(findings) <= _MOST_FINDINGS:
        raise RefusedError(
            "InvalidInputException", "Invalid parameter 'Findings'. data should contain between 1 and 100 items"
        )


def _whole(request: Request) -> Request:
    """The emulator takes every finding: it gets to see those that are whole."""
    findings = request.parameters.get("Findings") or []
    kept = [finding for finding in findings if not _wrong(request, finding)]
    return request if len(kept) == len(findings) else request.changed(Findings=kept)


def _imported(request: Request, answer: Answer) -> Answer:
    """Findings that are not whole are told one by one."""
    wrong = [(one, message) for one in request.parameters.get("Findings") or () if (message := _wrong(request, one))]
    if not wrong or not answer.ok:
        return answer
    failed = [{"Id": one.get("Id", ""), "ErrorCode": "InvalidInput", "ErrorMessage": message} for one, message in wrong]
    told = json.loads(answer.body) | {"FailedCount": len(failed), "FailedFindings": failed}
    return answer.with_json(told)


def _wrong(request: Request, finding: dict[str, Any]) -> str:
    missing = [name for name in _FINDING if not finding.get(name)]
    if missing:
        return f"Finding does not adhere to Amazon Finding Format. data should have required property '{missing[0]}'."
    if not _ACCOUNT.fullmatch(finding["AwsAccountId"]):
        return 'Finding does not adhere to Amazon Finding Format. data.AwsAccountId should match pattern "^\\d{12}$".'
    for name in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"):
        if finding.get(name) and not _TIME.fullmatch(finding[name]):
            return f'Finding does not adhere to Amazon Finding Format. data.{name} should match format "date-time".'
    if f":{request.region}:" not in finding["ProductArn"]:
        return "Finding does not adhere to Amazon Finding Format. ProductArn is of another region."
    if len(json.dumps(finding)) > _LARGEST_FINDING:
        return "Finding is larger than the maximum of 240 KB."
    return ""


def enabling(request: Request, answer: Answer, remembered: State) -> None:
    """Remembers which services were switched on and off."""
    switches = {"EnableMacie": True, "DisableMacie": False, "EnableSecurityHub": True, "DisableSecurityHub": False}
    on = switches.get(request.operation.name)
    if answer.ok and on is not None:
        remembered.enable(request.service, request.account, request.region, on)


# Kinesis


def _all_tags(request: Request) -> Request:
    return request.changed(ExclusiveStartTagKey=None, Limit=None)


def _all_streams(request: Request) -> Request:
    """The emulator ends after ten, and tells no token for more."""
    return request.changed(Limit=request.parameters.get("Limit", 10_000))


def _tags_behind(request: Request, answer: Answer) -> Answer:
    """The emulator begins with the key that it should go on behind."""
    if not answer.ok:
        return answer
    behind, most = request.parameters.get("ExclusiveStartTagKey", ""), request.parameters.get("Limit", 50)
    left = [tag for tag in json.loads(answer.body)["Tags"] if tag["Key"] > behind]
    return answer.with_json({"Tags": left[:most], "HasMoreTags": len(left) > most})


# DynamoDB


def _writes(request: Request, _: State) -> None:
    requested = sum(len(writes) for writes in (request.parameters.get("RequestItems") or {}).values())
    if requested > _MOST_WRITES:
        raise RefusedError("ValidationException", "Too many items requested for the BatchWriteItem call")


def _settled(request: Request, remembered: State) -> None:
    table = _table(request)
    status = remembered.status_of(table)
    if status != "ACTIVE":
        message = f"Attempt to change a resource which is still in use: Table is being updated: {table}"
        raise RefusedError("ResourceInUseException", message)


def _readable(request: Request, remembered: State) -> None:
    if remembered.status_of(_table(request)) == "CREATING":
        raise RefusedError("ResourceNotFoundException", "Requested resource not found")


def _table(request: Request) -> str:
    named = request.parameters.get("TableName") or request.parameters.get("ResourceArn") or ""
    return str(named).rpartition("/")[2]


def described(request: Request, answer: Answer, remembered: State) -> Answer:
    """A table's description, with the status that a test gave it."""
    if request.name != "dynamodb.DescribeTable" or not answer.ok:
        return answer
    told = json.loads(answer.body)
    told["Table"]["TableStatus"] = remembered.status_of(_table(request), described=True)
    return answer.with_json(told)


CHECKS = {
    "sqs.SendMessage": _sent,
    "sqs.SendMessageBatch": _sent_batch,
    "sqs.DeleteMessageBatch": _batch,
    "sqs.ChangeMessageVisibilityBatch": _visibilities,
    **dict.fromkeys(("sqs.ReceiveMessage", "sqs.ChangeMessageVisibility"), _visibility),
    "sns.Publish": _publish,
    "events.PutEvents": _events,
    "securityhub.BatchImportFindings": _findings,
    "dynamodb.BatchWriteItem": _writes,
    **dict.fromkeys(
        (f"dynamodb.{name}" for name in ("UpdateTable", "DeleteTable", "TagResource", "UpdateTimeToLive")), _settled
    ),
    **dict.fromkeys((f"dynamodb.{name}" for name in ("Scan", "Query", "GetItem", "PutItem")), _readable),
}
CHANGED = {
    "securityhub.BatchImportFindings": _whole,
    "kinesis.ListTagsForStream": _all_tags,
    "kinesis.ListStreams": _all_streams,
}
AFTER = {
    "events.PutEvents": _from_aws,
    "securityhub.BatchImportFindings": _imported,
    "kinesis.ListTagsForStream": _tags_behind,
}
