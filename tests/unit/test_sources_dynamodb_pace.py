"""How fast tables of DynamoDB are read."""

from __future__ import annotations

from typing import Any

import pytest

from assay.sources.dynamodb.pace import Pace, units_a_second


class Clock:
    """A clock that goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("table", "rate"),
    [
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 400}}, 100),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 1}}, 1),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 0}}, 1_000),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 200}}, 50),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": -1}}, 1_000),
        ({}, 1_000),
    ],
)
def test_the_rate_is_a_quarter_of_what_there_is(table: dict[str, Any], rate: float) -> None:
    assert units_a_second(table) == rate


@pytest.mark.parametrize(("rate", "page"), [(2.0, 0.5), (100.0, 128.0), (1_000.0, 128.0)])
def test_no_more_is_consumed_than_the_rate_allows(rate: float, page: float) -> None:
    clock = Clock()
    pace = Pace(rate, clock=clock, sleep=clock.sleep)
    consumed = 0.0
    while clock.now < 600:
        pace.wait()
        consumed += page
        pace.spent(page, 10)
    # What was saved before, and the page that began last.
    assert rate * 590 <= consumed <= rate * clock.now + 100 + page


def test_pages_are_of_about_a_second() -> None:
    clock = Clock()
    pace = Pace(10.0, item_bytes=8_192, clock=clock, sleep=clock.sleep)
    assert (pace.page(), pace.page(4)) == (10, 2)
    pace.spent(50.0, 10)  # they are five times as large
    assert pace.page() == 2
    # A request that reads next to nothing consumes half a unit all the same, and says nothing of larger pages.
    few = Pace(1.0, item_bytes=100, clock=clock, sleep=clock.sleep)
    assert few.page(4) == 40
    for _ in range(20):
        few.spent(0.5, few.page(4))
    assert few.page(4) == 40
    assert Pace(1_000_000.0, item_bytes=1_024).page() == 1_024  # a page of DynamoDB's
