"""The generated pages: made of what they describe, and checked for drift."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/docs.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_of_the_command_line_has_every_verb() -> None:
    page = (ROOT / "docs/cli.md").read_text()
    for verb in ("scan", "text", "doctor", "identifiers list", "identifiers new", "config show", "completion"):
        assert f" assay {verb}\n" in page
