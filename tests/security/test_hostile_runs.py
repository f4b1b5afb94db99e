"""Texts that can be parted in more ways than anybody can try: each is read in a moment, or this suite is stopped by its time limit."""

from __future__ import annotations

import pytest

from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.detect.shapes import further_signs_of
from assay.formats.segments import X12, Gedcom, Hl7, Segments, VCard
from assay.formats.structure import PlainText, Window
from assay.formats.wrapped import Wrapped


def _window(data: bytes) -> Window:
    return Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)


@pytest.mark.parametrize("unit", [b"ACGT", b"1234", b"A1"])
@pytest.mark.parametrize("end", [b"", b"g"])
def test_long_runs_before_the_breaks_of_pages(unit: bytes, end: bytes) -> None:
    # The lines of a sequence of genes, which a tutorial printed.
    run = unit * (116 // len(unit))
    data = (run + end + b"\n") * 200
    joined = list(Wrapped().decoded(_window(data)))
    # Eight digits and more may be a number that goes on; letters with digits may be a key.
    assert bool(joined) == (unit == b"A1" or (unit == b"1234" and not end))


@pytest.mark.parametrize("unit", ["A-", "A.-", "Ab ", "Ab-", "A. ", "é-"])
def test_words_before_a_street(rules: RuleSet, unit: str) -> None:
    detector = Detector(rules, Fingerprinter(b"k" * 32))
    text = f"{(unit * 400 + 'straße ') * 20}\nSt.-Anna-Straße 12, 10115 Berlin\n"
    found = detector.detect(_window(text.encode()), PlainText())
    assert "ADDRESS" in {hit.rule.name for hit in found}


@pytest.mark.parametrize("letters", ["a" * 4_000, "QUJD" * 1_000, "é" * 4_000])
def test_a_word_behind_a_number_in_a_cell(letters: str) -> None:
    assert list(further_signs_of(f"12 {letters}\n", "text")) == []


@pytest.mark.parametrize("unit", [b";a", b';"a"', b";", b'"', b"a.", b"TEL;", b"*GS", b"1 @a@ ", b"\n \n", b"MSH|"])
@pytest.mark.parametrize("structure", [Hl7, X12, VCard, Gedcom])
def test_signs_without_an_end_in_coded_messages(structure: type[Segments], unit: bytes) -> None:
    begun = {Hl7: b"MSH|^~\\&|", X12: b"ISA*", VCard: b"TEL", Gedcom: b"1 NAME "}[structure]
    data = begun + unit * 4_000 + b"\n" + begun
    seen = structure().view(_window(data))
    assert len(seen) == len(data)
