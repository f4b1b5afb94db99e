"""What `aws publish --make-table` calls, with the table as the only destination."""

from __future__ import annotations

from pathlib import Path

from proving import Stage


def scenario(stage: Stage) -> None:
    catalog = ("--catalog", "catalog.db")
    Path("people.txt").write_text("Employee Ada Lovelace, SSN 536-90-4399\n", encoding="utf-8")
    assert stage.assay("catalog", "init", *catalog) == 0
    assert stage.assay("scan", "people.txt", "--quiet", *catalog) == 0
    assert stage.assay("aws", "publish", "--results-table", "results", "--make-table", *catalog) == 0
