"""The layer itself: each request passes the checks before the emulator sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class StrictLayer:
    """In front of `application`, an emulator of AWS."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def reset(self) -> None:
        """Empties the emulator."""
        from moto.moto_api._internal import moto_api_backend

        moto_api_backend.reset()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._application(environ, start_response)
