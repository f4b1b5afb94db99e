"""Jobs in the shapes that Macie takes, and back; what they cost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from assay.errors import ConfigError, UsageError
from assay.macie.jobs import Job, checked, job_in, job_of, request_of
from assay.macie.prices import GIGABYTE, Holding, estimate, read_prices, shipped_prices

ACCOUNT = "123456789012"
JOBS = [
    Job(account=ACCOUNT, buckets=("lake", "intake")),
    Job(account=ACCOUNT, buckets=("lake",), sampling=10, schedule="daily", existing=False),
    Job(account=ACCOUNT, buckets=("lake",), schedule="weekly:monday", prefixes=("in/", "out/"), extensions=("csv",)),
    Job(account=ACCOUNT, except_buckets=("logs",), tags=("data", "team=crm"), public=True, schedule="monthly:31"),
    Job(account=ACCOUNT, buckets=("lake",), except_extensions=("jpg",), since="2026-01-01T00:00:00Z", largest=5),
    Job(account=ACCOUNT, buckets=("lake",), managed="none", custom=("a", "b"), allow_lists=("c",)),
    Job(account=ACCOUNT, buckets=("lake",), managed="exclude", managed_ids=("NAME", "ADDRESS")),
]


@pytest.fixture(scope="module")
def shape() -> Any:
    model = Session().get_service_model("macie2")
    return model.operation_model("CreateClassificationJob").input_shape


@pytest.mark.parametrize("job", JOBS)
def test_a_request_has_the_shape_of_the_model(job: Job, shape: Any) -> None:
    request = request_of(checked(job), name="weekly", token="t" * 32)
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert ("scheduleFrequency" in request) == ("initialRun" in request) == (request["jobType"] == "SCHEDULED")
    definition = request["s3JobDefinition"]
    assert ("bucketDefinitions" in definition) != ("bucketCriteria" in definition)


@pytest.mark.parametrize("job", JOBS)
def test_what_macie_describes_is_the_same_job(job: Job) -> None:
    described = job_of(request_of(job, name="n", token="t"))
    assert described.state == job.state
    assert job_in(job.state, ACCOUNT).state == job.state
    assert request_of(job_in(job.state, ACCOUNT), name="n", token="t")["jobType"] == (
        "SCHEDULED" if job.schedule else "ONE_TIME"
    )


def test_each_kind_of_schedule_has_its_own_shape() -> None:
    told = [request_of(Job(account=ACCOUNT, buckets=("b",), schedule=each), name="n", token="t")["scheduleFrequency"]
            for each in ("daily", "weekly:sunday", "monthly:15")]  # fmt: skip
    assert told == [
        {"dailySchedule": {}},
        {"weeklySchedule": {"dayOfWeek": "SUNDAY"}},
        {"monthlySchedule": {"dayOfMonth": 15}},
    ]


def test_objects_are_chosen_by_scope_terms_and_buckets_by_criteria() -> None:
    scoping = request_of(JOBS[4], name="n", token="t")["s3JobDefinition"]["scoping"]
    assert scoping["excludes"]["and"] == [
        {"simpleScopeTerm": {"comparator": "EQ", "key": "OBJECT_EXTENSION", "values": ["jpg"]}}
    ]
    criteria = request_of(JOBS[3], name="n", token="t")["s3JobDefinition"]["bucketCriteria"]
    assert criteria["excludes"]["and"] == [
        {"simpleCriterion": {"comparator": "EQ", "key": "S3_BUCKET_NAME", "values": ["logs"]}}
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": "weekly"}, "is no schedule"),
        ({"schedule": "weekly:someday"}, "is no schedule"),
        ({"schedule": "monthly:32"}, "is no schedule"),
        ({"schedule": "daily:1"}, "is no schedule"),
        ({"tags": ("a",)}, "leave out one of the two"),
        ({"managed": "include"}, "named with include: and exclude:"),
        ({"managed_ids": ("NAME",)}, "named with include: and exclude:"),
        ({"managed": "none"}, "looks for nothing"),
        ({"custom": tuple(map(str, range(31)))}, "at most 30 custom identifiers, and these are 31"),
        ({"allow_lists": tuple(map(str, range(11)))}, "at most 10 allow lists"),
        ({"buckets": tuple(map(str, range(1001)))}, "at most 1,000 buckets"),
    ],
)
def test_what_macie_would_refuse_is_said_before(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked(Job(**{"account": ACCOUNT, "buckets": ("lake",), **wrong}))


@pytest.mark.parametrize(
    ("gigabytes", "cost"),
    [(0, "0.00"), (1, "0.00"), (2, "1.00"), (50_001, "50000.00"), (50_003, "50001.00"), (500_001, "275000.00"), (500_005, "275001.00")],
)  # fmt: skip
def test_each_tier_has_its_price_and_the_first_gigabyte_none(gigabytes: int, cost: str) -> None:
    assert shipped_prices().cost(gigabytes * GIGABYTE) == Decimal(cost)


def test_prices_say_where_they_come_from() -> None:
    found = shipped_prices()
    assert found.source.startswith("https://aws.amazon.com/")
    assert (found.region, found.currency) == ("us-east-1", "USD")
    assert found.date >= "2025"


def test_an_estimate_is_sampled_and_says_what_it_does_not_know() -> None:
    held = [
        Holding(bucket="lake", objects=100, size=21 * GIGABYTE),
        Holding(bucket="dark", objects=0, size=0, unknown="denied"),
    ]
    found = estimate(
        held, shipped_prices(), sampling=10, missing=["gone"], narrowed=["the job looks at some objects only"]
    )
    assert (found.cost, found.objects, found.buckets) == (Decimal("1.10"), 10, 2)
    assert found.at_least == ("dark: denied", "gone: Macie does not know it")
    assert found.at_most == ("the job looks at some objects only",)


def test_compressed_data_costs_more_than_is_counted() -> None:
    (told,) = estimate([Holding(bucket="b", objects=1, size=9, compressed=5)], shipped_prices(), sampling=100).at_least
    assert told.startswith("5 bytes are compressed")


OWN = "source: contract\nregion: eu-west-1\ndate: 2026-01-01\ncurrency: EUR\ntiers:\n"


def test_prices_of_ones_own_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(OWN + "  - {each: 2}\n", encoding="utf-8")
    assert read_prices(file).cost(3 * GIGABYTE) == Decimal("6.00")


@pytest.mark.parametrize(
    "text",
    ["", "tiers: 5", OWN, OWN + "  - {up_to: 5, each: 1}", OWN + "  - {up_to: 5, each: 1}\n  - {up_to: 4, each: 1}\n  - {each: 1}",
     OWN + "  - {each: -1}", OWN + "  - {each: x}", "a: [", OWN + "  - {each: 1}\n  - {each: 2}"],
)  # fmt: skip
def test_a_wrong_price_list_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"prices\.yaml"):
        read_prices(file)
