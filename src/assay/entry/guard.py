"""The watch over protection as a function of AWS Lambda: that of `lambda_handler` with `ASSAY_CLASSIFY=off`.

A schedule that calls it with `{"assay": "watch"}` has everything looked at, one with `{"assay": "tasks"}` what is new or changed its
level. A queue of SQS tells it of new resources: what a message asks for is a task, and no account of the event is kept, so that a
worker that hears of it too does its own work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any

from assay.app.catalogs import open_needed
from assay.app.config.settings import load_settings
from assay.app.governing.governance import in_effect
from assay.app.protection.protectintake import heard
from assay.app.protection.protectround import totals
from assay.app.protection.protectwatch import Watch
from assay.app.work.workers import guard
from assay.aws.access import Access
from assay.detect.cache import read_all
from assay.entry.common import TASKS, WATCH, EventError, is_step, protects_of, tasks_done
from assay.entry.secret import take_secret
from assay.entry.steps import protected
from assay.model import Governance
from assay.store.here import actor


def handled(event: Any, context: Any) -> dict[str, Any]:
    """Does what an event asks for. Raises `EventError` where nothing says how to protect, and for an event that cannot be understood."""
    watch = watching()
    if event == WATCH:
        holder = watch.once()
        return {"watching": holder.by} if holder is not None else {"round": dict(totals(watch.last))}
    if event == TASKS:
        watch.changes.take()
        return {"tasks": tasks_done(watch.tasks, context)}
    if is_step(event):
        return protected(watch, event)
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list):
        _, wrong = heard(watch.catalog, json.dumps(event))
        if wrong:
            raise EventError("; ".join(wrong))
        return {"batchItemFailures": []}
    failed = [
        str(record.get("messageId", ""))
        for record in records
        if isinstance(record, Mapping) and heard(watch.catalog, json.dumps(record))[1]
    ]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


@cache
def watching() -> Watch:
    """Made by the first call, and kept for all that this process gets. Raises `EventError` where nothing says how to protect."""
    take_secret(Access())
    settings = load_settings()
    protects = protects_of(settings)
    if protects is None:
        raise EventError("ASSAY_PROTECT is not set: plan, or apply what the rollout phase lets through")
    # Nobody tells a function that it was the last call: what is open ends with the process.
    catalog = ExitStack().enter_context(open_needed(settings, None))

    def governance() -> Governance:
        identifiers = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, broken=[])[0]
        return in_effect(identifiers, file=settings.governance, catalog=catalog)

    return guard(catalog, settings, protects, governance, access=Access(), who=actor())
