"""A whole small document at once: what `assay text`, examples and the Python API run."""

from __future__ import annotations

from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.formats import structure_for
from assay.formats.delimited import DelimitedText, sniff_dialect
from assay.formats.sniff import Kind, sniff
from assay.formats.structure import Structure, Window


def structure_of(data: bytes, name: str = "") -> tuple[Kind, Structure]:
    """Kind and structure of a text document, told from its content."""
    kind = sniff(data[:65_536], name)
    if kind is Kind.DELIMITED:
        dialect = sniff_dialect(data[:65_536], named=name.lower().endswith((".csv", ".tsv")))
        if dialect is not None:
            return kind, DelimitedText(dialect)
    return kind, structure_for(kind)


def hits_in(detector: Detector, data: bytes, name: str = "") -> list[Hit]:
    """Hits of a document given as UTF-8."""
    _, structure = structure_of(data, name)
    window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
    return detector.detect(window, structure)
