"""What a scan is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DEFAULT_ROWS = 200
"""Rows that are read of a table of a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """Options of one scan; the defaults are those of `assay scan PATH`.

    With `prose` a language model reads running text for names and addresses. `jobs` 0 means one per core. With the `engine` "spark"
    splits are read by Apache Spark: the one at `master`, else the one that Spark's configuration names, else one of `jobs` cores here. `sample` is a percentage of objects drawn once there are more than
    `sample_objects` of them, and has large objects read in three regions only; `None` reads everything. Of each table of a database
    `rows` random rows are read, or all (`None`). Rows that are alike in quasi-identifiers are counted where tables are small
    (`k_anonymity` is `None`), everywhere (true), or nowhere (false). Of streams and topics no records are read that came before `since`.
    With `comprehend` texts are sent to Amazon Comprehend, with `textract` pictures to Amazon Textract.
    Text in pictures is read in the languages `ocr` (`eng`, `deu+eng`) by tesseract; without any, pictures are left out.
    Of repositories the working tree is read, all that its `history` has, or what was changed: `staged`, or since `diff`.
    """

    identifiers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    preview: bool = False
    prose: bool = False
    min_confidence: float = 0.5
    include_test_values: bool = False
    exclude: tuple[str, ...] = ()
    gitignore: bool = True
    follow_symlinks: bool = False
    sample: float | None = None
    sample_objects: int = 1_000
    sample_bytes: int = 100 * 1024 * 1024
    seed: int = 0
    rows: int | None = DEFAULT_ROWS
    k_anonymity: bool | None = None
    since: datetime | None = None
    history: bool = False
    staged: bool = False
    diff: str | None = None
    comprehend: bool = False
    textract: bool = False
    jobs: int = 0
    engine: str = "local"
    master: str | None = None
    allow: str | None = None
    baseline: str | None = None
    max_depth: int = 8
    max_ratio: int = 200
    max_member_bytes: int = 4 * 1024**3
    ocr: str = ""

    @property
    def is_change(self) -> bool:
        """Whether only what was changed is told: lines that were added."""
        return self.staged or self.diff is not None
