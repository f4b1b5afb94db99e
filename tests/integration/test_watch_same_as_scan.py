"""Whatever happens to a folder while it is watched, the catalog holds in the end what a scan of it keeps."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from watching_for_tests import SSN, current, state, write

from assay.app.config.settings import load_settings
from assay.app.scan.keeping import Wanted
from assay.app.scan.line import scan
from assay.app.watch.watcheditems import item_of
from assay.app.watch.watchers import watching
from assay.app.watch.watching import Watching
from assay.app.watch.watchrounds import Judged
from assay.model import Gap
from assay.model.options import ScanOptions
from assay.ports import Result
from assay.store.engine import open_catalog

Step = tuple[str, str, str]

FOLDERS = ("", "a/", "a/b/", "c/")
NAMES = ("x.txt", "y.csv", "z.log")
TEXTS = ("nothing\n", f"ssn: {SSN}\n", f"name,ssn\nBob,{SSN}\n", "name,city\nBob,Bern\n", "")
IGNORED = ("*.log\n", "b/\n", "")

files = st.builds("{}{}".format, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
folders = st.sampled_from(FOLDERS[1:])
steps = st.one_of(
    st.tuples(st.just("write"), files, st.sampled_from(TEXTS)),
    st.tuples(st.just("append"), files, st.sampled_from(TEXTS)),
    st.tuples(st.just("rename"), files, files),
    st.tuples(st.just("replace"), files, st.sampled_from(TEXTS)),
    st.tuples(st.just("link"), files, files),
    st.tuples(st.just("remove"), files, st.just("")),
    st.tuples(st.just("move"), folders, st.sampled_from(("d", "c/e", "a/f"))),
    st.tuples(st.just("remove all"), folders, st.just("")),
    st.tuples(st.just("ignore"), st.sampled_from(FOLDERS), st.sampled_from(IGNORED)),
)


def do(root: Path, step: Step) -> None:
    """Does one step, where it can be done."""
    what, name, given = step
    path = root / name
    try:
        if what in ("write", "append", "replace", "ignore"):
            path.parent.mkdir(parents=True, exist_ok=True)
        if what == "write":
            path.write_text(given)
        elif what == "append":
            with path.open("a") as stream:
                stream.write(given)
        elif what == "replace":
            (path.parent / "new.work").write_text(given)
            (path.parent / "new.work").replace(path)
        elif what == "rename":
            path.rename(root / given)
        elif what == "link":
            (root / given).hardlink_to(path)
        elif what == "remove":
            path.unlink()
        elif what == "move":
            path.rename(root / given)
        elif what == "remove all":
            shutil.rmtree(path)
        elif what == "ignore":
            path.mkdir(exist_ok=True)
            (path / ".gitignore").write_text(given)
    except OSError:
        return  # it is not there, or something else is in its place


@dataclass
class Doing:
    """Is told what happens, and does the next step each time that some time has passed; then the watch may end."""

    root: Path
    steps: list[Step]
    every: int
    watched: Watching | None = None
    gaps: list[Gap] = field(default_factory=list)
    ticks: int = 0

    def result(self, result: Result) -> None:
        if isinstance(result, Gap):
            self.gaps.append(result)

    def kept(self, judged: Sequence[Judged]) -> None:
        pass

    def gone(self, path: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def tick(self) -> None:
        assert self.watched is not None
        self.ticks += 1
        # What is done now is heard of after this.
        self.watched.until_idle = not self.steps
        if self.steps and self.ticks % self.every == 0:
            do(self.root, self.steps.pop(0))


def follow(root: Path, url: str, todo: list[Step], every: int, poll: float | None) -> dict[str, Any]:
    """What the catalog holds after a watch in which all that was done."""
    told = Doing(root, list(todo), every)
    with open_catalog(url) as catalog:
        with watching(
            [str(root)], ScanOptions(jobs=1), load_settings(), catalog, told=told, settle=0.05, poll=poll
        ) as made:
            told.watched = made
            made.run()
            if poll is not None:
                # What came after the last look is found by another one.
                made.until_idle = True
                made.run()
        # On a busy machine a file may go between a look at its folder and its reading, and is told then; what is kept has to be right all the same.
        assert {gap.reason for gap in told.gaps} <= {"vanished"}
        return state(catalog)


def scanned_here(root: Path, url: str) -> dict[str, Any]:
    """What a scan of the folder keeps."""
    options = ScanOptions(jobs=1)
    assert list(scan([str(root)], options, settings=load_settings(), wanted=Wanted(url=url)))
    return current(url)


def new_catalog(at: Path, empty: Path) -> str:
    shutil.copy(empty, at)
    return str(at)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A catalog that is made once, since that takes longer than all else."""
    made = tmp_path / "empty.db"
    open_catalog(str(made), create=True).close()
    return made


