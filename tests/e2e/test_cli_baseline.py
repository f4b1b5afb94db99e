"""Baselines: what is known is not told again, wherever in its file it moves to."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from calling import Assay

KEYS = [f"AKIAQYLPMN5HFIQR7XY{letter}" for letter in "ABCDEF"]
SCAN = ("--category", "SECRETS", "--no-catalog", "--format", "jsonl", "--quiet", "--jobs", "1")


@pytest.fixture
def files() -> Path:
    Path("src").mkdir()
    Path("src/a.py").write_text(f"key = '{KEYS[0]}'\nother = '{KEYS[1]}'\n")
    Path("src/b.py").write_text(f"key = '{KEYS[0]}'\n")
    return Path.cwd()


def found(assay: Assay, *arguments: str) -> list[tuple[str, int]]:
    done = assay("scan", ".", "--baseline", "known", *SCAN, *arguments)
    assert done.code in (0, 3), done.err
    records = [json.loads(line) for line in done.out.splitlines()]
    return sorted(
        (record["resource"].rsplit("/", 1)[-1], record["location"]["line"])
        for record in records
        if record["kind"] == "finding"
    )


def entries() -> list[dict[str, str]]:
    return [json.loads(line) for line in Path("known").read_text().splitlines()[1:]]


def test_only_what_is_new_is_told_and_lines_do_not_count(assay: Assay, files: Path) -> None:
    assert assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1").err == "known: 3 known\n"
    assert found(assay) == []
    assert assay("scan", ".", "--baseline", "known", "--fail-on", "restricted", *SCAN).code == 0

    Path("src/a.py").write_text(f"# moved\n\n\nother = '{KEYS[1]}'\nkey = '{KEYS[0]}'\nnew = '{KEYS[2]}'\n")
    Path("src/b.py").write_text(f"key = '{KEYS[0]}'\nfrom_a = '{KEYS[1]}'\n")  # known elsewhere only

    assert found(assay) == [("a.py", 6), ("b.py", 2)]
    Path("elsewhere").mkdir()
    assert assay("scan", "src/a.py", "--baseline", "known", *SCAN).out.count('"kind":"finding"') == 1
    text = Path("known").read_text()
    assert not any(key in text for key in KEYS)
    assert text.splitlines()[1:] == sorted(text.splitlines()[1:])


def test_update_adds_what_is_new_drops_what_is_gone_and_keeps_what_was_said(assay: Assay, files: Path) -> None:
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    lines = Path("known").read_text().splitlines()
    said = {**json.loads(lines[1]), "verdict": "accepted", "reason": "rotated"}
    Path("known").write_text("\n".join([lines[0], json.dumps(said), *lines[2:]]) + "\n")
    Path("src/b.py").unlink()
    Path("src/c.py").write_text(f"key = '{KEYS[3]}'\n")

    done = assay("baseline", "update", "known", ".", "-j", "1")

    assert (done.code, done.err) == (0, "known: 3 known, 1 new, 1 gone\n")
    assert [entry["place"] for entry in entries()] == ["src/a.py", "src/a.py", "src/c.py"]
    assert [entry["verdict"] for entry in entries()].count("accepted") == 1
    Path("src/c.py").unlink()
    # What was not among the targets is not gone.
    assert "2 known" not in assay("baseline", "update", "known", "src/a.py", "-j", "1").err
    before = Path("known").read_text()
    assert assay("baseline", "create", "known", ".").code == 2
    assert Path("known").read_text() == before


def test_history_and_working_tree_have_one_place(assay: Assay, files: Path) -> None:
    for command in ("init -q", "add -A", "-c user.name=n -c user.email=e@x.org commit -qm one"):
        subprocess.run(["git", *command.split()], check=True, timeout=30)
    assay("baseline", "create", "known", "git:.", "--history", "--category", "SECRETS", "-j", "1")

    assert found(assay) == []
    assert assay("scan", "git:.", "--history", "--baseline", "known", *SCAN).out.count('"kind":"finding"') == 0


def test_what_was_judged_until_a_day_is_told_again_after_it(assay: Assay, files: Path) -> None:
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    lines = Path("known").read_text().splitlines()
    for days, told in ((-1, 1), (0, 0), (1, 0)):
        day = (date.today() + timedelta(days=days)).isoformat()  # as the user's calendar has it
        said = {**json.loads(lines[1]), "verdict": "accepted", "reason": "for now", "expires": day}
        Path("known").write_text("\n".join([lines[0], json.dumps(said), *lines[2:]]) + "\n")
        assert len(found(assay)) == told


def test_an_audit_is_kept_answer_by_answer(assay: Assay, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("f\na documentation key\n\ns\nr\nrotate it\n2031-05-01\n"))

    done = assay("baseline", "audit", "known")

    assert done.code == 0
    assert "1 of 3: AWS_ACCESS_KEY in src/a.py" in done.out
    assert "line 1: AKIA" in done.out
    assert not any(key in done.out for key in KEYS)
    assert [(entry["verdict"], entry.get("reason"), entry.get("expires")) for entry in entries()] == [
        ("false", "a documentation key", None),
        ("open", None, None),
        ("real", "rotate it", "2031-05-01"),
    ]
    shown = assay("baseline", "show", "known")
    assert "src/b.py until 2031-05-01: rotate it" in shown.out
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nfine\nsoon\n"))
    assert "an end is a day" in assay("baseline", "audit", "known").err


def test_branches_that_both_add_are_merged(assay: Assay, files: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e@x.org", *arguments],
            check=True,
            timeout=30,
            capture_output=True,
        )

    Path("src/z.py").write_text(f"key = '{KEYS[5]}'\n")
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "side")
    Path("src/zz.py").write_text(f"key = '{KEYS[2]}'\n")
    assay("baseline", "update", "known", ".", "-j", "1")
    git("add", "-A")
    git("commit", "-qm", "two")
    git("checkout", "-q", "main")
    Path("src/0.py").write_text(f"key = '{KEYS[3]}'\n")
    assay("baseline", "update", "known", ".", "-j", "1")
    git("add", "-A")
    git("commit", "-qm", "three")

    git("merge", "-q", "side", "-m", "both")

    assert found(assay) == []
    assert len(entries()) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "known:1: is no line of a baseline"),
        ("{}\n", "known:1: is no baseline of version 1"),
        ("HEAD\n{]\n", "known:2: is no line of a baseline"),
        ("HEAD\n<<<<<<< ours\n", "known:2: is no line of a baseline; a merge is not resolved"),
        ("HEAD\n[1]\n", "known:2: is no line of a baseline"),
        ('HEAD\n{"place": "a"}\n', "known:2: an entry needs place, identifier, and"),
        ('HEAD\n{"place": "a", "identifier": "b", "fingerprint": "c", "verdict": "maybe"}\n', "must be one of open"),
        ('HEAD\n{"place": "a", "identifier": "b", "fingerprint": "c", "verdict": "real"}\n', "needs a reason"),
        ('HEAD\n{"place": "a", "identifier": "b", "fingerprint": "c", "expires": "x"}\n', "must be a date"),
        ("\xff", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_with_its_line(assay: Assay, files: Path, text: str, said: str) -> None:
    assay("baseline", "create", "made", "src/a.py", "-i", "AWS_ACCESS_KEY", "-j", "1")
    head = Path("made").read_text().splitlines()[0]
    Path("known").write_bytes(text.replace("HEAD", head).encode("latin-1"))

    done = assay("scan", ".", "--baseline", "known", *SCAN)

    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_baseline_of_another_key_is_refused(assay: Assay, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "another-key-than-before")
    for command in (
        ("scan", ".", "--baseline", "known"),
        ("baseline", "update", "known", "."),
        ("baseline", "show", "known"),
    ):
        done = assay(*command)
        assert done.code == 2
        assert "was made with another fingerprint key" in done.err
    assert "no such file" in assay("scan", ".", "--baseline", "none").err


def test_where_a_baseline_lies_does_not_depend_on_how_it_is_named(assay: Assay, files: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(files)
    for name, target in (("src/../known", "."), (str(tmp_path / "link" / "known"), ".")):
        Path("known").unlink(missing_ok=True)
        assert assay("baseline", "create", name, target, "--category", "SECRETS", "-j", "1").code == 0
        assert {entry["place"] for entry in entries()} == {"src/a.py", "src/b.py"}, name
        assert found(assay) == []
        done = assay("scan", ".", "--baseline", name, *SCAN)
        assert '"kind":"finding"' not in done.out


def test_update_keeps_what_it_did_not_look_at(assay: Assay, files: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(f"key = '{KEYS[4]}'\n")
    assay("baseline", "create", "known", ".", str(elsewhere), "--category", "SECRETS", "-j", "1")
    before = entries()
    assert len(before) == 4

    for arguments in ((".",), (".", "--exclude", "b.py"), ("src/a.py",), (str(elsewhere),)):
        assert assay("baseline", "update", "known", *arguments, "-j", "1").code == 0
        assert entries() == before, arguments


def test_what_could_not_be_read_is_not_taken_for_known(assay: Assay, files: Path) -> None:
    Path("src/c.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    made = assay("baseline", "create", "known", "src", "--category", "SECRETS")
    told = (
        "assay: 1 gap: what is in there is not known, and is told once it can be read; 'assay scan' says what and why"
    )
    assert (made.code, made.err.splitlines()) == (3, ["known: 3 known", told])
    Path("src/c.zip").unlink()
    assert (assay("baseline", "update", "known", "src").code, len(entries())) == (0, 3)


def test_what_editors_and_merges_do_to_a_baseline(assay: Assay, files: Path) -> None:
    assay("baseline", "create", "known", ".", "--category", "SECRETS", "-j", "1")
    head, *lines = Path("known").read_text().splitlines()
    judged = lines[0].replace('"open"', '"accepted", "reason": "ours"')
    for changed in (
        "\r\n".join((head, *lines, "")),
        "\n".join((head, *reversed(lines), "", "")),
        "\ufeff" + "\n".join((head, *lines)),
        "\n".join((head, *lines, *lines)),
        "\n".join((head, lines[0], judged, lines[0], *lines)),
    ):
        Path("known").write_text(changed, encoding="utf-8", newline="")
        assert found(assay) == []
    assert assay("baseline", "show", "known").out.startswith("accepted")
    Path("known").write_text("\n".join((head, *lines))[:-9])
    assert "known:4: is no line of a baseline" in assay("scan", ".", "--baseline", "known").err
