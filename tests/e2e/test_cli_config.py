"""`assay config` and `assay doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Assay


def test_show_says_where_each_value_comes_from(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("assay.toml").write_text('# ours\nmin_confidence = 0.7\nexclude = [\n  "*.min.js",\n]\n')
    monkeypatch.setenv("ASSAY_JOBS", "3")
    value = json.loads(assay("config", "show", "--format", "json").out)
    file = Path("assay.toml").resolve()
    assert value["min_confidence"] == {"value": 0.7, "origin": f"{file}:2"}
    assert value["exclude"] == {"value": ["*.min.js"], "origin": f"{file}:3"}
    assert value["jobs"] == {"value": 3, "origin": "environment ASSAY_JOBS"}
    assert value["gitignore"] == {"value": True, "origin": "default"}
    text = assay("config", "show").out
    assert f"Settings file: {file}\n" in text
    assert "from environment ASSAY_JOBS" in text


def test_show_says_what_learning_by_default_is(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> str:
        (line,) = [line for line in assay("config", "show").out.splitlines() if line.startswith("learned ")]
        return " ".join(line.split())

    assert told() == "learned true (kinds of documents only with a catalog)"
    assert json.loads(assay("config", "show", "--format", "json").out)["learned"]["value"] is True
    Path("assay.toml").write_text("learned = true\n")
    assert told() == "learned true"


def test_the_key_itself_is_never_shown(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "a-key-that-nobody-may-see")
    for arguments in (("config", "show"), ("config", "check"), ("doctor",)):
        done = assay(*arguments)
        assert "a-key-that-nobody-may-see" not in done.out + done.err


def test_no_secret_in_an_address_is_shown(assay: Assay) -> None:
    Path("assay.toml").write_text(
        'catalog = "postgresql://bob:hun/hunter2@h/x"\nscan_roots = ["snowflake://bob@acct/db?token=hunter2"]\n'
        'notify_webhook = "https://hooks.example.org/x?token=hunter2"\n'
    )
    for arguments in (("config", "show"), ("config", "show", "--format", "json"), ("config", "check")):
        done = assay(*arguments)
        assert done.code == 0, done.err
        assert "hunter2" not in done.out + done.err
    assert "https://hooks.example.org/x?token=***" in assay("config", "show").out


def test_check(assay: Assay) -> None:
    done = assay("config", "check")
    assert done.code == 0
    assert done.out.endswith("no problem found\n")
    Path("assay.toml").write_text('identifiers = ["rules"]\n')
    done = assay("config", "check")
    assert done.code == 2
    assert f"assay.toml:1: identifiers: {Path('rules').absolute()} does not exist" in done.err


def test_foreign_variables_are_told_and_typos_refused(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_IMAGE_TAG", "7")
    assert "ASSAY_IMAGE_TAG" in assay("config", "check").err
    monkeypatch.setenv("ASSAY_MIN_CONFIDENSE", "0.7")
    done = assay("config", "show")
    assert done.code == 2
    assert "unknown variable ASSAY_MIN_CONFIDENSE; did you mean 'ASSAY_MIN_CONFIDENCE'?" in done.err


def test_doctor_fits_a_terminal(assay: Assay) -> None:
    lines = assay("doctor").out.splitlines()
    # What can be broken at a space is; a path, and what has to be done, is told whole.
    assert not [line for line in lines if len(line) > 80 and line.startswith("ok ") and " " in line[26:].strip()]


def test_doctor_finds_this_installation_well(assay: Assay) -> None:
    done = assay("doctor")
    assert done.code == 0
    assert "hyperscan" in done.out
    assert done.out.endswith("Everything that is needed works.\n")
    checks = {check["name"]: check for check in json.loads(assay("doctor", "--format", "json").out)}
    assert checks["engine"]["state"] == "ok"
    assert "stable" in checks["identifiers"]["detail"]
    assert checks["column meanings"] == {
        "name": "column meanings",
        "state": "ok",
        "detail": "wordllama, from its package; nothing is downloaded",
    }


def test_doctor_tells_of_a_git_that_is_missing_or_old(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not on the PATH" in assay("doctor").out
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.11.0\n")
    (tmp_path / "git").chmod(0o755)
    assert "2.11.0 is older than 2.31" in assay("doctor").out


def test_doctor_tells_that_the_model_of_column_meanings_is_missing(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.tables.embedding.find_spec", lambda name: None)
    done = assay("doctor", "--format", "json")
    assert done.code == 0
    checks = {check["name"]: check for check in json.loads(done.out)}
    assert checks["column meanings"]["state"] == "missing"
    assert "pip install 'assay[nlp]'" in checks["column meanings"]["detail"]


def test_a_key_of_bytes_that_are_no_text_is_a_key(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "\udcff" * 20)
    done = assay("text", "ssn 536-90-4399")
    assert (done.code, done.err) == (0, "")
    assert "SSN" in done.out


def test_doctor_finds_what_is_broken(assay: Assay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ASSAY_FINGERPRINT_KEY")
    key = tmp_path / "key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY_FILE", str(key))
    done = assay("doctor")
    assert done.code == 1
    assert f"{key} can be read by others (mode 0644)" in done.out
    assert f"chmod 600 {key}" in done.out
    key.chmod(0o600)
    assert assay("doctor").code == 0


def test_doctor_tells_of_a_cache_that_cannot_be_written(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(Path("file/cache").absolute()))
    done = assay("doctor")
    assert done.code == 0
    assert "missing  cache" in done.out
