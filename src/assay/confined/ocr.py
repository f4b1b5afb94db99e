"""Text in a picture, read by the program tesseract, which runs with this process's limits and a time of its own.

Frames: `TEXT` (number of the picture's page in four bytes, text), `FAILED`.
"""

from __future__ import annotations

import csv
import os
import resource
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from typing import IO, Any

from assay.confined.frames import FAILED, TEXT, Outlet, serve

MEMORY = 3072
SECONDS = 300.0
_PROCESSOR_SECONDS = 120
_WAITS = 280.0
_MOST = 16 * 1024 * 1024


def main() -> None:
    """Runs in a process of its own."""
    serve(read, MEMORY, SECONDS)


def read(source: IO[bytes], request: dict[str, Any], outlet: Outlet) -> None:
    """Tells the text of each page of the picture, in the languages `request['languages']`."""
    program = shutil.which("tesseract")
    if program is None:
        outlet.tell(FAILED, reason="program")
        return
    # Of what comes as a stream it makes a file where it is a TIFF; this process and its children can write none.
    command = [program, "/dev/stdin", "stdout", "-l", str(request["languages"]), "--psm", "3", "tsv"]
    try:
        done = subprocess.run(  # noqa: S603  # the program, and a list of languages that was checked
            command,
            stdin=source.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WAITS,
            check=False,
            preexec_fn=_confine,  # this process has one thread
            env={name: os.environ[name] for name in ("PATH", "LANG", "TESSDATA_PREFIX") if name in os.environ}
            | {"OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        outlet.tell(FAILED, reason="time")
        return
    if done.returncode == -signal.SIGXCPU or done.returncode == -signal.SIGKILL:
        outlet.tell(FAILED, reason="time")
    elif done.returncode or len(done.stdout) > _MOST:
        outlet.tell(FAILED, reason="picture")
    else:
        for page, text in _pages(done.stdout.decode("utf-8", "replace")):
            outlet.put(TEXT, struct.pack("!I", page) + text.encode())


def _confine() -> None:
    """The program ends with this process, and after so much processor time."""
    import ctypes
    import sys

    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS + 5))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)


def _pages(table: str) -> Iterator[tuple[int, str]]:
    """Lines of words, from the table that tesseract writes: a row for each word, with the numbers of its page and its line."""
    lines: dict[int, dict[tuple[str, ...], list[str]]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        word = row.get("text") or ""
        number = row.get("page_num") or ""
        if row.get("level") == "5" and word.strip() and number.isdecimal():
            line = tuple(str(row.get(key)) for key in ("block_num", "par_num", "line_num"))
            lines.setdefault(int(number), {}).setdefault(line, []).append(word)
    for page, found in lines.items():
        text = []
        block = ""
        for line, words in found.items():
            if block and line[0] != block:
                text.append("")
            block = line[0]
            text.append(" ".join(words))
        yield page, "\n".join(text) + "\n"
