"""Run the pinned patient simulator, in an environment of its own, to get a population."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fetch

_PATIENTS = 40
_REFERENCE_DATE = "20260101"


def population(package: fetch.Package, cache: Path, seed: int) -> list[bytes]:
    """Give the bundles of the simulated patients, in order of their file names.

    They are made once and kept in `cache`. Raises fetch.FetchError when the simulator fails.
    """
    folder = cache / "population"
    if not any(folder.glob("fhir/*.json")):
        wheel = fetch.fetch(package, cache)
        home = cache / "simulator"
        _run([sys.executable, "-m", "venv", str(home)])
        _run([str(home / "bin/pip"), "install", "-q", str(wheel)])
        options = ["-p", str(_PATIENTS), "-s", str(seed), "-r", _REFERENCE_DATE, "--threads", "1"]
        _run([str(home / "bin/synthea"), "generate", *options, "-o", str(folder)])
    return [path.read_bytes() for path in sorted(folder.glob("fhir/*.json"))]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise fetch.FetchError(f"{command[0]} failed: {done.stderr.strip()[-200:]}")
