"""Who works on a row: columns `claim`, `host`, `process` and `until`, and when another may take it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from assay.errors import CatalogError
from assay.store.here import host
from assay.store.runs import is_running
from assay.store.texts import moment

NOBODY: dict[str, Any] = {"claim": None, "host": None, "process": None, "until": None}


class LostClaimError(CatalogError):
    """It was claimed by another meanwhile; the transaction must not be kept."""


def mine(key: str, now: datetime, lease: timedelta) -> dict[str, Any]:
    """The columns of a row that this process has; `key` proves it."""
    return {"claim": key, "host": host(), "process": os.getpid(), "until": moment(now + lease)}


def is_free(row: Any, now: datetime) -> bool:
    """Whether nobody has a row, the time of whoever has it is over, or its process is gone."""
    if row.claim is None or row.until < moment(now):
        return True
    return row.host == host() and row.process != os.getpid() and not is_running(row.process)
