"""What the function of AWS Lambda leaves in the catalog is done by a later call of it, as far as its time goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from awsservers import ACCOUNT, Aws
from workers_for_tests import levels, put

from assay.entry import lambda_handler
from assay.errors import AwsError
from assay.store import tasks
from assay.store.engine import Catalog, open_catalog


@pytest.fixture
def catalog(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    url = str(tmp_path / "catalog.db")
    monkeypatch.setenv("ASSAY_CATALOG", url)
    monkeypatch.chdir(tmp_path)
    lambda_handler._parts.cache_clear()
    with open_catalog(url, create=True) as made:
        yield made
    lambda_handler._parts.cache_clear()


def context(*left: int) -> SimpleNamespace:
    """Of a call that has so many seconds left, one after the other, and the last for ever."""
    times = [1_000 * each for each in left]
    return SimpleNamespace(
        function_name="classify",
        aws_request_id="7f3c",
        get_remaining_time_in_millis=lambda: times.pop(0) if len(times) > 1 else times[0],
    )


@pytest.mark.usefixtures("intake")
def test_a_scheduled_call_scans_what_was_asked_for_and_one_without_time_leaves_it(catalog: Catalog, aws: Aws) -> None:
    for number in range(6):
        put(aws, f"k{number}.csv")
    told = {
        "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": ACCOUNT,
        "region": "eu-west-1", "time": "2026-03-02T08:15:02Z",
        "detail": {"eventName": "CreateBucket", "eventID": "e1", "requestParameters": {"bucketName": "intake"}},
    }  # fmt: skip
    assert lambda_handler.handler(told, context(900)) == {"batchItemFailures": []}
    assert levels(catalog) == {}
    assert lambda_handler.handler(lambda_handler.TASKS, context(10)) == {"tasks": {}, "answers": {}}
    # Its time is over in the middle: the rest is left to the next call, which goes on there.
    assert lambda_handler.handler(lambda_handler.TASKS, context(900, 900, 900, 10))["tasks"] == {"rescan put off": 1}
    assert 0 < len(levels(catalog)) < 6
    done = lambda_handler.handler(lambda_handler.TASKS, context(900))["tasks"]
    assert done["rescan done"] == 1
    assert len(levels(catalog)) == 6
    with catalog.reading() as connection:
        assert "dead" not in tasks.numbers(connection)["rescan"]


@pytest.mark.usefixtures("catalog")
def test_who_was_answered_does_not_wait_for_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether these take all the time of a call, or end it."""
    sent: list[Catalog] = []
    monkeypatch.setattr(lambda_handler, "answers_sent", sent.append)

    def ends(*_: object) -> dict[str, int]:
        raise AwsError("throttled", "S3: SlowDown")

    monkeypatch.setattr(lambda_handler, "tasks_done", ends)
    with pytest.raises(AwsError):
        lambda_handler.handler(lambda_handler.TASKS, context(900))
    assert len(sent) == 1
