"""What every output of a scan has: all that was found, whole or not at all, and nothing clear."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest
from cases.sinks import FileForm

from assay.cli.__main__ import run

NAMES = ("jsonl", "json", "rows", "sarif", "junit", "html", "ocsf", "table")
FORMS = [form for name in NAMES for form in importlib.import_module(f"cases.sinks.{name}").FORMS]
PARTS = {
    "output": "what all outputs of files are written through",
    "writebehind": "a part of `output`",
    "rowfiles": "a part of `rows`: tests/unit/test_sinks_rows.py",
    "resultstable": "makes the table of `dynamodbresults`: tests/integration/test_aws_publish.py",
    "governancetables": "a part of `snowflake`",
    "snowflakeurl": "a part of `snowflake`",
    "snowflake": "has a suite of its own: tests/contract/test_sinks_snowflake.py",
    "configrules": "tells of resources whose tags are asked for, not of results: tests/e2e/test_cli_aws_config_evaluations.py",
    "batchmanifests": "writes jobs, not results: tests/e2e/test_cli_aws_tag_batch.py",
    "modelobjects": "keeps models, not results: tests/contract/test_model_files.py",
    "auditplaces": "tells of the audit log, not of results: tests/integration/test_audit_places.py",
    "paperpdf": "writes reports, not results: tests/integration/test_reports.py",
    "metricslog": "counts all results together: tests/integration/test_aws_publish.py",
}
"""Modules of sinks that have no case, and where they are proven."""
PERSON = "Employee Ada Lovelace, SSN 536-90-44{:02}, mail ada{}@lovelace-software.org\n"
COUNT = 18


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for number in range(COUNT):
        (folder / f"k{number:02}.txt").write_text(PERSON.format(number + 10, number), encoding="utf-8")
    (folder / "harmless.txt").write_text("nothing to see here\n", encoding="utf-8")
    return folder


@pytest.fixture(params=FORMS, ids=lambda form: form.form)
def form(request: pytest.FixtureRequest) -> FileForm:
    found: FileForm = request.param
    return found


def scan(data: Path, form: FileForm, output: Path, *more: str) -> int:
    return run(["scan", str(data), "--format", form.form, "--output", str(output), "--quiet", "--jobs", "1", *more])


def test_every_sink_has_a_case() -> None:
    from cases import sinks as cases

    import assay.sinks

    modules = {path.stem for path in Path(assay.sinks.__path__[0]).glob("[!_]*.py")}
    proven = {path.stem for path in Path(cases.__path__[0]).glob("[!_]*.py")} - {"sns"}  # a notifier
    assert modules == proven | PARTS.keys()


def test_all_that_was_found_is_there_and_nothing_clear(data: Path, form: FileForm, tmp_path: Path) -> None:
    output = tmp_path / "told"
    assert scan(data, form, output) == 0
    body = output.read_bytes()
    kinds = ("restricted",) if form.levels else ("SSN", "EMAIL")
    wanted = {(f"k{number:02}.txt", kind) for number in range(COUNT) for kind in kinds}
    assert form.told(body) == wanted
    # Cells of packed columns are packed: what is told of them is what was read above.
    for number in range(COUNT):
        assert f"536-90-44{number + 10:02}".encode() not in body
        assert f"ada{number}@".encode() not in body
    # A scan that is repeated puts its results in the place of those before.
    assert scan(data, form, output) == 0
    assert form.told(output.read_bytes()) == wanted


def test_what_cannot_be_written_is_said_with_its_reason(
    data: Path, form: FileForm, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert scan(data, form, tmp_path / "missing" / "told") == 2
    err = capfd.readouterr().err
    assert "missing" in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_disk_that_is_full_is_no_success(data: Path, form: FileForm, capfd: pytest.CaptureFixture[str]) -> None:
    assert scan(data, form, Path("/dev/full")) == 2
    err = capfd.readouterr().err
    assert "the disk is full" in err
    assert "Traceback" not in err


def test_what_ends_early_leaves_what_was_there(
    data: Path, form: FileForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from assay.sinks.output import Output

    output = tmp_path / "told"
    output.write_bytes(b"of yesterday")

    def fails(_: Output) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Output, "commit", fails)
    assert scan(data, form, output) == 130
    assert output.read_bytes() == b"of yesterday"
    # What was written until then lies beside it, and it is said where.
    err = capfd.readouterr().err
    assert all(path.name == "told" or str(path) in err for path in tmp_path.iterdir())
