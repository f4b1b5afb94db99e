"""Coded messages (HL7 v2.x, X12, vCard, GEDCOM): what a standard says of a field is its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from documentfiles import ssn

import assay
from assay.formats import sniff
from assay.formats.kinds import Kind
from assay.formats.segments import X12, Gedcom, Hl7, VCard
from assay.formats.structure import Columned, Declared, Window

HL7 = (
    "MSH|^~\\&|LAB|NORTH|EHR|NORTH|20240102030405||ADT^A01|17|P|2.5\r"
    f"PID|1||AX-77-K^^^NORTH^MR~4711^^^B^PI||Qwertz^Zxylo^B^^^^L|Vbnm|196402291200|F|||12 Elm Row^^Sometown^OR^97201^US||(503)226-1243||||||{ssn(1)}\r"
    "NK1|1|Asdf^Hjklo|SPO|VIA DELLE VIE^^Otherville\r"
    "PV1||I|W1^2||||1239421229^Yxcvb^Nmqwe^^^Dr\r"
    "DG1|1||E11.9^Type 2 diabetes^I10\r"
    "NTE|1||nothing of note for Mr. Nobody\r"
)
X12_TEXT = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000017*0*P*:~"
    "GS*HC*A*B*20240102*0304*17*X*005010X222A1~ST*837*0001~"
    "NM1*IL*1*QWERTZ*ZXYLO*B***MI*ZZ4711K~N3*12 ELM ROW~N4*SOMETOWN*OR*972011234~DMG*D8*19640229*F~"
    "NM1*PR*2*SOME PAYER*****PI*4711~PER*IC*ASDF HJKLO*TE*5032261243~HI*ABK:E119~SV1*HC:99213*40*UN*1~"
    f"REF*SY*{ssn(2).replace('-', '')}~SE*9*0001~"
)
VCARD = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Qwertz;Zxylo;;;\nFN:Zxylo Qwertz\nBDAY:1964-02-29\nitem1.TEL;TYPE=HOME:030 901820\n"
    "ADR;TYPE=HOME:;;Musterweg 3;Berlin;;10115;\nPHOTO;ENCODING=b:AAAA\nNOTE:none\nEND:VCARD\n"
)
GEDCOM = (
    "0 HEAD\n1 SOUR Qwertzsoft\n2 NAME Qwertz Trees\n0 @I1@ INDI\n1 NAME Zxylo /Qwertz/\n1 SEX F\n1 BIRT\n2 DATE 29 FEB 1964\n"
    "2 PLAC Sometown\n1 CHAN\n2 DATE 1 JAN 2020\n"
)
STRUCTURES = {Hl7: HL7, X12: X12_TEXT, VCard: VCARD, Gedcom: GEDCOM}


def found(tmp_path: Path, text: str) -> set[tuple[str, str]]:
    """Identifiers and the texts that they were found in."""
    path = tmp_path / "message"
    path.write_bytes(text.encode())
    data = path.read_bytes()
    results = list(assay.scan(str(path)))
    assert not [each for each in results if isinstance(each, assay.Gap)]
    findings = [each for each in results if isinstance(each, assay.Finding)]
    return {
        (each.identifier, data[each.location.byte_start : each.location.byte_end].decode())
        for each in findings
        if each.location.byte_start is not None
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (HL7, Kind.HL7),
        ("\x0b" + HL7 + "\x1c\r", Kind.HL7),
        (HL7.replace("\r", "\n").replace("^~\\&|LAB", "^~ &|LAB"), Kind.HL7),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r" + HL7, Kind.HL7),
        (X12_TEXT, Kind.X12),
        (X12_TEXT.replace("~", "~\n"), Kind.X12),
        (VCARD, Kind.VCARD),
        ("\ufeff" + GEDCOM, Kind.GEDCOM),
        ("MSH is short for a hormone.\n", Kind.TEXT),
        ("ISA is an architecture\n", Kind.TEXT),
        ("0 HEADS are here\n", Kind.TEXT),
    ],
)
def test_a_message_is_told_by_its_head(text: str, kind: Kind) -> None:
    assert sniff(text.encode(), "message") is kind


def test_hl7_fields_are_what_the_standard_says(tmp_path: Path) -> None:
    told = found(tmp_path, HL7)
    assert {
        ("MRN", "AX-77-K"), ("MRN", "4711"), ("PERSON_NAME", "Qwertz^Zxylo^B"), ("SECURITY_ANSWER", "Vbnm"), ("GENDER", "F"),
        ("DOB", "19640229"), ("ADDRESS", "12 Elm Row^^Sometown^OR^97201"), ("PHONE", "(503)226-1243"), ("SSN", ssn(1)),
        ("PERSON_NAME", "Asdf^Hjklo"), ("ADDRESS", "VIA DELLE VIE^^Otherville"), ("PERSON_NAME", "Yxcvb^Nmqwe^^^Dr"),
        ("ICD_CODE", "E11.9"), ("DIAGNOSIS", "Type 2 diabetes"),
    } <= told  # fmt: skip


def test_hl7_signs_are_those_of_the_head(tmp_path: Path) -> None:
    other = HL7.replace("^", "*").replace("|", "#").replace("MSH#*~", "MSH#*~")
    assert ("PERSON_NAME", "Qwertz*Zxylo*B") in found(tmp_path, other)


def test_what_hl7_says_is_unknown_is_nobody(tmp_path: Path) -> None:
    text = 'MSH|^~\\&|A\rPID|||4711||UNKNOWN^UNKNOWN\rNK1|1|""^\r'
    assert not {each for each in found(tmp_path, text) if each[0] == "PERSON_NAME"}


@pytest.mark.parametrize("end", ["~", "~\n", "\n", "~\r\n"])
def test_x12_elements_are_what_their_qualifiers_say(tmp_path: Path, end: str) -> None:
    told = found(tmp_path, X12_TEXT.replace("~", end))
    assert {
        ("PERSON_NAME", "QWERTZ*ZXYLO*B"), ("HEALTH_INSURANCE_ID", "ZZ4711K"), ("ADDRESS", "12 ELM ROW"), ("DOB", "19640229"),
        ("GENDER", "F"), ("PERSON_NAME", "ASDF HJKLO"), ("PHONE", "5032261243"), ("ICD_CODE", "E119"), ("PROCEDURE_CODE", "99213"),
        ("POSTAL_CODE", "972011234"), ("SSN", ssn(2).replace("-", "")),
    } <= told  # fmt: skip
    assert not {value for _, value in told if "PAYER" in value}


def test_lines_of_a_card_are_what_their_property_says(tmp_path: Path) -> None:
    told = found(tmp_path, VCARD)
    assert {
        ("PERSON_NAME", "Qwertz;Zxylo"), ("PERSON_NAME", "Zxylo Qwertz"), ("DOB", "1964-02-29"), ("PHONE", "030 901820"),
        ("ADDRESS", "Musterweg 3;Berlin;;10115"),
    } <= told  # fmt: skip


def test_lines_of_a_tree_are_what_their_tags_say(tmp_path: Path) -> None:
    told = found(tmp_path, GEDCOM)
    assert {
        ("PERSON_NAME", "Zxylo /Qwertz"),
        ("GENDER", "F"),
        ("DOB", "29 FEB 1964"),
        ("PLACE_OF_BIRTH", "Sometown"),
    } <= told
    assert not {value for _, value in told if value in ("Qwertz Trees", "1 JAN 2020")}


@pytest.mark.parametrize("kind", STRUCTURES)
def test_places_and_values_agree_and_what_is_shown_has_the_same_length(kind: type[Hl7]) -> None:
    data = STRUCTURES[kind].encode()  # type: ignore[index]
    structure = kind()
    assert isinstance(structure, Columned)
    assert isinstance(structure, Declared)
    window = Window(data, 0, len(data), 0, 0, 0, True)
    assert len(structure.view(window)) == len(data)
    fields = list(structure.values(window, lambda _name: True))
    assert fields
    assert [field.start for field in fields] == sorted(field.start for field in fields)
    for field in fields:
        (place,) = structure.places(window, [field.start])
        assert place == field
    assert structure.places(window, [0]) == [None]


@pytest.mark.parametrize("kind", STRUCTURES)
@pytest.mark.parametrize(
    "data", [b"", b"PID|", b"NM1*", b"N:", b"1 NAME", b"ISA*", b"PID|||||\r" * 9, b"~" * 99, b"*" * 99]
)
def test_what_is_cut_or_empty_has_no_fields(kind: type[Hl7], data: bytes) -> None:
    structure = kind()
    window = Window(data, 0, len(data), 0, 0, 0, True)
    assert len(structure.view(window)) == len(data)
    assert list(structure.values(window, lambda _name: True)) == []
