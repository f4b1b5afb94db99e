"""The report in a browser: by keyboard alone, without a network, dark, narrow, printed, with more than 10,000 findings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from calling import Assay
from test_desk_browser import CHROMIUM, Seen, browser  # noqa: F401  # a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; tools/install_test_servers.sh installs it"),
]

NAMES = "[...document.querySelectorAll('#resources > *')].filter((e) => !e.hidden).map((e) => e.querySelector('.path').textContent)"
FOCUSED = """() => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused);
  const at = focused.getBoundingClientRect();
  return {
    name: focused.textContent.trim().slice(0, 40) || focused.name,
    visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: at.top >= 0 && at.bottom <= innerHeight && at.left >= 0,
  };
}"""


def ssn(number: int) -> str:
    return f"{501 + number % 50}-{11 + number % 80}-{1000 + number % 8000}"


@pytest.fixture
def report(assay: Assay) -> Path:
    """Of 12,000 values in a table, and some in other files."""
    Path("in").mkdir()
    Path("in/staff.csv").write_text("id,ssn\n" + "".join(f"{n},{ssn(n)}\n" for n in range(12_000)))
    Path("in/a.txt").write_text("mail: wren.halloway@posteo.de\n")
    Path("in/b.py").write_text("key = 'AKIAQYLPMN5HFIQR7XYA'\nother = 'AKIAQYLPMN5HFIQR7XYB'\n")
    Path("in/c.txt").write_text("nothing\n")
    assert assay("scan", "in", "--format", "html", "-o", "report.html", "--no-catalog", "--quiet", "-j", "1").code == 0
    return Path("report.html").absolute()


def test_the_report_is_used_by_keyboard_alone(report: Path, browser: Any) -> None:  # noqa: F811
    seen = Seen(browser, offline=True)
    page = seen.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    seen.check()

    def press(*keys: str) -> dict[str, Any]:
        for key in keys:
            page.keyboard.press(key)
        focused: dict[str, Any] = page.evaluate(FOCUSED)
        assert focused["visible"], focused
        assert focused["inside"], focused
        return focused

    assert press("Tab")["name"] == "Skip to the resources"
    page.keyboard.press("Enter")
    # What comes next after the skip link is what it leads to.
    assert press("Tab")["name"] == "text"
    assert page.evaluate(NAMES) == ["staff.csv", "b.py", "a.txt"]
    page.keyboard.type("aws_access")
    assert page.evaluate(NAMES) == ["b.py"]
    assert page.locator("output").text_content() == "1 of 3 shown"
    press("Control+a", "Delete")
    press("Tab")
    page.keyboard.type("intern")
    assert page.evaluate(NAMES) == ["a.txt"]
    press("Home")
    press("Tab")
    page.keyboard.type("path")
    assert page.evaluate(NAMES) == ["a.txt", "b.py", "staff.csv"]
    button = press("Tab")["name"]
    press("Enter")
    opened = "document.querySelectorAll('#resources details[open]').length"
    assert {button, page.evaluate(FOCUSED)["name"]} == {"Open all", "Close all"}
    before = page.evaluate(opened)
    press("Enter")
    assert {before, page.evaluate(opened)} == {0, 3}
    if page.evaluate(opened):
        press("Enter")
    assert "a.txt" in press("Tab")["name"]
    press("Enter")
    assert page.evaluate(opened) == 1
    # What a screen reader says of the fields.
    for role, name in (("searchbox", "Search"), ("combobox", "Level"), ("combobox", "Order")):
        assert page.get_by_role(role, name=name).count() == 1, name
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    seen.picture("report-keyboard")
    assert seen.said == []


def test_the_report_is_dark_narrow_and_printed(report: Path, browser: Any) -> None:  # noqa: F811
    for scheme, width in (("dark", 1280), ("light", 320)):
        seen = Seen(browser, offline=True, color_scheme=scheme)
        page = seen.page
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(report.as_uri())
        seen.check()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        shade = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
        assert (shade < 60) is (scheme == "dark")
        assert seen.said == []
    # Few places are told of each type, however many there are: the page stays small, and so does what is printed.
    assert report.stat().st_size < 200_000
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4"))) as printed:
        text = "".join(sheet.get_textpage().get_text_range() for sheet in printed)
        assert len(printed) <= 4
    assert "staff.csv" in text
    # Printed, everything is open, and what is only of use on a screen is not there.
    assert "validator" in text
    assert "Open all" not in text
    assert "Skip to" not in text
