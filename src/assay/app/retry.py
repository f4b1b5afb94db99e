"""Work that did not succeed: whether it may later, or never will."""

from __future__ import annotations

from assay.errors import AssayError


class RetryError(AssayError):
    """What may well succeed later. `counts` says whether it is the work's own fault, so that it is given up in the end."""

    def __init__(self, reason: str, *, counts: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counts = counts


class PutOffError(AssayError):
    """Work that was ended before it was through, and goes on where it is as soon as it may."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HopelessError(AssayError):
    """What will not succeed however often it is tried."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
