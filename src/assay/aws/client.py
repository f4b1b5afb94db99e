"""One client of a service for each process."""

from __future__ import annotations

import os
import threading
from typing import Any

from assay.aws.access import Access
from assay.aws.session import Calls, Session


class Client:
    """Reaches a service in any process: it is picklable, and connects when it is first used there."""

    def __init__(self, access: Access, service: str, calls: Calls) -> None:
        self._asked = access, service, calls
        self._lock = threading.Lock()
        self._made: tuple[int, Any] | None = None

    def __getstate__(self) -> tuple[Access, str, Calls]:
        return self._asked

    def __setstate__(self, state: tuple[Access, str, Calls]) -> None:
        self._asked = state
        self._lock = threading.Lock()
        self._made = None

    def get(self) -> Any:
        """Raises `UsageError` without boto3 and `AwsError` where no session can be made."""
        with self._lock:
            # A copy of the process that made one has the same connection.
            if self._made is None or self._made[0] != os.getpid():
                access, service, calls = self._asked
                self._made = os.getpid(), Session(access, calls).client(service)
            return self._made[1]
