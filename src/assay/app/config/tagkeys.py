"""The settings of what tags are called, and which are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, as_it_is, split, texts


def _text(value: Any, _base: Path) -> str:
    if not isinstance(value, str):
        raise WrongError("must be a text in quotes")
    return value


TAG_KEYS = (
    Key(
        name="tag_prefix",
        kind="text",
        help="Stands before the key of every tag that is written, e.g. acme:",
        default="not set",
        parse=_text,
        from_text=as_it_is,
    ),
    Key(
        name="tag_names",
        kind="list of NAME=KEY",
        help="Other keys for tags, e.g. DataClassification=data-class. The names are DataClassification, SensitiveDataTypes, "
        "ComplianceFrameworks, RetentionYears, AutoClassified, ClassificationConfidence and ClassificationTimestamp.",
        default="[]",
        parse=texts,
        from_text=split,
    ),
    Key(
        name="tag_write",
        kind="list of names",
        help="Which of these tags are written, DataClassification among them.",
        default="all",
        parse=texts,
        from_text=split,
    ),
    Key(
        name="tag_levels",
        kind="list of LEVEL=VALUE",
        help="What levels are called in tags, e.g. restricted=C4.",
        default="[]",
        parse=texts,
        from_text=split,
    ),
    Key(
        name="tag_separator",
        kind="text",
        help="Stands between the words of a tag: + or : or /. S3 takes no comma.",
        default="+",
        parse=_text,
        from_text=as_it_is,
    ),
)
