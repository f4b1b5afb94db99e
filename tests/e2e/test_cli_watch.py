"""`assay watch` on real folders: what arrives, changes, moves and goes away, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from calling import Assay
from planting import of_kind
from watching_for_tests import SSN, current, path, scanned, watch, write

from assay.store.engine import open_catalog
from assay.store.proof import verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "intake"
    made.mkdir()
    return made


@pytest.fixture
def catalog_url(tmp_path: Path) -> str:
    url = str(tmp_path / "team.db")
    open_catalog(url, create=True).close()
    return url


def test_what_is_there_arrives_changes_and_goes(folder: Path, catalog_url: str) -> None:
    old = write(folder / "old.txt")
    with watch(folder, "--catalog", catalog_url) as watching:
        watching.classified(old)
        new = write(folder / "new.txt", f"ssn: {SSN}\n")
        watching.classified(new)
        assert watching.levels()[str(new)] == "restricted"
        write(old, f"now it holds ssn: {SSN}\n")
        watching.until(lambda: watching.levels()[str(old)] == "restricted")
        new.unlink()
        last = write(folder / "last.txt")
        watching.classified(last)
        watching.until(lambda: new.as_uri() not in current(catalog_url))
        assert watching.end() == 0
    assert set(current(catalog_url)) == {old.as_uri(), last.as_uri()}
    assert watching.records[-1]["kind"] == "summary"
    assert watching.records[-1]["by_level"] == {"restricted": 2, "public": 2}


def test_a_file_that_is_written_and_renamed_is_classified_once_under_its_name(folder: Path) -> None:
    with watch(folder) as watching:
        watching.classified(write(folder / "ready.txt"))
        for number in range(5):
            write(folder / "report.csv.work", f"ssn\n{SSN}\n" * number).rename(folder / "report.csv")
        unfinished = write(folder / "film.crdownload", f"ssn: {SSN}\n")
        watching.classified(folder / "report.csv", unfinished, write(folder / "later.txt"))
        assert watching.levels()[str(unfinished)] == "unclassified"
        unfinished.rename(folder / "film.txt")
        watching.classified(folder / "film.txt")
        assert watching.end() == 0
    assert watching.times(folder / "report.csv") == 1
    assert str(folder / "report.csv.work") not in watching.levels()
    skipped = [(path(each), each["reason"]) for each in of_kind(watching.records, "skip")]
    assert skipped == [(str(unfinished), "unfinished")]
    assert watching.levels()[str(folder / "film.txt")] == "restricted"


def test_folders_that_arrive_full_move_and_go(folder: Path, catalog_url: str) -> None:
    with watch(folder, "--catalog", catalog_url) as watching:
        watching.classified(write(folder / "ready.txt"))
        files = [write(folder / f"{first}/{second}/{second}.txt") for first in "abcdef" for second in "uvwxyz"]
        watching.classified(*files)
        (folder / "a").rename(folder / "moved")
        moved = [folder / "moved" / each / f"{each}.txt" for each in "uvwxyz"]
        watching.classified(*moved)
        # What happens in a folder is told of it under its new name.
        write(moved[0], f"ssn: {SSN}\n")
        watching.until(lambda: watching.levels()[str(moved[0])] == "restricted")
        shutil.rmtree(folder / "b")
        shutil.copytree(folder / "c", folder / "b")
        outside = folder.parent / "outside"
        (folder / "d").rename(outside)
        there = {each.as_uri() for each in folder.rglob("*.txt")}
        watching.until(lambda: set(current(catalog_url)) == there)
        assert watching.end() == 0


def test_what_a_scan_leaves_out_is_left_out(folder: Path, catalog_url: str, tmp_path: Path) -> None:
    write(folder / ".gitignore", "*.log\n")
    write(folder / "target.txt", f"ssn: {SSN}\n")
    (folder / "link.txt").symlink_to(folder / "target.txt")
    (folder / "hard.txt").hardlink_to(folder / "target.txt")
    (folder / ".git").mkdir()
    with watch(folder, "--catalog", catalog_url, "--exclude", "private/") as watching:
        watching.classified(folder / "target.txt", folder / "hard.txt", folder / "link.txt")
        write(folder / "a.log", f"ssn: {SSN}\n")
        write(folder / ".git/objects/x.txt", f"ssn: {SSN}\n")
        write(folder / "private/x.txt", f"ssn: {SSN}\n")
        write(folder / "sub/b.log", f"ssn: {SSN}\n")
        watching.classified(write(folder / "sub/b.txt"))
        # All names of a file are told when it changes under one of them.
        write(folder / "hard.txt", "nothing any more\n")
        watching.until(lambda: watching.levels()[str(folder / "target.txt")] == "public")
        write(folder / ".gitignore", "*.md\n")
        watching.until(lambda: watching.levels().get(str(folder / "sub/b.log")) == "restricted")
        watching.classified(write(folder / "sub/.gitignore", "b.*\n"))
        watching.until(lambda: watching.levels()[str(folder / "sub/b.log")] == "unclassified")
        assert watching.end() == 0
    told = current(catalog_url)
    assert told == scanned(folder, str(tmp_path / "plain.db"), "--exclude", "private/")


def test_a_large_file_does_not_hold_up_a_small_one(folder: Path) -> None:
    large = folder / "a.log"
    large.write_bytes(b"an ordinary line of a log in which nothing is said about anybody\n" * 500_000)
    small = write(folder / "z.txt", f"ssn: {SSN}\n")
    with watch(folder, "--until-idle") as watching:
        assert watching.ended() == 0
    order = [path(each) for each in of_kind(watching.records, "classification")]
    assert order == [str(small), str(large)]


def test_polling_finds_the_same(folder: Path, catalog_url: str) -> None:
    with watch(folder, "--catalog", catalog_url, "--poll", "0.2") as watching:
        kept = write(folder / "deep/kept.txt")
        gone = write(folder / "gone.txt")
        watching.classified(kept, gone)
        write(kept, f"ssn: {SSN}\n")
        gone.unlink()
        watching.until(lambda: watching.levels()[str(kept)] == "restricted")
        watching.until(lambda: set(current(catalog_url)) == {kept.as_uri()})
        assert watching.end() == 0
    assert watching.times(kept) == 2


def test_killed_and_started_again_nothing_is_lost_or_doubled(folder: Path, catalog_url: str, tmp_path: Path) -> None:
    told: set[str] = set()
    for turn in range(3):
        with watch(folder, "--catalog", catalog_url) as watching:
            for number in range(400):
                write(folder / f"{number % 7}/{turn}-{number}.txt", f"case {number} ssn: {SSN}\n")
            watching.until(lambda: len(watching.levels()) > 100)
            watching.process.kill()
            watching.ended()
            told |= set(watching.levels())
        # What happens while nobody looks is found afterwards.
        (folder / f"1/{turn}-1.txt").unlink()
        write(folder / f"2/{turn}-2.txt", "emptied\n")
    with watch(folder, "--catalog", catalog_url, "--until-idle") as watching:
        assert watching.ended() == 0
        told |= set(watching.levels())
    assert {str(each) for each in folder.rglob("*.txt")} <= told
    kept = current(catalog_url)
    assert kept == scanned(folder, str(tmp_path / "plain.db"))
    assert len(kept) == 1_200 - 3
    with open_catalog(catalog_url) as catalog:
        assert verify(catalog).holds
    with watch(folder, "--catalog", catalog_url, "--until-idle") as watching:
        assert watching.ended() == 0
    assert of_kind(watching.records, "classification") == []


@pytest.mark.parametrize("files", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_burst_is_taken_in_whole(folder: Path, files: int) -> None:
    with watch(folder) as watching:
        watching.classified(write(folder / "ready.txt"))
        for number in range(files):
            write(folder / f"{number % 50}/{number}.txt", f"ssn: {SSN}\n")
        watching.until(lambda: len(watching.levels()) == files + 1)
        assert watching.end() == 0
    assert watching.records[-1]["resources"] == files + 1
    assert watching.records[-1]["gaps"] == 0


def test_more_than_the_system_keeps_is_found_all_the_same(folder: Path) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with watch(folder) as watching:
        watching.classified(write(folder / "ready.txt"))
        watching.process.send_signal(signal.SIGSTOP)
        files = [write(folder / f"{number}.txt") for number in range(200)]
        # Two files by turns, so that no event is one with that before it.
        for _ in range(kept // 2):
            os.utime(files[0])
            os.utime(files[1])
        late = write(folder / "late.txt", f"ssn: {SSN}\n")
        watching.process.send_signal(signal.SIGCONT)
        watching.classified(*files, late)
        assert watching.end() == 0
    assert any("max_queued_events" in line for line in watching.said)


def test_a_limit_of_the_system_says_which_to_raise(folder: Path) -> None:
    for number in range(10):
        (folder / str(number)).mkdir()
    limited = 'echo 4 > /proc/sys/user/max_inotify_watches && exec "$@"'
    before = ["unshare", "--user", "--map-root-user", "sh", "-c", limited, "sh"]
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("this system lets no user namespace be made")
    with watch(folder, before=before) as watching:
        assert watching.ended() == 2
    assert "sudo sysctl fs.inotify.max_user_watches=" in watching.said[-1]


def test_signals(folder: Path, catalog_url: str) -> None:
    files = [write(folder / f"{number}.txt", f"ssn: {SSN}\n") for number in range(30)]
    with watch(folder, "--catalog", catalog_url) as watching:
        watching.classified(*files)
        watching.process.send_signal(signal.SIGUSR1)
        watching.until(lambda: any("30 files classified (30 restricted)" in line for line in watching.said))
        assert watching.end(signal.SIGINT) == 0
    assert "30 to review" in watching.said[-1]
    assert set(current(catalog_url)) == {each.as_uri() for each in files}


def test_what_cannot_be_read_is_a_gap(folder: Path) -> None:
    torn = folder / "torn.zip"
    torn.write_bytes(b"PK\x03\x04" + bytes(100))
    with watch(folder, "--until-idle", "--fail-on", "restricted") as watching:
        assert watching.ended() == 3
    assert [path(each) for each in of_kind(watching.records, "gap")] == [str(torn)]
    write(folder / "found.txt", f"ssn: {SSN}\n")
    with watch(folder, "--until-idle", "--fail-on", "restricted") as watching:
        assert watching.ended() == 1


def test_what_gets_other_rights_is_read_then(folder: Path) -> None:
    file, shut = write(folder / "a.txt", f"ssn: {SSN}\n"), write(folder / "shut/b.txt", f"ssn: {SSN}\n")
    file.chmod(0)
    shut.parent.chmod(0)
    # Whoever may read everything is kept from it.
    before = [] if os.getuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if before and (shutil.which("setpriv") is None or not subprocess.run([*before, "cat", str(file)]).returncode):
        pytest.skip("nothing is kept from this user")
    with watch(folder, before=before) as watching:
        watching.until(lambda: len(of_kind(list(watching.records), "gap")) == 2)
        assert watching.levels().get(str(file)) in (None, "unclassified")
        file.chmod(0o644)
        shut.parent.chmod(0o755)
        watching.until(lambda: [watching.levels().get(str(each)) for each in (file, shut)] == ["restricted"] * 2)
        assert watching.end() == 3
    assert {each["reason"] for each in of_kind(watching.records, "gap")} == {"unreadable"}


def test_its_own_output_is_no_news(folder: Path, catalog_url: str) -> None:
    own = folder / "found.jsonl"
    catalog = str(folder / "own.db")
    open_catalog(catalog, create=True).close()
    with own.open("wb") as stream, watch(folder, "--catalog", catalog, stdout=stream) as watching:
        write(folder / "a.txt", f"ssn: {SSN}\n")
        watching.until(lambda: b'"restricted"' in own.read_bytes())
        write(folder / "b.txt", f"ssn: {SSN}\n")
        watching.until(lambda: own.read_bytes().count(b'"kind":"classification"') >= 2)
        assert watching.end() == 0
    assert own.read_bytes().count(b'"kind":"classification"') == 2
    assert set(current(catalog)) == {(folder / "a.txt").as_uri(), (folder / "b.txt").as_uri()}


def test_a_folder_that_goes_away_ends_it_and_nothing_is_taken_out(folder: Path, catalog_url: str) -> None:
    file = write(folder / "a.txt")
    with watch(folder, "--catalog", catalog_url) as watching:
        watching.classified(file)
        watching.until(lambda: current(catalog_url))
        folder.rename(folder.parent / "elsewhere")
        assert watching.ended() == 2
    assert "was removed, moved or unmounted" in watching.said[-1]
    assert set(current(catalog_url)) == {file.as_uri()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "no such file or folder"),
        (("a.txt",), "is no folder; name the folder that it lies in"),
        ((".", "sub"), "lies in ., which is watched as a whole"),
        ((".", "--settle", "-1"), "--settle"),
        ((".", "--catalog", "c.db"), "there is no catalog"),
        ((".", "--catalog", "c.db", "--no-catalog"), "exclude each other"),
        (("s3://bucket",), "is no folder"),
    ],
)
def test_wrong_usage(assay: Assay, arguments: tuple[str, ...], said: str) -> None:
    write(Path("a.txt"))
    Path("sub").mkdir()
    done = assay("watch", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
