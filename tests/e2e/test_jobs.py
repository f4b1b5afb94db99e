"""The number of workers changes nothing in the output."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from calling import Assay


@pytest.fixture(autouse=True)
def _files() -> None:
    """Files with and without findings, some that are left out or broken, a table, an archive and one that is cut."""
    for number in range(300):
        folder = Path(f"data/{number % 7}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:03}.txt").write_text(
            "nothing\n" if number % 3 else f"write to ada{number}@posteo.de\n" * (number % 9 + 1)
        )
        if number % 20 == 0:
            (folder / f"{number:03}link").symlink_to("nowhere")
            (folder / f"{number:03}.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
            (folder / f"{number:03}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
            (folder / f"{number:03}.csv").write_text(
                "id,ssn\n" + "".join(f"{row},512-44-{1000 + row}\n" for row in range(80))
            )
    os.mkfifo("data/3/pipe")
    line = "a line of a log that says nothing, 60 characters of it or so\n"
    Path("data/5/large.log").write_text((line * 2_800 + "mail ada@posteo.de\n") * 100)


@pytest.mark.parametrize("output_format", ["jsonl", "json"])
def test_jobs(output_format: str, assay: Assay) -> None:
    outputs = []
    for jobs in ("1", "2"):
        done = assay("scan", "data", "--format", output_format, "--jobs", jobs, "--include-test-values")
        assert done.code == 3
        text = done.out
        records = (
            [json.loads(each) for each in text.splitlines()]
            if output_format == "jsonl"
            else json.loads(text)["records"]
        )
        outputs.append([{**record, "seconds": 0} for record in records])
    assert len(outputs[0]) > 1_000
    assert sorted(map(json.dumps, outputs[0])) == sorted(map(json.dumps, outputs[1]))
    assert outputs[0] == outputs[1]
