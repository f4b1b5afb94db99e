"""How fast a table is read: a share of its read capacity, so that those who use it hardly notice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

SHARE = 0.25
"""Of the capacity that a table has, or that its maximum allows."""

ON_DEMAND = 1_000.0
"""Read units a second of a table on demand without a maximum: about 8 MB a second."""

_LEAST = 1.0
_AT_ONCE = 100.0
_SAVED_SECONDS = 30.0
_BYTES_PER_UNIT = 8_192
"""Read without a promise that the newest is seen, one unit is two times 4 KiB."""

_STEP = 0.5
"""The least that a request consumes."""

_LONGEST_PAGE = 1_024 * 1_024


def units_a_second(table: Mapping[str, Any]) -> float:
    """The rate for a table as `DescribeTable` has it."""
    provisioned = (table.get("ProvisionedThroughput") or {}).get("ReadCapacityUnits") or 0
    if provisioned > 0:
        return max(_LEAST, SHARE * provisioned)
    most = (table.get("OnDemandThroughput") or {}).get("MaxReadRequestUnits") or 0
    return max(_LEAST, SHARE * most) if most > 0 else ON_DEMAND


class Pace:
    """Lets requests begin as fast as `rate` units a second allow; what one consumed is known when it was answered.

    What was not used is saved, as DynamoDB does: half a minute's, and at most 100 units. Thread-safe.
    """

    def __init__(
        self,
        rate: float,
        *,
        item_bytes: float = 1_024,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self._most = min(_AT_ONCE, _SAVED_SECONDS * rate)
        self._saved = self._most
        self._per_item = max(1.0, item_bytes) / _BYTES_PER_UNIT
        self._clock = clock
        self._sleep = sleep
        self._at = clock()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when the next request may begin."""
        while True:
            with self._lock:
                now = self._clock()
                self._saved = min(self._most, self._saved + (now - self._at) * self.rate)
                self._at = now
                if self._saved > 0:
                    return
                missing = -self._saved / self.rate
            self._sleep(max(missing, 0.001))

    def spent(self, units: float, items: int) -> None:
        """Counts what a request consumed, and of how many items."""
        with self._lock:
            self._saved -= units
            if items:
                # What a request consumes is rounded up, so that a page of a few small items says little of them.
                self._per_item = min(max(self._per_item, (units - _STEP) / items), units / items)

    def page(self, readers: int = 1) -> int:
        """How many items one of so many readers asks for at once: those of about a second, and of no more than a page."""
        with self._lock:
            units = min(max(_STEP, self.rate / readers), _LONGEST_PAGE / _BYTES_PER_UNIT)
            return max(1, int(units / self._per_item))
