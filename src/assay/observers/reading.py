"""One setting of a resource: what cannot be read is unknown, and stops no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.errors import AwsError
from assay.model.protection import Setting


def read(call: Callable[[], Any]) -> Setting:
    """What a call tells, or why it does not."""
    try:
        return Setting(value=call())
    except AwsError as error:
        return Setting(reason=error.reason, detail=error.detail)
