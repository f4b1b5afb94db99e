"""The worker as a function of AWS Lambda: `assay.entry.lambda_handler.handler`.

A queue of SQS, a stream of DynamoDB or Kinesis, a rule of EventBridge, a topic, or S3 itself may call it. Of batches it answers
with `batchItemFailures`, so that only what has to come again does: switch `ReportBatchItemFailures` on. What is given up stays
in its queue, whose redrive policy takes it to the dead-letter queue; the reason is in the catalog.

What events ask for and takes longer than they may (scans of whole buckets and tables, their tags) is left in the catalog: a
schedule that calls the function with `{"assay": "tasks"}` has it done, for as long as the function may run. A scan that is
not through by then goes on with the next call. The same call tells executions of workflows that wait for a person what was decided.

Settings come from `ASSAY_*` variables: `ASSAY_CATALOG` is needed, and in a function it is a PostgreSQL database. With
`ASSAY_CATALOG_SECRET`, the ARN of a secret with the keys `catalog`, `fingerprint_key` and `audit_key`, it is taken from there.
`ASSAY_TAGS=off` writes no tags. With `ASSAY_PROTECT=plan` or `apply` the protection of what is new, or changed its level, is a
task as well. With `ASSAY_CLASSIFY=off` besides, the function does nothing else (`assay.entry.guard`).

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from typing import Any

from assay.app.catalogs import needed_url, open_needed
from assay.app.config.settings import load_settings
from assay.app.work.processing import Bury, Delete, Processing
from assay.app.work.workers import Asked, Parts, Rescans, parts
from assay.aws.access import Access
from assay.entry import guard
from assay.entry.classifying import classification_step
from assay.entry.common import OFF, TASKS, EventError, answers_sent, is_step, protects_of, tasks_done
from assay.entry.secret import take_secret
from assay.model.sensitive import Sensitive
from assay.ports import Message

_QUEUE, _KINESIS = "aws:sqs", "aws:kinesis"
_STREAMS = (_KINESIS, "aws:dynamodb")


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Processes one call. Raises `EventError` for an event that is no batch and has to come again."""
    if os.environ.get("ASSAY_CLASSIFY", "on").lower() in OFF:
        return guard.handled(event, context)
    work = _parts(str(getattr(context, "function_name", "lambda")))
    if event == TASKS:
        # First: what is left to be scanned may take all the time that there is, with each call anew.
        answers = answers_sent(work.processing.catalog)
        return {"tasks": tasks_done(work.tasks, context), "answers": answers}
    made = work.processing
    if is_step(event):
        return classification_step(made, event)
    records = event.get("Records") if isinstance(event, Mapping) else None
    if isinstance(records, list) and records and all(map(_is_batched, records)):
        return {"batchItemFailures": [{"itemIdentifier": each} for each in _failed(made, records)]}
    if not _is_done(made, str(getattr(context, "aws_request_id", "")), event):
        raise EventError("the event has to come again; why is in the catalog")
    return {"batchItemFailures": []}


@cache
def _parts(name: str) -> Parts:
    """Made by the first call, and kept for all that this process gets: rules are loaded once."""
    take_secret(Access())
    settings = load_settings()
    tags = os.environ.get("ASSAY_TAGS", "on").lower() not in OFF
    stack = ExitStack()
    catalog = stack.enter_context(open_needed(settings, None))
    rescans = Rescans(catalog_url=needed_url(settings, None))
    # Nobody tells a function that it was the last call: what is open ends with the process.
    return stack.enter_context(
        parts(catalog, settings, Asked(tags=tags), queue=name, rescans=rescans, protects=protects_of(settings))
    )


def _is_batched(record: Any) -> bool:
    return isinstance(record, Mapping) and record.get("eventSource") in (_QUEUE, *_STREAMS) and bool(_number(record))


def _number(record: Mapping[str, Any]) -> str:
    """What a batch calls one of its items: a message by its number, a record by its place in the stream."""
    source = record["eventSource"]
    if source == _QUEUE:
        return str(record.get("messageId", ""))
    told = record.get("kinesis" if source == _KINESIS else "dynamodb")
    name = "sequenceNumber" if source == _KINESIS else "SequenceNumber"
    return str(told.get(name, "")) if isinstance(told, Mapping) else ""


def _failed(made: Processing, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """What has to come again. Where there is an order, so has all that comes after it."""
    failed: list[str] = []
    for record in records:
        if failed and record["eventSource"] in _STREAMS:
            # A stream is taken up again at the first that failed.
            break
        keeps_order = "MessageGroupId" in (record.get("attributes") or {})
        if (failed and keeps_order) or not _is_done(made, _number(record), record):
            failed.append(_number(record))
    return failed


def _is_done(made: Processing, number: str, event: Any) -> bool:
    fate = made.message(Message(number, "", Sensitive(json.dumps(event)), 1))
    if isinstance(fate, Bury):
        for then in fate.then:
            then()
    return isinstance(fate, Delete)
