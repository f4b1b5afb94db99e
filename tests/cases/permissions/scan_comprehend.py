"""A text is sent to Comprehend."""

from __future__ import annotations

from proving import Stage


def scenario(stage: Stage) -> None:
    """One file."""
    stage.aws.strict.answer("comprehend.DetectPiiEntities", {"Entities": []})
    (stage.folder / "note.txt").write_text("some words\n")
    assert stage.assay("scan", "note.txt", "--comprehend", "--jobs", "1") == 0
