"""Foreseeable mistakes: one line that says what, where and what to do; exit code 2; never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Assay
from running import running

WRONG: list[tuple[tuple[str, ...], str]] = [
    (("scna", "."), "no command named 'scna'; did you mean 'scan'?"),
    (("help",), "no command named 'help'; did you mean 'assay --help'?"),
    (("version",), "no command named 'version'; did you mean 'assay --version'?"),
    (("aws", "help"), "no command named 'help'; did you mean 'assay aws --help'?"),
    (("/",), "no command named '/'; did you mean 'assay scan /'?"),
    (("s3://lake",), "no command named 's3://lake'; did you mean 'assay scan s3://lake'?"),
    (("scan", "*.csv"), "*.csv: no such file or folder; a pattern is for the shell to fill in, without quotes"),
    (("scan",), "missing argument 'TARGET...'; see 'assay scan --help'"),
    (("scan", "nowhere.txt"), "nowhere.txt: no such file or folder; check the path and its spelling"),
    (("scan", "", "."), "a target is empty; name a file or a folder"),
    (
        ("scan", "--format", "png", "."),
        "there is no format 'png'; available: table, jsonl, json, csv, parquet, sarif,",
    ),
    (("scan", "--format", "jsnol", "."), "there is no format 'jsnol'; did you mean 'jsonl'?"),
    (("scan", "--format", "html", "--output", "none/page.html", "."), "there is no folder none; make it first"),
    (("scan", "gs://bucket/prefix"), "targets of the form gs://… cannot be read in this version; there are a file,"),
    (("scan", "file://elsewhere/data"), "a file:// URI needs an absolute path on this machine"),
    (("scan", "file:///nowhere/x"), "/nowhere/x: no such file or folder"),
    (("scan", "-", "-"), "standard input can be read only once"),
    (("scan", "--formt", "json", "."), "no such option '--formt'"),
    (("scan", "--min-confidence", "2", "."), "invalid value for '--min-confidence': 2.0 is not in the range 0<=x<=1"),
    (("scan", "--min-confidence", "nan", "."), "invalid value for '--min-confidence'"),
    (("scan", "--jobs", "-1", "."), "invalid value for '-j' / '--jobs'"),
    (("scan", "--sample", "0", "."), "invalid value for '--sample'"),
    (("scan", "--sample", "5", "--full", "."), "--full and --sample exclude each other; give one of them"),
    (("scan", "--fail-on", "secret", "."), "invalid value for '--fail-on': 'secret' is not one of 'restricted'"),
    (("scan", "--category", "PCII", "."), "no identifier is of the category 'PCII'; did you mean PII?"),
    (("scan", "-i", "SNN", "."), "no identifier named 'SNN'; did you mean"),
    (("scan", "--allow", "none.yaml", "."), "--allow none.yaml: no such file; name an existing allow list"),
    (("scan", "--config", "none.toml", "."), "none.toml: no such file; name an existing settings file"),
    (("scan", "--output", "none/out.jsonl", "."), "--output none/out.jsonl: there is no folder none; make it first"),
    (("scan", "--output", ".", "."), "--output .: is a folder; name a file in it"),
    (("identifiers", "show", "SSNN"), "no identifier named 'SSNN'; did you mean SSN?"),
    (("identifiers", "lint", "none.yaml"), "none.yaml: no such file or folder"),
    (("identifiers", "lint", "."), ".: holds no .yaml file"),
    (("identifiers", "new", "../up"), "identifier id '../up' must be small letters"),
    (("identifiers", "new", "acme/7"), "must begin with a letter"),
    (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda case: " ".join(case)[:60])
def test_a_mistake_is_one_line_on_standard_error(arguments: tuple[str, ...], words: str, assay: Assay) -> None:
    done = assay(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("assay: error: ")
    assert done.err.count("\n") == 1
    assert words in done.err


def test_a_text_that_is_a_files_name_is_said_to_be_no_file(assay: Assay) -> None:
    Path("people list.csv").write_text("ssn\n536-90-4399\n")
    done = assay("text", "people list.csv")
    assert (done.code, done.out) == (0, "Nothing found.\n")
    assert "was not read; assay scan 'people list.csv' reads it" in done.err
    assert assay("text", "people").err == ""


def test_a_target_cannot_draw_on_the_terminal(assay: Assay) -> None:
    done = assay("scan", "\x1b[31mnowhere\n")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "\\x1b[31mnowhere" in done.err


def test_a_link_that_leads_nowhere(assay: Assay) -> None:
    Path("link").symlink_to("gone")
    done = assay("scan", "link")
    assert (done.code, done.out) == (2, "")
    assert "link: is a link to something that is not there" in done.err


def test_a_broken_settings_file_is_named_with_its_line(assay: Assay) -> None:
    Path("assay.toml").write_text("jobs = 2\nmin_confidense = 0.7\n")
    done = assay("scan", ".")
    assert done.code == 2
    assert "assay.toml:2: unknown key 'min_confidense'; did you mean 'min_confidence'?" in done.err


def test_a_broken_identifier_is_named_with_its_line(assay: Assay) -> None:
    Path("badge.yaml").write_text("name: BADGE\ntitel: Badge\n")
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    done = assay("scan", ".")
    assert done.code == 2
    assert "badge.yaml:2: unknown key 'titel'; did you mean 'title'?" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output_format", ["table", "jsonl", "json", "sarif", "csv", "parquet", "html"])
def test_a_full_disk(output_format: str, assay: Assay) -> None:
    Path("notes.txt").write_text("SSN: 536-90-4399\n")
    done = assay("scan", "notes.txt", "--format", output_format, "--output", "/dev/full")
    assert done.code == 2
    assert "/dev/full: cannot be written: the disk is full" in done.err
    assert "Traceback" not in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("identifiers", "list"),
        ("identifiers", "show", "EMAIL"),
        ("text", "x"),
        ("doctor",),
        ("completion", "bash"),
        ("config", "show"),
        ("scan", "notes.txt"),
    ],
)
def test_a_full_disk_behind_standard_output(arguments: tuple[str, ...]) -> None:
    Path("notes.txt").write_text("SSN: 536-90-4399\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli.__main__", *arguments], stdout=full, stderr=subprocess.PIPE, timeout=300
        )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"assay: error: ") == 1
    assert b"assay: error: standard output: cannot be written: the disk is full; " in done.stderr


def test_a_reader_that_goes_away() -> None:
    Path("many.txt").write_text("SSN: 536-90-4399\n" * 20_000)
    command = [sys.executable, "-m", "assay.cli.__main__", "scan", "many.txt", "--format", "jsonl", "--quiet"]
    with running(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"kind":"finding"')
        process.stdout.close()
        errors = process.stderr.read()
        code = process.wait(timeout=300)
    assert code == 2
    assert errors == b"assay: error: standard output: its reader went away before everything was written\n"


@pytest.mark.parametrize(
    "arguments", [("identifiers", "list"), ("doctor",), ("text", "--", "SSN: 536-90-4399"), ("--help",)]
)
def test_a_command_whose_reader_goes_away_does_not_end_as_if_something_had_been_found(
    arguments: tuple[str, ...],
) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "assay.cli.__main__", *arguments]
    with open(writes, "wb") as nobody_reads:
        done = subprocess.run(command, stdout=nobody_reads, stderr=subprocess.PIPE, timeout=300)
    assert (done.returncode, done.stderr) == (141, b"")


def test_results_never_replace_the_file_that_is_scanned(assay: Assay) -> None:
    Path("a.txt").write_text("SSN: 536-90-4399\n")
    Path("link.txt").symlink_to("a.txt")
    for output in ("a.txt", "./a.txt", "link.txt"):
        done = assay("scan", "a.txt", "--output", output)
        assert done.code == 2
        assert f"--output {output}: is the file to scan; name another one" in done.err
    assert Path("a.txt").read_text() == "SSN: 536-90-4399\n"


@pytest.mark.parametrize("output_format", ["json", "sarif", "csv", "parquet", "html"])
def test_a_scan_that_cannot_begin_leaves_no_half_of_a_document(output_format: str, assay: Assay) -> None:
    Path("allow.yaml").write_text("- {value: x}")
    done = assay("scan", ".", "--format", output_format, "--allow", "allow.yaml")
    assert (done.code, done.out) == (2, "")
    done = assay("scan", ".", "--format", output_format, "--allow", "allow.yaml", "-o", "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["allow.yaml"]


def test_a_file_that_results_replace_keeps_its_mode(assay: Assay) -> None:
    Path("notes.txt").write_text("SSN: 536-90-4399\n")
    Path("out").write_text("old")
    Path("out").chmod(0o600)
    assert assay("scan", "notes.txt", "--output", "out").code == 0
    assert "SSN" in Path("out").read_text()
    assert Path("out").stat().st_mode & 0o777 == 0o600


def test_an_output_of_the_longest_name(assay: Assay) -> None:
    Path("notes.txt").write_text("SSN: 536-90-4399\n")
    name = "名" * 85
    assert assay("scan", "notes.txt", "--output", name).code == 0
    assert sorted(path.name for path in Path().iterdir()) == ["notes.txt", name]


def test_an_output_that_cannot_be(assay: Assay) -> None:
    assert "--output is empty; name a file" in assay("scan", ".", "--output", "").err
    Path("link").symlink_to("nowhere/out")
    assert "nowhere; make it first" in assay("scan", ".", "--output", "link").err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output_format", ["table", "jsonl", "json", "sarif", "csv", "parquet", "html"])
def test_messages_that_cannot_be_shown_change_nothing(output_format: str) -> None:
    Path("notes.txt").write_text("SSN: 536-90-4399\n")
    command = [sys.executable, "-m", "assay", "scan", "notes.txt", "--format", output_format, "-o", "out"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stderr=full, stdout=subprocess.PIPE, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"SSN" in Path("out").read_bytes()


def test_an_option_without_its_value_names_its_command(assay: Assay) -> None:
    for words in (("scan", "--format"), ("catalog", "history", "--limit"), ("aws", "tag", "--config")):
        done = assay(*words)
        command = " ".join(words[:-1])
        assert (done.code, done.out) == (2, "")
        assert f"option '{words[-1]}' requires an argument; see 'assay {command} --help'" in done.err


def test_a_file_that_is_not_there_is_told_in_words(assay: Assay) -> None:
    done = assay("protect", "incident", "open", "nowhere.json", "--catalog", "c.db")
    assert (done.code, "'nowhere.json': there is no such file; check the path" in done.err) == (2, True)


def test_an_argument_and_what_it_is_one_of_are_named(assay: Assay) -> None:
    done = assay("aws", "deploy", "nosuch")
    assert "invalid value for 'STACK': there is no stack 'nosuch'; available: realtime, " in done.err
    done = assay("aws", "deploy", "realtime", "--environment", "production")
    assert "there is no environment 'production'; did you mean 'prod'?" in done.err


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("postgres//wren:geheim@h/x", "postgres//wren:***@h/x: no such file or folder"),
        ("postgresql:/wren:geheim@h/x", "postgresql:/wren:***@h/x: no such file or folder"),
        ("s3://wren:geheim@lake", "s3://…: a bucket is named without a user; write s3://bucket"),
        ("dynamodb://wren:geheim@x", "dynamodb://wren:***@x: is no name of a table"),
        (
            "jdbc:postgresql://h/x?user=wren&password=geheim",
            "jdbc:…: is an address for Java; write it as postgresql://user@",
        ),
        ("rds://wren@shop;password=geheim", "rds://"),
    ],
)
def test_what_is_nearly_an_address_is_told_without_its_password(assay: Assay, target: str, shown: str) -> None:
    done = assay("scan", target)
    assert done.code == 2
    assert shown in done.err
    assert "geheim" not in done.err
