"""Macie is enabled, given identifiers, jobs, filters and a place for results; what others have there stays, and all is taken back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from macie_for_tests import KEY, accept, allow_list, bucket, enabled, newest_plan, take_back, told

from assay.aws.access import Access
from assay.aws.paging import items
from assay.aws.session import Session
from assay.cli.__main__ import run
from assay.errors import ActionError
from assay.model.action import Action
from assay.protectors import macie_filters
from assay.protectors.macie import uri_of
from assay.store.engine import open_catalog


class Assay:
    """The command line with a catalog, and what it said last."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str, catalog: bool = True) -> int:
        at = ("--catalog", self.url) if catalog else ()
        self._capsys.readouterr()
        code = run(["aws", "macie", *arguments, *at])
        self.out, self.err = self._capsys.readouterr()
        # Words, wherever the lines are broken.
        self.out = " ".join(self.out.split())
        return code


@pytest.fixture
def assay(aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Assay:
    aws.strict.pages(2)
    url = str(tmp_path / "catalog.db")
    open_catalog(url, create=True).close()
    return Assay(url, capsys)


def names(client: Any) -> list[str]:
    found = client.get_paginator("list_custom_data_identifiers").paginate().build_full_result()["items"]
    return sorted(each["name"] for each in found)


# Macie itself


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "command",
    [
        ("import",),
        ("create-identifiers", "SSN", "--yes"),
        ("export-results", "--bucket", "b", "--key", KEY, "--yes"),
        ("suppress", "--yes"),
    ],
)
def test_a_macie_that_is_not_enabled_is_said(assay: Assay, command: tuple[str, ...]) -> None:
    assert assay(*command) == 2
    assert "Macie: is not enabled in eu-west-1; 'assay aws macie enable --yes' enables it" in assay.err


@pytest.mark.usefixtures("aws")
def test_status_says_how_to_enable_it(assay: Assay) -> None:
    assert assay("status", catalog=False) == 3
    assert "Macie is not enabled in eu-west-1. Enable it with: assay aws macie enable" in assay.out


def test_a_denial_is_not_taken_for_a_macie_that_is_not_enabled(aws: Aws, assay: Assay) -> None:
    enabled(aws)
    aws.strict.deny("macie2.*")
    assert assay("status", catalog=False) == 2
    assert "access denied" in assay.err
    assert assay("enable", "--yes") == 2
    assert aws.strict.calls.names()["macie2.EnableMacie"] == 1  # that of the test


