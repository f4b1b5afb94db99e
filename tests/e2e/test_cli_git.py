"""Repositories: the working tree, the history, what would be committed, what was added."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calling import Assay

from assay import Finding, UsageError, scan

KEYS = ("AKIAQYLPMN5HFIQR7XYA", "AKIAQYLPMN5HFIQR7XYB", "AKIAQYLPMN5HFIQR7XYC", "AKIAQYLPMN5HFIQR7XYD")
NAME, MAIL = "Wilhelmina Quatermain", "w.quatermain@private-mail.org"
SECRETS = ("--category", "SECRETS", "--no-catalog", "--format", "jsonl", "--quiet", "--jobs", "1")

Git = Callable[..., str]


@pytest.fixture
def git(monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in the current folder, or in `at`."""
    for name, value in (("NAME", NAME), ("EMAIL", MAIL), ("DATE", "2026-03-01T09:30:00+02:00")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def call(*arguments: str, at: Path | str = ".") -> str:
        settings = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
        done = subprocess.run(
            ["git", "-C", str(at), *settings, *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return call


@pytest.fixture
def repository(git: Git) -> Path:
    """Two commits: a key that came and went, and a file that stayed."""
    git("init", "-q")
    write("old.py", f"# a\nkey = '{KEYS[0]}'\n")
    commit(git)
    os.remove("old.py")
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\n")
    commit(git)
    return Path.cwd()


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def commit(git: Git) -> str:
    git("add", "-A")
    git("commit", "-qm", "a change")
    return git("rev-parse", "HEAD")


def told(out: str, kind: str = "finding") -> list[dict[str, Any]]:
    return [record for record in map(json.loads, out.splitlines()) if record["kind"] == kind]


def places(out: str) -> list[tuple[str, int]]:
    """The path within the current folder, and the line, of each finding."""
    here = f"{Path.cwd()}/"
    return sorted(
        (record["resource"].partition("://")[2].partition("?")[0].removeprefix(here), record["location"]["line"])
        for record in told(out)
    )


def test_the_working_tree_is_what_git_follows_and_what_it_would(assay: Assay, git: Git, repository: Path) -> None:
    write(".gitignore", "ignored.py\n*.log\n")
    write("ignored.py", f"key = '{KEYS[2]}'\n")
    write("followed.log", f"key = '{KEYS[2]}'\n")
    git("add", "-f", "followed.log")
    write("new.py", f"key = '{KEYS[3]}'\n")
    os.symlink("src/kept.py", "link.py")

    done = assay("scan", "git:.", *SECRETS)

    assert places(done.out) == [("followed.log", 1), ("new.py", 1), ("src/kept.py", 2)]
    assert {record["resource"] for record in told(done.out)} >= {(repository / "new.py").as_uri()}
    assert [record["reason"] for record in told(done.out, "skip")] == ["symlink"]
    assert places(assay("scan", "git:src", *SECRETS).out) == [("src/kept.py", 2)]


def test_a_file_that_git_has_and_the_folder_has_not_is_told(assay: Assay, repository: Path) -> None:
    (repository / "src/kept.py").unlink()

    done = assay("scan", "git:.", *SECRETS)

    assert (done.code, [record["reason"] for record in told(done.out, "skip")]) == (0, ["not checked out"])


def test_history_has_every_blob_once_with_its_commit_and_date(assay: Assay, git: Git, repository: Path) -> None:
    first = git("rev-list", "--max-parents=0", "HEAD")
    git("checkout", "-qb", "side", first)
    write("side.py", f"key = '{KEYS[2]}'\n")
    commit(git)
    git("checkout", "-q", "main")
    shutil.copy("src/kept.py", "copy.py")  # the same blob again
    commit(git)
    git("stash", "list")

    done = assay("scan", "git:.", "--history", *SECRETS)

    assert places(done.out) == [("old.py", 2), ("side.py", 1), ("src/kept.py", 2)]
    old = next(record["resource"] for record in told(done.out) if "old.py" in record["resource"])
    assert old == f"git://{repository}/old.py?commit={first}&date=2026-03-01T07:30:00Z"
    assert len(told(done.out, "classification")) == 3
    assert places(assay("scan", "src", "--history", *SECRETS).out) == [("src/kept.py", 2)]
    excluded = assay("scan", "git:.", "--history", "--exclude", "old.*", *SECRETS)
    assert places(excluded.out) == [("side.py", 1), ("src/kept.py", 2)]
    people = assay("scan", "git:.", "--history", "--no-catalog")
    assert f"old.py (commit {first[:10]}, 2026-03-01)" in people.out


def test_what_a_merge_brought_and_what_only_a_tag_leads_to(assay: Assay, git: Git, repository: Path) -> None:
    git("checkout", "-qb", "side")
    write("src/kept.py", "x = 2\n")
    commit(git)
    git("checkout", "-q", "main")
    write("src/kept.py", "x = 3\n")
    commit(git)
    with pytest.raises(AssertionError, match="CONFLICT|^$|assert"):
        git("merge", "-q", "side")
    write("src/kept.py", f"x = 4\nkey = '{KEYS[2]}'\n")  # is in neither of the two
    commit(git)
    write("loose.txt", f"key = '{KEYS[3]}'\n")
    git("tag", "letter", git("hash-object", "-w", "loose.txt"))
    git("branch", "-D", "side")

    done = assay("scan", "git:.", "--history", *SECRETS)

    assert places(done.out) == [("old.py", 2), ("refs/tags/letter", 1), ("src/kept.py", 2), ("src/kept.py", 2)]


def test_packed_loose_and_large_blobs_are_the_same(assay: Assay, git: Git, repository: Path) -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(500_000))
    write("large.py", f"{lines}key = '{KEYS[2]}'\n")
    commit(git)
    loose = assay("scan", "git:.", "--history", *SECRETS)
    git("gc", "-q")

    packed = assay("scan", "git:.", "--history", *SECRETS, "--jobs", "2")

    assert places(packed.out) == [("large.py", 500_001), ("old.py", 2), ("src/kept.py", 2)]
    assert told(packed.out) == told(loose.out)


def test_staged_tells_only_what_the_commit_would_add(assay: Assay, git: Git, repository: Path) -> None:
    common = "".join(f"value_{number} = {number}\n" for number in range(20))
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\n{common}")
    commit(git)
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\n{common}other = '{KEYS[2]}'\n")
    git("add", "-A")
    write("src/kept.py", "x = 'not what is staged'\n")
    write("unstaged.py", f"key = '{KEYS[3]}'\n")
    git("mv", "-f", "src/kept.py", "src/moved.py")

    done = assay("scan", "git:.", "--staged", "--fail-on", "restricted", *SECRETS)

    assert (done.code, places(done.out)) == (1, [("src/moved.py", 23)])
    (record,) = told(done.out, "classification")
    assert record["coverage"]["complete"] is False
    git("commit", "-qm", "a change")
    assert assay("scan", "git:.", "--staged", "--fail-on", "restricted", *SECRETS).code == 0


def test_staged_before_the_first_commit_and_with_an_index_of_its_own(
    assay: Assay, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q")
    write("first.py", f"key = '{KEYS[0]}'\n")
    git("add", "first.py")
    assert places(assay("scan", "git:.", "--staged", *SECRETS).out) == [("first.py", 1)]
    # As `git commit FILE` has it for its hooks.
    write("second.py", f"key = '{KEYS[1]}'\n")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    git("add", "second.py")

    assert places(assay("scan", "git:.", "--staged", *SECRETS).out) == [("second.py", 1)]


def test_diff_tells_only_added_lines_since_the_branches_parted(assay: Assay, git: Git, repository: Path) -> None:
    git("checkout", "-qb", "feature")
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\nmore = '{KEYS[2]}'\n")
    commit(git)
    git("checkout", "-q", "main")
    write("elsewhere.py", f"key = '{KEYS[0]}'\n")
    commit(git)
    git("rm", "-q", "elsewhere.py")
    commit(git)
    git("checkout", "-q", "feature")
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\nmore = '{KEYS[2]}'\n# not committed: '{KEYS[3]}'\n")
    write("untracked.py", f"key = '{KEYS[3]}'\n")

    done = assay("scan", "git:.", "--diff", "main", *SECRETS)

    assert places(done.out) == [("src/kept.py", 3), ("src/kept.py", 4), ("untracked.py", 1)]
    assert told(done.out, "table") == []


def test_diff_of_a_bare_repository_compares_its_head(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\nmore = '{KEYS[2]}'\n")
    commit(git)
    git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))

    done = assay("scan", f"git:{tmp_path}/bare.git", "--diff", "HEAD~1", *SECRETS)

    (found,) = told(done.out)
    assert (found["location"]["line"], found["resource"].partition("?")[0]) == (
        3,
        f"git://{tmp_path}/bare.git/src/kept.py",
    )
    assert len(told(assay("scan", f"git:{tmp_path}/bare.git", "--history", *SECRETS).out)) == 4
    assert "is a bare repository" in assay("scan", f"git:{tmp_path}/bare.git", *SECRETS).err


def test_added_rows_of_a_table_and_keys_over_lines(assay: Assay, git: Git, repository: Path) -> None:
    write("people.csv", "id,ssn\n1,536-90-4399\n2,536-90-4412\n")
    commit(git)
    write("people.csv", "id,ssn\n1,536-90-4399\n2,536-90-4412\n3,536-90-4424\n")

    done = assay("scan", "git:.", "--diff", "HEAD", "-i", "SSN", "--no-catalog", "--format", "jsonl", "--jobs", "1")

    assert places(done.out) == [("people.csv", 4)]
    assert told(done.out, "column") == []


def test_paths_of_any_bytes(assay: Assay, git: Git, repository: Path) -> None:
    name = b'a\nb"\t \xff\xc3.py'
    with open(name, "w") as file:
        file.write(f"x = 1\nkey = '{KEYS[2]}'\n")
    git("add", "-A")
    uri = "a%0Ab%22%09%20%FF%C3.py"
    for options in ((), ("--staged",), ("--diff", "HEAD"), ("--history",)):
        if options == ("--history",):
            commit(git)
        done = assay("scan", "git:.", *options, *SECRETS)
        assert any(uri in record["resource"] and record["location"]["line"] == 2 for record in told(done.out)), options


def test_a_shallow_clone_is_a_gap_of_its_history(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    git("clone", "-q", "--depth", "1", f"file://{repository}", str(tmp_path / "shallow"))

    done = assay("scan", f"git:{tmp_path}/shallow", "--history", *SECRETS)

    assert (done.code, [gap["reason"] for gap in told(done.out, "gap")]) == (3, ["shallow clone"])
    assert "fetch it first" in assay("scan", f"git:{tmp_path}/shallow", "--diff", "HEAD~1", *SECRETS).err


def test_a_partial_clone_is_not_completed_from_the_network(
    assay: Assay, git: Git, repository: Path, tmp_path: Path
) -> None:
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repository}", str(tmp_path / "partial"))

    done = assay("scan", f"git:{tmp_path}/partial", "--history", *SECRETS)

    assert (done.code, {gap["reason"] for gap in told(done.out, "gap")}) == (3, {"missing object"})
    assert len(told(done.out, "gap")) == 2


def objects(git: Git, name: str) -> Path:
    """The file of a loose object."""
    return Path(".git/objects") / name[:2] / name[2:]


def spoiled(path: Path) -> None:
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(data[:-8] + bytes(8))


def test_a_corrupt_blob_is_a_gap_and_the_others_are_read(assay: Assay, git: Git, repository: Path) -> None:
    for number in range(5):
        write(f"more{number}.py", f"key = '{KEYS[2]}'\nn = {number}\n")
    commit(git)
    spoiled(objects(git, git("rev-parse", "HEAD:more2.py")))

    done = assay("scan", "git:.", "--history", *SECRETS)

    (gap,) = told(done.out, "gap")
    assert (done.code, gap["reason"], "more2.py" in gap["resource"]) == (3, "corrupt", True)
    assert [path for path, _ in places(done.out)] == [
        "more0.py",
        "more1.py",
        "more3.py",
        "more4.py",
        "old.py",
        "src/kept.py",
    ]


def test_blobs_behind_a_corrupt_tree_are_found_in_the_store(assay: Assay, git: Git, repository: Path) -> None:
    spoiled(objects(git, git("rev-parse", "HEAD~1^{tree}")))

    done = assay("scan", "git:.", "--history", *SECRETS)

    assert (done.code, [gap["reason"] for gap in told(done.out, "gap")]) == (3, ["corrupt"])
    assert len(told(done.out)) == 2
    assert "Traceback" not in done.err


def test_an_object_of_another_size_than_it_says_is_no_end(
    assay: Assay, git: Git, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = git("rev-parse", "HEAD:src/kept.py")
    path = objects(git, name)
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 999999\0short"))
    monkeypatch.setattr("assay.sources.git.opener._PATIENCE", 0.5)

    done = assay("scan", "git:.", "--history", *SECRETS)

    assert (done.code, [gap["reason"] for gap in told(done.out, "gap")]) == (3, ["corrupt"])


def test_submodules_and_repositories_within(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", at=other)
    (other / "inner.py").write_text(f"key = '{KEYS[2]}'\n")
    git("add", "-A", at=other)
    git("commit", "-qm", "one", at=other)
    git("submodule", "--quiet", "add", str(other), "module")
    (staged,) = told(assay("scan", "git:.", "--staged", *SECRETS).out, "skip")
    assert "whose changes are not among those of this one" in staged["detail"]
    commit(git)

    done = assay("scan", "git:.", *SECRETS)

    assert ("module/inner.py", 1) in places(done.out)
    history = assay("scan", "git:.", "--history", *SECRETS)
    assert [skip["reason"] for skip in told(history.out, "skip")] == ["submodule"]
    git("submodule", "--quiet", "deinit", "-f", "module")
    gone = assay("scan", "git:.", *SECRETS)
    assert [skip["reason"] for skip in told(gone.out, "skip")] == ["submodule"]


def test_a_linked_working_tree(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    git("worktree", "add", "-q", str(tmp_path / "linked"), "HEAD~1")

    done = assay("scan", f"git:{tmp_path}/linked", *SECRETS)

    assert [record["resource"] for record in told(done.out)] == [(tmp_path / "linked" / "old.py").as_uri()]


def test_nothing_that_a_repository_configures_is_run(assay: Assay, git: Git, repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for key in ("core.fsmonitor", "diff.external", "core.pager", "filter.f.clean", "diff.f.textconv", "gpg.program"):
        git("config", key, f"touch {mark}; cat; false")
    git("config", "log.showSignature", "true")
    write(".gitattributes", "* filter=f diff=f\n")
    write("src/kept.py", f"x = 1\nkey = '{KEYS[1]}'\nmore = '{KEYS[2]}'\n")
    for options in ((), ("--staged",), ("--diff", "HEAD"), ("--history",)):
        done = assay("scan", "git:.", *options, *SECRETS)
        assert done.code in (0, 3), options
    assert not mark.exists()


def test_who_made_a_commit_is_in_no_output_and_no_catalog(
    assay: Assay, git: Git, repository: Path, tmp_path: Path
) -> None:
    outputs = [
        assay("scan", "git:.", "--history", "--no-catalog", "--include-test-values", "--format", form).out
        for form in ("table", "jsonl", "json", "csv", "sarif", "html")
    ]
    assert assay("catalog", "init", "--catalog", str(tmp_path / "c.db")).code == 0
    kept = assay("scan", "git:.", "--history", "--catalog", str(tmp_path / "c.db"), "--format", "jsonl")
    assert kept.code == 0
    assert len(told(kept.out)) == 2
    again = assay("scan", "git:.", "--history", "--catalog", str(tmp_path / "c.db"), "--format", "jsonl")
    assert told(again.out, "summary")[0]["unchanged"]["resources"] == 2

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("c.db*"))
    for secret in (NAME, "Quatermain", MAIL, "quatermain"):
        assert not any(secret in output for output in outputs)
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("git:",), "names no repository"),
        (("git:no/such",), "there is no folder"),
        (("git:https://wren:geheim@github.com/x/y",), "git:…: is an address of a repository elsewhere; clone it"),
        (("git:git@github.com:x/y.git",), "git:…: is an address of a repository elsewhere; clone it"),
        (("git:.",), "is in no repository"),
        (("git://example.org/x.git",), "are not fetched; clone it"),
        ((".", "--staged", "--history"), "exclude each other"),
        (("-", "--staged"), "is for repositories"),
        (("s3://bucket", "--history"), "is for repositories"),
        (("git:.", "--diff", ""), "names no commit"),
        ((".", "--diff", ""), "names no commit"),
        (("git:.", "--diff", "main", "--catalog", "c.db"), "a catalog keeps nothing"),
    ],
)
def test_what_cannot_be_is_said(assay: Assay, arguments: tuple[str, ...], said: str) -> None:
    done = assay("scan", *arguments)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "geheim" not in done.err


def test_a_base_that_is_none_and_a_machine_without_git(
    assay: Assay, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no such commit" in assay("scan", "git:.", "--diff", "--output=/tmp/x").err
    monkeypatch.setenv("PATH", "/nonexistent")

    done = assay("scan", "git:.")

    assert (done.code, done.err) == (
        2,
        "assay: error: git: repositories are read with git, which is not on the PATH; install it\n",
    )


def test_an_estimate_and_the_python_interface(assay: Assay, repository: Path) -> None:
    assert assay("scan", "git:.", "--history", "--estimate").out.startswith("2 files, 68 bytes")
    found = [record for record in scan("git:.", history=True, categories=["SECRETS"]) if isinstance(record, Finding)]
    assert sorted(finding.location.line or 0 for finding in found) == [2, 2]
    with pytest.raises(UsageError, match="name one as git:PATH"):
        scan(".", staged=True)
    with pytest.raises(UsageError, match="exclude each other"):
        scan("git:.", staged=True, diff="HEAD")
