"""`assay scan` and `assay text` on real files."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from calling import Assay
from running import running

ROOT = Path(__file__).parents[2]
LINE_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/schema/assay.schema.json").read_text()))
SARIF_SCHEMA = jsonschema.Draft4Validator(json.loads((ROOT / "tests/data/sarif-2.1.0.json").read_text()))
MAIL = "ada.stone@posteo.de"
CARD = "4400 6618 7205 5319 404"


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("data").mkdir()
    Path("data/notes.txt").write_text(f"Please write to\n  {MAIL} soon.\n")
    Path("data/cards.csv").write_text(f"customer,card\nA-1,{CARD}\nA-2,4111 1111 1111 1111\n")
    Path("data/empty.txt").write_text("")


def lines(text: str) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        LINE_SCHEMA.validate(record)
    return records


def of_kind(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in records if record["kind"] == kind]


def test_json_lines_follow_the_contract(assay: Assay) -> None:
    done = assay("scan", "data", "--format", "jsonl")
    assert done.code == 0
    records = lines(done.out)
    assert records[-1]["kind"] == "summary"
    found = {(record["identifier"], record["resource"].rsplit("/", 1)[-1]) for record in of_kind(records, "finding")}
    assert {("EMAIL", "notes.txt"), ("CREDIT_CARD", "cards.csv")} <= found
    (mail,) = [record for record in of_kind(records, "finding") if record["identifier"] == "EMAIL"]
    assert mail["resource"] == Path("data/notes.txt").resolve().as_uri()
    assert (mail["location"]["line"], mail["location"]["column"]) == (2, 3)
    assert (mail["location"]["start"], mail["location"]["end"]) == (18, 18 + len(MAIL))
    columns = {record["column"]: record["detected_type"] for record in of_kind(records, "column")}
    assert columns["card"] == "CREDIT_CARD"
    assert "customer" in columns
    levels = {record["resource"].rsplit("/", 1)[-1]: record["level"] for record in of_kind(records, "classification")}
    assert levels["cards.csv"] == "restricted"
    assert records[-1]["test_values_ignored"] == 1


@pytest.mark.parametrize("output_format", ["table", "jsonl", "json", "sarif", "csv", "html"])
def test_no_form_of_the_output_holds_a_clear_value(output_format: str, assay: Assay) -> None:
    done = assay("scan", "data", "--format", output_format)
    assert done.code == 0
    for clear in (MAIL, CARD, CARD.replace(" ", ""), "4111 1111 1111 1111"):
        assert clear not in done.out + done.err


def test_the_json_document_holds_what_the_lines_hold(assay: Assay) -> None:
    as_lines = lines(assay("scan", "data", "--format", "jsonl").out)
    document = json.loads(assay("scan", "data", "--format", "json").out)
    as_lines[-1]["seconds"] = document["summary"]["seconds"] = 0
    assert document["records"] == as_lines[:-1]
    assert document["summary"] == as_lines[-1]


def test_sarif_is_valid_and_names_the_rules(assay: Assay) -> None:
    done = assay("scan", "data", "--format", "sarif")
    log = json.loads(done.out)
    SARIF_SCHEMA.validate(log)
    (run,) = log["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {"EMAIL", "CREDIT_CARD"} <= set(rules)
    assert all("help" in rule for rule in rules.values())
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert uris == {"notes.txt", "cards.csv"}


def test_the_page_names_the_worst_first_and_the_test_values(assay: Assay) -> None:
    done = assay("scan", "data")
    assert done.code == 0
    assert done.out.index("RESTRICTED    data/cards.csv") < done.out.index("data/notes.txt")
    assert "1 test value ignored; --include-test-values shows them\n" in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert "\x1b" not in done.out
    shown = assay("scan", "data", "--include-test-values")
    assert "test values ignored" not in shown.out


def test_standard_input(process: Any) -> None:
    done = process("scan", "-", "--format", "jsonl", shell_input=f"to {MAIL}\n".encode())
    assert done.returncode == 0
    (finding,) = of_kind(lines(done.stdout.decode()), "finding")
    assert (finding["identifier"], finding["location"]["start"]) == ("EMAIL", 3)


def test_a_file_uri_is_a_target(assay: Assay) -> None:
    Path("data/a b#c.txt").write_text(f"to {MAIL}\n")
    done = assay("scan", Path("data/a b#c.txt").resolve().as_uri(), "--format", "jsonl")
    assert done.code == 0
    (finding,) = of_kind(lines(done.out), "finding")
    assert finding["resource"].endswith("/data/a%20b%23c.txt")


@pytest.mark.parametrize(
    ("level", "target", "code"),
    [
        ("restricted", "data", 1),
        ("RESTRICTED", "data/cards.csv", 1),
        ("restricted", "data/notes.txt", 0),
        ("internal", "data/notes.txt", 1),
        ("unclassified", "data/empty.txt", 0),
        ("public", "data/empty.txt", 1),
    ],
)
def test_fail_on(level: str, target: str, code: int, assay: Assay) -> None:
    assert assay("scan", target, "--fail-on", level).code == code


def test_gaps_give_3_and_a_failed_level_beats_them(assay: Assay) -> None:
    Path("data/broken.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    done = assay("scan", "data", "--format", "jsonl")
    assert done.code == 3
    (gap,) = of_kind(lines(done.out), "gap")
    assert gap["resource"].endswith("/data/broken.gz")
    assert "gap" in done.err
    assert assay("scan", "data", "--fail-on", "restricted").code == 1


def test_selections(assay: Assay) -> None:
    def names(*options: str) -> set[str]:
        done = assay("scan", "data", "--format", "jsonl", *options)
        return {record["identifier"] for record in of_kind(lines(done.out), "finding")}

    assert names("-i", "EMAIL") == {"EMAIL"}
    assert names("--category", "pci") == {"CREDIT_CARD"}
    assert "CREDIT_CARD" not in names("--exclude", "*.csv")
    assert names("--min-confidence", "1") == set()


def test_an_output_file_is_written_whole_and_not_scanned(assay: Assay) -> None:
    first = assay("scan", ".", "--format", "jsonl", "--output", "out.jsonl")
    assert (first.code, first.out) == (0, "")
    before = lines(Path("out.jsonl").read_text())
    again = assay("scan", ".", "--format", "jsonl", "--output", "out.jsonl")
    assert again.code == 0
    after = lines(Path("out.jsonl").read_text())
    assert len(of_kind(after, "finding")) == len(of_kind(before, "finding"))
    assert sorted(os.listdir(".")) == ["data", "out.jsonl"]
    assert "→ out.jsonl" in again.err


def test_quiet_says_nothing_but_results(assay: Assay) -> None:
    assert assay("scan", "data", "--format", "jsonl", "--quiet").err == ""


def test_estimate_reads_nothing(assay: Assay) -> None:
    done = assay("scan", "data", "--estimate")
    assert done.code == 0
    assert done.out.startswith("3 files, ")
    value = json.loads(assay("scan", "data", "--estimate", "--format", "json").out)
    total = sum(file.stat().st_size for file in Path("data").iterdir())
    assert (value["kind"], value["files"], value["bytes"]) == ("estimate", 3, total)


def test_settings_count_less_than_options(assay: Assay) -> None:
    Path("assay.toml").write_text('fail_on = "internal"\nexclude = ["*.csv"]\n')
    assert assay("scan", "data", "--fail-on", "restricted").code == 0
    assert assay("scan", "data").code == 1


@pytest.mark.parametrize("output_format", ["table", "jsonl", "json", "sarif", "csv", "html"])
def test_ctrl_c_keeps_what_was_found(output_format: str) -> None:
    """Standard input comes first and is not closed: there is no end that the signal could come too late for."""
    name = f"out.{output_format}"
    options = ("--format", output_format, "--output", name, "--progress")
    command = [sys.executable, "-m", "assay.cli.__main__", "scan", "-", "data", *options]
    with running(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write((f"write to {MAIL} or not\n" + "nothing here\n" * 400).encode() * 4_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
        code = process.wait(timeout=300)
    assert code == 130
    assert b"Traceback" not in errors
    assert b"assay: interrupted" in errors
    text = Path(name).read_text()
    if output_format == "jsonl":
        assert lines(text)[-1]["interrupted"] is True
    elif output_format == "json":
        assert json.loads(text)["summary"]["interrupted"] is True
    elif output_format == "sarif":
        SARIF_SCHEMA.validate(json.loads(text))
        assert json.loads(text)["runs"][0]["invocations"][0]["executionSuccessful"] is False
    elif output_format == "csv":
        *_, last = csv.DictReader(io.StringIO(text))
        assert (last["kind"], last["complete"]) == ("summary", "false")
        assert "interrupted: these results are partial" in last["detail"]
    elif output_format == "html":
        assert "Interrupted: these results are partial." in text
        assert text.endswith("</html>\n")
    else:
        assert "INTERRUPTED" in text


def test_a_text_is_explained(assay: Assay) -> None:
    done = assay("text", f"write to {MAIL}")
    assert done.code == 0
    assert "1:10   EMAIL  " in done.out
    assert "pattern" in done.out
    assert MAIL not in done.out


def test_a_text_as_data(assay: Assay) -> None:
    (finding,) = lines(assay("text", f"write to {MAIL}", "--format", "jsonl").out)
    assert finding["identifier"] == "EMAIL"
    document = json.loads(assay("text", f"write to {MAIL}", "--format", "json").out)
    assert document["records"] == [finding]


def test_a_text_with_nothing_in_it_and_one_with_a_test_value(assay: Assay) -> None:
    assert assay("text", "nothing here").out == "Nothing found.\n"
    done = assay("text", "card 4111 1111 1111 1111")
    assert done.out == "Nothing found.\n1 test value ignored; --include-test-values shows them\n"
    assert "CREDIT_CARD" in assay("text", "card 4111 1111 1111 1111", "--include-test-values").out


def test_a_text_from_standard_input(process: Any) -> None:
    done = process("text", "-", "--fail-on", "internal", shell_input=b"\xff\xfe to " + MAIL.encode())
    assert done.returncode == 1
    assert b"EMAIL" in done.stdout
    assert done.stderr == b""


def test_of_nothing_it_is_said_that_there_was_nothing(assay: Assay) -> None:
    """It was "public because 0 of 0 resources are public"."""
    Path("empty").mkdir()
    assert "the whole is public because there was nothing to read" in " ".join(assay("scan", "empty").out.split())


@pytest.mark.parametrize("output_format", ["table", "jsonl"])
def test_a_cache_that_cannot_be_written_is_told_once(
    output_format: str, assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("occupied").write_text("")
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(Path("occupied/cache").resolve()))
    arguments = ("scan", "data", "--format", output_format, "--identifier", "EMAIL")
    done = assay(*arguments)
    assert done.code == 0
    (told,) = [line for line in done.err.splitlines() if "occupied" in line]
    assert "cannot be written (Not a directory)" in told
    assert "ASSAY_CACHE_DIR" in told
    assert "occupied/cache" not in assay(*arguments, "--quiet").err
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(Path("cache").resolve()))
    assert "cannot be written" not in assay(*arguments).err