def test_a_region_is_needed(aws: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    assert assay("status", catalog=False) == 2
    assert "give --region" in assay.err
    assert len(aws.strict.calls) == 0


def test_it_is_enabled_only_when_somebody_says_so_and_disabled_again(aws: Aws, assay: Assay) -> None:
    assert assay("enable") == 0
    assert "nothing was changed. Give --yes to do it." in assay.out
    assert "macie2.EnableMacie" not in aws.strict.calls.names()
    assert assay("enable", "--publish", "1h", "--yes") == 0
    assert "1 applied" in assay.out
    client = aws.client("macie2")
    assert client.get_macie_session()["findingPublishingFrequency"] == "ONE_HOUR"
    assert assay("enable", "--yes") == 0
    assert "Nothing to change" in assay.out
    assert assay("undo", newest_plan(assay.url)[:8]) == 0
    assert "Nothing was changed; give --yes" in assay.out
    assert assay("undo", newest_plan(assay.url)[:8], "--yes") == 0
    assert assay("status", catalog=False) == 3


def test_what_is_enabled_is_changed_and_not_enabled_once_more(aws: Aws, assay: Assay) -> None:
    assert assay("enable", "--publish", "1h", "--yes") == 0
    assert assay("enable", "--publish", "15m", "--yes") == 0
    assert aws.client("macie2").get_macie_session()["findingPublishingFrequency"] == "FIFTEEN_MINUTES"
    assert [aws.strict.calls.names()[f"macie2.{name}"] for name in ("EnableMacie", "UpdateMacieSession")] == [1, 1]


def test_it_is_not_disabled_when_that_would_lose_findings(aws: Aws, assay: Assay) -> None:
    assert assay("enable", "--yes") == 0
    aws.strict.macie_holds("findings", told(1, "a.csv"))
    assert assay("undo", newest_plan(assay.url)[:8], "--yes") == 3
    assert "disabling Macie would delete its findings for ever" in assay.out
    assert "macie2.DisableMacie" not in aws.strict.calls.names()


# All at once, by the name that is written in scripts


def test_setup_enables_macie_and_gives_it_identifiers_once(
    aws: Aws, assay: Assay, capsys: pytest.CaptureFixture[str]
) -> None:
    def setup(*arguments: str) -> int:
        return run(["macie", "setup", *arguments, "--catalog", assay.url])

    assert setup("EMPLOYEE_NUMBER") == 0
    told_first = " ".join(capsys.readouterr().out.split())
    assert "nothing was changed. Give --yes to do it. then, once it is enabled: EMPLOYEE_NUMBER" in told_first
    assert "macie2.EnableMacie" not in aws.strict.calls.names()
    assert setup("EMPLOYEE_NUMBER", "--publish", "1h", "--yes") == 0
    client = aws.client("macie2")
    assert client.get_macie_session()["findingPublishingFrequency"] == "ONE_HOUR"
    assert names(client) == ["assay:EMPLOYEE_NUMBER:near"]
    assert setup("EMPLOYEE_NUMBER", "--yes") == 0
    calls = aws.strict.calls.names()
    assert [calls[f"macie2.{name}"] for name in ("EnableMacie", "CreateCustomDataIdentifier")] == [1, 1]


def test_setup_makes_nothing_in_a_macie_that_could_not_be_enabled(aws: Aws, assay: Assay) -> None:
    aws.strict.deny("macie2.EnableMacie")
    assert run(["macie", "setup", "EMPLOYEE_NUMBER", "--yes", "--catalog", assay.url]) == 3
    assert "macie2.CreateCustomDataIdentifier" not in aws.strict.calls.names()


@pytest.mark.parametrize("verb", ["setup", "status", "jobs", "import", "job", "undo"])
def test_macie_is_a_command_of_its_own(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["macie", verb, "--help"]) == 0
    assert f"Usage: assay macie {verb}" in capsys.readouterr().out


# Identifiers


def test_identifiers_are_made_once_found_behind_other_pages_and_taken_back(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    for number in range(5):
        client.create_custom_data_identifier(name=f"theirs {number}", regex="AB", clientToken=str(number))
    assert assay("create-identifiers", "employee_number", "SSN", "--yes") == 0
    plan = newest_plan(assay.url)[:8]
    made = ["assay:EMPLOYEE_NUMBER:near", "assay:SSN", "assay:SSN:near"]
    assert [name for name in names(client) if not name.startswith("theirs")] == made
    assert assay("create-identifiers", "SSN", "EMPLOYEE_NUMBER", "--yes") == 0
    assert len(names(client)) == 8
    assert aws.strict.calls.names()["macie2.CreateCustomDataIdentifier"] == 5 + 3
    assert assay("status", catalog=False) == 0
    assert "assay:EMPLOYEE_NUMBER:near, assay:SSN, assay:SSN:near of ours, 5 others" in assay.out
    assert assay("undo", plan, "--yes") == 0, assay.out
    assert names(client) == [f"theirs {number}" for number in range(5)]


def test_another_one_of_the_name_is_left_alone(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    client.create_custom_data_identifier(name="assay:EMPLOYEE_NUMBER:near", regex=r"EMP\d{9}")
    assert assay("create-identifiers", "EMPLOYEE_NUMBER", "--yes") == 3
    assert "is there, and is another" in assay.out
    assert names(client) == ["assay:EMPLOYEE_NUMBER:near"]
    client.create_custom_data_identifier(name="assay:EMPLOYEE_NUMBER:near", regex="AB", clientToken="2")
    assert assay("create-identifiers", "EMPLOYEE_NUMBER", "--yes") == 3
    assert "2 custom data identifiers are called" in assay.out


def test_one_that_was_changed_meanwhile_is_not_deleted(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    assert assay("create-identifiers", "EMPLOYEE_NUMBER", "--yes") == 0
    (found,) = client.list_custom_data_identifiers()["items"]
    client.delete_custom_data_identifier(id=found["id"])
    client.create_custom_data_identifier(name=found["name"], regex="AB", clientToken="x")
    assert assay("undo", newest_plan(assay.url), "--yes") == 3
    assert names(client) == [found["name"]]


def test_what_cannot_be_said_is_refused_and_a_wrong_name_too(aws: Aws, assay: Assay) -> None:
    enabled(aws)
    assert assay("create-identifiers", "BIP39_PHRASE", "--yes") == 3
    assert "not expressible" in assay.out
    assert assay("create-identifiers", "SNN", "--yes") == 2
    assert "no identifier named 'SNN'; did you mean SSN?" in assay.err


def test_what_macie_refuses_is_journalled_as_refused(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    aws.strict.fail("macie2.CreateCustomDataIdentifier", "ServiceQuotaExceededException", "no more", status=402)
    assert assay("create-identifiers", "EMPLOYEE_NUMBER", "--yes") == 3
    assert "CreateCustomDataIdentifier: ServiceQuotaExceededException" in assay.out
    assert names(client) == []


def test_the_list_of_identifiers_sends_nothing(aws: Aws, assay: Assay) -> None:
    assert assay("identifiers", "SSN", "--format", "jsonl", catalog=False) == 0
    told_ = json.loads(assay.out)
    assert (told_["identifier"], told_["verdict"]) == ("SSN", "partly")
    assert told_["examples"] == {"found": 10, "of": 11}
    assert "not checked by Macie: ssn" in told_["reasons"]
    assert [each["name"] for each in told_["custom"]] == ["assay:SSN", "assay:SSN:near"]
    assert len(aws.strict.calls) == 0


# Jobs


def test_a_job_is_priced_first_and_made_with_yes(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    for name in ("intake", "lake", "other"):
        bucket(aws, name, a_csv="12345")
    assert assay("job", "once", "--bucket", "lake", "--bucket", "s3://intake/") == 0
    assert "about 0.00 USD for the job: 0.00 GB in 2 objects of 2 buckets" in assay.out
    assert "1 change planned; nothing was changed" in assay.out
    assert client.list_classification_jobs()["items"] == []
    assert assay("job", "once", "--bucket", "lake", "--bucket", "intake", "--yes") == 0
    (made,) = client.list_classification_jobs()["items"]
    described = client.describe_classification_job(jobId=made["jobId"])
    assert described["s3JobDefinition"] == {
        "bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["intake", "lake"]}]
    }
    assert assay("job", "once", "--bucket", "intake", "--bucket", "lake", "--yes") == 0
    assert "so already" in assay.out
    assert assay("job", "once", "--bucket", "lake", "--yes") == 3
    assert "is there, and is another: buckets" in assay.out
    assert len(client.list_classification_jobs()["items"]) == 1


def test_a_job_uses_what_is_named(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="x")
    aws.strict.macie_holds("allow-lists", allow_list("test data"))
    assert assay("create-identifiers", "SSN", "--yes") == 0
    command = ("job", "j", "--bucket", "lake", "--schedule", "weekly:monday", "--only-new", "--sample", "20")
    named = ("-i", "ssn", "--allow-list", "test data", "--managed", "exclude:name,address")
    assert assay(*command, *named, "--prefix", "in/", "--except-extension", ".jpg", "--yes") == 0
    (made,) = client.list_classification_jobs()["items"]
    job = client.describe_classification_job(jobId=made["jobId"])
    assert (job["jobType"], job["initialRun"], job["samplingPercentage"]) == ("SCHEDULED", False, 20)
    assert job["scheduleFrequency"] == {"weeklySchedule": {"dayOfWeek": "MONDAY"}}
    assert len(job["customDataIdentifierIds"]) == 2
    assert (job["managedDataIdentifierSelector"], job["managedDataIdentifierIds"]) == ("EXCLUDE", ["ADDRESS", "NAME"])
    assert job["allowListIds"] == [allow_list("")["id"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-i", "MRN"), "Macie has no custom data identifier for 'MRN'"),
        (("--allow-list", "x"), "Macie has no allow list 'x'; it has none"),
        (("--managed", "include:NOWHERE"), "Macie has no managed data identifier NOWHERE"),
        (("--managed", "some"), "is none of recommended, all"),
        (("--schedule", "yearly"), "is no schedule"),
        (("--max-cost", "much"), "is no amount"),
        (("--public",), "leave out one of the two"),
    ],
)
def test_a_job_that_cannot_be_is_said(aws: Aws, assay: Assay, options: tuple[str, ...], said: str) -> None:
    enabled(aws)
    assert assay("job", "j", "--bucket", "lake", *options) == 2
    assert said in assay.err


def test_a_job_that_is_too_dear_or_whose_cost_is_not_known_is_not_made(aws: Aws, assay: Assay, tmp_path: Path) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="x" * 2000)
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "source: s\nregion: r\ndate: 2026-01-01\ncurrency: USD\ntiers: [{each: 10000000}]\n", encoding="utf-8"
    )
    dear = ("job", "j", "--bucket", "lake", "--prices", str(prices), "--max-cost", "5", "--yes")
    assert assay(*dear) == 3
    assert "too dear: it may cost 18.63 and --max-cost is 5" in assay.out
    aws.strict.deny("macie2.DescribeBuckets")
    assert assay("job", "j", "--bucket", "lake", "--yes") == 3
    assert "What it costs cannot be told: Macie: DescribeBuckets: AccessDeniedException" in assay.out
    assert client.list_classification_jobs()["items"] == []
    assert assay("job", "j", "--bucket", "lake", "--no-estimate", "--yes") == 0
    assert len(client.list_classification_jobs()["items"]) == 1


def test_given_resources_are_looked_into_again_once_each_time_they_are_asked_for(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    for name in ("intake", "lake"):
        bucket(aws, name, a_csv="12345")
    wanted = ("s3://lake/in/", "s3://lake/crm/a%20b+c.csv", "s3://lake/in/deeper/x.csv", "s3://intake")
    assert assay("reclassify", *wanted) == 0
    assert client.list_classification_jobs()["items"] == []
    for number in (2, 4):
        assert assay("reclassify", *wanted, "--yes") == 0
        there = list(items(client, "list_classification_jobs", "items"))
        assert len(there) == number
    told = [client.describe_classification_job(jobId=each["jobId"]) for each in there]
    assert {each["jobType"] for each in told} == {"ONE_TIME"}
    scopes = {}
    for each in told:
        definition = each["s3JobDefinition"]
        (name,) = definition["bucketDefinitions"][0]["buckets"]
        included = definition.get("scoping", {}).get("includes", {}).get("and", [])
        scopes[name] = [term["simpleScopeTerm"]["values"] for term in included]
    assert scopes == {"intake": [], "lake": [["crm/a b+c.csv", "in/"]]}


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("dynamodb://orders", "Macie looks into S3 only"),
        ("s3://lake/a?versionId=1", "leave out the version"),
        ("s3://", "names no bucket"),
    ],
)
def test_what_macie_cannot_look_into_again_is_said(aws: Aws, assay: Assay, resource: str, said: str) -> None:
    enabled(aws)
    assert assay("reclassify", resource) == 2
    assert said in assay.err


def test_only_the_job_of_the_name_is_cancelled_and_one_that_ended_is_not(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="x")
    definition = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["lake"]}]}
    for name in ("a", "b", "c"):
        client.create_classification_job(clientToken=name, name=name, jobType="ONE_TIME", s3JobDefinition=definition)
    assert assay("job", "daily", "--bucket", "lake", "--schedule", "daily", "--yes") == 0
    assert assay("undo", newest_plan(assay.url), "--yes") == 0
    pages = client.get_paginator("list_classification_jobs").paginate().build_full_result()["items"]
    assert {each["name"]: each["jobStatus"] for each in pages} == {
        "a": "RUNNING", "b": "RUNNING", "c": "RUNNING", "daily": "CANCELLED",
    }  # fmt: skip
    assert assay("job", "daily", "--bucket", "lake", "--yes") == 0  # a cancelled one does not stand in its way
    running = [
        {"key": key, "comparator": "EQ", "values": [value]}
        for key, value in (("name", "daily"), ("jobStatus", "RUNNING"))
    ]
    (new,) = client.list_classification_jobs(filterCriteria={"includes": running})["items"]
    client.update_classification_job(jobId=new["jobId"], jobStatus="COMPLETE")
    assert assay("undo", newest_plan(assay.url), "--yes") == 3
    assert "it ran to its end" in assay.out


