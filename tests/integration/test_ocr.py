"""Text in pictures and scanned pages, read by tesseract: what is told, where, and what is told where it cannot be read."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import docx
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen import canvas

import assay
from assay.cli.__main__ import run
from assay.errors import UsageError
from assay.model import Classification, Finding, Gap, Skip

pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
SSN = "512-44-7731"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: Path) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(compiled))
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "only-for-these-tests")
    monkeypatch.setenv("ASSAY_JOBS", "1")
    monkeypatch.chdir(tmp_path)


def picture(*lines: str) -> Image.Image:
    image = Image.new("RGB", (900, 60 + 60 * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((40, 30 + 60 * number), line, fill="black", font=ImageFont.load_default(32))
    return image


def saved(image: Image.Image, form: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def places(name: str) -> list[tuple[str | None, int | None, int | None]]:
    found = [result for result in assay.scan(name, ocr="eng") if isinstance(result, Finding)]
    assert {finding.identifier for finding in found} == {"SSN"}
    assert not any(finding.location.byte_start is not None for finding in found)
    return [(finding.location.member, finding.location.page, finding.location.line) for finding in found]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP", "GIF"])
def test_pictures(form: str) -> None:
    Path("scan").write_bytes(saved(picture("Patient record", f"SSN: {SSN}"), form))
    assert places("scan") == [(None, 1, 2)]


def test_pages_of_a_tiff() -> None:
    picture("nothing here").save("scan.tif", save_all=True, append_images=[picture("second page", f"SSN: {SSN}")])
    assert places("scan.tif") == [(None, 2, 2)]


def test_pictures_within_documents_and_archives() -> None:
    data = saved(picture("Patient record", f"SSN: {SSN}"), "PNG")
    letter = docx.Document()
    letter.add_picture(io.BytesIO(data))
    letter.save("letter.docx")
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("deep/scan.png", data)
    assert places("letter.docx") == [("word/media/image1.png", 1, 2)]
    assert places("all.zip") == [("deep/scan.png", 1, 2)]


def test_scanned_pages_of_a_pdf_are_no_gap() -> None:
    Path("page.png").write_bytes(saved(picture("Patient record", f"SSN: {SSN}"), "PNG"))
    drawn = canvas.Canvas("scan.pdf")
    drawn.drawString(72, 700, "a page with text")
    drawn.showPage()
    drawn.drawImage("page.png", 72, 500, 450, 90)
    drawn.save()

    assert [result.reason for result in assay.scan("scan.pdf") if isinstance(result, Gap)] == ["no text layer"]
    assert places("scan.pdf") == [(None, 2, 2)]
    assert not any(isinstance(result, Gap) for result in assay.scan("scan.pdf", ocr="eng"))


def test_what_has_no_text_is_left_out_and_what_cannot_be_read_is_a_gap() -> None:
    Path("in").mkdir()
    Path("in/green.png").write_bytes(saved(Image.new("RGB", (400, 300), "green"), "PNG"))
    Path("in/icon.ico").write_bytes(saved(Image.new("RGB", (32, 32), "green"), "ICO"))
    Path("in/cut.png").write_bytes(saved(picture(f"SSN: {SSN}"), "PNG")[:300])

    results = list(assay.scan("in", ocr="eng"))

    named = {kind: [Path(each.resource).name for each in results if isinstance(each, kind)] for kind in (Gap, Skip)}
    assert sorted(named[Skip]) == ["green.png", "icon.ico"]
    assert named[Gap] == ["cut.png"]
    assert {each.level for each in results if isinstance(each, Classification)} == {"unclassified"}


def test_without_ocr_pictures_are_left_out() -> None:
    Path("scan.png").write_bytes(saved(picture(f"SSN: {SSN}"), "PNG"))
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.write("scan.png")
    for name in ("scan.png", "all.zip"):
        assert [type(result).__name__ for result in assay.scan(name)] == ["Skip", "Classification", "Summary"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--ocr", "xyz"), "xyz is no language that tesseract has here; installed:"),
        (("--ocr", "e;g"), "give languages as tesseract names them"),
        (("--ocr", "eng", "--redact-to", "out"), "--redact-to and --ocr exclude each other"),
    ],
)
def test_what_cannot_be_asked_for(arguments: tuple[str, ...], why: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("x\n")
    assert run(["scan", "a.txt", "--no-catalog", *arguments]) == 2
    assert why in capfd.readouterr().err


def test_without_tesseract_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="apt-get install tesseract-ocr"):
        list(assay.scan("a.txt", ocr="eng"))
