"""The semantic method that a configuration asks for, made once: a process that scans again does not load its model again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.model import Governance
    from assay.tables.judge import SemanticMethod


class _Made(threading.local):
    """What this thread has made: a method remembers what it was asked, and is for one thread."""

    def __init__(self) -> None:
        self.by_asked: dict[tuple[str, Path | None], SemanticMethod] = {}


_MOST = 4
_MADE = _Made()


def semantic_of(governance: Governance, cache: Path | None = None) -> SemanticMethod | None:
    """The semantic method that a configuration asks for; `None` where it asks for none, or it is not installed."""
    from assay.tables.semantic import MODELS, load  # loads numpy: only for tables

    if governance.models.get("semantic.enabled", "true") != "true":
        return None
    asked = governance.models.get("semantic.model", MODELS[0]), cache
    made = _MADE.by_asked
    if asked not in made:
        method = load(*asked)
        if method is None:
            return None
        if len(made) >= _MOST:
            made.clear()
        made[asked] = method
    return made[asked]
