"""What can go wrong with a call."""

from __future__ import annotations

from assay.errors import AssayError


class ApiError(AssayError):
    """The desk refused a call. `status` is that of HTTP, `detail` what it told, `wait` for how many seconds to wait before another."""

    def __init__(self, status: int, detail: str, *, wait: float | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.wait = wait


class UnreachableError(AssayError):
    """There was no answer, or none that is the desk's."""
