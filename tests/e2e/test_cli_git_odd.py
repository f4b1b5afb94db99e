"""Repositories as they seldom are: merges in their middle, modes, notebooks, submodules that would run something."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from calling import Assay
from test_cli_git import KEYS, SECRETS, Git, commit, git, places, repository, told, write

__all__ = ["git", "repository"]


def test_another_mode_or_name_adds_no_line(assay: Assay, git: Git, repository: Path) -> None:
    os.chmod("src/kept.py", 0o755)
    assert told(assay("scan", "git:.", "--diff", "HEAD", *SECRETS).out) == []
    git("mv", "src/kept.py", "src/moved.py")
    os.utime("src/moved.py", (1, 1))
    for options in (("--staged",), ("--diff", "HEAD")):
        assert told(assay("scan", "git:.", *options, *SECRETS).out) == [], options

    write("src/moved.py", f"x = 1\nkey = '{KEYS[1]}'\nmore = '{KEYS[2]}'\n")

    assert places(assay("scan", "git:.", "--diff", "HEAD", *SECRETS).out) == [("src/moved.py", 3)]


def test_settings_of_differences_change_nothing(assay: Assay, git: Git, repository: Path) -> None:
    lines = [f"a = {number}\n" for number in range(20)]
    write("src/kept.py", f"key = '{KEYS[1]}'\n" + "".join(lines))
    commit(git)
    for key, value in (
        ("diff.interHunkContext", "50"),
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.context", "9"),
        ("diff.relative", "true"),
        ("diff.autoRefreshIndex", "false"),
        ("core.quotePath", "false"),
        ("color.ui", "always"),
        ("diff.submodule", "log"),
    ):
        git("config", key, value)
    write("src/kept.py", f"b = 1\nkey = '{KEYS[1]}'\n" + "".join(lines) + f"new = '{KEYS[2]}'\n")

    for options in (("--diff", "HEAD"), ("--staged",)):
        assert places(assay("scan", "git:.", *options, *SECRETS).out) == [("src/kept.py", 23)], options
        git("add", "-A")


def test_what_is_not_merged_is_not_staged_and_said_to_be(assay: Assay, git: Git, repository: Path) -> None:
    git("checkout", "-qb", "side")
    write("src/kept.py", f"key = '{KEYS[2]}'\n")
    commit(git)
    git("checkout", "-q", "main")
    write("src/kept.py", f"key = '{KEYS[3]}'\n")
    commit(git)
    with pytest.raises(AssertionError):
        git("merge", "side")

    done = assay("scan", "git:.", "--staged", *SECRETS)

    assert (done.code, [gap["reason"] for gap in told(done.out, "gap")]) == (3, ["merge conflict"])
    assert places(assay("scan", "git:.", "--diff", "HEAD", *SECRETS).out) == [("src/kept.py", 4)]


def test_a_notebook_and_a_mail_that_were_changed_count_as_a_whole(assay: Assay, git: Git, repository: Path) -> None:
    cell = '{"cell_type": "code", "source": ["x = 1\\n", "key = \'%s\'\\n"], "outputs": []}'
    start = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {},\n"cells": [\n'
    write("a.ipynb", start + cell % "none" + "]}\n")
    mail = 'From: a@b.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nhello\n'
    write("a.eml", mail + "--b--\n")
    commit(git)
    write("a.ipynb", start + (cell % "none" + ",\n") * 9 + cell % KEYS[2] + "]}\n")
    write("a.eml", mail + f"--b\nContent-Type: text/html\n\n<p>key = '{KEYS[3]}'</p>\n--b--\n")
    git("add", "-A")

    found = told(assay("scan", "git:.", "--staged", *SECRETS).out)

    assert sorted(record["resource"].rpartition("/")[2] for record in found) == ["a.eml", "a.ipynb"]


def test_lines_that_end_with_returns_alone(assay: Assay, git: Git, repository: Path) -> None:
    Path("mac.txt").write_bytes(b"a\rb\rc\r")
    commit(git)
    Path("mac.txt").write_bytes(f"a\rb\rc\rkey = '{KEYS[2]}'\r".encode())
    Path("mixed.txt").write_bytes(f"a\rb\rc\nkey = '{KEYS[3]}'\n".encode())
    git("add", "-A")

    found = places(assay("scan", "git:.", "--staged", *SECRETS).out)

    assert [path for path, _ in found] == ["mac.txt", "mixed.txt"]


def test_nothing_that_a_submodule_configures_is_run(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    other, mark = tmp_path / "other", tmp_path / "ran"
    other.mkdir()
    git("init", "-q", at=other)
    (other / "inner.py").write_text("a\n")
    (other / ".gitattributes").write_text("* filter=f diff=f\n")
    git("add", "-A", at=other)
    git("commit", "-qm", "one", at=other)
    git("submodule", "--quiet", "add", str(other), "module")
    commit(git)
    for key in ("core.fsmonitor", "filter.f.clean", "filter.f.process", "diff.f.textconv", "diff.external"):
        git("config", key, f"touch {mark}; cat; false", at="module")
    write("module/inner.py", "b\n")
    os.utime("module/inner.py", (1, 1))

    for options in ((), ("--staged",), ("--diff", "HEAD"), ("--history",)):
        assert assay("scan", "git:.", *options, *SECRETS).code in (0, 3), options

    assert not mark.exists()


def test_a_repository_within_that_git_refuses_is_a_gap(assay: Assay, git: Git, repository: Path) -> None:
    write("inner/a.py", f"key = '{KEYS[2]}'\n")
    git("init", "-q", at="inner")
    git("-c", "user.name=x", "add", "-A", at="inner")
    git("commit", "-qm", "one", at="inner")
    write("inner/.git/config", "[core\n")

    done = assay("scan", "git:.", *SECRETS)

    assert (done.code, [gap["reason"] for gap in told(done.out, "gap")]) == (3, ["unreadable"])


def test_folders_with_line_ends_and_odd_names(assay: Assay, git: Git, repository: Path) -> None:
    for number, name in enumerate(("a\nb", "-x", "tab\there", 'quo"te', "ends ", "b/", ":(top)")):
        write(f"{name}/+++ b\n.py", f"key = '{KEYS[number % 4]}'\n")
    git("add", "-A")

    for options in ((), ("--staged",), ("--diff", "HEAD")):
        found = told(assay("scan", "git:a\nb", *options, *SECRETS).out)
        assert [record["resource"].rpartition("/")[2] for record in found] == ["%2B%2B%2B%20b%0A.py"], options
        assert len(told(assay("scan", "git:.", *options, *SECRETS).out)) == 7 + (not options)


@pytest.mark.skipif(sys.platform != "linux", reason="git of old may have no SHA-256")
def test_names_of_objects_by_sha256(assay: Assay, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    git("init", "-q", "--object-format=sha256")
    write("a.py", f"key = '{KEYS[0]}'\n")
    first = commit(git)
    write("a.py", f"key = '{KEYS[0]}'\nmore = '{KEYS[1]}'\n")
    git("add", "-A")

    assert places(assay("scan", "git:.", "--staged", *SECRETS).out) == [("a.py", 2)]
    (found,) = told(assay("scan", "git:.", "--history", *SECRETS).out)
    assert f"commit={first}" in found["resource"]
    assert len(first) == 64


def test_objects_of_another_store_and_a_head_without_a_branch(
    assay: Assay, git: Git, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("clone", "-q", "--shared", str(repository), str(tmp_path / "shared"))
    git("checkout", "-q", "--detach", at=tmp_path / "shared")
    (tmp_path / "shared" / "new.py").write_text(f"key = '{KEYS[2]}'\n")
    git("add", "-A", at=tmp_path / "shared")
    git("commit", "-qm", "on no branch", at=tmp_path / "shared")
    monkeypatch.chdir(tmp_path / "shared")

    found = told(assay("scan", "git:.", "--history", *SECRETS).out)

    assert {record["resource"].partition("?")[0].rpartition("/")[2] for record in found} == {
        "old.py",
        "kept.py",
        "new.py",
    }


def test_an_empty_repository(assay: Assay, git: Git, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    git("init", "-q", at=tmp_path / "none")
    for options in ((), ("--history",), ("--staged",)):
        done = assay("scan", f"git:{tmp_path}/none", *options, *SECRETS)
        assert done.code == 0, (options, done.err)
    done = assay("scan", f"git:{tmp_path}/none", "--diff", "HEAD", *SECRETS)
    assert (done.code, "there is no such commit" in done.err) == (2, True)
