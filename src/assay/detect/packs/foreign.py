"""What is read of another tool's rules, before it becomes an identifier."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from assay.model import Category, Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """One rule of another tool. `line` is where it stands; `notes` say what of it is not carried over."""

    tool: str
    file: Path
    line: int
    id: str
    title: str
    expressions: tuple[tuple[str, float], ...]
    """Expressions as they are written there, each with a confidence."""
    category: str = Category.SECRETS
    sensitivity: Sensitivity = Sensitivity.HIGH
    caseless: bool = False
    group: str | int | None = None
    """The group that is the value: its name or number; `None` for the first, or all of it where there is none."""
    keywords: tuple[str, ...] = ()
    distance: int = 50
    needs_context: bool = False
    random: bool = False
    ignore_words: tuple[str, ...] = ()
    ignore_regexes: tuple[str, ...] = ()
    finds: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}: {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untranslated:
    """A rule, or a part of one, that cannot be said here. `whole` where nothing of the rule is imported."""

    file: Path
    line: int
    id: str
    because: str
    whole: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.id}: {self.because}"
