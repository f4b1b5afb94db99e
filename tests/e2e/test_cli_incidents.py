"""`assay protect grant` and `assay protect incident`, as a user calls them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from calling import Assay, Done
from protecting_for_tests import ROLE, URI, USER, Guard, make_people

from assay.store.engine import open_catalog


@pytest.fixture
def guard(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    with open_catalog("catalog.db", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_access_for_a_time(assay: Assay, guard: Guard) -> None:
    guard.make()
    make_people(guard.aws)
    shown = assay(
        "protect", "grant", "give", URI, "--to", ROLE, "--for", "4h", "--prefix", "cases/", "--reason", "ticket 4711"
    )
    assert shown.code == 0, shown.err
    assert "may read s3://lake/cases/*" in " ".join(shown.out.split())
    assert "waits for a person" in shown.out
    assert guard.statements() == []
    plan = shown.out.partition("Plan ")[2][:8]
    assert assay("protect", "apply", plan, "--execute").code == 3
    assert assay("protect", "approve", plan).code == 0
    assert assay("protect", "apply", plan, "--execute").code == 0
    assert len(guard.statements()) == 2
    (given,) = lines(assay("protect", "grant", "list", "--format", "jsonl"))
    assert (given["resource"], given["over"]) == (URI, False)
    assert "0 grants" in assay("protect", "grant", "revoke", "--execute").out
    dry = assay("protect", "grant", "revoke", plan)
    assert ("would be taken back" in dry.out, len(guard.statements())) == (True, 2)
    assert assay("protect", "grant", "revoke", plan, "--execute").code == 0
    assert guard.statements() == []
    assert "0 given" in assay("protect", "grant", "list").out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--to", "*", "--for", "1h"), "no ARN of one user or role"), (("--to", ROLE, "--for", "soon"), "write it as 30m, 4h or 2d"),
        (("--to", ROLE, "--for", "31d"), "31d is too long; the longest is 30d"), (("--to", ROLE, "--for", "999999h"), "the longest is 30d"),
        (("--to", ROLE, "--for", "9" * 5000 + "d"), "the longest is 30d"), (("--to", ROLE, "--for", "1h", "--prefix", "*"), "a prefix has no"),
    ],
)  # fmt: skip
def test_what_is_not_given(assay: Assay, guard: Guard, given: tuple[str, ...], said: str) -> None:
    guard.make()
    done = assay("protect", "grant", "give", URI, *given)
    assert (done.code, said in " ".join(done.err.split())) == (2, True), done.err


def test_from_a_finding_to_the_end(assay: Assay, guard: Guard) -> None:
    guard.make()
    make_people(guard.aws)
    alert = {"kind": "anomaly", "principal": USER, "day": "2026-11-29", "level": "restricted", "reasons": [{"name": "region"}],
             "places": [{"resource": URI}]}  # fmt: skip
    Path("alert.json").write_text(json.dumps(alert))
    opened = assay("protect", "incident", "open", "alert.json")
    assert opened.code == 0, opened.err
    assert "unusual access: region" in opened.out
    assert "root" in opened.out
    first, *_ = lines(assay("protect", "incident", "open", "alert.json", "--format", "jsonl"))
    assert (first["is_new"], first["severity"]) == (False, "high")
    assert assay("protect", "approve", first["plan"]).code == 0
    assert assay("protect", "apply", first["plan"], "--execute").code == 0
    (told,) = lines(assay("protect", "incident", "list", "--format", "jsonl"))
    assert told["state"] == "contained"
    listed = assay("protect", "incident", "list").out.splitlines()
    assert re.match(r"[0-9a-f]{8} contained \d{4}-\d\d-\d\d \d\d:\d\d UTC  high ", listed[0])
    assert listed[-1] == "1 incident."
    assert max(map(len, listed)) <= 80
    shown = assay("protect", "incident", "show", told["incident"][:8])
    assert re.search(r"^opened \d{4}-\d\d-\d\d \d\d:\d\d UTC by \S+$", shown.out, re.MULTILINE)
    assert ("applied: s3://lake" in shown.out, "notify" in shown.out) == (True, True)
    assert assay("protect", "incident", "close", told["incident"]).code == 2
    assert "rollback" in assay("protect", "incident", "close", told["incident"], "--reason", "over").out
    assert assay("protect", "incident", "list").out == "0 incidents.\n"
    assert assay("audit", "verify").code == 0
    assert assay("protect", "rollback", first["plan"], "--execute").code == 0
    assert guard.statements() == []
    again = assay("protect", "incident", "close", told["incident"], "--reason", "over")
    assert re.search(r"was closed by \S+ at \d{4}-\d\d-\d\d \d\d:\d\d UTC$", again.err.strip())
    # What is done needs no command.
    left = assay("protect", "incident", "recover", told["incident"]).out
    assert ("done: lift: nothing of its plan stands\n" in left, "done: close: it is closed\n" in left) == (True, True)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("{", (), "not one JSON object"), ("[]", (), "is no JSON object"), ("{}", ("--principal", USER), "leave --resource"),
        ('{"secret": "123-45-6789"}', (), "is no finding"),
    ],
)  # fmt: skip
def test_what_is_no_finding(assay: Assay, guard: Guard, text: str, given: tuple[str, ...], said: str) -> None:
    guard.make()
    Path("finding.json").write_text(text)
    done = assay("protect", "incident", "open", "finding.json", *given)
    assert (done.code, said in " ".join(done.err.split()), "6789" in done.err) == (2, True, False), done.err


def test_who_is_told_and_what_is_left(assay: Assay, guard: Guard) -> None:
    guard.make()
    opened = assay("protect", "incident", "open", "--resource", URI, "--format", "jsonl")
    number = lines(opened)[0]["incident"]
    topic = guard.aws.client("sns").create_topic(Name="alarm")["TopicArn"]
    assert assay("protect", "incident", "notify", number, "--topic", topic).out == f"{topic}: is told\n"
    assert assay("protect", "incident", "notify", number, "--topic", topic).out == f"{topic}: was told already\n"
    gone = assay("protect", "incident", "notify", number, "--topic", f"{topic}-gone")
    assert (gone.code, "Traceback" in gone.err + gone.out) == (3, False)
    left = assay("protect", "incident", "recover", number)
    assert (left.code, "2. next: lift" in left.out or "next: close" in left.out) == (0, True)
    assert f"assay protect incident close {number[:8]}" in " ".join(left.out.split())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("incident", "notify", "abcd"), "say whom to tell"), (("incident", "notify", "abcd", "--topic", "alarm"), "is no ARN of a topic"),
        (("incident", "recover", "abcd"), "there is no incident"),
        (("incident", "open", "--resource", URI, "--trail", "trail"), "is no place of a trail"),
        (("incident", "open", "--resource", "ebs://eu-west-1"), "no copy of it is kept"),
        (("migration", "arn:aws:rds:eu-west-1:123456789012:db:shop", "--plan", "--sign-off"), "are two plans"),
        (("migration", "shop", "--plan"), "shop: is no ARN"), (("migration", URI, "--sign-off"), "is no ARN"),
        (("migration", "arn:aws:rds:eu-west-1:123456789012:db:shop", "--plan"), "not found"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_line(assay: Assay, guard: Guard, given: tuple[str, ...], said: str) -> None:
    assert guard.catalog
    told = assay("protect", *given)
    assert (told.code, said in told.err, len(told.err.splitlines())) == (2, True, 1), told.err
