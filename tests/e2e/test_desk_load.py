"""The load benchmark of the desk in small: its catalog, its people and its tables are what they say. Times are nobody's here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SMALL = [
    "--resources",
    "60",
    "--findings",
    "300",
    "--questions",
    "20",
    "--users",
    "3",
    "--seconds",
    "3",
    "--rate",
    "20",
    "--workers",
    "1",
]


@pytest.mark.slow
def test_everybody_is_answered() -> None:
    command = [sys.executable, "-m", "benchmarks.desk_load", *SMALL]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert re.search(r"63 resources, [0-9,]+ findings, 63 columns, 21 review items", done.stdout)
    for name in ("pages", "texts"):
        (told,) = re.findall(
            rf"^{name}: ([0-9]+) requests .* ([0-9]+) not answered with 200$", done.stdout, re.MULTILINE
        )
        assert int(told[0]) > 5
        assert told[1] == "0"
    assert "answered otherwise" not in done.stdout
    routes = set(re.findall(r"^\| `((?:GET|POST) [^`]+)` \|", done.stdout, re.MULTILINE))
    assert "POST /api/v1/classify/text" in routes
