"""Settings, allow lists and identifiers, written wrong in every way: one line with file and line, exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from calling import Assay, Done

MAIL = "ada.stone@posteo.de"
BADGE = """\
name: BADGE_NUMBER
title: Badge number
category: CUSTOM
sensitivity: MEDIUM
patterns:
  - id: badge
    regex: '\\bBDG-\\d{6}\\b'
    confidence: 0.8
finds:
  - {text: "badge BDG-204817", value: "BDG-204817"}
  - {text: "the door opened for BDG-773102", value: "BDG-773102"}
  - {text: "BDG-419035", value: "BDG-419035"}
ignores:
  - {text: "BDG-20481", because: five digits}
  - {text: "BDG-2048171", because: seven digits}
  - {text: "BDX-204817", because: another prefix}
"""
LAUGHS = "- &a [x, x]\n" + "".join(
    f"- &{chr(98 + depth)} [{', '.join(['*' + chr(97 + depth)] * 10)}]\n" for depth in range(12)
)


def refused(done: Done, words: str) -> None:
    assert (done.code, done.out) == (2, ""), done
    assert done.err.startswith("assay: error: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert len(done.err) < 3_000


def left_out(assay: Assay, words: str) -> None:
    """The rest is looked for, and that one is not is a gap with file and reason."""
    done = assay("scan", ".", "--format", "jsonl")
    assert (done.code, "Traceback" in done.err) == (3, False), done
    gaps = [told for told in map(json.loads, done.out.splitlines()) if told["kind"] == "gap"]
    assert [told["reason"] for told in gaps] == ["identifier not loaded"]
    assert words in gaps[0]["detail"]


SETTINGS: list[tuple[bytes, str]] = [
    (b"exclude = " + b"[" * 5_000 + b"]" * 5_000, "assay.toml: not valid TOML: nested too deeply"),
    (b"jobs = " + b"9" * 10_000, "assay.toml: not valid TOML: nested too deeply, or a number is too long"),
    (b"exclude = ['a', '!']\n", "assay.toml:1: exclude holds what is no pattern"),
    (b"jobs = 1\nexclude = ['a\\']\n", "assay.toml:2: exclude holds what is no pattern"),
    (b"jobs = 1\n# \xe9\n", "assay.toml: is not UTF-8 text (line 2); save it as UTF-8"),
    ("jobs = 1".encode("utf-16"), "assay.toml: is not UTF-8 text (line 1); save it as UTF-8"),
    (b"jobs = 1\0", "assay.toml: is no text: it holds null characters"),
    (b"k" * 200_000 + b" = 1\n", "assay.toml:1: unknown key 'kkkk"),
]


@pytest.mark.parametrize(("text", "words"), SETTINGS, ids=[words for _, words in SETTINGS])
def test_settings(text: bytes, words: str, assay: Assay) -> None:
    Path("assay.toml").write_bytes(text)
    refused(assay("scan", "."), words)


def test_settings_with_a_byte_order_mark(assay: Assay) -> None:
    Path("assay.toml").write_bytes(b"\xef\xbb\xbfjobs = 1\r\nmin_confidence = 0.7\r\n")
    assert "from " in assay("config", "show").out
    shown = json.loads(assay("config", "show", "--format", "json").out)
    assert (shown["jobs"]["value"], shown["min_confidence"]["value"]) == (1, 0.7)


def test_settings_that_are_no_file_are_not_passed_over(assay: Assay) -> None:
    Path("assay.toml").mkdir()
    refused(assay("scan", "."), "assay.toml: is no file; mend it, or take it away")
    Path("assay.toml").rmdir()
    Path("assay.toml").symlink_to("gone.toml")
    refused(assay("scan", "."), "assay.toml: is a link that leads to no file")
    refused(assay("scan", "--config", "/dev/zero", "."), "/dev/zero: is no text")


def test_a_variable_that_names_no_settings_is_told(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CONFIG", "gone.toml")
    refused(assay("scan", "."), "environment: ASSAY_CONFIG: gone.toml: no such file")


def test_a_current_folder_that_is_gone() -> None:
    Path("gone").mkdir()
    leave = "import os, sys; os.chdir('gone'); os.rmdir('../gone'); from assay.cli.__main__ import run; "
    done = subprocess.run(
        [sys.executable, "-c", leave + "sys.exit(run(['scan', '/usr/share/common-licenses']))"],
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"assay: error: the current folder cannot be used: ")
    assert done.stderr.count(b"\n") == 1


EXCLUDES = ["!", "a\\"]


@pytest.mark.parametrize("pattern", EXCLUDES)
def test_a_pattern_to_exclude_that_is_none(pattern: str, assay: Assay) -> None:
    for also in ((), ("--estimate",)):
        refused(assay("scan", ".", "--exclude", pattern, *also), f"--exclude {pattern}: Invalid git pattern")


NOW = datetime.now().astimezone().replace(tzinfo=None).isoformat(timespec="seconds")
ALLOW: list[tuple[bytes, str]] = [
    (b"- {reason: r, path: '!'}", "allow.yaml:1: path '!' can match no file"),
    (b"- {reason: r, path: '#x'}", "allow.yaml:1: path '#x' can match no file"),
    (b"- {reason: r, path: 'a\\'}", "allow.yaml:1: path 'a\\' is no pattern"),
    (b"- {reason: r, path: /}", "allow.yaml:1: path '/' names no file; write '*' for every file"),
    (b"- {reason: r, path: ../old/}", "allow.yaml:1: path '../old/' can match no file"),
    (b"- {reason: r, path: ./a.txt}", "allow.yaml:1: path './a.txt' can match no file"),
    (b"- {reason: r, value: x}\n- {reason: r, value: x,\n   expires: 2027-02-30}", "allow.yaml:3: what stands here is"),
    (b"- {reason: r, value: x, expires: 2027-01-31T10:00:00Z}", "expires must be a date such as 2027-01-31"),
    (f"- {{reason: r, value: x, expires: {NOW}+05:00}}".encode(), "expires must be a date such as 2027-01-31"),
    (b"- {reason: r, value: !!int x}", "allow.yaml:1: what stands here is no valid int"),
    (b"- {reason: r, value: !!bool x}", "allow.yaml:1: what stands here is no valid bool"),
    (b"- {reason: r, value: !!timestamp x}", "allow.yaml:1: what stands here is no valid timestamp"),
    (b"- {reason: r, value: '(?=x)'}", "expression: invalid perl operator: (?="),
    (b"- {reason: r, fingerprint: 'deadbeef'}", "fingerprint must be that of a finding: 64 digits"),
    (b"- {reason: r, identifier: EMIAL}", "allow.yaml:1: no identifier named 'EMIAL'; did you mean EMAIL?"),
    (b"- {reason: r, identifier: email}", "allow.yaml:1: no identifier named 'email'; did you mean EMAIL?"),
    (b"- {reason: r, [a]: x}", "allow.yaml:1: a key must be text"),
    (b"- {reason: r, <<: {value: x}}", "allow.yaml:1: merge keys (<<) are not read"),
    (b"-\n  " + b"[" * 100_000, "allow.yaml:2: nested more than 32 levels deep"),
    (b"- - &a [*a]", "allow.yaml:1: an alias stands within what it names"),
    (LAUGHS.encode(), "allow.yaml:1: an entry is a mapping of value"),
    (b"- {reason: '\xe9', value: x}", "allow.yaml: the allow list is not UTF-8 text (line 1)"),
]


@pytest.mark.parametrize(("text", "words"), ALLOW, ids=[words for _, words in ALLOW])
def test_allow_lists(text: bytes, words: str, assay: Assay) -> None:
    Path("allow.yaml").write_bytes(text)
    refused(assay("scan", ".", "--allow", "allow.yaml", "-i", "EMAIL"), words)


def test_an_allow_list_that_is_no_file(assay: Assay) -> None:
    refused(assay("scan", ".", "--allow", "."), ".: the allow list is a folder; name a file")
    refused(assay("scan", ".", "--allow", "/dev/zero"), "/dev/zero: the allow list is no text")
    assert assay("scan", ".", "--allow", os.devnull).code == 0


def test_an_entry_holds_to_the_end_of_its_last_day_and_aliases_are_read(assay: Assay) -> None:
    Path("a.txt").write_text(MAIL + "\n")
    today = date.today()
    Path("allow.yaml").write_text(
        f"- {{reason: &r ours, value: '.*posteo.de', expires: {today}}}\n- {{reason: *r, value: x}}"
    )
    assert "1 finding accepted by allow lists" in assay("scan", "a.txt", "--allow", "allow.yaml").out


IDENTIFIERS: list[tuple[str, str, str]] = [
    ("    confidence: 0.8", "    confidence: 0.8\n    find: '('", "badge.yaml:9: find is not a regular expression"),
    ("    confidence: 0.8", "    confidence: 0.8\n    find: ''", "badge.yaml:9: find must not be empty"),
    (
        "    confidence: 0.8",
        "    confidence: 0.8\n    context_required: 'yes'",
        "context_required must be true or false",
    ),
    ("    confidence: 0.8", "    confidence: 0.3\n    validators: {luhn: 0.4}", "badge.yaml:9: the validators' shares"),
    (
        "regex: '\\bBDG-\\d{6}\\b'",
        f"regex: '{'(' * 3000}x{')' * 3000}'",
        "badge.yaml:7: regex is too large or too deeply",
    ),
    ("regex: '\\bBDG-\\d{6}\\b'", f"regex: 'x{{{'9' * 20}}}'", "badge.yaml:7: regex is too large or too deeply"),
    ("title: Badge number", "title: ' '", "badge.yaml:2: title must not be empty"),
    ("title: Badge number", "title: T\nlocales: 5", "badge.yaml:3: locales must be a list"),
    ("title: Badge number", "title: T\nreplaced_by: [x]", "badge.yaml:3: replaced_by must be text"),
    ("title: Badge number", "title: T\nsince: [x]", "badge.yaml:3: since must be text"),
    ("title: Badge number", "title: T\nsince: 2027-13-01", "badge.yaml:3: what stands here is no valid timestamp"),
    ("title: Badge number", "title: T\npriority: 0.5", "badge.yaml:3: priority must be a whole number"),
    ("title: Badge number", "title: T\nignore: {regexes: ['x', '(']}", "regexes entry 2 is not a regular expression"),
    ("title: Badge number", "title: T\nkeywords: " + "[" * 50_000, "badge.yaml:3: nested more than 32 levels deep"),
    ("name: BADGE_NUMBER", "name: SSN", "badge.yaml: identifier SSN is already defined by the built-in 'us/ssn'"),
]


@pytest.mark.parametrize(("old", "new", "words"), IDENTIFIERS, ids=[words for _, _, words in IDENTIFIERS])
def test_identifiers(old: str, new: str, words: str, assay: Assay) -> None:
    """What `lint` refuses, everything that reads the rules refuses, in the same words."""
    Path("badge.yaml").write_text(BADGE.replace(old, new))
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    refused(assay("scan", "."), words)
    refused(assay("config", "check"), words)
    linted = assay("identifiers", "lint", "badge.yaml")
    assert linted.code == 1
    assert words in linted.out


LINEAR = [
    ("find: '(?=BDG)'", "badge: pattern 'badge': find cannot be run in linear time: Zero-width assertions"),
    ("find: 'B?'", "badge: pattern 'badge': find cannot be run in linear time: it matches where nothing stands"),
]


@pytest.mark.parametrize(("find", "words"), LINEAR, ids=[find for find, _ in LINEAR])
def test_a_pattern_that_cannot_be_looked_for_is_named(find: str, words: str, assay: Assay) -> None:
    Path("badge.yaml").write_text(BADGE.replace("    confidence: 0.8", f"    confidence: 0.8\n    {find}"))
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    refused(assay("scan", ".", "-i", "BADGE_NUMBER"), words)
    refused(assay("config", "check"), words)
    assert words in assay("identifiers", "lint", "badge.yaml").out


def test_two_identifiers_of_one_path_and_one_with_a_built_in_path(assay: Assay) -> None:
    Path("own/us").mkdir(parents=True)
    Path("assay.toml").write_text('identifiers = ["own"]\n')
    Path("own/us/ssn.yaml").write_text(BADGE)
    words = "ssn.yaml: its id 'us/ssn', which is its path, is that of the built-in SSN too; rename the file"
    left_out(assay, "its id 'us/ssn', which is its path, is that of the built-in SSN too; rename the file")
    assert words in assay("identifiers", "lint", "own").out
    Path("own/us/ssn.yaml").unlink()
    Path("own/a.yaml").write_text(BADGE)
    Path("own/a.yml").write_text(BADGE.replace("BADGE_NUMBER", "BADGE_TWO"))
    left_out(assay, "its id 'a', which is its path, is that of")


def test_a_folder_of_rules_that_holds_none_or_cannot_be_read(assay: Assay) -> None:
    Path("own").mkdir()
    Path("assay.toml").write_text('identifiers = ["own"]\n')
    for command in (("scan", "."), ("config", "check"), ("identifiers", "list"), ("identifiers", "test", "own")):
        refused(assay(*command), "own: holds no .yaml file")
    Path("own/badge.YAML").write_text(BADGE)
    assert "of which 1 are yours" in assay("config", "check").out
    os.mkfifo("own/pipe.yaml")
    refused(assay("scan", "."), "pipe.yaml: is a pipe or a socket")
    Path("own/pipe.yaml").unlink()
    Path("own/loop").symlink_to("..")
    assert "of which 1 are yours" in assay("config", "check").out
    Path("own/self.yaml").symlink_to("self.yaml")
    left_out(assay, "cannot be read: Too many levels of symbolic links")


def test_a_rule_file_whose_name_cannot_be_printed(assay: Assay) -> None:
    Path("own").mkdir()
    with open(b"own/\xff.yaml", "w") as file:
        file.write(BADGE)
    refused_by = assay("identifiers", "lint", "own")
    assert refused_by.code == 1
    assert "its name holds characters that cannot be printed; rename it" in refused_by.out


def test_check_reads_what_the_settings_name(assay: Assay) -> None:
    Path("assay.toml").write_text('allow = "allow.yaml"\n')
    refused(assay("config", "check"), "allow.yaml: no such file; name an existing allow list")
    Path("allow.yaml").write_text("- {reason: r, value: '('}")
    refused(assay("config", "check"), "allow.yaml:1: value cannot be run")
    Path("allow.yaml").write_text("- {reason: r, value: x, expires: 2020-01-01}\n- {reason: r, value: y}\n")
    assert "allow list: 2 entries, of which 1 have expired" in assay("config", "check").out


def test_a_name_that_would_be_too_long_is_refused_before_it_is_written(assay: Assay) -> None:
    refused(assay("identifiers", "new", "a" * 64), "its last part has more than 63 characters")
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("identifiers", "test", "pipe"),
        ("identifiers", "list", "--config", "pipe"),
        ("scan", "--allow", "pipe", "."),
    ],
)
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(arguments: tuple[str, ...], assay: Assay) -> None:
    os.mkfifo("pipe")
    refused(assay(*arguments), "pipe: ")


def test_lint_does_not_wait_for_a_pipe_either(assay: Assay) -> None:
    os.mkfifo("pipe")
    done = assay("identifiers", "lint", "pipe")
    assert (done.code, done.out) == (
        1,
        "pipe: is a pipe that nothing came through; name a file\n1 file: 1 with problems\n",
    )


def test_what_a_shell_pipes_in_is_read(assay: Assay) -> None:
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as out:
        out.write(b"jobs = 1\n")
    try:
        shown = json.loads(assay("config", "show", "--format", "json", "--config", f"/dev/fd/{reads}").out)
    finally:
        os.close(reads)
    assert shown["jobs"]["value"] == 1
