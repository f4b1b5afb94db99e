"""What is told, and why it could not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.errors import AssayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A title, sentences below it, and the same as data. It holds names of resources and levels, and no value."""

    id: str
    title: str
    lines: tuple[str, ...]
    at: str
    level: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""

    @property
    def text(self) -> str:
        """All of it as lines."""
        return "\n".join((self.title, "", *self.lines, *(("", self.link) if self.link else ())))


class NotSentError(AssayError):
    """A message that was not taken. It is tried again unless that would not help (`is_final`). It holds no secret."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final
