"""What the questions about a resource come to, for a workflow that waits for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reviews_for_tests import item

from assay.app.reviews.resuming import APPROVED, NOTHING, RECLASSIFIED, REJECTED, verdict
from assay.model.review import State

OPEN, SECOND, YES, OTHER, NO, ACCEPTED, GONE = (
    State.OPEN, State.AWAITING_SECOND, State.APPROVED, State.RECLASSIFIED, State.REJECTED, State.SUPPRESSED, State.WITHDRAWN,
)  # fmt: skip


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], NOTHING), ([GONE], NOTHING), ([GONE, GONE], NOTHING), ([OPEN], None), ([SECOND], None), ([YES, OPEN], None), ([NO, SECOND], None),
        ([OTHER, OPEN], None), ([YES], APPROVED), ([YES, NO, GONE], APPROVED), ([OTHER, YES], RECLASSIFIED), ([NO], REJECTED),
        ([ACCEPTED], REJECTED), ([NO, GONE], REJECTED),
    ],
)  # fmt: skip
def test_what_they_come_to(states: list[State], expected: str | None) -> None:
    assert verdict(replace(item(), state=state) for state in states) == expected
