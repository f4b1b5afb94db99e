"""What the fixture `assay` takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one command line gave."""

    code: int
    out: str
    err: str


Assay = Callable[..., Done]
