"""A picture is sent to Textract."""

from __future__ import annotations

from documentfiles import png
from proving import Stage


def scenario(stage: Stage) -> None:
    """One file."""
    stage.aws.strict.answer("textract.DetectDocumentText", {"Blocks": []})
    (stage.folder / "scan.png").write_bytes(png())
    assert stage.assay("scan", "scan.png", "--textract", "--jobs", "1") == 0
