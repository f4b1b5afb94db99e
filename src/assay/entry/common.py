"""What the entries of functions share: the events that are assay's own, what a function is told to protect, and its time."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from assay.app.config.settings import Settings
from assay.app.permissions import calls_of
from assay.app.reviews.resuming import Resuming
from assay.app.work.tasking import Tasks
from assay.app.work.workers import Protects
from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import AssayError, UsageError
from assay.protect.policyfile import policy_of
from assay.store.engine import Catalog
from assay.store.here import actor

TASKS = {"assay": "tasks"}
"""The event that has what was left in the catalog done."""
WATCH = {"assay": "watch"}
"""The event that has everything looked at that is protected."""
OFF = frozenset({"off", "0", "false", "no"})
_MARGIN_MS = 30_000
_LOG = logging.getLogger("assay.worker")


class EventError(AssayError):
    """An event that has to come again; the platform tries it again, and then gives it to its own dead-letter queue."""


def is_step(event: Any) -> bool:
    """Whether it is a step of a workflow."""
    return isinstance(event, Mapping) and event.get("assay") == "step"


def protects_of(settings: Settings) -> Protects | None:
    """How `ASSAY_PROTECT` says to protect, if it does. Raises `UsageError`, and `ConfigError` for policies that are wrong."""
    wanted = os.environ.get("ASSAY_PROTECT", "").lower()
    if wanted in ("", *OFF):
        return None
    if wanted not in ("plan", "apply"):
        raise UsageError("ASSAY_PROTECT: must be plan, apply or off")
    return Protects(policy=policy_of(settings.protection), execute=wanted == "apply", tell=_log)


def tasks_done(made: Tasks, context: Any) -> dict[str, int]:
    """What became of tasks until this call has to end."""
    before = Counter(made.counts)

    def is_to_end() -> bool:
        return is_nearly_over(context)

    while not is_to_end() and made.one(is_to_end):
        pass
    return dict(made.counts - before)


def is_nearly_over(context: Any) -> bool:
    """Whether this call has to end soon."""
    left = getattr(context, "get_remaining_time_in_millis", lambda: _MARGIN_MS + 60_000)
    return bool(left() < _MARGIN_MS)


def answers_sent(catalog: Catalog) -> dict[str, int]:
    """What became of executions that waited for a person; those that wait on are not among them, but for whom nothing could be sent."""
    sent = Resuming(catalog=catalog, session=Session(Access(), calls_of("aws executions")), by=actor()).send()
    for each in sent:
        if each.failure:
            _LOG.warning(
                "an execution could not be told what was decided",
                extra={"execution": each.asked.id, "code": each.failure},
            )
    return dict(Counter("failed" if each.failure else str(each.standing) for each in sent))


def _log(told: dict[str, Any]) -> None:
    _LOG.info("protection", extra={"told": told})
