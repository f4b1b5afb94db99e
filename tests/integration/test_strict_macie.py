"""What the layer keeps and refuses of Macie, so that tests of its verbs stand on what AWS does."""

from __future__ import annotations

from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from macie_for_tests import KEY, START, bucket, enabled, told
from strictly import refused

DEFINITION = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["lake"]}]}
ONCE = {"clientToken": "t", "name": "n", "jobType": "ONE_TIME", "s3JobDefinition": DEFINITION}


def test_what_is_made_is_listed_in_pages_told_and_deleted(aws: Aws) -> None:
    client = enabled(aws)
    aws.strict.pages(2)
    ids = [
        client.create_custom_data_identifier(name=f"n{number}", regex="AB", clientToken=str(number))[
            "customDataIdentifierId"
        ]
        for number in range(5)
    ]
    assert len(client.list_custom_data_identifiers()["items"]) == 2
    pages = client.get_paginator("list_custom_data_identifiers").paginate()
    assert [each["id"] for page in pages for each in page["items"]] == ids
    assert client.get_custom_data_identifier(id=ids[0])["maximumMatchDistance"] == 50
    client.delete_custom_data_identifier(id=ids[0])
    assert len(client.get_paginator("list_custom_data_identifiers").paginate().build_full_result()["items"]) == 4
    assert refused(client.delete_custom_data_identifier, id="0") == ("ResourceNotFoundException", 404)


def test_the_same_token_makes_one_job_and_one_that_ended_cannot_be_cancelled(aws: Aws) -> None:
    client = enabled(aws)
    first = client.create_classification_job(**ONCE)["jobId"]
    assert client.create_classification_job(**ONCE)["jobId"] == first
    client.update_classification_job(jobId=first, jobStatus="CANCELLED")
    assert client.describe_classification_job(jobId=first)["jobStatus"] == "CANCELLED"
    assert refused(client.update_classification_job, jobId=first, jobStatus="CANCELLED") == ("ValidationException", 400)


def term(key: str, comparator: str, *values: str) -> dict[str, Any]:
    return {"and": [{"simpleScopeTerm": {"key": key, "comparator": comparator, "values": list(values)}}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"s3JobDefinition": DEFINITION | {"scoping": {"includes": term("OBJECT_KEY", "EQ", "a")}}},
        {"s3JobDefinition": DEFINITION | {"scoping": {"includes": term("OBJECT_SIZE", "LTE", "1", "2")}}},
        {"s3JobDefinition": DEFINITION | {"scoping": {"excludes": term("OBJECT_EXTENSION", "STARTS_WITH", "a")}}},
        {"s3JobDefinition": DEFINITION | {"scoping": {"excludes": term("OBJECT_EXTENSION", "EQ")}}},
        {"s3JobDefinition": {"bucketCriteria": {"includes": {"and": [{"simpleCriterion": {
            "key": "S3_BUCKET_NAME", "comparator": "STARTS_WITH", "values": ["a"]}}]}}}},
        {"s3JobDefinition": {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["b"] * 1001}]}},
        {"managedDataIdentifierSelector": "INCLUDE"},
        {"managedDataIdentifierSelector": "RECOMMENDED", "managedDataIdentifierIds": ["NAME"]},
        {"managedDataIdentifierSelector": "NONE"},
        {"customDataIdentifierIds": ["x"] * 31},
        {"customDataIdentifierIds": ["nowhere"]},
        {"allowListIds": ["x"] * 11},
        {"name": "n" * 501},
    ],
)  # fmt: skip
def test_jobs_that_macie_refuses(aws: Aws, wrong: dict[str, Any]) -> None:
    client = enabled(aws)
    assert refused(client.create_classification_job, **{**ONCE, **wrong}) == ("ValidationException", 400)


def test_findings_are_listed_by_criteria_in_milliseconds(aws: Aws) -> None:
    client = enabled(aws)
    aws.strict.macie_holds("findings", told(1, "a"), told(2, "b", archived=True), told(3, "c", bucket="other"))
    at = int(START.timestamp()) + 120

    def listed(**criterion: Any) -> list[int]:
        found = client.list_findings(findingCriteria={"criterion": criterion})["findingIds"]
        return [int(number, 16) for number in found]

    assert listed() == [1, 2, 3]
    assert listed(updatedAt={"gte": at * 1000}) == [2, 3]
    assert listed(archived={"eq": ["true"]}) == [2]
    assert listed(**{"resourcesAffected.s3Bucket.name": {"eq": ["other"]}}) == [3]
    seconds = {"criterion": {"updatedAt": {"gte": at}}}
    assert refused(client.list_findings, findingCriteria=seconds) == ("ValidationException", 400)
    assert refused(client.get_findings, findingIds=[f"{number:032x}" for number in range(51)]) == (
        "ValidationException",
        400,
    )


@pytest.mark.parametrize("wrong", [{"name": "ab"}, {"name": "n" * 65}, {"findingCriteria": {}}, {"action": "DELETE"}])
def test_filters_that_macie_refuses(aws: Aws, wrong: dict[str, Any]) -> None:
    client = enabled(aws)
    fine = {"name": "abc", "action": "ARCHIVE", "findingCriteria": {"criterion": {"type": {"eq": ["x"]}}}}
    assert client.create_findings_filter(**fine)["id"]
    assert refused(client.create_findings_filter, **{**fine, **wrong}) == ("ValidationException", 400)


def test_a_filter_archives_what_matches_exactly(aws: Aws) -> None:
    client = enabled(aws)
    only, more = told(1, "a", sensitive={"PERSONAL_INFORMATION": {"NAME": 1}}), told(2, "b")
    aws.strict.macie_holds("findings", only, more)
    criterion = {"classificationDetails.result.sensitiveData.detections.type": {"eqExactMatch": ["NAME"]}}
    client.create_findings_filter(name="abc", action="ARCHIVE", findingCriteria={"criterion": criterion})
    found = client.get_findings(findingIds=[only["id"], more["id"]])["findings"]
    assert [each["archived"] for each in found] == [True, False]


@pytest.mark.parametrize("key", ["abc", KEY.replace("eu-west-1", "us-east-1")])
def test_results_need_a_key_of_the_region(aws: Aws, key: str) -> None:
    client = enabled(aws)
    assert "configuration" not in client.get_classification_export_configuration()
    wrong = {"s3Destination": {"bucketName": "results", "kmsKeyArn": key}}
    assert refused(client.put_classification_export_configuration, configuration=wrong) == ("ValidationException", 400)
    fine = {"s3Destination": {"bucketName": "results", "kmsKeyArn": KEY}}
    client.put_classification_export_configuration(configuration=fine)
    assert client.get_classification_export_configuration()["configuration"] == fine


def test_buckets_are_counted_as_they_are(aws: Aws) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="12345", b_gz="1")
    bucket(aws, "other")
    (found,) = client.describe_buckets(criteria={"bucketName": {"eq": ["lake"]}})["buckets"]
    assert (found["classifiableObjectCount"], found["classifiableSizeInBytes"]) == (2, 6)
    assert found["sizeInBytesCompressed"] == 1


def test_all_is_gone_when_macie_is_disabled(aws: Aws) -> None:
    client = enabled(aws)
    client.create_custom_data_identifier(name="n", regex="AB")
    client.disable_macie()
    assert refused(client.list_custom_data_identifiers) == ("AccessDeniedException", 403)
    client.enable_macie()
    assert client.list_custom_data_identifiers()["items"] == []
