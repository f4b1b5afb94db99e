"""Files whose lines end with carriage returns, and tables that begin with Excel's `sep=`, are read as all others are."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.detect.engine import Detector
from assay.formats.encoding import Encoding, Transcoder, detect
from assay.model import AssetRef, Finding
from assay.scanning import cut, document
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup, scan_split
from assay.sources.file import file_uri

SETUP = ScanSetup()
"""One for all: its judge of columns takes longer to make than a small file to read."""

SSNS = ("536-90-4399", "601-55-3127", "219-47-8861")
TABLE = "id;ssn;note\n" + "".join(f'{number};{ssn};"a\n""b"""\n' for number, ssn in enumerate(SSNS))


def found_in(path: Path, detector: Detector) -> tuple[list[Finding], int]:
    asset = AssetRef(kind="file", uri=file_uri(str(path)), path=str(path), size=path.stat().st_size)
    findings: list[Finding] = []
    rows = 0
    for split in cut.splits_of(asset):
        for part in scan_split(split, detector, SETUP):
            if isinstance(part, SplitReport):
                assert not part.gaps
                rows += part.rows or 0
            else:
                findings += part.findings
    return findings, rows


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("before", ["", "sep=;\n"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table(
    ending: str,
    before: str,
    codec: str,
    small: bool,
    tmp_path: Path,
    detector: Detector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if small:
        monkeypatch.setattr(cut, "LARGE_TABLE", 1)
        monkeypatch.setattr(cut, "TABLE_PART", 20)
        monkeypatch.setattr(document, "TABLE_CORE", 7)
    # Excel ends its rows with carriage returns and leaves line feeds within cells as they are.
    text = before.replace("\n", ending) + TABLE.replace('"\n', f'"{ending}').replace("note\n", f"note{ending}")
    if codec == "latin-1":
        text = text.replace("note", "señal")
    path = tmp_path / "a.csv"
    raw = text.encode(codec)
    path.write_bytes(raw)
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(codec, codec)
    findings, rows = found_in(path, detector)
    assert rows == len(SSNS)
    assert [finding.location.row for finding in findings] == [1, 2, 3]
    for finding, ssn in zip(findings, SSNS, strict=True):
        at = finding.location
        assert at.field == "ssn"
        assert at.start is not None
        assert at.byte_start is not None
        assert text[at.start : at.end] == ssn
        assert raw[at.byte_start : at.byte_end].decode(plain) == ssn
        lines = text[: at.start].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert (at.line, at.column) == (len(lines), len(lines[-1]) + 1)


def test_lines_of_a_text(tmp_path: Path, detector: Detector) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\rtwo\rssn " + SSNS[0].encode() + b"\rssn " + SSNS[1].encode())
    findings, _ = found_in(path, detector)
    assert [(finding.location.line, finding.location.column) for finding in findings] == [(3, 5), (4, 5)]


@pytest.mark.parametrize(
    ("head", "returns"),
    [
        (b"a\rb\rc", True),
        (b'a,"b\nc"\r1,"d\n\ne"\r', True),
        (b'a,"b\nc"\r1,"d', True),
        ("a\rb\r".encode("utf-16"), True),
        (b"a\r\nb\r\n", False),
        (b"10%\r20%\rdone\n", False),
        (b'"a\rb",c\n', False),
        (b"a\nb", False),
        (b"", False),
    ],
)
def test_whether_returns_end_lines(head: bytes, returns: bool) -> None:
    assert detect(head).returns is returns


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_pair_is_one_line_end_wherever_it_is_cut(size: int) -> None:
    data = b"a\rb\r\nc\r\rd\r"
    transcoder = Transcoder(Encoding("utf-8", returns=True))
    text = b"".join(transcoder.feed(data[at : at + size]) for at in range(0, len(data), size))
    assert text + transcoder.feed(b"", final=True) == b"a\nb\r\nc\n\nd\n"
