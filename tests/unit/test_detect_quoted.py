"""Coded messages that stand in source code, JSON and logs: their fields are found as in a file that is a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documentfiles import ssn

import assay

NUMBER = ssn(1)
HL7 = [
    "MSH|^~\\&|LAB|NORTH|EHR|NORTH|20240102030405||ADT^A01|17|P|2.5",
    f"PID|1||AX-77-K^^^NORTH^MR||Qwertz^Zxylo^B^^^^L||196402291200|F|||12 Elm Row^^Sometown^OR^97201^US||(503)226-1243||||||{NUMBER}",
    "PV1||I|W1^2||||1239421229^Yxcvb^Nmqwe^^^Dr",
    "DG1|1||E11.9^Type 2 diabetes^I10",
]
IN_HL7 = {
    ("MRN", "AX-77-K"),
    ("PERSON_NAME", "Qwertz^Zxylo^B"),
    ("DOB", "19640229"),
    ("GENDER", "F"),
    ("PHONE", "(503)226-1243"),
    ("SSN", NUMBER),
    ("PERSON_NAME", "Yxcvb^Nmqwe^^^Dr"),
    ("ICD_CODE", "E11.9"),
    ("DIAGNOSIS", "Type 2 diabetes"),
}
X12 = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000017*0*P*:~"
    "GS*HC*A*B*20240102*0304*17*X*005010X222A1~ST*837*0001~NM1*IL*1*QWERTZ*ZXYLO*B***MI*ZZ4711K~"
    "DMG*D8*19640229*F~PER*IC*ASDF HJKLO*TE*5032261243~HI*ABK:E119~SE*9*0001~GE*1*17~IEA*1*000000017~"
)
IN_X12 = {
    ("PERSON_NAME", "QWERTZ*ZXYLO*B"),
    ("HEALTH_INSURANCE_ID", "ZZ4711K"),
    ("DOB", "19640229"),
    ("GENDER", "F"),
    ("PERSON_NAME", "ASDF HJKLO"),
    ("PHONE", "5032261243"),
    ("ICD_CODE", "E119"),
}
STAMP = "2024-01-02 03:04:05 INFO "
LITERAL = [line.replace("\\", "\\\\") for line in HL7]


def found(tmp_path: Path, name: str, text: str) -> set[tuple[str, str]]:
    path = tmp_path / name
    path.write_bytes(text.encode())
    data = path.read_bytes()
    return {
        (each.identifier, data[each.location.byte_start : each.location.byte_end].decode())
        for each in assay.scan(str(path))
        if isinstance(each, assay.Finding) and each.location.byte_start is not None
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.py", 'import x\nmsg = "' + "\\r".join(LITERAL) + '\\r"\nprint(msg)\n'),
        ("parts.py", 'import x\nmsg = (\n    "' + '\\r"\n    "'.join(LITERAL) + '\\r"\n)\nother = 1\n'),
        ("added.java", 'class A {\n  String m = "' + '\\r" +\n     "'.join(LITERAL) + '\\r";\n}\n'),
        ("whole.py", "m = '''\n" + "\n".join(HL7) + "\n'''\nx = 1\n"),
        ("escaped.log", STAMP + "[recv] " + "\\r".join(HL7) + f"\\r\n{STAMP}ok\n"),
        ("raw.log", STAMP + "[recv] " + "\r".join(HL7) + f"\r\n{STAMP}ok\n"),
        ("stamped.log", "".join(f"{STAMP}{line}\n" for line in HL7) + f"{STAMP}ok\n"),
        ("one.json", json.dumps({"level": "info", "message": "\r".join(HL7)})),
        ("one.xml", "<m><b>" + "&#13;".join(line.replace("&", "&amp;") for line in HL7) + "</b></m>"),
        ("one.yaml", 'level: info\nmessage: "' + "\\r".join(LITERAL) + '"\n'),
    ],
)
def test_fields_of_a_quoted_message_are_found(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, name, text) >= IN_HL7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.py", f'import x\ns = "{X12}"\ny = 2\n'),
        ("parts.py", 's = ("' + '~"\n  "'.join(X12.split("~")) + '")\ny = 2\n'),
        ("escaped.java", 'String s = "' + X12.replace("~", "~\\n") + '";\n'),
        ("line.log", f"{STAMP}edi {X12}\n{STAMP}ok\n"),
        ("stamped.log", "".join(f"{STAMP}{line}~\n" for line in X12.split("~") if line)),
        ("one.json", json.dumps({"edi": X12.replace("~", "~\r\n")})),
    ],
)
def test_elements_of_a_quoted_interchange_are_found(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, name, text) >= IN_X12


def test_a_message_ends_where_its_literal_does(tmp_path: Path) -> None:
    text = 'm = "' + "\\r".join(LITERAL[:2]) + '"\nn = "x"\no = "y"\np = "DG1|1||Z99.9^Vbnm qwerty^I10"\n'
    assert not {value for _, value in found(tmp_path, "one.py", text)} & {"Z99.9", "Vbnm qwerty"}


def test_a_head_alone_is_no_message(tmp_path: Path) -> None:
    text = "A message begins with MSH|^~\\& and\nan interchange with ISA*00*, both of which a parser reads.\n"
    assert not found(tmp_path, "manual.txt", text)


def test_no_place_of_a_long_message_is_moved(tmp_path: Path) -> None:
    notes = [f"NTE|{number}||" + "nothing of note " * 4 for number in range(200)]
    text = f"{STAMP}recv " + "\\r".join([*HL7[:1], *notes, *HL7[1:]]) + "\n"
    assert found(tmp_path, "long.log", text) >= IN_HL7
