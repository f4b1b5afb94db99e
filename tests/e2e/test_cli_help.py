"""Every verb's help, as it was agreed on; and what printing it may not load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from calling import Assay
from syrupy.assertion import SnapshotAssertion

from assay.cli.__main__ import VERBS
from assay.cli.__main__ import assay as group

HEAVY = (
    "sqlalchemy",
    "alembic",
    "psycopg",
    "yaml",
    "orjson",
    "numpy",
    "hyperscan",
    "re2",
    "rich",
    "phonenumbers",
    "stdnum",
    "tomllib",
    "multiprocessing",
)


def verbs(command: click.Command = group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from verbs(child, (*path, name))


@pytest.mark.parametrize("path", list(verbs()), ids=lambda path: " ".join(path) or "assay")
def test_help(
    path: tuple[str, ...], assay: Assay, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = assay(*path, "--help")
    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert done.out == snapshot


@pytest.mark.parametrize("name", VERBS)
def test_the_group_says_of_a_verb_what_it_says_of_itself(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.get_short_help_str(200) == VERBS[name].summary


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from assay.cli.__main__ import run\n"
        "assert run(['--help']) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert done.stderr == "[]\n"


def test_no_arguments_show_the_help_as_a_usage_error(assay: Assay) -> None:
    done = assay()
    assert done.code == 2
    assert done.err.startswith("Usage: assay")


def test_version(assay: Assay) -> None:
    done = assay("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("assay ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, assay: Assay) -> None:
    done = assay("completion", shell)
    assert done.code == 0
    assert "_ASSAY_COMPLETE" in done.out


def test_the_completion_script_completes_verbs_and_options() -> None:
    def complete(words: str, index: int) -> str:
        environment = {"_ASSAY_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(index)}
        program = "from assay.cli.__main__ import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.stdout

    assert "plain,scan" in complete("assay sc", 1)
    assert "plain,--fail-on" in complete("assay scan --fa", 2)
    assert "plain,list" in complete("assay identifiers l", 2)
    assert complete("assay scan --format js", 3).split() == ["plain,jsonl", "plain,json"]
    assert complete("assay scan no", 2).split() == ["file,no"]
    assert complete("assay scan --output no", 3).split() == ["file,no"]