def test_a_job_of_the_name_that_came_since_it_was_planned_is_not_made_again(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="x")
    definition = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["other"]}]}
    listed: list[str] = []

    def another() -> None:
        listed.append("once")
        if len(listed) == 2:
            client.create_classification_job(
                clientToken="x", name="once", jobType="ONE_TIME", s3JobDefinition=definition
            )

    aws.strict.before("macie2.ListClassificationJobs", another, times=None)
    assert assay("job", "once", "--bucket", "lake", "--yes") == 3
    assert "it is not as it was planned for" in assay.out
    assert len(client.list_classification_jobs()["items"]) == 1


def test_a_list_that_is_not_narrowed_to_the_name_cancels_no_other_job(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    bucket(aws, "lake", a_csv="x")
    for name in ("theirs", "ours"):
        assert assay("job", name, "--bucket", "lake", "--schedule", "daily", "--yes") == 0
    jobs = {each["name"]: each for each in client.list_classification_jobs()["items"]}
    told = {name: jobs["theirs"][name] for name in ("jobId", "name", "jobStatus", "jobType")}
    given = aws.strict.answer("macie2.ListClassificationJobs", {"items": [told]})
    # Of its name there is none then, which is as it was before it was made.
    assert assay("undo", newest_plan(assay.url), "--yes") == 0
    given.end()
    assert {each["jobStatus"] for each in client.list_classification_jobs()["items"]} <= {"RUNNING", "IDLE"}


# Results


def test_where_results_are_kept_is_read_back_and_goes_back(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    assert assay("export-results", "--bucket", "first", "--key", KEY, "--yes") == 0
    assert "the key's policy lets it use kms:GenerateDataKey" in assay.out
    assert "Take it back" not in assay.out
    assert assay("export-results", "--bucket", "second", "--prefix", "in/", "--key", KEY, "--yes") == 0
    told_ = client.get_classification_export_configuration()["configuration"]["s3Destination"]
    assert told_ == {"bucketName": "second", "keyPrefix": "in/", "kmsKeyArn": KEY, "expectedBucketOwner": ACCOUNT}
    assert assay("undo", newest_plan(assay.url), "--yes") == 0
    told_ = client.get_classification_export_configuration()["configuration"]["s3Destination"]
    assert told_ == {"bucketName": "first", "kmsKeyArn": KEY, "expectedBucketOwner": ACCOUNT}


def test_a_place_that_is_not_as_it_was_put_shows(aws: Aws, assay: Assay) -> None:
    enabled(aws)
    aws.strict.answer("macie2.PutClassificationExportConfiguration", {"configuration": {}})
    assert assay("export-results", "--bucket", "first", "--key", KEY, "--yes") == 1
    assert "not as written when read back" in assay.out


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("key", ["abc", "arn:aws:s3:::lake"])
def test_a_wrong_key_is_said(assay: Assay, key: str) -> None:
    assert assay("export-results", "--bucket", "first", "--key", key) == 2
    assert "--key" in assay.err


# Suppression


def test_what_is_accepted_is_archived_what_is_not_comes_back_and_others_stay(aws: Aws, assay: Assay) -> None:
    client = enabled(aws)
    only = told(1, "a.csv", sensitive={"PERSONAL_INFORMATION": {"USA_SOCIAL_SECURITY_NUMBER": 2}})
    more, custom = told(2, "a.csv"), told(3, "a.csv", sensitive=only_ssn(), custom={"badge": 1})
    aws.strict.macie_holds("findings", only, more, custom, told(4, "b.csv", sensitive=only_ssn()))
    for name in ("theirs 1", "theirs 2", "theirs 3"):
        client.create_findings_filter(
            name=name, action="NOOP", findingCriteria={"criterion": {"severity.description": {"eq": ["Low"]}}},
            clientToken=name,
        )  # fmt: skip
    with open_catalog(assay.url) as catalog:
        kept = accept(catalog, "SSN", "s3://lake/a.csv", expires=date(2999, 1, 1))
        accept(catalog, "SSN", "s3://lake/*.csv")
        accept(catalog, "SSN", "s3://gone", expires=date(2020, 1, 1))
    assert assay("suppress", "--yes") == 3
    assert "it is about several objects by a pattern" in assay.out
    assert "ends 2999-01-01" in assay.out
    archived = [
        each["archived"] for each in client.get_findings(findingIds=[f"{n:032x}" for n in (1, 2, 3, 4)])["findings"]
    ]
    assert archived == [True, False, False, False]
    assert sum(filter_names(client).values()) == 4
    assert assay("suppress", "--yes") == 3
    assert aws.strict.calls.names()["macie2.CreateFindingsFilter"] == 3 + 1
    with open_catalog(assay.url) as catalog:
        take_back(catalog, kept)
    assert assay("suppress", "--yes") == 3
    assert "theirs" not in assay.out
    assert filter_names(client) == {"theirs 1": 1, "theirs 2": 1, "theirs 3": 1}


def test_a_filter_of_somebody_else_is_not_changed_whatever_a_plan_says(aws: Aws) -> None:
    client = enabled(aws)
    criterion: dict[str, Any] = {"severity.description": {"eq": ["Low"]}}
    client.create_findings_filter(
        name="theirs", action="NOOP", findingCriteria={"criterion": criterion}, clientToken="theirs"
    )
    filters = macie_filters.MacieFilters(Session(Access(), macie_filters.CALLS))
    nothing = dict.fromkeys(("action", "criterion", "description"))
    made = {"action": "ARCHIVE", "criterion": criterion, "description": ""}
    for before, after, name in ((made, nothing, "theirs"), (nothing, made, "other")):
        action = Action(
            resource=uri_of(ACCOUNT, REGION, macie_filters.KIND, name), control=macie_filters.CONTROL, before=before, after=after
        )  # fmt: skip
        with pytest.raises(ActionError) as caught:
            filters.apply(action)
        assert caught.value.reason == macie_filters.NOT_OURS
    assert filter_names(client) == {"theirs": 1}


def only_ssn() -> dict[str, dict[str, int]]:
    return {"PERSONAL_INFORMATION": {"USA_SOCIAL_SECURITY_NUMBER": 2}}


def filter_names(client: Any) -> dict[str, int]:
    found = client.get_paginator("list_findings_filters").paginate().build_full_result()["findingsFilterListItems"]
    return {each["name"]: 1 for each in found}


# Plans of others


@pytest.mark.usefixtures("aws")
def test_a_plan_that_is_not_there_cannot_be_undone(assay: Assay) -> None:
    assert assay("undo", "abcd1234", "--yes") == 2
    assert "there is no plan 'abcd1234'" in assay.err


def test_json_lines_tell_all(aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str], assay: Assay) -> None:
    enabled(aws)
    bucket(aws, "lake", a_csv="x")
    run(["aws", "macie", "job", "j", "--bucket", "lake", "--yes", "--format", "jsonl", "--catalog", assay.url])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["estimate", "action", "receipt", "plan"]
    assert lines[0]["cost"] == 0.0
    assert lines[1]["after"]["runs"] == "once"
    assert lines[2]["outcome"] == "applied"
