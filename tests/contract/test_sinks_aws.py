"""What every service that is told has: all of it, in requests that it takes, again only what is new, and nothing clear."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from awsservers import TESTS, Aws
from cases.sinks import Destination

from assay.app.permissions import IDENTITY
from assay.cli.__main__ import run
from assay.sinks import dynamodbresults

NAMES = ("securityhub", "eventbridge", "dynamodbresults", "objects", "sns")
RANKS = ("public", "unclassified", "internal", "confidential", "restricted")
HARMLESS_EVERY = 15
PERSON = "Employee Ada Lovelace, SSN 536-90-4399, mail ada@lovelace-software.org\n"
CLEAR = ("536-90-4399", "lovelace-software", "Lovelace")
HARMLESS = "nothing to see here\n"

Assay = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A folder of so many files with a catalog of them; once for each number."""

    @cache
    def made(count: int) -> Path:
        folder = tmp_path_factory.mktemp(f"scanned{count}")
        (folder / "data").mkdir()
        for number in range(count):
            body = f"{number} {HARMLESS if number % HARMLESS_EVERY == 1 else PERSON}"
            (folder / "data" / f"k{number:03}.txt").write_text(body, encoding="utf-8")
        catalog = ("--catalog", str(folder / "catalog.db"))
        assert run(["catalog", "init", *catalog]) == 0
        assert run(["scan", str(folder / "data"), "--quiet", "--jobs", "1", *catalog]) == 0
        return folder

    return made


@pytest.fixture(params=NAMES)
def destination(request: pytest.FixtureRequest, aws: Aws) -> Destination:
    found: Destination = importlib.import_module(f"cases.sinks.{request.param}").DESTINATION
    found.prepare(aws)
    aws.strict.calls.clear()
    return found


@pytest.fixture
def folder(scanned: Callable[[int], Path], destination: Destination) -> Path:
    """What lies there is more than goes into one request."""
    return scanned(count(destination))


@pytest.fixture
def assay(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Assay:
    shutil.copy(folder / "catalog.db", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")

    def call(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        assert not [value for value in CLEAR if value in out + err]
        return code, out + err

    return call


def count(destination: Destination) -> int:
    return 112 if destination.most == 100 else 28


def expected(destination: Destination) -> dict[str, list[str]]:
    levels = {
        f"k{number:03}.txt": "public" if number % HARMLESS_EVERY == 1 else "restricted"
        for number in range(count(destination))
    }
    least = RANKS.index(destination.least)
    return {name: [level] for name, level in levels.items() if RANKS.index(level) >= least}


def writes(aws: Aws, destination: Destination) -> list[Any]:
    return [
        call
        for call in aws.strict.calls.made(destination.write)
        if TESTS not in call.request.environ.get("HTTP_USER_AGENT", "")
    ]


def test_all_of_it_is_told_once_in_requests_that_are_taken(destination: Destination, assay: Assay, aws: Aws) -> None:
    number = f"{len(expected(destination)):,}"
    code, out = assay("aws", "publish", *destination.options, "--dry-run")
    assert (code, f"{number} to tell" in out, writes(aws, destination)) == (0, True, [])
    aws.strict.calls.clear()
    code, out = assay("aws", "publish", *destination.options)
    assert (code, f"{number} told" in out) == (0, True)
    assert destination.there(aws) == expected(destination)
    sizes = [destination.entries(call.parameters) for call in writes(aws, destination)]
    assert max(sizes) <= destination.most
    # As few requests as there may be.
    assert len(sizes) == -(-sum(sizes) // destination.most)
    told = repr([call.parameters for call in aws.strict.calls])
    assert not [value for value in CLEAR if value in told]
    made = {call.name for call in aws.strict.calls if TESTS not in call.request.environ.get("HTTP_USER_AGENT", "")}
    assert made - IDENTITY == destination.calls
    aws.strict.calls.clear()
    assert assay("aws", "publish", *destination.options)[0] == 0
    assert not writes(aws, destination)


def test_what_has_changed_is_told_and_nothing_else(
    destination: Destination, assay: Assay, aws: Aws, folder: Path
) -> None:
    assay("aws", "publish", *destination.options)
    before = destination.there(aws)
    changed = folder / "data" / "k001.txt"
    was = changed.read_text(encoding="utf-8")
    changed.write_text(f"1 {PERSON} once more", encoding="utf-8")
    try:
        assert assay("scan", str(folder / "data"), "--quiet", "--jobs", "1")[0] == 0
    finally:
        changed.write_text(was, encoding="utf-8")
    assert assay("aws", "publish", *destination.options)[0] == 0
    after = destination.there(aws)
    old = before.pop("k001.txt", [])
    new = after.pop("k001.txt")
    assert new == (["restricted"] if destination.again == "in place" else [*old, "restricted"])
    assert after == before


def test_what_is_not_taken_though_the_answer_is_success_is_sent_again(
    destination: Destination, assay: Assay, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    if destination.part is None:
        assert destination.most == 1  # a request is taken, or it is not
        return
    monkeypatch.setattr(dynamodbresults, "_TRIES", 2)
    part, total = destination.part, len(expected(destination))
    # An answer is all that this is: of what it is answered for nothing is there.
    met = aws.strict.answer(destination.write, lambda request: part(request.parameters))
    code, out = assay("aws", "publish", *destination.options)
    met.end()
    assert (code, "not taken, to be sent again by the next run" in out) == (3, True)
    aws.strict.calls.clear()
    assert assay("aws", "publish", *destination.options)[0] == 0
    sent = sum(destination.entries(call.parameters) for call in writes(aws, destination))
    assert sent == (met.met if destination.resent == "those" else total)


def test_what_is_refused_has_its_reason_others_are_told_and_nothing_is_lost(
    destination: Destination, assay: Assay, aws: Aws
) -> None:
    denied = aws.strict.deny(destination.write)
    beside = ("--ocsf", "told") if "--ocsf" not in destination.options else ()
    code, out = assay("aws", "publish", *destination.options, *beside)
    assert (code, "AccessDenied" in out or "AuthorizationError" in out) == (3, True)
    if beside:
        assert f"OCSF in told: {count(destination):,} told" in out
    denied.end()
    assert assay("aws", "publish", *destination.options)[0] == 0
    assert destination.there(aws) == expected(destination)


def test_what_ends_after_the_first_request_loses_nothing(destination: Destination, assay: Assay, aws: Aws) -> None:
    seen: list[object] = []

    def later(given: object) -> bool:
        seen.append(given)
        return len(seen) > 1

    denied = aws.strict.deny(destination.write, **{destination.argument: later})
    code, out = assay("aws", "publish", *destination.options)
    denied.end()
    sent = destination.there(aws)
    if len(seen) > 1:
        assert (code, "stopped:" in out) == (3, True)
        assert 0 < len(sent) < len(expected(destination))
    else:
        assert destination.most == 1
    assert assay("aws", "publish", *destination.options)[0] == 0
    assert destination.there(aws) == expected(destination)
