"""The command line, run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import Assay, Done

from assay.cli.__main__ import run
from assay.sources.sql import filestate


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: Path) -> None:
    """An empty current folder and settings of its own."""
    for variable in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(compiled))
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "only-for-these-tests")
    monkeypatch.setenv("ASSAY_JOBS", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home-config"))
    # A database that was written a tenth of a second ago counts as fresh, and is read again. Scans of tests are as quick as that,
    # and what a test changes between two of them is later than the system's clock of files tells apart (4 ms).
    monkeypatch.setattr(filestate, "_TICK", 0)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)


@pytest.fixture
def assay(capfd: pytest.CaptureFixture[str]) -> Assay:
    """Runs `assay ARGUMENT…` in this process."""

    def call(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        return Done(code=code, out=out, err=err)

    return call


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs `assay ARGUMENT…` in a process of its own."""

    def call(*arguments: str, shell_input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "assay.cli.__main__", *arguments],
            input=shell_input,
            capture_output=True,
            timeout=300,
            check=False,
        )

    return call
