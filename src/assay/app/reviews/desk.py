"""What deciding needs besides the catalog: identifiers, the configuration in effect, and what clears values from texts."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.app.config.settings import Settings
    from assay.app.governing.governance import Watched
    from assay.app.reviews.reviewing import Known, Redactor
    from assay.model import Finding, Governance, Identifier
    from assay.store.engine import Catalog


_AT_ONCE = 3
"""Texts that are looked at side by side."""
_REREAD_AT_ONCE = 2


@dataclass(kw_only=True)
class Desk:
    """An open catalog with the settings. Rules are read when they are first asked for, the configuration whenever it is,
    since a team changes it while a server runs."""

    catalog: Catalog
    settings: Settings

    @cached_property
    def identifiers(self) -> list[Identifier]:
        """All identifiers."""
        from assay.detect.cache import read_all

        return read_all(
            self.settings.identifiers, cache=self.settings.cache_dir, builtin=True, examples=False, broken=[]
        )[0]

    @cached_property
    def _watched(self) -> Watched:
        from assay.app.governing.governance import Watched

        return Watched(self.catalog, self.identifiers)

    @property
    def governance(self) -> Governance:
        """The configuration in effect."""
        if self.settings.governance is None:
            return self._watched.current()
        from assay.app.governing.governance import in_effect

        return in_effect(self.identifiers, file=self.settings.governance, catalog=self.catalog)

    @cached_property
    def redact(self) -> Redactor:
        """Clears what people write of values."""
        from assay.app.reviews.reviewing import redactor

        turn, masked = threading.Lock(), redactor(self.settings)

        def redact(text: str) -> str:
            with turn:  # what the automaton works in is of one thread at a time
                return masked(text)

        return redact

    @cached_property
    def find(self) -> Callable[[str], list[Finding]]:
        """Findings in a text, documentation values too."""
        from assay.app.scan.texts import scanner
        from assay.model.options import ScanOptions

        def make() -> Callable[[str], list[Finding]]:
            return scanner(ScanOptions(min_confidence=self.settings.min_confidence), self.settings)

        # Each is of one thread at a time: beside a long text, short ones go on.
        idle: queue.LifoQueue[Callable[[str], list[Finding]]] = queue.LifoQueue()
        for _ in range(_AT_ONCE):
            idle.put(make())

        def find(text: str) -> list[Finding]:
            found = idle.get()
            try:
                return found(text)
            finally:
                idle.put(found)

        return find

    @cached_property
    def rereading(self) -> threading.BoundedSemaphore:
        """How many resources are scanned once more at once, for a value of theirs: each takes memory of its own."""
        return threading.BoundedSemaphore(_REREAD_AT_ONCE)

    @property
    def known(self) -> Known:
        """What something may be reclassified to."""
        from assay.app.reviews.reviewing import Known

        return Known(
            identifiers=tuple(identifier.name for identifier in self.identifiers),
            categories=tuple(self.governance.categories),
            patterns=tuple(f"{each.path}#{pattern.id}" for each in self.identifiers for pattern in each.patterns),
        )
