"""The hook, the action and the template of this repository: their own scripts are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml
from calling import Assay

ROOT = Path(__file__).resolve().parents[2]
KEY, OTHER = "AKIAQYLPMN5HFIQR7XYA", "AKIAQYLPMN5HFIQR7XYB"


def git(*arguments: str) -> None:
    settings = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], check=True, timeout=30, capture_output=True)


@pytest.fixture
def repository() -> Path:
    """A key that was there before, and one on a branch."""
    git("init", "-q")
    Path("old.py").write_text(f"key = '{KEY}'\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "feature")
    Path("new.py").write_text(f"x = 1\nkey = '{OTHER}'\n")
    git("add", "-A")
    git("commit", "-qm", "two")
    return Path.cwd()


def launcher(folder: Path) -> None:
    """An `assay` that is this one."""
    folder.mkdir(parents=True)
    program = folder / "assay"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m assay.cli.__main__ "$@"\n')
    program.chmod(0o755)


def sarif(file: str) -> list[dict[str, Any]]:
    log = json.loads(Path(file).read_text())
    jsonschema.validate(log, json.loads((ROOT / "tests/data/sarif-2.1.0.json").read_text()))
    return [result for run in log["runs"] for result in run["results"]]


def place(result: dict[str, Any]) -> tuple[str, int, str]:
    physical = result["locations"][0]["physicalLocation"]
    return (
        physical["artifactLocation"]["uri"],
        physical["region"]["startLine"],
        physical["artifactLocation"].get("uriBaseId", ""),
    )


def test_hooks_call_what_there_is(assay: Assay, repository: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["assay", "assay-secrets"]
    Path("staged.py").write_text(f"key = '{KEY}'\n")
    for hook in hooks:
        program, *arguments = shlex.split(hook["entry"])
        assert (program, hook["pass_filenames"]) == ("assay", False)
        assert assay(*arguments).code == 0
        git("add", "staged.py")
        done = assay(*arguments)
        assert done.code == 1
        assert "staged.py" in done.out
        assert KEY not in done.out
        git("reset", "-q")


def run_action(repository: Path, tmp_path: Path, **given: str) -> tuple[int, str]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    inputs = {name: told["default"] for name, told in action["inputs"].items()} | given
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "scan")
    told = tmp_path / "told"
    told.write_text("")
    variables = {}
    for name, value in step["env"].items():
        wanted = value.removeprefix("${{ inputs.").removesuffix(" }}")
        variables[name] = inputs[wanted]
    assert "${{" not in step["run"]
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        env={**os.environ, **variables, "RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_OUTPUT": str(told)},
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, told.read_text() + done.stdout


def test_the_action_scans_and_fails_as_it_is_told(repository: Path, tmp_path: Path) -> None:
    launcher(tmp_path / "temp" / "assay" / "bin")

    code, told = run_action(repository, tmp_path, diff="main", category="SECRETS")

    assert (code, told) == (1, "exit-code=1\nsarif=assay.sarif\n")
    assert [place(result) for result in sarif("assay.sarif")] == [("new.py", 2, "SRCROOT")]
    code, _ = run_action(repository, tmp_path, **{"fail-on": "", "category": "SECRETS", "history": "true"})
    assert code == 0
    results = sarif("assay.sarif")
    assert sorted(map(place, results)) == [("new.py", 2, "SRCROOT"), ("old.py", 1, "SRCROOT")]
    assert all(len(result["properties"]["commit"]) == 40 for result in results)
    Path("broken.gz").write_bytes(b"\x1f\x8b\x08nothing of the kind")
    code, told = run_action(repository, tmp_path, **{"fail-on": "", "category": "SECRETS"})
    assert (code, "::warning::" in told, "exit-code=3" in told) == (0, True, True)


def test_the_action_names_no_file_that_was_not_written(repository: Path, tmp_path: Path) -> None:
    """The step that uploads is asked by this output whether there is anything."""
    launcher(tmp_path / "temp" / "assay" / "bin")

    code, told = run_action(repository, tmp_path, diff="nosuch")

    assert (code, told) == (2, "exit-code=2\n")


def test_the_template_tells_of_a_merge_request_what_it_adds(repository: Path, tmp_path: Path) -> None:
    launcher(tmp_path / "bin")
    job = yaml.safe_load((ROOT / "docs/ci/gitlab.yml").read_text())[".assay"]
    base = subprocess.run(["git", "rev-parse", "main"], capture_output=True, text=True, check=True, timeout=30)
    script = "\n".join(job["script"])
    variables = {**os.environ, **job["variables"], "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    variables["SCAN_OPTIONS"] = "--category SECRETS --quiet"
    variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = base.stdout.strip()

    done = subprocess.run(["sh", "-e", "-c", script], env=variables, check=False, timeout=120, capture_output=True)

    assert done.returncode == 1, done.stderr
    report = Path("assay.xml").read_text()
    assert 'name="new.py"' in report
    assert "old.py" not in report
    assert OTHER not in report


def fits(document: Any, schema: str) -> list[str]:
    """Where a document is not as its maker's schema has it (github-action, github-workflow, gitlab-ci of schemastore.org)."""
    validator = jsonschema.Draft7Validator(json.loads((ROOT / "tests/data" / f"{schema}.json").read_text()))
    return [error.json_path for error in validator.iter_errors(document)]


def fences(page: str, language: str) -> list[str]:
    """The blocks of a page of the documentation in a language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)


def test_action_template_and_what_the_page_shows_of_them_hold_against_their_schemas() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert fits(action, "github-action") == []
    assert fits({**action, "runs": {"using": "composite"}}, "github-action") != []
    job = yaml.safe_load((ROOT / "docs/ci/gitlab.yml").read_text())
    extended = yaml.safe_load('scan: {extends: .assay, variables: {SCAN_OPTIONS: "--category SECRETS"}}')
    assert fits(job | extended, "gitlab-ci") == []
    assert fits({"scan": {**job[".assay"], "artifacts": {"reports": 3}}}, "gitlab-ci") != []
    hooks, workflow = map(yaml.safe_load, fences("ci.md", "yaml"))
    steps = {"runs-on": "ubuntu-latest", **workflow}
    assert fits({"on": "push", "jobs": {"scan": steps}}, "github-workflow") == []
    assert fits({"on": "push", "jobs": {"scan": {**steps, "steps": [{"uses": 3}]}}}, "github-workflow") != []
    # What the page gives the action are inputs that it has, and what it takes of it outputs.
    used = next(step for step in workflow["steps"] if "assay@" in step.get("uses", ""))
    assert set(used["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.assay\.outputs\.([\w-]+)", json.dumps(workflow))) <= set(action["outputs"])
    named = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for repo in hooks["repos"] for hook in repo["hooks"]} <= named


@pytest.mark.parametrize("page", ["ci.md", "redacting.md", "git.md", "output.md"])
def test_commands_on_the_pages_are_commands(page: str) -> None:
    from assay.cli.__main__ import assay as root

    lines = [line.strip() for block in fences(page, "[a-z]*") for line in block.splitlines()]
    lines = [re.sub(r"^(?:\$|exec) ", "", line).partition("  ")[0] for line in lines]
    lines = [line for line in lines if line.startswith("assay ")]
    assert lines or page == "output.md"
    for line in lines:
        words = shlex.split(line.partition(" | ")[0])[1:]
        command: click.Command | None = root
        context = click.Context(root, info_name="assay")
        while isinstance(command, click.Group):
            command = command.get_command(context, words.pop(0))
        assert command is not None, line
        options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        assert {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"} <= options, line