@pytest.mark.parametrize("poll", [pytest.param(None, id="told"), pytest.param(0.1, id="polled")])
@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    before=st.lists(steps, max_size=6), after=st.lists(steps, min_size=1, max_size=12), every=st.sampled_from([1, 3])
)
# A folder that is left out as a whole, and goes away while that is being kept.
@example(
    before=[("write", "a/b/z.log", "")],
    after=[("ignore", "", "b/\n"), ("write", "x.txt", ""), ("write", "y.csv", ""), ("remove all", "a/b/", "")],
    every=3,
)
def test_the_catalog_holds_what_a_scan_keeps(
    empty: Path, poll: float | None, before: list[Step], after: list[Step], every: int
) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "root"
        root.mkdir()
        for step in before:
            do(root, step)
        kept = follow(root, new_catalog(Path(made) / "kept.db", empty), after, every, poll)
        assert kept == scanned_here(root, new_catalog(Path(made) / "plain.db", empty))


def test_a_file_of_another_size_than_it_was_listed_with_is_read_again(empty: Path, tmp_path: Path) -> None:
    """What is told of it has the size that it was listed with: it does not count as read in the state that it has since."""
    root = tmp_path / "root"
    file = write(root / "x.txt", "nothing, but more of it\n")
    url = new_catalog(tmp_path / "kept.db", empty)
    told = Doing(root, [], 1)
    with open_catalog(url) as catalog:
        with watching([str(root)], ScanOptions(jobs=1), load_settings(), catalog, told=told) as made:
            source = made.looking.source(str(root))
            for text in ("", None):
                listed = source.at(str(file))
                assert listed is not None
                item = item_of(str(file), listed)
                assert item is not None
                if text is not None:
                    file.write_text(text)
                reading = made.rounds.make([item], (), jobs=1)
                while not reading.is_done:
                    list(reading.results())
                reading.keep()
        kept = state(catalog)
    assert kept == scanned_here(root, new_catalog(tmp_path / "plain.db", empty))


@dataclass
class Meanwhile(Doing):
    """Does its steps while a file is being read."""

    def tick(self) -> None:
        assert self.watched is not None
        self.watched.until_idle = not self.steps
        if self.watched._on_way and self.steps:
            do(self.root, self.steps.pop(0))


@pytest.mark.parametrize("ignored", ["a/\n", "x.txt\n"])
def test_what_is_left_out_while_it_is_read_is_left_out(empty: Path, tmp_path: Path, ignored: str) -> None:
    root = tmp_path / "root"
    write(root / "a/x.txt", f"ssn: {SSN}\n" + "nothing in this line\n" * 200_000)
    url = new_catalog(tmp_path / "kept.db", empty)
    told = Meanwhile(root, [("ignore", "", ignored)], 1)
    with open_catalog(url) as catalog:
        with watching([str(root)], ScanOptions(jobs=1), load_settings(), catalog, told=told, settle=0.05) as made:
            told.watched = made
            made.run()
        kept = state(catalog)
    assert told.gaps == []
    assert kept == scanned_here(root, new_catalog(tmp_path / "plain.db", empty))
