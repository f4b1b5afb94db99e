"""Which languages tesseract can read here, and whether those that are asked for are among them."""

from __future__ import annotations

import re
import shutil
import subprocess

from assay.errors import UsageError

_NAMED = re.compile(r"[A-Za-z0-9_/-]+(?:\+[A-Za-z0-9_/-]+)*")
_GET = "apt-get install tesseract-ocr, or brew install tesseract"


def languages() -> list[str] | None:
    """Names of the languages that are installed; `None` where tesseract is not."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # the program that is asked about
            [program, "--list-langs"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Its first line is a title; `osd` tells how a page is turned, and reads nothing.
    names = [line.strip() for line in done.stdout.splitlines()[1:]]
    return sorted(name for name in names if name and name != "osd")


def check_languages(asked: str, option: str) -> None:
    """Raises `UsageError` for languages that cannot be read here."""
    known = languages()
    if known is None:
        raise UsageError(f"{option}: tesseract, which reads pictures, is not on the PATH; {_GET}")
    missing = [name for name in asked.split("+") if name not in known] if _NAMED.fullmatch(asked) else [asked]
    if missing:
        listed = ", ".join(known) or "none"
        raise UsageError(
            f"{option} {asked}: {missing[0]} is no language that tesseract has here; installed: {listed}"
            f" (apt-get install tesseract-ocr-{missing[0]} adds one)"
            if missing[0].isalnum()
            else f"{option} {asked}: give languages as tesseract names them, such as eng or deu+eng; installed: {listed}"
        )
