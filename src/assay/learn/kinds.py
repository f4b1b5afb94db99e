"""What models tell."""

from __future__ import annotations

DOCUMENT_TYPE = "document_type"
DOCUMENT_LEVEL = "document_level"
COLUMN_TYPE = "column_type"
KINDS = (DOCUMENT_TYPE, DOCUMENT_LEVEL, COLUMN_TYPE)
UNTOLD = "untold_column"
"""The model of columns of which nothing else tells anything. It ships; none is trained from reviews."""
