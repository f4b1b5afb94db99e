"""The watch over protection as a function of AWS Lambda: that of `lambda_handler` with `ASSAY_CLASSIFY=off`.

A schedule that calls it with `{"assay": "watch"}` has everything looked at, one with `{"assay": "tasks"}` what is new or changed its
level, in the account of the function and those that the setting `protect_roles` leads to. A queue of SQS tells it of new resources: what a message asks for is a task, and no account of the event is kept, so that a
worker that hears of it too does its own work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from assay.app.catalogs import open_needed
from assay.app.config.settings import load_settings
from assay.app.governing.governance import in_effect
from assay.app.protection.guarding import Guards
from assay.app.protection.protectintake import heard
from assay.app.protection.protectround import totals
from assay.app.protection.protectwatch import Watch
from assay.app.work.tasking import Tasks
from assay.app.work.workers import guards_of
from assay.aws.access import Access
from assay.detect.cache import read_all
from assay.entry.common import TASKS, WATCH, EventError, is_nearly_over, is_step, protects_of, tasks_done
from assay.entry.secret import take_secret
from assay.entry.steps import protected
from assay.errors import AwsError
from assay.model import Governance
from assay.store.here import actor
from assay.store.tasks import Kind


class Guarding(NamedTuple):
    """Who looks at what: `watch` in the account of the function, `guards` in those of the setting `protect_roles` as well, for which `tasks` asks them."""

    watch: Watch
    guards: Guards
    tasks: Tasks


def handled(event: Any, context: Any) -> dict[str, Any]:
    """Does what an event asks for. Raises `EventError` where nothing says how to protect, where an account was not looked at, and for an event that
    cannot be understood."""
    watch, guards, tasks = watching()
    if event == WATCH:
        return _round(guards, context)
    if event == TASKS:
        guards.take()
        return {"tasks": tasks_done(tasks, context)}
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


def _round(guards: Guards, context: Any) -> dict[str, Any]:
    """One round in each account, that of the function first. An account that was not looked at fails the call once the others were: what fails is
    told by an alarm, and an answer is read by nobody."""
    told: dict[str, dict[str, Any]] = {}
    missed: list[str] = []
    for account in guards.configured:
        if told and is_nearly_over(context):
            missed.append(f"{account}: no time is left; have a container watch ('assay protect watch')")
            continue
        try:
            watch = guards.entered(account)
            holder = watch.once()
        except AwsError as error:
            if account == guards.own:
                raise
            missed.append(f"{account}: {error.reason}: {error.detail}")
            continue
        told[account] = {"watching": holder.by} if holder is not None else {"round": dict(totals(watch.last))}
    if missed:
        raise EventError("not every account was looked at: " + "; ".join(missed))
    others = {account: each for account, each in told.items() if account != guards.own}
    return told[guards.own] | ({"accounts": others} if others else {})


@cache
def watching() -> Guarding:
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

    guards = guards_of(catalog, settings, protects, governance, access=Access(), who=actor())
    watch = guards.entered(guards.own)
    tasks = replace(watch.tasks, works={Kind.PROTECT: guards}, accounts=guards.open)
    return Guarding(watch, guards, tasks)
