"""A model is asked once about one file, and refuses: rules stand in."""

from __future__ import annotations

import os

from proving import Stage


def scenario(stage: Stage) -> None:
    """One file."""
    stage.aws.strict.deny("bedrock-runtime.ConverseStream")
    (stage.folder / "note.txt").write_text("employee, SSN 536-90-4399\n")
    os.environ["ASSAY_CATALOG"] = str(stage.folder / "catalog.db")
    os.environ["ASSAY_ENRICH_MODEL"] = "describer"
    assert stage.assay("catalog", "init") == 0
    assert stage.assay("scan", "note.txt", "--format", "jsonl") == 0
    assert stage.assay("enrich", "note.txt", "--provider", "bedrock") == 3
