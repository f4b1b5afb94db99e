"""Language models that are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class ModelAsked(NamedTuple):
    """What a language model is asked: instructions, facts, and the form of its answer, a JSON Schema that is called `name`."""

    system: str
    user: str
    name: str
    schema: Mapping[str, Any]


class ModelAnswer(NamedTuple):
    """What it answers, as an object where it called the tool, else as text; tokens, or 0 where they are not told."""

    answer: str | Mapping[str, Any]
    tokens_in: int
    tokens_out: int
    model: str


class Enricher(Protocol):
    """Asks one language model. It may be used by several threads."""

    @property
    def name(self) -> str:
        """The protocol."""
        ...

    @property
    def model(self) -> str:
        """Which model is asked, and where, as far as answers differ by it."""
        ...

    def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:
        """Raises `ModelError`, at the latest soon after `seconds`."""
        ...
